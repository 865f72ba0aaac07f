// SPDX-License-Identifier: Apache-2.0
// Backend el1: we run at EL1, for want of EL2, and guests at EL0, with their guest-physical map in
// TTBR0. Such a guest is a program: it has no exception vectors and no system registers, makes
// calls by SVC, and reaches its devices by data aborts.
#include "el.h"

#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/trace.h>
#include <hv/vm.h>

#include "../boot.h"
#include "../pt_format.h"
#include "../trap.h"
#include "../vtimer.h"

#define FLUSH_PAGES_MAX 64

static int el1_probe(const char **why)
{
	if (machine.el2) {
		*why = "expected to be started at EL1, found EL2";
		return fail(-ENODEV);
	}
	return 0;
}

static int el1_cpu_on(void)
{
	/* Exceptions of guests are taken in the copy of our map that TTBR1 has. */
	sysreg_write(vbar_el1, sysreg_read(vbar_el1) | HIGH_BASE);
	sysreg_write(cpacr_el1, CPACR_FPEN);
	sysreg_write(cntkctl_el1, 0); /* guest time is not the counter's */
	sysreg_write(mdscr_el1, 0);
	isb();
	return 0;
}

static const struct pt_format *el1_guest_pt(void)
{
	return &pt_user;
}

static void el1_flush(struct vm *vm, gpa_t gpa, u64 size)
{
	u64 asid = vm->arch.vttbr & TTBR_ASID;

	dsb(ishst);
	if (size > FLUSH_PAGES_MAX * PAGE_SIZE)
		tlbi_at(aside1is, asid);
	else
		for (u64 at = 0; at < size; at += PAGE_SIZE)
			tlbi_at(vae1is, asid | (gpa.raw + at) >> PAGE_SHIFT);
	dsb(ish);
	isb();
}

static int el1_vm_init(struct vm *vm)
{
	vm->arch.vttbr = field_put(TTBR_ASID, vm->id + 1U) | vm->mem.pt.root.raw;
	/* Nothing is left of an earlier VM with this number. */
	el1_flush(vm, GPA(0), ~0UL);
	return 0;
}

static int el1_vcpu_init(struct vcpu *vcpu)
{
	(void)vcpu;
	return 0;
}

static void el1_vcpu_reset(struct vcpu *vcpu, u64 pc, u64 arg0, u64 arg1)
{
	struct arch_vcpu *arch = &vcpu->arch;

	arch->regs = (struct arch_regs){.pc = pc, .pstate = PSTATE_EL0T};
	arch->regs.x[0] = arg0;
	arch->regs.x[1] = arg1;
	arch->el = (struct el_state){.sp_el0 = 0};
	arch->fp = (struct fp_state){.fpcr = 0};
	arch->ttbr0 = vcpu->vm->arch.vttbr;
	arch->host_ttbr0 = boot_regs.ttbr;
}

#define REGISTER_LOAD(name) sysreg_write(name, el->name);
#define REGISTER_SAVE(name) el->name = sysreg_read(name);

static void el1_load(struct vcpu *vcpu)
{
	const struct el_state *el = &vcpu->arch.el;

	EL0_REGISTERS(REGISTER_LOAD)
	fp_restore(&vcpu->arch.fp);
	vcpu->arch.host_cpu = cpu_this();
	__atomic_store_n(&vcpu->arch.loaded, cpu_this(), __ATOMIC_RELEASE);
}

static void el1_save(struct vcpu *vcpu)
{
	struct el_state *el = &vcpu->arch.el;

	__atomic_store_n(&vcpu->arch.loaded, NULL, __ATOMIC_RELEASE);
	EL0_REGISTERS(REGISTER_SAVE)
	fp_save(&vcpu->arch.fp);
}

/* ---- Why it came back ---- */

static const char *el1_exit_name(u32 code)
{
	return arm64_class_name(code);
}

static enum access_kind fault_kind(u64 esr)
{
	if (field_get(ESR_EC, esr) == EC_INSN_ABORT_LOWER)
		return ACCESS_FETCH;
	return esr & ISS_WNR && !(esr & ISS_CM) ? ACCESS_WRITE : ACCESS_READ;
}

static enum exit_reason exit_abort(struct vcpu *vcpu, u64 esr, gpa_t gpa)
{
	/* A misaligned access to a device, a bus error: nothing that mapping would help. */
	if (field_get(FSC_TYPE, esr) > FAULT_TYPE_PERMISSION)
		return EXIT_UNKNOWN;
	if (field_get(ESR_EC, esr) == EC_DATA_ABORT_LOWER && !(esr & ISS_CM) &&
		!vmem_find(vcpu->vm, gpa) && access_decode(vcpu, esr & ~ISS_ISV, gpa))
		return EXIT_MMIO;
	vcpu->exit.fault.gpa = gpa;
	vcpu->exit.fault.kind = fault_kind(esr);
	return EXIT_RAM;
}

