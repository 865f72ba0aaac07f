// SPDX-License-Identifier: Apache-2.0
// Backend el2: why a guest at EL1 or EL0 came back to EL2, as struct exit (Arm ARM, D19, "ESR_EL2").
// Exits that concern only the vCPU are finished here and never reach core/.
#include "el.h"

#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/sched.h>
#include <hv/trace.h>
#include <hv/vm.h>

#include "../boot.h"
#include "../gic.h"
#include "../trap.h"
#include "../vgic.h"
#include "../vid.h"
#include "../vpsci.h"
#include "../vsysreg.h"

/* ---- Faults that the guest gets ---- */

/* Offsets from VBAR_EL1 of the vectors for synchronous exceptions. */
enum { VECTOR_SP0 = 0x000, VECTOR_SPX = 0x200, VECTOR_A64 = 0x400, VECTOR_A32 = 0x600 };

static u64 vector_offset(u64 pstate)
{
	if (pstate & PSTATE_AARCH32)
		return VECTOR_A32;
	if (!(pstate & PSTATE_EL))
		return VECTOR_A64;
	return pstate & PSTATE_SP ? VECTOR_SPX : VECTOR_SP0;
}

/* PSTATE of a handler: what an exception to EL1 makes of it ("Exception entry"). */
static u64 handler_pstate(u64 pstate)
{
	u64 pan = pstate & PSTATE_PAN;

	if (!(sysreg_read(sctlr_el1) & SCTLR_SPAN))
		pan = vid_has_pan() ? PSTATE_PAN : 0;
	return (pstate & (PSTATE_NZCV | PSTATE_DIT)) | pan | PSTATE_DAIF | PSTATE_EL1H;
}

/*
 * What the CPU does on a synchronous exception to EL1, done by hand. False if it is the first
 * instruction of the guest's handler that takes it: it would do so for ever.
 */
static bool inject(struct vcpu *vcpu, u64 esr)
{
	struct arch_regs *regs = &vcpu->arch.regs;
	u64 handler = sysreg_read(vbar_el1) + vector_offset(regs->pstate);

	if (regs->pc == handler)
		return false;
	sysreg_write(elr_el1, regs->pc);
	sysreg_write(spsr_el1, regs->pstate);
	sysreg_write(esr_el1, esr);
	trace_add(TRACE_INJECT, vcpu->trace_tag, (u32)field_get(ESR_EC, esr), handler,
		vcpu->exit.raw[1]);
	regs->pstate = handler_pstate(regs->pstate);
	regs->pc = handler;
	return true;
}

/* A synchronous external abort of the access that brought us here, or an undefined instruction. */
static bool el2_inject_fault(struct vcpu *vcpu, enum fault fault, gpa_t gpa)
{
	u64 esr = vcpu->exit.raw[0], class = field_get(ESR_EC, esr);

	(void)gpa; /* FAR is the virtual address, which raw[1] has */
	if (fault == FAULT_INSTRUCTION)
		return inject(vcpu, field_put(ESR_EC, EC_UNKNOWN) | ESR_IL);
	/* From EL1 itself the class is the next one. */
	if (vcpu->arch.regs.pstate & PSTATE_EL)
		class |= 1;
	sysreg_write(far_el1, vcpu->exit.raw[1]);
	return inject(vcpu,
		field_put(ESR_EC, class) | (esr & ESR_IL) | (esr & (ISS_WNR | ISS_CM)) |
			field_put(ISS_FSC, FSC_EXTERNAL_ABORT));
}

/* ---- Why it came back ---- */

static const char *el2_exit_name(u32 code)
{
	return arm64_class_name(code);
}

static enum access_kind fault_kind(u64 esr)
{
	if (field_get(ESR_EC, esr) == EC_INSN_ABORT_LOWER)
		return ACCESS_FETCH;
	/* A walk's write is the hardware's, of the access flag: WnR says so. */
	return esr & ISS_WNR && !(esr & ISS_CM) ? ACCESS_WRITE : ACCESS_READ;
}

/* HPFAR_EL2 tells where only if stage 2 had no translation, or in a walk of stage 1. */
static bool fault_address(struct vcpu *vcpu, u64 esr, gpa_t *gpa)
{
	u64 far = vcpu->exit.raw[1];

	if (field_get(FSC_TYPE, esr) == FAULT_TYPE_PERMISSION && !(esr & ISS_S1PTW))
		return translate_gva(vcpu, far, gpa) == 0;
	*gpa = GPA(field_get(HPFAR_FIPA, sysreg_read(hpfar_el2)) << PAGE_SHIFT |
		(far & (PAGE_SIZE - 1)));
	return true;
}

