// SPDX-License-Identifier: Apache-2.0
// The svm backend: why a guest exited, as struct exit (APM volume 2, chapter 15). Exits that
// concern only the vCPU are finished here and never reach core/.
#include "svm.h"

#include <hv/assert.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/trace.h>
#include <hv/vm.h>
#include <arch/msr.h>

#include "../backends.h"
#include "../trap.h"

/* exit->code: exceptions as they are, others from here on. */
enum code {
	CODE_INTR = 32,
	CODE_NMI,
	CODE_SMI,
	CODE_INIT,
	CODE_VINTR,
	CODE_CR8,
	CODE_RDPMC,
	CODE_CPUID,
	CODE_IRET,
	CODE_INVD,
	CODE_HLT,
	CODE_IOIO,
	CODE_MSR,
	CODE_SHUTDOWN,
	CODE_VMMCALL,
	CODE_SVM, /* an instruction of SVM itself, and others that the guest's CPU lacks */
	CODE_XSETBV,
	CODE_NPF,
	CODE_INVALID,
	CODE_OTHER,
};
_Static_assert(CODE_OTHER < EXIT_CODES, "struct vcpu.exits");

static const char *svm_exit_name(u32 code)
{
	/* clang-format off */
	static const char *const names[] = {
		[CODE_INTR] = "interrupt",
		[CODE_NMI] = "NMI",
		[CODE_SMI] = "SMI",
		[CODE_INIT] = "INIT",
		[CODE_VINTR] = "interrupt window",
		[CODE_CR8] = "CR8",
		[CODE_RDPMC] = "RDPMC",
		[CODE_CPUID] = "CPUID",
		[CODE_IRET] = "IRET of an NMI",
		[CODE_INVD] = "INVD, WBINVD",
		[CODE_HLT] = "HLT",
		[CODE_IOIO] = "IN, OUT",
		[CODE_MSR] = "RDMSR, WRMSR",
		[CODE_SHUTDOWN] = "shutdown (triple fault)",
		[CODE_VMMCALL] = "VMMCALL",
		[CODE_SVM] = "instruction that its CPU does not have",
		[CODE_XSETBV] = "XSETBV",
		[CODE_NPF] = "nested page fault",
		[CODE_INVALID] = "invalid guest state",
		[CODE_OTHER] = "unknown exit",
	};
	/* clang-format on */

	if (code < VECTOR_EXCEPTIONS)
		return x86_vector_name(code);
	return code < ARRAY_LEN(names) ? names[code] : NULL;
}

/* But for those that svm_run() knows itself. */
static u32 code_of(u64 why)
{
	if (why - VMEXIT_EXCEPTION < VECTOR_EXCEPTIONS)
		return (u32)(why - VMEXIT_EXCEPTION);
	switch (why) {
	case VMEXIT_INTR: return CODE_INTR;
	case VMEXIT_NMI: return CODE_NMI;
	case VMEXIT_SMI: return CODE_SMI;
	case VMEXIT_INIT: return CODE_INIT;
	case VMEXIT_VINTR: return CODE_VINTR;
	case VMEXIT_CR8_READ:
	case VMEXIT_CR8_WRITE: return CODE_CR8;
	case VMEXIT_RDPMC: return CODE_RDPMC;
	case VMEXIT_IRET: return CODE_IRET;
	case VMEXIT_INVD:
	case VMEXIT_WBINVD: return CODE_INVD;
	case VMEXIT_HLT: return CODE_HLT;
	case VMEXIT_SHUTDOWN: return CODE_SHUTDOWN;
	case VMEXIT_RSM:
	case VMEXIT_INVLPGA:
	case VMEXIT_VMRUN:
	case VMEXIT_VMLOAD:
	case VMEXIT_VMSAVE:
	case VMEXIT_STGI:
	case VMEXIT_CLGI:
	case VMEXIT_SKINIT:
	case VMEXIT_MONITOR:
	case VMEXIT_MWAIT:
	case VMEXIT_RDPRU: return CODE_SVM;
	case VMEXIT_XSETBV: return CODE_XSETBV;
	case VMEXIT_INVALID: return CODE_INVALID;
	}
	return CODE_OTHER;
}

/* ---- How long an instruction is ---- */

static bool is_prefix(u8 byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65: /* segments */
	case 0x66:
	case 0x67:
	case 0xf0:
	case 0xf2:
	case 0xf3: return true;
	}
	return false;
}

static enum insn_mode mode_now(const struct vcpu *vcpu)
{
	return guest_mode(vcpu->arch.vmcb->cs.attr, vcpu->arch.vmcb->efer);
}

