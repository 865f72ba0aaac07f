// SPDX-License-Identifier: Apache-2.0
// What the backends svm and vmx share: everything of a guest's CPU that does not depend on whose
// control block it lies in. A backend gives a struct guest_ops; the files named below do the
// rest. All functions: on the vCPU's cpu, vCPU loaded, no locks held, unless said.
#pragma once

#include <hv/backend.h>
#include <hv/vcpu.h>
#include <arch/vcpu.h>

#include "vboot.h"
#include "walk.h"

/* What lies in the control block (VMCB, VMCS). */
enum guest_reg {
	GUEST_RSP,
	GUEST_RFLAGS,
	GUEST_CR0, /* as the guest sees it */
	GUEST_CR3,
	GUEST_CR4,  /* likewise */
	GUEST_EFER, /* likewise: without SVME */
	GUEST_DR7,
	GUEST_GDTR_BASE,
	GUEST_GDTR_LIMIT,
	GUEST_IDTR_BASE,
	GUEST_IDTR_LIMIT,
	GUEST_PAT,
	GUEST_SYSENTER_CS,
	GUEST_SYSENTER_ESP,
	GUEST_SYSENTER_EIP,
	GUEST_STAR,
	GUEST_LSTAR,
	GUEST_CSTAR,
	GUEST_SFMASK,
	GUEST_KERNEL_GS_BASE,
	GUEST_CR2,
	GUEST_DR6,
	GUEST_REGS,
};

/* What is needed to understand an instruction, in one go. */
struct guest_view {
	struct walk_regs walk;
	enum insn_mode mode;
	u8 cpl;
	u64 code_base; /* of CS, 0 in 64-bit mode */
};

struct guest_ops {
	void (*view)(const struct vcpu *vcpu, struct guest_view *view);
	/* The vCPU is loaded here, or not running. */
	u64 (*get)(const struct vcpu *vcpu, enum guest_reg reg);
	void (*set)(struct vcpu *vcpu, enum guest_reg reg, u64 value);
	void (*get_segment)(const struct vcpu *vcpu, enum segment_reg n,
		struct segment *seg);
	void (*set_segment)(struct vcpu *vcpu, enum segment_reg n,
		const struct segment *seg);
	/* The guest's TSC is the host's plus this. */
	void (*set_tsc_offset)(struct vcpu *vcpu, u64 offset);
	/* The event is delivered by the next entry, before its first instruction. */
	void (*inject)(struct vcpu *vcpu, const struct event *event);
	/*
	 * RFLAGS.IF, and no blocking by STI or MOV SS, which ends when an instruction is carried
	 * out here: vcpu->arch.regs.rip is not where the guest left it. No event is being injected.
	 */
	bool (*takes_irq)(const struct vcpu *vcpu);
	bool (*takes_nmi)(const struct vcpu *vcpu);
	/* An exit as soon as takes_irq(), or takes_nmi() at the next chance; or no longer. */
	void (*want_irq_window)(struct vcpu *vcpu, bool on);
	void (*want_nmi_window)(struct vcpu *vcpu);
	/* Forgets all cached translations of the guest before it enters again. */
	void (*flush)(struct vcpu *vcpu);
};

/* Of the backend that runs all VMs; set by its probe(). */
extern const struct guest_ops *guest;

/* ---- vstate.c: the CPU as it starts, and what of it is loaded and saved by hand ---- */

/* arg0 is in rbx and rsi; arg1 is a start_mode (vboot.h), its upper half is in rdi. */
void vstate_reset(struct vcpu *vcpu, u64 pc, u64 arg0, u64 arg1);
void vstate_init(struct vcpu *vcpu);
void vstate_fini(struct vcpu *vcpu);
/* x87 to AVX-512, XCR0, DR0 - DR3; with load() and save(). */
void vstate_load(struct vcpu *vcpu);
void vstate_save(struct vcpu *vcpu);
/* The guest's TSC, from vm->time_offset and its own adjustment. */
void vstate_tsc(struct vcpu *vcpu);
/* The registers in insn_cpu form; brings rsp and rflags in. */
void vstate_cpu(struct vcpu *vcpu, const struct guest_view *view, struct insn_cpu *cpu);
/* rsp and rflags back to where they belong. */
void vstate_put(struct vcpu *vcpu);