static enum exit_reason exit_abort(struct vcpu *vcpu, u64 esr)
{
	gpa_t gpa;

	if (unlikely(field_get(FSC_TYPE, esr) > FAULT_TYPE_PERMISSION))
		return EXIT_UNKNOWN;
	/* Its own tables have changed since: it shall try again. */
	if (unlikely(!fault_address(vcpu, esr, &gpa)))
		return EXIT_NONE;
	if (likely(field_get(ESR_EC, esr) == EC_DATA_ABORT_LOWER && !(esr & ISS_S1PTW) &&
		    !vmem_find(vcpu->vm, gpa))) {
		if (unlikely(esr & ISS_CM)) {
			/* Nothing of a device is in a cache. */
			vcpu->arch.regs.pc += INSN_BYTES;
			return EXIT_NONE;
		}
		if (likely(access_decode(vcpu, esr, gpa)))
			return EXIT_MMIO;
	}
	vcpu->exit.fault.gpa = gpa;
	vcpu->exit.fault.kind = fault_kind(esr);
	return EXIT_RAM;
}

/* Another vCPU wants this cpu. */
static bool is_wanted(void)
{
	return unlikely(__atomic_load_n(&cpu_this()->resched, __ATOMIC_RELAXED));
}

/* WFI idles. WFE, trapped only if others wait for the cpu, lets them have it. */
static enum exit_reason exit_wfx(struct vcpu *vcpu, u64 esr)
{
	vcpu->arch.regs.pc += INSN_BYTES;
	if (field_get(ISS_WFX_TI, esr) == WFX_WFI)
		return EXIT_IDLE;
	sched_give_way();
	return EXIT_IRQ; /* nothing but to look around */
}

/* The instruction is undefined; for calls the pc is behind it already. */
static enum exit_reason exit_undefined(struct vcpu *vcpu, u64 class)
{
	if (class == EC_HVC64)
		vcpu->arch.regs.pc -= INSN_BYTES;
	return EXIT_SYSREG;
}

static enum exit_reason exit_decode(struct vcpu *vcpu, u64 esr, u64 class)
{
	switch (class) {
	case EC_DATA_ABORT_LOWER:
	case EC_INSN_ABORT_LOWER: return exit_abort(vcpu, esr);
	case EC_SYSREG:
		if (!vsysreg_local(vcpu, esr))
			return EXIT_SYSREG;
		/* An SGI may be for another vCPU of this cpu, which nobody interrupts for it. */
		return is_wanted() ? EXIT_IRQ : EXIT_NONE;
	case EC_WFX: return exit_wfx(vcpu, esr);
	case EC_SMC64:
		/* Trapped, so the pc is on it. */
		if (field_get(ISS_IMM16, esr))
			return exit_undefined(vcpu, class);
		vcpu->arch.regs.pc += INSN_BYTES;
		return vpsci_local(vcpu) ? EXIT_NONE : EXIT_CALL;
	case EC_HVC64:
		return field_get(ISS_IMM16, esr) ? exit_undefined(vcpu, class)
						 : EXIT_CALL;
	case EC_CP15_32:
	case EC_CP15_64:
	case EC_CP14_32:
	case EC_CP14_LS:
	case EC_CP14_64:
	case EC_CP10:
	case EC_FP:
	case EC_PAUTH:
	case EC_LS64:
	case EC_SVE:
	case EC_SME:
	case EC_ERET: return EXIT_SYSREG;
	}
	return EXIT_UNKNOWN;
}

static inline void count_exit(struct vcpu *vcpu, u32 code, u64 value)
{
	vcpu->exits[code]++;
	trace_add(TRACE_EXIT, vcpu->trace_tag, code, vcpu->arch.regs.pc, value);
}

static enum exit_reason exit_asynchronous(struct vcpu *vcpu, u64 left)
{
	u32 code = left == LEFT_IRQ ? CODE_IRQ : EC_SERROR;

	vcpu->exit.code = code;
	vcpu->exit.raw[0] = left == LEFT_IRQ ? 0 : sysreg_read(esr_el2);
	vcpu->exit.raw[1] = 0;
	count_exit(vcpu, code, 0);
	return left == LEFT_IRQ ? EXIT_IRQ : EXIT_UNKNOWN;
}