/* `length` without prefixes, of which there may be some. */
static u32 measure(struct vcpu *vcpu, u32 length)
{
	bool rex = mode_now(vcpu) == INSN_64;
	u8 bytes[INSN_BYTES_MAX];
	u32 count = vaccess_fetch(vcpu, bytes, sizeof(bytes)), prefixes = 0;

	while (prefixes < count &&
		(is_prefix(bytes[prefixes]) || (rex && (bytes[prefixes] & 0xf0) == 0x40)))
		prefixes++;
	return length + prefixes;
}

/*
 * Where the processor does not tell (no next_rip), the bytes must be looked at, by a walk of the
 * guest's tables, which takes longer than all the rest. Nobody puts prefixes before these
 * instructions, and less so now and then: so what was once seen at an address stays true for as
 * long as it is remembered. A guest that fools this has only its own rip go astray.
 */
static u32 insn_length(struct vcpu *vcpu, u32 length)
{
	const struct vmcb *vmcb = vcpu->arch.vmcb;
	u64 rip = vcpu->arch.regs.rip;
	struct insn_length *known;

	if (likely(svm_features & SVM_NRIP))
		return (u32)(vmcb->next_rip - rip);
	known = &vcpu->arch.lengths[(rip ^ rip >> 4) % INSN_LENGTHS];
	if (unlikely(known->rip != rip || known->cr3 != vmcb->cr3)) {
		known->rip = rip;
		known->cr3 = vmcb->cr3;
		known->length = (u8)measure(vcpu, length);
	}
	return known->length;
}

enum {
	CPUID_BYTES = 2,
	MSR_BYTES = 2,
	HLT_BYTES = 1,
	CALL_BYTES = 3,
	XSETBV_BYTES = 3,
	INVD_BYTES = 2,
	CR_BYTES = 3
};

/* ---- Exits ---- */

static enum exit_reason exit_ioio(struct vcpu *vcpu)
{
	const struct vmcb *vmcb = vcpu->arch.vmcb;
	u64 info = vmcb->exit_info_1;

	if (unlikely(info & IOIO_STRING))
		return vaccess_string_port(vcpu);
	return vaccess_port(vcpu, (u16)field_get(IOIO_PORT, info),
		(u8)field_get(IOIO_SIZE, info), info & IOIO_IN,
		(u32)(vmcb->exit_info_2 - vcpu->arch.regs.rip));
}

static enum exit_reason exit_npf(struct vcpu *vcpu)
{
	const struct vmcb *vmcb = vcpu->arch.vmcb;
	u64 error = vmcb->exit_info_1;
	enum access_kind kind = error & NPF_WRITE ? ACCESS_WRITE
		: error & NPF_FETCH               ? ACCESS_FETCH
						  : ACCESS_READ;

	if (unlikely(error & NPF_TABLES))
		return vaccess_implicit(vcpu, GPA(vmcb->exit_info_2), "page tables");
	return vaccess_memory(vcpu, GPA(vmcb->exit_info_2), kind, vmcb->bytes,
		svm_features & SVM_DECODE_ASSISTS ? vmcb->fetched : 0);
}

#define DR6_BS BIT(14) /* a single step */

static enum exit_reason exit_debug(struct vcpu *vcpu, bool stepped)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	if (stepped && vmcb->dr6 & DR6_BS && !vcpu->arch.step_rflags) {
		vmcb->dr6 &= ~DR6_BS;
		return EXIT_NONE;
	}
	return vevent_exception(vcpu, VECTOR_DB, false, 0) ? EXIT_NONE : EXIT_SHUTDOWN;
}

static enum exit_reason exit_exception(struct vcpu *vcpu, u32 vector, bool stepped)
{
	switch (vector) {
	case VECTOR_UD: return vcall_undefined(vcpu);
	case VECTOR_DB: return exit_debug(vcpu, stepped);
	case VECTOR_AC:
		return vevent_exception(vcpu, VECTOR_AC, true, 0) ? EXIT_NONE
								  : EXIT_SHUTDOWN;
	case VECTOR_MC: panic("a machine check while a guest ran");
	}
	return EXIT_UNKNOWN;
}

static enum exit_reason exit_hlt(struct vcpu *vcpu)
{
	vcpu->arch.regs.rip += insn_length(vcpu, HLT_BYTES);
	vcpu->arch.halted = true;
	return EXIT_IDLE;
}

/* Caches are the host's; the guest's memory is coherent without (SDM and APM, "WBINVD"). */
static enum exit_reason exit_invd(struct vcpu *vcpu)
{
	vcpu->arch.regs.rip += insn_length(vcpu, INVD_BYTES);
	return EXIT_NONE;
}

#define REX_B    BIT(0)
#define MODRM_RM BITS(2, 0)

