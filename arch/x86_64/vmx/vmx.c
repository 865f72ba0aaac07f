// SPDX-License-Identifier: Apache-2.0
// The vmx backend: why a guest exited, as struct exit (SDM volume 3C, chapters 25 and 27). Exits
// that concern only the vCPU are finished here and never reach core/.
#include "vmx.h"

#include <hv/cpu.h>
#include <hv/print.h>
#include <hv/trace.h>
#include <hv/vm.h>
#include <arch/msr.h>

#include "../backends.h"
#include "../trap.h"

/* exit->code: exceptions as they are, others from here on. */
enum code {
	CODE_INTERRUPT = 32,
	CODE_TRIPLE_FAULT,
	CODE_INIT,
	CODE_IRQ_WINDOW,
	CODE_NMI_WINDOW,
	CODE_TASK_SWITCH,
	CODE_CPUID,
	CODE_HLT,
	CODE_INVD,
	CODE_RDPMC,
	CODE_VMCALL,
	CODE_VMX, /* an instruction of VMX itself, and others that the guest's CPU lacks */
	CODE_CR,
	CODE_IO,
	CODE_MSR,
	CODE_XSETBV,
	CODE_EPT,
	CODE_MISCONFIGURATION,
	CODE_ENTRY,
	CODE_OTHER,
};
_Static_assert(CODE_OTHER < EXIT_CODES, "struct vcpu.exits");

static const char *vmx_exit_name(u32 code)
{
	/* clang-format off */
	static const char *const names[] = {
		[CODE_INTERRUPT] = "interrupt",
		[CODE_TRIPLE_FAULT] = "triple fault",
		[CODE_INIT] = "INIT, SIPI",
		[CODE_IRQ_WINDOW] = "interrupt window",
		[CODE_NMI_WINDOW] = "NMI window",
		[CODE_TASK_SWITCH] = "task switch",
		[CODE_CPUID] = "CPUID",
		[CODE_HLT] = "HLT",
		[CODE_INVD] = "INVD, WBINVD",
		[CODE_RDPMC] = "RDPMC",
		[CODE_VMCALL] = "VMCALL",
		[CODE_VMX] = "instruction that its CPU does not have",
		[CODE_CR] = "control register",
		[CODE_IO] = "IN, OUT",
		[CODE_MSR] = "RDMSR, WRMSR",
		[CODE_XSETBV] = "XSETBV",
		[CODE_EPT] = "EPT violation",
		[CODE_MISCONFIGURATION] = "EPT misconfiguration",
		[CODE_ENTRY] = "failed entry",
		[CODE_OTHER] = "unknown exit",
	};
	/* clang-format on */

	if (code < VECTOR_EXCEPTIONS)
		return x86_vector_name(code);
	return code < ARRAY_LEN(names) ? names[code] : NULL;
}

static u32 code_of(u64 why)
{
	/* clang-format off */
	static const u8 codes[] = {
		[REASON_INTERRUPT] = CODE_INTERRUPT,
		[REASON_TRIPLE_FAULT] = CODE_TRIPLE_FAULT,
		[REASON_INIT] = CODE_INIT,
		[REASON_SIPI] = CODE_INIT,
		[REASON_IRQ_WINDOW] = CODE_IRQ_WINDOW,
		[REASON_NMI_WINDOW] = CODE_NMI_WINDOW,
		[REASON_TASK_SWITCH] = CODE_TASK_SWITCH,
		[REASON_CPUID] = CODE_CPUID,
		[REASON_GETSEC] = CODE_VMX,
		[REASON_HLT] = CODE_HLT,
		[REASON_INVD] = CODE_INVD,
		[REASON_RDPMC] = CODE_RDPMC,
		[REASON_VMCALL] = CODE_VMCALL,
		[REASON_VMCLEAR ... REASON_VMXON] = CODE_VMX,
		[REASON_CR] = CODE_CR,
		[REASON_IO] = CODE_IO,
		[REASON_RDMSR] = CODE_MSR,
		[REASON_WRMSR] = CODE_MSR,
		[REASON_MWAIT] = CODE_VMX,
		[REASON_MONITOR] = CODE_VMX,
		[REASON_EPT_VIOLATION] = CODE_EPT,
		[REASON_EPT_MISCONFIGURATION] = CODE_MISCONFIGURATION,
		[REASON_INVEPT] = CODE_VMX,
		[REASON_INVVPID] = CODE_VMX,
		[REASON_WBINVD] = CODE_INVD,
		[REASON_XSETBV] = CODE_XSETBV,
	};
	/* clang-format on */
	u64 basic = field_get(REASON_BASIC, why);

	if (why & REASON_ENTRY_FAILED)
		return CODE_ENTRY;
	if (basic == REASON_EXCEPTION)
		return (u32)field_get(EVENT_VECTOR, vmcs_read(VMCS_EXIT_EVENT)) %
			VECTOR_EXCEPTIONS;
	return basic < ARRAY_LEN(codes) && codes[basic] ? codes[basic] : CODE_OTHER;
}

