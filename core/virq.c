// SPDX-License-Identifier: Apache-2.0
// Between a virtual interrupt controller and the vCPUs' interrupt inputs.
#include <hv/backend.h>
#include <hv/vm.h>

u32 vm_cpu_count(const struct vm *vm)
{
	return vm->vcpu_count;
}

void vm_cpu_irq(struct vm *vm, u32 cpu, u32 irq, bool level)
{
	vm->backend->set_irq(vm->vcpus[cpu], irq, level);
}