/* MOV to or from CR8: [prefixes] [REX] 0f 20 or 22, and ModRM, whose r/m is the register. */
static enum exit_reason exit_cr8(struct vcpu *vcpu, bool write)
{
	u8 bytes[INSN_BYTES_MAX], rex = 0;
	u32 count = vaccess_fetch(vcpu, bytes, sizeof(bytes)), at = 0;

	while (at < count && is_prefix(bytes[at]))
		at++;
	if (at < count && (bytes[at] & 0xf0) == 0x40 && mode_now(vcpu) == INSN_64)
		rex = bytes[at++];
	if (at + CR_BYTES > count)
		return EXIT_UNKNOWN;
	return vcr_cr8(vcpu, write,
		(u32)(field_get(MODRM_RM, bytes[at + 2]) | (rex & REX_B ? 8 : 0)),
		at + CR_BYTES);
}

static enum exit_reason exit_window(struct vcpu *vcpu)
{
	svm_guest.want_irq_window(vcpu, false);
	__atomic_fetch_or(&vcpu->arch.requests, REQUEST_IRQ, __ATOMIC_RELAXED);
	return EXIT_NONE;
}

/* A processor that refuses the VMCB has not run the guest at all (15.5.1). */
static enum exit_reason exit_invalid(struct vcpu *vcpu)
{
	vcpu->exit.raw[0] = VMEXIT_INVALID;
	vcpu->exit.raw[1] = vcpu->arch.vmcb->cr0;
	return EXIT_UNKNOWN;
}

static enum exit_reason exit_decode(struct vcpu *vcpu, u64 why, bool stepped)
{
	if (why - VMEXIT_EXCEPTION < VECTOR_EXCEPTIONS)
		return exit_exception(vcpu, (u32)(why - VMEXIT_EXCEPTION), stepped);
	switch (why) {
	case VMEXIT_INTR:
	case VMEXIT_NMI:
	case VMEXIT_SMI:
	case VMEXIT_INIT: return EXIT_IRQ;
	case VMEXIT_VINTR: return exit_window(vcpu);
	case VMEXIT_CR8_READ:
	case VMEXIT_CR8_WRITE: return exit_cr8(vcpu, why == VMEXIT_CR8_WRITE);
	case VMEXIT_IRET: state_iret(vcpu); return EXIT_NONE;
	case VMEXIT_INVD:
	case VMEXIT_WBINVD: return exit_invd(vcpu);
	case VMEXIT_HLT: return exit_hlt(vcpu);
	case VMEXIT_SHUTDOWN: return EXIT_SHUTDOWN;
	case VMEXIT_XSETBV: return vcr_xsetbv(vcpu, insn_length(vcpu, XSETBV_BYTES));
	case VMEXIT_RDPMC: return vevent_gp(vcpu);
	case VMEXIT_INVALID: return exit_invalid(vcpu);
	}
	return code_of(why) == CODE_SVM ? vevent_ud(vcpu) : EXIT_UNKNOWN;
}

static inline void count_exit(struct vcpu *vcpu, u32 code, u64 value)
{
	vcpu->exits[code]++;
	trace_add(TRACE_EXIT, vcpu->trace_tag, code, vcpu->arch.regs.rip, value);
}

/*
 * The delivery of an event was cut short by the exit: it is delivered again (15.20). What an
 * instruction has caused is caused again by it, since rip has not moved.
 */
static void deliver_again(struct vcpu *vcpu, u64 info)
{
	const struct event event = {
		.vector = (u8)field_get(EVENT_VECTOR, info),
		.type = (u8)field_get(EVENT_TYPE, info),
		.has_error = info & EVENT_HAS_ERROR,
		.error = (u32)field_get(EVENT_ERROR_CODE, info),
	};

	if (event.type == EVENT_SOFTWARE ||
		(event.type == EVENT_EXCEPTION &&
			(event.vector == VECTOR_BP || event.vector == VECTOR_OF)))
		return;
	vevent_again(vcpu, &event);
}

/*
 * The exit came while an event was delivered. True if it is done with: what the delivery could not
 * reach is no access of an instruction.
 */
static bool exit_delivery(struct vcpu *vcpu, u64 why)
{
	const struct vmcb *vmcb = vcpu->arch.vmcb;
	struct exit *exit = &vcpu->exit;

	deliver_again(vcpu, vmcb->exit_int_info);
	if (why != VMEXIT_NPF)
		return false;
	exit->code = CODE_NPF;
	exit->raw[0] = why;
	exit->raw[1] = vmcb->exit_info_2;
	count_exit(vcpu, CODE_NPF, vmcb->exit_info_2);
	exit->reason =
		vaccess_implicit(vcpu, GPA(vmcb->exit_info_2), "delivery of an event");
	return true;
}