static inline u32 insn_length(void)
{
	return (u32)vmcs_read(VMCS_EXIT_LENGTH);
}

static void look_again(struct vcpu *vcpu)
{
	__atomic_fetch_or(&vcpu->arch.requests, REQUEST_IRQ, __ATOMIC_RELAXED);
}

/* ---- Entries that fail ---- */

static u64 read_field(void *arg, enum vmcs_field field)
{
	(void)arg;
	return vmcs_read(field);
}

/* The guest has not run at all. EXIT_IRQ: with its VM ending, it must not enter again. */
static enum exit_reason exit_failed(struct vcpu *vcpu, u64 reason, u64 error)
{
	const struct check_source source = {read_field, NULL};
	struct check_result found;

	if (check_vmcs(&vmx_caps, &source, &found))
		vm_kill(vcpu, ~0UL, NULL,
			"the processor refuses to enter the guest: reason 0x%lx, error %lu, "
			"and no field is found to be wrong",
			reason, error);
	else
		vm_kill(vcpu, ~0UL, NULL,
			"the processor refuses to enter the guest: %s %s, found 0x%lx",
			found.field, found.rule, found.value);
	return EXIT_IRQ;
}

/* ---- Events that exits have to do with ---- */

/*
 * The delivery of an event was cut short by the exit: it is delivered again (27.2.4). What an
 * instruction has caused is caused again by it, since rip has not moved. True if there was one.
 */
static bool deliver_again(struct vcpu *vcpu)
{
	u64 info = vmcs_read(VMCS_IDT_EVENT), state;
	struct event event = {
		.vector = (u8)field_get(EVENT_VECTOR, info),
		.type = (u8)field_get(EVENT_TYPE, info),
		.has_error = info & EVENT_HAS_ERROR,
	};

	if (likely(!(info & EVENT_VALID)))
		return false;
	switch ((enum vmx_event)field_get(EVENT_TYPE, info)) {
	case VMX_SOFTWARE_INTERRUPT:
	case VMX_PRIVILEGED_EXCEPTION:
	case VMX_SOFTWARE_EXCEPTION: return true;
	case VMX_NMI:
		state = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY);
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY, state & ~BLOCKING_NMI);
		break;
	case VMX_EXTERNAL:
	case VMX_EXCEPTION: break;
	}
	if (event.has_error)
		event.error = (u32)vmcs_read(VMCS_IDT_ERROR);
	vevent_again(vcpu, &event);
	return true;
}

/* An IRET has ended the blocking of NMIs, but it has not come to its end (27.2.3). */
static void block_nmi_again(void)
{
	vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
		vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) | BLOCKING_NMI);
}

static enum exit_reason exception(struct vcpu *vcpu, u8 vector, bool has_error)
{
	return vevent_exception(vcpu, vector, has_error, 0) ? EXIT_NONE : EXIT_SHUTDOWN;
}

#define DR6_B  BITS(3, 0)
#define DR7_GD BIT(13)

/* The exit left DR6 and DR7 as they were (27.1). */
static enum exit_reason exit_debug(struct vcpu *vcpu)
{
	u64 what = vmcs_read(VMCS_QUALIFICATION) & DEBUG_BITS;

	guest->set(vcpu, GUEST_DR6, (guest->get(vcpu, GUEST_DR6) & ~DR6_B) | what);
	if (what & DEBUG_BD)
		guest->set(vcpu, GUEST_DR7, guest->get(vcpu, GUEST_DR7) & ~DR7_GD);
	/* Delivery ends blocking by STI, which would ask for another step (26.3.1.5). */
	guest->set(vcpu, GUEST_RFLAGS, guest->get(vcpu, GUEST_RFLAGS));
	return exception(vcpu, VECTOR_DB, false);
}

static enum exit_reason exit_exception(struct vcpu *vcpu)
{
	u64 info = vmcs_read(VMCS_EXIT_EVENT);