/* False if the cpu is to look around first: what has been routed elsewhere may have woken another. */
static bool take_requests(struct vcpu *vcpu)
{
	u32 requests = __atomic_exchange_n(&vcpu->arch.requests, 0, __ATOMIC_ACQ_REL);

	if (requests & REQUEST_VGIC) {
		vm_lock(vcpu->vm);
		vgic_sync(vcpu->vm->arch.vgic, vcpu->index);
		vm_unlock(vcpu->vm);
	}
	vcpu->exit.reason = EXIT_IRQ;
	return !is_wanted();
}

/*
 * The shortest exits never leave this loop. Whoever wants something of this vCPU from elsewhere
 * sends its cpu an interrupt, and that is an exit of its own; what the vCPU itself has changed of
 * its interrupts is a request, too.
 */
static void el2_run(struct vcpu *vcpu)
{
	for (;;) {
		struct exit *exit;
		u64 left, esr, class;

		if (unlikely(__atomic_load_n(&vcpu->arch.requests, __ATOMIC_RELAXED)) &&
			!take_requests(vcpu))
			return;
		vcpu = guest_enter_el2(vcpu, &left);
		exit = &vcpu->exit;
		if (unlikely(left != LEFT_SYNC)) {
			exit->reason = exit_asynchronous(vcpu, left);
			return;
		}
		esr = sysreg_read(esr_el2);
		class = field_get(ESR_EC, esr);
		if (class == EC_HVC64 && likely(!field_get(ISS_IMM16, esr))) {
			count_exit(vcpu, EC_HVC64, vcpu->arch.regs.x[0]);
			if (likely(vpsci_local(vcpu)))
				continue;
			exit->reason = EXIT_CALL;
			return;
		}
		exit->code = (u32) class;
		exit->raw[0] = esr;
		exit->raw[1] = sysreg_read(far_el2);
		count_exit(vcpu, (u32) class, exit->raw[1]);
		exit->reason = exit_decode(vcpu, esr, class);
		if (exit->reason != EXIT_NONE)
			return;
	}
}

/* ---- Interrupts ---- */

/* The virtual GIC has something for this vCPU. */
static void el2_set_irq(struct vcpu *vcpu, u32 irq, bool level)
{
	trace_add(TRACE_IRQ, vcpu->trace_tag, irq | (level ? TRACE_IRQ_RAISED : 0), 0, 0);
	__atomic_fetch_or(&vcpu->arch.requests, REQUEST_VGIC, __ATOMIC_SEQ_CST);
	if (vcpu->arch.loaded != cpu_this())
		sched_wake(vcpu);
}

static bool el2_irq_pending(struct vcpu *vcpu)
{
	bool pending;

	vm_lock(vcpu->vm);
	pending = vgic_pending(vcpu->vm->arch.vgic, vcpu->index);
	vm_unlock(vcpu->vm);
	return pending;
}

/* The guest's own timer: its interrupt stays active until the guest ends it. */
static void forward_timer(struct vcpu *vcpu)
{
	gic->drop(PPI_VIRTUAL_TIMER);
	vm_lock(vcpu->vm);
	vgic_forward(vcpu->vm->arch.vgic, vcpu->index, PPI_VIRTUAL_TIMER);
	vm_unlock(vcpu->vm);
}

/* List registers have become free, or an interrupt in one has ended. */
static void maintain(struct vcpu *vcpu)
{
	vm_lock(vcpu->vm);
	vgic_sync(vcpu->vm->arch.vgic, vcpu->index);
	vm_unlock(vcpu->vm);
	/* Its line is low by now. */
	gic->drop(PPI_MAINTENANCE);
	gic->deactivate(PPI_MAINTENANCE);
}

bool el2_irq(u32 irq)
{
	struct vcpu *vcpu = cpu_this()->current;

	/* Without a vCPU the timer is off, and no list register in use. */
	if (!vcpu || !machine.el2)
		return false;
	switch (irq) {
	case PPI_VIRTUAL_TIMER: forward_timer(vcpu); return true;
	case PPI_MAINTENANCE: maintain(vcpu); return true;
	}
	return false;
}

const struct backend el2 = {
	.name = "el2",
	.privilege = PRIVILEGE_KERNEL,
	.exit_name = el2_exit_name,
	.probe = state_probe,
	.cpu_on = state_cpu_on,
	.guest_pt = state_guest_pt,
	.vm_init = state_vm_init,
	.vcpu_init = state_vcpu_init,
	.vcpu_fini = state_vcpu_fini,
	.vcpu_reset = state_vcpu_reset,
	.load = state_load,
	.save = state_save,
	.run = el2_run,
	.finish = access_finish,
	.inject_fault = el2_inject_fault,
	.set_irq = el2_set_irq,
	.irq_pending = el2_irq_pending,
	.translate = translate_gva,
	.flush = state_flush,
};