static struct vcpu *enter(struct vcpu *vcpu)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	vmcb->rax = vcpu->arch.regs.gpr[GPR_RAX];
	/* An instruction that was carried out here ends blocking by the one before it. */
	if (vmcb->rip != vcpu->arch.regs.rip)
		vmcb->shadow = 0;
	else if (unlikely(vmcb->shadow & SHADOW_STI))
		state_shadow(vcpu);
	vmcb->rip = vcpu->arch.regs.rip;
	vcpu = guest_enter(vcpu);
	vmcb = vcpu->arch.vmcb;
	vcpu->arch.regs.gpr[GPR_RAX] = vmcb->rax;
	vcpu->arch.regs.rip = vmcb->rip;
	if (unlikely(vmcb->event_inj | vmcb->tlb_control)) {
		vmcb->event_inj = 0;
		vmcb->tlb_control = 0;
	}
	vmcb->clean = svm_features & SVM_CLEAN ? ~0U : 0;
	return vcpu;
}

/* Until GIF is set and IF cleared again, nothing but VMRUN lets an interrupt through. */
static inline void interrupts_for_guest(void)
{
	asm volatile("clgi; sti" ::: "memory");
}

static inline void interrupts_for_host(void)
{
	asm volatile("cli; stgi" ::: "memory");
}

/*
 * The shortest exits never leave this loop. Nothing need be polled in it but requests: whoever
 * wants something of this vCPU sends its cpu an interrupt, and that is an exit of its own.
 */
static void svm_run(struct vcpu *vcpu)
{
	struct exit *exit = &vcpu->exit;

	interrupts_for_guest();
	do {
		const struct vmcb *vmcb;
		bool stepped;
		u64 why;

		exit->reason = EXIT_NONE;
		if (unlikely(__atomic_load_n(&vcpu->arch.requests, __ATOMIC_RELAXED)) &&
			!vevent_prepare(vcpu))
			break;
		vcpu = enter(vcpu);
		exit = &vcpu->exit;
		vmcb = vcpu->arch.vmcb;
		why = vmcb->exit_code;
		stepped = vcpu->arch.stepping;
		if (unlikely(stepped))
			state_step_end(vcpu);
		if (unlikely(vmcb->exit_int_info & EVENT_VALID) &&
			exit_delivery(vcpu, why))
			break;
		if (likely(why == VMEXIT_VMMCALL)) {
			count_exit(vcpu, CODE_VMMCALL, vcpu->arch.regs.gpr[GPR_RAX]);
			exit->reason = vcall_exit(vcpu, insn_length(vcpu, CALL_BYTES));
			continue;
		}
		if (likely(why == VMEXIT_CPUID)) {
			count_exit(vcpu, CODE_CPUID, vcpu->arch.regs.gpr[GPR_RAX]);
			exit->reason = vcpuid_exit(vcpu, insn_length(vcpu, CPUID_BYTES));
			continue;
		}
		if (likely(why == VMEXIT_MSR)) {
			count_exit(vcpu, CODE_MSR, vcpu->arch.regs.gpr[GPR_RCX]);
			exit->reason = vmsr_exit(vcpu, vmcb->exit_info_1,
				insn_length(vcpu, MSR_BYTES));
			continue;
		}
		exit->raw[0] = why;
		exit->raw[1] = vmcb->exit_info_2;
		if (likely(why == VMEXIT_NPF)) {
			exit->code = CODE_NPF;
			count_exit(vcpu, CODE_NPF, vmcb->exit_info_2);
			exit->reason = exit_npf(vcpu);
			continue;
		}
		if (likely(why == VMEXIT_IOIO)) {
			exit->code = CODE_IOIO;
			count_exit(vcpu, CODE_IOIO, vmcb->exit_info_1);
			exit->reason = exit_ioio(vcpu);
			continue;
		}
		exit->code = code_of(why);
		count_exit(vcpu, exit->code, vmcb->exit_info_2);
		exit->reason = exit_decode(vcpu, why, stepped);
	} while (exit->reason == EXIT_NONE);
	interrupts_for_host();
}

static int svm_probe(const char **why)
{
	int err = state_probe(why);

	if (!err)
		guest = &svm_guest;
	return err;
}

const struct backend svm = {
	.name = "svm",
	.privilege = PRIVILEGE_KERNEL,
	.exit_name = svm_exit_name,
	.probe = svm_probe,
	.cpu_on = state_cpu_on,
	.guest_pt = state_guest_pt,
	.vm_init = state_vm_init,
	.vcpu_init = state_vcpu_init,
	.vcpu_fini = state_vcpu_fini,
	.vcpu_reset = vstate_reset,
	.load = state_load,
	.save = state_save,
	.run = svm_run,
	.finish = vaccess_finish,
	.inject_fault = vaccess_inject_fault,
	.set_irq = vevent_set_irq,
	.irq_pending = vevent_irq_pending,
	.translate = vaccess_translate,
	.flush = state_flush,
};
