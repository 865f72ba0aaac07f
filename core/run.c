// SPDX-License-Identifier: Apache-2.0
// A vCPU's turn on a cpu: enter, see why it came back, decide. Steps 1 and 2 of an exit are the
// backend's, 4 and 5 those of bus.c and the device.
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/sched.h>
#include <hv/trace.h>
#include <hv/vm.h>
#include <hv/vcpu.h>

/* Nobody is there, or not for this: the guest gets its fault, if it can take one. */
static void refuse(struct vcpu *vcpu, enum fault fault, gpa_t gpa, enum access_kind kind)
{
	const struct backend *by = vcpu->vm->backend;

	trace_add(TRACE_REFUSED, vcpu->trace_tag, kind, arch_vcpu_pc(vcpu), gpa.raw);
	if (by->inject_fault(vcpu, fault, gpa))
		return;
	if (by->privilege == PRIVILEGE_USER)
		vm_kill(vcpu, gpa.raw, "a guest without privilege cannot handle faults",
			"nobody answers at this address, or not to this access");
	else
		vm_kill(vcpu, gpa.raw,
			"is its exception vector set up, and where it has memory?",
			"the guest cannot handle its fault: its handler faults itself, at once");
}

/* The bus of the access that is in vcpu->exit. */
static struct bus *bus_of(struct vcpu *vcpu)
{
	return vcpu->exit.reason == EXIT_PIO ? &vcpu->vm->pio : &vcpu->vm->mmio;
}

static void exit_access(struct vcpu *vcpu, struct bus *bus)
{
	struct access *access = &vcpu->exit.access;
	struct vm *vm = vcpu->vm;
	int error;

	do {
		spin_lock(&vm->lock);
		error = bus_access(bus, access);
		spin_unlock(&vm->lock);
	} while (likely(!error) && unlikely(vm->backend->finish(vcpu)) &&
		(bus = bus_of(vcpu)));
	if (unlikely(error))
		refuse(vcpu, FAULT_ACCESS, GPA(access->addr),
			access->write ? ACCESS_WRITE : ACCESS_READ);
}

static void exit_ram(struct vcpu *vcpu)
{
	gpa_t gpa = vcpu->exit.fault.gpa;
	enum access_kind kind = vcpu->exit.fault.kind;
	int error = vmem_touch(vcpu, gpa, kind);

	if (error == -EINVAL)
		refuse(vcpu, FAULT_ACCESS, gpa, kind);
	else if (error)
		vm_kill(vcpu, gpa.raw, "give the host more memory, or the VMs less",
			"no host memory for a table of its memory map");
}

static void exit_unknown(struct vcpu *vcpu)
{
	vm_kill(vcpu, ~0UL, NULL,
		"an exit that the hypervisor does not know: 0x%lx, 0x%lx",
		vcpu->exit.raw[0], vcpu->exit.raw[1]);
}

static void exit_sysreg(struct vcpu *vcpu)
{
	if (!arch_sysreg(vcpu))
		vm_kill(vcpu, ~0UL, NULL,
			"an instruction that its CPU does not have, and no handler for that");
}

static void exit_handle(struct vcpu *vcpu)
{
	/* Told which is hottest: the rest is in no hurry. */
	switch (__builtin_expect(vcpu->exit.reason, EXIT_MMIO)) {
	case EXIT_NONE: break;
	case EXIT_IRQ: arch_irq_handle(); break;
	case EXIT_MMIO: exit_access(vcpu, &vcpu->vm->mmio); break;
	case EXIT_PIO: exit_access(vcpu, &vcpu->vm->pio); break;
	case EXIT_RAM: exit_ram(vcpu); break;
	case EXIT_CALL: arch_call(vcpu); break;
	case EXIT_IDLE: vcpu_idle(vcpu); break;
	case EXIT_SYSREG: exit_sysreg(vcpu); break;
	case EXIT_SHUTDOWN:
		vm_kill(vcpu, ~0UL, NULL, "the guest faulted while it handled a fault");
		break;
	case EXIT_DEBUG:
	case EXIT_UNKNOWN:
	case EXIT_REASONS: exit_unknown(vcpu); break;
	}
}

static bool must_leave(const struct vcpu *vcpu, const struct cpu *cpu)
{
	/* Who sets them sends an interrupt afterwards, so the next look is in time. */
	return __atomic_load_n(&vcpu->leave, __ATOMIC_RELAXED) ||
		__atomic_load_n(&cpu->resched, __ATOMIC_RELAXED);
}

void vcpu_run(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	const struct backend *by = vm->backend;
	struct cpu *cpu = cpu_this();

	cpu->current = vcpu;
	by->load(vcpu);
	/* From here on each exit's record stands for the entry behind it as well. */
	trace_add(TRACE_ENTER, vcpu->trace_tag, cpu->index, arch_vcpu_pc(vcpu), 0);
	while (!must_leave(vcpu, cpu)) {
		by->run(vcpu);
		exit_handle(vcpu);
	}
	by->save(vcpu);
	cpu->current = NULL;
	if (sched_put(vcpu))
		vm_vcpu_gone(vm);
}