	/* It is ours, and blocked until an IRET: that of its handler. */
	if (field_get(EVENT_TYPE, info) == VMX_NMI) {
		asm volatile("int %0" ::"i"(VECTOR_NMI) : "memory");
		return EXIT_NONE;
	}
	if (!deliver_again(vcpu) && info & EVENT_UNBLOCKED)
		block_nmi_again();
	switch (field_get(EVENT_VECTOR, info)) {
	case VECTOR_UD: return vcall_undefined(vcpu);
	case VECTOR_DB: return exit_debug(vcpu);
	case VECTOR_AC: return exception(vcpu, VECTOR_AC, true);
	case VECTOR_MC: panic("a machine check while a guest ran");
	}
	return EXIT_UNKNOWN;
}

static enum exit_reason exit_window(struct vcpu *vcpu, u64 bit)
{
	vmcs_write(VMCS_PRIMARY_CONTROLS, vmcs_read(VMCS_PRIMARY_CONTROLS) & ~bit);
	vcpu->arch.window = vcpu->arch.window && bit != PRIMARY_IRQ_WINDOW;
	look_again(vcpu);
	return EXIT_NONE;
}

/* ---- Memory, ports, and the rest ---- */

static enum exit_reason exit_ept(struct vcpu *vcpu, u64 what)
{
	gpa_t gpa = GPA(vmcs_read(VMCS_GUEST_PHYSICAL_ADDRESS));
	enum access_kind kind = what & EPT_WRITE ? ACCESS_WRITE
		: what & EPT_FETCH               ? ACCESS_FETCH
						 : ACCESS_READ;
	bool delivering = deliver_again(vcpu);
	enum exit_reason reason;

	if (unlikely(!delivering && what & EPT_UNBLOCKED))
		block_nmi_again();
	if (likely(!delivering && what & EPT_ACCESS))
		return vaccess_memory(vcpu, gpa, kind, NULL, 0);
	reason = vaccess_implicit(vcpu, gpa,
		what & EPT_ACCESS ? "delivery of an event" : "page tables");
	/* Killed: it must not enter again. */
	return reason == EXIT_NONE ? EXIT_IRQ : reason;
}

static enum exit_reason exit_io(struct vcpu *vcpu, u64 what)
{
	if (unlikely(what & IO_STRING))
		return vaccess_string_port(vcpu);
	return vaccess_port(vcpu, (u16)field_get(IO_PORT, what),
		(u8)(field_get(IO_SIZE, what) + 1), what & IO_IN, insn_length());
}

static enum exit_reason exit_hlt(struct vcpu *vcpu)
{
	vcpu->arch.regs.rip += insn_length();
	vcpu->arch.halted = true;
	look_again(vcpu);
	return EXIT_IDLE;
}

/* Caches are the host's; the guest's memory is coherent without (SDM, "WBINVD"). */
static enum exit_reason exit_invd(struct vcpu *vcpu)
{
	vcpu->arch.regs.rip += insn_length();
	return EXIT_NONE;
}

static enum exit_reason exit_task_switch(struct vcpu *vcpu)
{
	vm_kill(vcpu, ~0UL, "backend svm lets guests do that",
		"the guest switches tasks in hardware, which VMX leaves to software, and "
		"the hypervisor does not do");
	return EXIT_IRQ;
}

static enum exit_reason exit_decode(struct vcpu *vcpu, u64 why)
{
	switch (why) {
	case REASON_EXCEPTION: return exit_exception(vcpu);
	case REASON_INTERRUPT: return EXIT_IRQ;
	case REASON_CPUID: return vcpuid_exit(vcpu, insn_length());
	case REASON_RDMSR: return vmsr_exit(vcpu, false, insn_length());
	case REASON_WRMSR: return vmsr_exit(vcpu, true, insn_length());
	case REASON_CR: return cr_exit(vcpu);
	case REASON_IRQ_WINDOW: return exit_window(vcpu, PRIMARY_IRQ_WINDOW);
	case REASON_NMI_WINDOW: return exit_window(vcpu, PRIMARY_NMI_WINDOW);
	case REASON_INVD:
	case REASON_WBINVD: return exit_invd(vcpu);
	case REASON_HLT: return exit_hlt(vcpu);
	case REASON_TRIPLE_FAULT: return EXIT_SHUTDOWN;
	case REASON_XSETBV: return vcr_xsetbv(vcpu, insn_length());
	case REASON_RDPMC: return vevent_gp(vcpu);
	case REASON_TASK_SWITCH: return exit_task_switch(vcpu);
	}
	if (why & REASON_ENTRY_FAILED)
		return exit_failed(vcpu, why, 0);
	return code_of(why) == CODE_VMX ? vevent_ud(vcpu) : EXIT_UNKNOWN;
}

