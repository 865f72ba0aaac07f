// SPDX-License-Identifier: Apache-2.0
// A guest CPU's life: made, started, idle, stopped.
#include <hv/vcpu.h>

#include <hv/arch.h>
#include <hv/fail.h>
#include <hv/sched.h>
#include <hv/trace.h>
#include <hv/vm.h>

struct vcpu *vcpu_create(struct vm *vm, u32 index)
{
	struct vcpu *vcpu = mem_alloc(sizeof(*vcpu));

	if (!vcpu)
		return NULL;
	vcpu->vm = vm;
	vcpu->index = index;
	vcpu->trace_tag = TRACE_TAG(vm->id, index);
	list_init(&vcpu->node);
	sched_place(vcpu);
	if (vm->backend->vcpu_init(vcpu)) {
		vcpu_destroy(vcpu);
		return NULL;
	}
	return vcpu;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	timer_cancel_wait(&vcpu->timer);
	sched_remove(vcpu);
	mem_free(vcpu);
}

static void reset(struct vcpu *vcpu, void *arg)
{
	const struct vm_start *start = arg;

	vcpu->vm->backend->vcpu_reset(vcpu, start->pc, start->args[0], start->args[1]);
}

int vcpu_start(struct vcpu *vcpu, u64 pc, u64 arg0, u64 arg1)
{
	struct vm_start start = {pc, {arg0, arg1}};

	/*
	 * Counted before it can leave again. A VM that ends meanwhile has set LEAVE_END on all
	 * its vCPUs, also on those that are off, so this one will leave at once.
	 */
	__atomic_fetch_add(&vcpu->vm->vcpus_live, 1, __ATOMIC_ACQ_REL);
	if (sched_start(vcpu, reset, &start))
		return 0;
	__atomic_fetch_sub(&vcpu->vm->vcpus_live, 1, __ATOMIC_ACQ_REL);
	return fail(-EBUSY);
}

void vcpu_stop(struct vcpu *vcpu)
{
	__atomic_fetch_or(&vcpu->leave, LEAVE_OFF, __ATOMIC_RELAXED);
}

void vcpu_idle(struct vcpu *vcpu)
{
	if (!vcpu->vm->backend->irq_pending(vcpu))
		__atomic_fetch_or(&vcpu->leave, LEAVE_IDLE, __ATOMIC_RELAXED);
}

bool vcpu_is_off(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->state, __ATOMIC_RELAXED) == VCPU_OFF;
}
