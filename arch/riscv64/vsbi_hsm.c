// SPDX-License-Identifier: Apache-2.0
// The SBI's hart state management (SBI 2.0, chapter 9): guests start, stop and suspend their
// CPUs.
#include "vsbi.h"

#include <hv/vm.h>
#include <arch/csr.h>

static struct sbi_result hart_start(struct vm *vm, u64 hart, u64 pc, u64 opaque)
{
	if (hart >= vm->vcpu_count)
		return failure(SBI_ERR_INVALID_PARAM);
	if (!vm_has_ram(vm, GPA(pc), 1) || pc & 1)
		return failure(SBI_ERR_INVALID_ADDRESS);
	if (vcpu_start(vm->vcpus[hart], pc, hart, opaque))
		return failure(SBI_ERR_ALREADY_AVAILABLE);
	return success(0);
}

static struct sbi_result hart_status(const struct vm *vm, u64 hart)
{
	if (hart >= vm->vcpu_count)
		return failure(SBI_ERR_INVALID_PARAM);
	if (vcpu_is_off(vm->vcpus[hart]))
		return success(SBI_HSM_STOPPED);
	if (__atomic_load_n(&vm->vcpus[hart]->arch.suspended, __ATOMIC_RELAXED))
		return success(SBI_HSM_SUSPENDED);
	return success(SBI_HSM_STARTED);
}

/*
 * Sleeps until an interrupt that sie enables. A retentive sleep goes on behind the call; the
 * other one starts anew at `pc`, with what the interrupt controller and sie know kept.
 */
static void hart_suspend(struct vcpu *vcpu, u64 type, u64 pc, u64 opaque)
{
	if (type == SBI_HSM_SUSPEND_RETENTIVE) {
		finish(vcpu, success(0));
	} else if (type != SBI_HSM_SUSPEND_NON_RETENTIVE) {
		finish(vcpu, failure(SBI_ERR_INVALID_PARAM));
		return;
	} else if (!vm_has_ram(vcpu->vm, GPA(pc), 1) || pc & 1) {
		finish(vcpu, failure(SBI_ERR_INVALID_ADDRESS));
		return;
	} else {
		csr_write(vsatp, 0);
		csr_clear(vsstatus, SSTATUS_SIE);
		csr_set(sstatus, SSTATUS_SPP);
		vcpu->arch.regs.x[REG_A0] = vcpu->index;
		vcpu->arch.regs.x[REG_A1] = opaque;
		vcpu->arch.regs.pc = pc;
	}
	vcpu_idle(vcpu);
	__atomic_store_n(&vcpu->arch.suspended, vcpu->leave & LEAVE_IDLE,
		__ATOMIC_RELAXED);
}

void vsbi_hsm(struct vcpu *vcpu, u64 function)
{
	const u64 *x = vcpu->arch.regs.x;

	switch (function) {
	case SBI_HSM_START:
		finish(vcpu, hart_start(vcpu->vm, x[REG_A0], x[REG_A1], x[REG_A2]));
		return;
	case SBI_HSM_STOP: vcpu_stop(vcpu); return;
	case SBI_HSM_STATUS: finish(vcpu, hart_status(vcpu->vm, x[REG_A0])); return;
	case SBI_HSM_SUSPEND:
		hart_suspend(vcpu, (u32)x[REG_A0], x[REG_A1], x[REG_A2]);
		return;
	}
	finish(vcpu, not_supported);
}
