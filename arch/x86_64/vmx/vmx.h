// SPDX-License-Identifier: Apache-2.0
// The vmx backend's parts: entry (enter.S), exits (vmx.c), control registers (cr.c), the VMCS and
// what is set up once (state.c), extended page tables (ept.c), why an entry failed (check.c).
#pragma once

#include <hv/assert.h>
#include <hv/backend.h>
#include <hv/vcpu.h>

#include "../guest.h"
#include "check.h"

/* enter.S; the second is where the processor goes on after an exit. */
struct vcpu *guest_run_vmx(struct vcpu *vcpu);
extern char guest_exit_vmx[];

/*
 * Enters the guest and comes back when it exits; *failed: there was no entry at all. The guest's
 * registers replace all of ours but rsp, so the compiler is told, and keeps only what it needs:
 * on the shortest exits that is nothing but the vCPU, which comes back.
 */
static inline struct vcpu *guest_enter(struct vcpu *vcpu, bool *failed)
{
	asm goto volatile("call guest_run_vmx\n\t"
			  "jna %l[no_entry]"
		: "+D"(vcpu)
		:
		: "rax", "rcx", "rdx", "rbx", "rbp", "rsi", "r8", "r9", "r10", "r11",
		"r12", "r13", "r14", "r15", "cc", "memory"
		: no_entry);
	*failed = false;
	return vcpu;
no_entry:
	*failed = true;
	return vcpu;
}

/* There is no field that cannot be written but by our mistake. */
static inline void vmcs_write(enum vmcs_field field, u64 value)
{
	bool done = vmcs_try_write(field, value);

	assert(done);
}

/* ---- state.c ---- */

/* What the processor can and asks for; filled by vmx_caps_probe(). */
extern struct vmx_caps vmx_caps;

/* Once, before the others: 0, or -ENODEV and what is missing in *why. */
int vmx_caps_probe(const char **why);
int vmx_cpu_on(void);
const struct pt_format *vmx_guest_pt(void);
int vmx_vm_init(struct vm *vm);
int vmx_vcpu_init(struct vcpu *vcpu);
void vmx_vcpu_fini(struct vcpu *vcpu);
void vmx_load(struct vcpu *vcpu);
void vmx_save(struct vcpu *vcpu);
void vmx_flush(struct vm *vm, gpa_t gpa, u64 size);

/* ---- regs.c ---- */

extern const struct guest_ops vmx_guest;

/* A change of the others is the guest's own business; of these it exits. */
#define CR0_OWNED (~(CR0_AM | CR0_WP | CR0_ET | CR0_TS | CR0_EM | CR0_MP | CR0_PE))
/* Those that its CPU has not. */
#define CR4_OWNED                                                                      \
	(~(CR4_PKE | CR4_SMAP | CR4_SMEP | CR4_OSXSAVE | CR4_PCIDE | CR4_FSGSBASE |    \
		CR4_UMIP | CR4_OSXMMEXCPT | CR4_OSFXSR | CR4_PCE | CR4_PGE | CR4_MCE | \
		CR4_PAE | CR4_PSE | CR4_DE | CR4_TSD | CR4_PVI | CR4_VME))

/* A new VMCS, before all else. */
void vmcs_init(struct vcpu *vcpu);
/* The vCPU's VMCS becomes current on this cpu, for long. */
void vmcs_load(struct vcpu *vcpu);
void vmcs_unload(struct vcpu *vcpu);
/* The same for a moment, of a vCPU that is loaded here or not running: true if it was not. */
bool vmcs_borrow(const struct vcpu *vcpu);
void vmcs_return(const struct vcpu *vcpu, bool borrowed);
/* Blocking by STI or MOV SS ends, of the current VMCS's guest. */
void vmcs_end_blocking(void);
/* Forgets the translations of the current VMCS's guest. */
void vmcs_flush(void);

/* What of a guest is no field of the VMCS. */
void vmx_regs_load(struct vcpu *vcpu);
void vmx_regs_save(struct vcpu *vcpu);

/* ---- cr.c ---- */

/* MOV to and from control registers. */
enum exit_reason cr_exit(struct vcpu *vcpu);