#define SYS_CNTVCT_EL0                                           \
	(field_put(ISS_SYS_OP0, 3) | field_put(ISS_SYS_OP1, 3) | \
		field_put(ISS_SYS_CRN, 14) | field_put(ISS_SYS_OP2, 2))
#define SYS_CNTFRQ_EL0                                           \
	(field_put(ISS_SYS_OP0, 3) | field_put(ISS_SYS_OP1, 3) | \
		field_put(ISS_SYS_CRN, 14))

/* What a program may read of the clock, in its own time. */
static enum exit_reason exit_sysreg(struct vcpu *vcpu, u64 esr)
{
	u64 reg = esr & ISS_SYS_REG, value;

	if (!(esr & ISS_SYS_READ))
		return EXIT_SYSREG;
	if (reg == SYS_CNTVCT_EL0)
		value = vtimer_now(vcpu);
	else if (reg == SYS_CNTFRQ_EL0)
		value = sysreg_read(cntfrq_el0);
	else
		return EXIT_SYSREG;
	regs_set(vcpu, field_get(ISS_SYS_RT, esr), value);
	vcpu->arch.regs.pc += INSN_BYTES;
	return EXIT_NONE;
}

static enum exit_reason exit_wfx(struct vcpu *vcpu, u64 esr)
{
	vcpu->arch.regs.pc += INSN_BYTES;
	/* No interrupt could ever wake it: what it waits for does not come any sooner. */
	(void)esr;
	return EXIT_NONE;
}

static enum exit_reason exit_decode(struct vcpu *vcpu, u64 esr, u64 class)
{
	switch (class) {
	case EC_SVC64: return EXIT_CALL;
	case EC_DATA_ABORT_LOWER:
	case EC_INSN_ABORT_LOWER: return exit_abort(vcpu, esr, GPA(vcpu->exit.raw[1]));
	case EC_WFX: return exit_wfx(vcpu, esr);
	case EC_SYSREG: return exit_sysreg(vcpu, esr);
	case EC_UNKNOWN: return EXIT_SYSREG;
	}
	return EXIT_UNKNOWN;
}

static inline void count_exit(struct vcpu *vcpu, u32 code, u64 value)
{
	vcpu->exits[code]++;
	trace_add(TRACE_EXIT, vcpu->trace_tag, code, vcpu->arch.regs.pc, value);
}

static void el1_run(struct vcpu *vcpu)
{
	struct exit *exit;
	u64 left;

	do {
		vcpu = guest_enter_el1(vcpu, &left);
		exit = &vcpu->exit;
		exit->raw[0] = sysreg_read(esr_el1);
		exit->raw[1] = sysreg_read(far_el1);
		exit->code = left == LEFT_IRQ ? CODE_IRQ
			: left == LEFT_SERROR ? EC_SERROR
					      : (u32)field_get(ESR_EC, exit->raw[0]);
		count_exit(vcpu, exit->code, exit->raw[1]);
		if (left == LEFT_IRQ)
			exit->reason = EXIT_IRQ;
		else if (left == LEFT_SERROR)
			exit->reason = EXIT_UNKNOWN;
		else
			exit->reason = exit_decode(vcpu, exit->raw[0], exit->code);
	} while (exit->reason == EXIT_NONE);
}

/* It has no vectors to send it to. */
static bool el1_inject_fault(struct vcpu *vcpu, enum fault fault, gpa_t gpa)
{
	(void)vcpu;
	(void)fault;
	(void)gpa;
	return false;
}

/* Nor any interrupt inputs. */
static void el1_set_irq(struct vcpu *vcpu, u32 irq, bool level)
{
	(void)vcpu;
	(void)irq;
	(void)level;
}

static bool el1_irq_pending(struct vcpu *vcpu)
{
	(void)vcpu;
	return false;
}

const struct backend el1 = {
	.name = "el1",
	.privilege = PRIVILEGE_USER,
	.exit_name = el1_exit_name,
	.probe = el1_probe,
	.cpu_on = el1_cpu_on,
	.guest_pt = el1_guest_pt,
	.vm_init = el1_vm_init,
	.vcpu_init = el1_vcpu_init,
	.vcpu_reset = el1_vcpu_reset,
	.load = el1_load,
	.save = el1_save,
	.run = el1_run,
	.finish = access_finish,
	.inject_fault = el1_inject_fault,
	.set_irq = el1_set_irq,
	.irq_pending = el1_irq_pending,
	.translate = translate_gva,
	.flush = el1_flush,
};