/* ---- vevent.c: events and interrupts into the guest ---- */

/* Nothing is pending; with vstate_reset(). */
void vevent_reset(struct vcpu *vcpu);
/* Before an entry, if vcpu->arch.requests is not 0. False: it sleeps on, vcpu->exit says so. */
bool vevent_prepare(struct vcpu *vcpu);
/* An exception, at the next entry. One that meets another in delivery becomes #DF, or false:
 * a triple fault (SDM 6.15, "Interrupt 8"). */
bool vevent_exception(struct vcpu *vcpu, u8 vector, bool has_error, u32 error);
/* An exit cut the delivery of this event short: it is delivered again. */
/* The fault of an instruction that was carried out here: EXIT_NONE, or EXIT_SHUTDOWN. */
enum exit_reason vevent_fault(struct vcpu *vcpu, const struct insn_fault *fault);
void vevent_again(struct vcpu *vcpu, const struct event *event);
void vevent_set_irq(struct vcpu *vcpu, u32 irq, bool level); /* any cpu */
bool vevent_irq_pending(struct vcpu *vcpu);

/* ---- vaccess.c: instructions that access devices; the guest's memory ---- */

/*
 * A nested page fault at `gpa`, an access of this kind. `bytes` of the instruction as the
 * hardware has them, or 0. Fills vcpu->exit: EXIT_NONE, EXIT_MMIO, EXIT_RAM, EXIT_SHUTDOWN,
 * EXIT_UNKNOWN.
 */
enum exit_reason vaccess_memory(struct vcpu *vcpu, gpa_t gpa, enum access_kind kind,
	const u8 *bytes, u32 count);
/*
 * The same by no instruction: the walk of the guest's page tables, the delivery of an event,
 * which `what` says. Where there is no RAM, the VM is killed.
 */
enum exit_reason vaccess_implicit(struct vcpu *vcpu, gpa_t gpa, const char *what);
/* IN, OUT by the hardware's word; the instruction is `length` bytes. */
enum exit_reason vaccess_port(struct vcpu *vcpu, u16 port, u8 size, bool in, u32 length);
/* INS, OUTS, from the instruction itself. */
enum exit_reason vaccess_string_port(struct vcpu *vcpu);
/* backend->finish, ->inject_fault, ->translate */
bool vaccess_finish(struct vcpu *vcpu);
bool vaccess_inject_fault(struct vcpu *vcpu, enum fault fault, gpa_t gpa);
int vaccess_translate(struct vcpu *vcpu, u64 gva, gpa_t *gpa);
/* The instruction at rip: how many bytes could be read. */
u32 vaccess_fetch(struct vcpu *vcpu, u8 *bytes, u32 max);

/* ---- Instructions that the guest may not carry out itself; rip moves on by `length` ---- */

enum exit_reason vcpuid_exit(struct vcpu *vcpu, u32 length); /* vcpuid.c: CPUID */
enum exit_reason vmsr_exit(struct vcpu *vcpu, bool write, u32 length); /* vmsr.c */
enum exit_reason vcr_xsetbv(struct vcpu *vcpu, u32 length);            /* vcr.c */
/* #UD, #GP(0): what an instruction that the guest's CPU does not have, or may not do, gets. */
enum exit_reason vevent_ud(struct vcpu *vcpu);
enum exit_reason vevent_gp(struct vcpu *vcpu);
/* MOV to or from CR8 and this register */
enum exit_reason vcr_cr8(struct vcpu *vcpu, bool write, u32 gpr, u32 length);
/* VMMCALL, VMCALL, of `length` bytes: EXIT_NONE if it was for the vCPU alone, or EXIT_CALL. */
enum exit_reason vcall_exit(struct vcpu *vcpu, u32 length); /* vcall.c */
/* #UD: a hypercall by the other vendor's instruction, or the guest's own mistake. */
enum exit_reason vcall_undefined(struct vcpu *vcpu);

/* By CS.L, CS.D and EFER.LMA: how instructions are decoded. */
static inline enum insn_mode guest_mode(u64 cs_attr, u64 efer)
{
	if (likely(cs_attr & SEG_L && efer & EFER_LMA))
		return INSN_64;
	return cs_attr & SEG_DB ? INSN_32 : INSN_16;
}