static inline void count_exit(struct vcpu *vcpu, u32 code, u64 value)
{
	vcpu->exits[code]++;
	trace_add(TRACE_EXIT, vcpu->trace_tag, code, vcpu->arch.regs.rip, value);
}

/* ---- Entering ---- */

/*
 * An instruction that was carried out here ends blocking by the one before it, which matters only
 * to what waits; and it would have ended in a single step's trap.
 */
static void put_rip(struct vcpu *vcpu)
{
	if (unlikely(vcpu->arch.window || vcpu->arch.nmi_pending))
		vmcs_end_blocking();
	vmcs_write(VMCS_GUEST_RIP, vcpu->arch.regs.rip);
	if (unlikely(vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_TF))
		vmcs_write(VMCS_GUEST_PENDING_DEBUG,
			vmcs_read(VMCS_GUEST_PENDING_DEBUG) | PENDING_BS);
}

/*
 * The shortest exits never leave this loop. Nothing need be polled in it but requests: whoever
 * wants something of this vCPU sends its cpu an interrupt, and that is an exit of its own.
 */
static void vmx_run(struct vcpu *vcpu)
{
	struct exit *exit = &vcpu->exit;
	u64 why, what;
	bool failed;

	do {
		exit->reason = EXIT_NONE;
		if (unlikely(__atomic_load_n(&vcpu->arch.requests, __ATOMIC_RELAXED)) &&
			!vevent_prepare(vcpu))
			return;
		if (vcpu->arch.regs.rip != vcpu->arch.vmcs_rip)
			put_rip(vcpu);
		vcpu = guest_enter(vcpu, &failed);
		exit = &vcpu->exit;
		if (unlikely(failed)) {
			exit->code = CODE_ENTRY;
			count_exit(vcpu, CODE_ENTRY, 0);
			exit->reason =
				exit_failed(vcpu, 0, vmcs_read(VMCS_INSTRUCTION_ERROR));
			return;
		}
		vcpu->arch.launched = true;
		vcpu->arch.regs.rip = vmcs_read(VMCS_GUEST_RIP);
		vcpu->arch.vmcs_rip = vcpu->arch.regs.rip;
		why = vmcs_read(VMCS_EXIT_REASON);
		if (likely(why == REASON_VMCALL)) {
			count_exit(vcpu, CODE_VMCALL, vcpu->arch.regs.gpr[GPR_RAX]);
			exit->reason = vcall_exit(vcpu, insn_length());
			continue;
		}
		what = vmcs_read(VMCS_QUALIFICATION);
		exit->raw[0] = why;
		exit->raw[1] = what;
		if (likely(why == REASON_EPT_VIOLATION)) {
			exit->code = CODE_EPT;
			count_exit(vcpu, CODE_EPT,
				vmcs_read(VMCS_GUEST_PHYSICAL_ADDRESS));
			exit->reason = exit_ept(vcpu, what);
			continue;
		}
		if (likely(why == REASON_IO)) {
			exit->code = CODE_IO;
			count_exit(vcpu, CODE_IO, what);
			exit->reason = exit_io(vcpu, what);
			continue;
		}
		exit->code = code_of(why);
		count_exit(vcpu, exit->code, what);
		exit->reason = exit_decode(vcpu, why);
	} while (exit->reason == EXIT_NONE);
}

static int vmx_probe(const char **why)
{
	int err = vmx_caps_probe(why);

	if (!err)
		guest = &vmx_guest;
	return err;
}

const struct backend vmx = {
	.name = "vmx",
	.privilege = PRIVILEGE_KERNEL,
	.exit_name = vmx_exit_name,
	.probe = vmx_probe,
	.cpu_on = vmx_cpu_on,
	.guest_pt = vmx_guest_pt,
	.vm_init = vmx_vm_init,
	.vcpu_init = vmx_vcpu_init,
	.vcpu_fini = vmx_vcpu_fini,
	.vcpu_reset = vstate_reset,
	.load = vmx_load,
	.save = vmx_save,
	.run = vmx_run,
	.finish = vaccess_finish,
	.inject_fault = vaccess_inject_fault,
	.set_irq = vevent_set_irq,
	.irq_pending = vevent_irq_pending,
	.translate = vaccess_translate,
	.flush = vmx_flush,
};
