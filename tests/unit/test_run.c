// SPDX-License-Identifier: Apache-2.0
// What core/run.c decides on each reason to leave a guest, with the fake backend playing back
// the reasons.
#include "unit.h"

#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/sched.h>
#include <hv/trace.h>
#include <hv/vcpu.h>
#include <hv/vm.h>

#define RAM_BASE  MiB(64)
#define DEVICE    0x1000UL
#define DEVICE_ID 0x5aUL

static struct vm *vm;
static struct vcpu *vcpu;
static u64 written;

static u64 device_read(struct vdev *dev, u64 offset, u32 size)
{
	(void)dev;
	(void)size;
	return DEVICE_ID + offset;
}

static void device_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	(void)dev;
	(void)size;
	written = offset << 32 | value;
}

static const struct vdev_ops device_ops = {
	.name = "test",
	.min_size = 4,
	.max_size = 4,
	.size = 0x100,
	.read = device_read,
	.write = device_write,
};
static struct vdev device = {.ops = &device_ops};

static int setup(void **state)
{
	(void)state;
	fake_reset();
	vm = fake_vm(RAM_BASE, MiB(1));
	vcpu = fake_vcpu(vm, 0);
	device.vm = vm;
	vcpu->arch.regs.pc = RAM_BASE;
	return bus_attach(&vm->mmio, DEVICE, device_ops.size, &device, 0);
}

static int teardown(void **state)
{
	(void)state;
	fake_vm_free(vm);
	return 0;
}

/* Lets the vCPU run through the exits and then idle. */
static void run(const struct exit *exits, u32 count)
{
	vcpu->arch.script = (struct fake_script){exits, count};
	vcpu->state = VCPU_RUNNING;
	vcpu_run(vcpu);
	assert_false(vcpu->arch.loaded);
	assert_false(spin_held(&vm->lock));
}

static bool traced(enum trace_kind kind, u32 code, u64 value)
{
	const struct trace_ring *ring = cpu_this()->trace;

	for (u64 i = 0; i < ring->next; i++) {
		const struct trace_record *r = &ring->records[i];

		if (r->kind == kind && r->code == code && r->value == value)
			return true;
	}
	return false;
}

static void test_mmio(void **state)
{
	const struct exit exits[] = {
		{.reason = EXIT_MMIO, .access = {.addr = DEVICE + 4, .size = 4}},
		{.reason = EXIT_MMIO,
			.access = {.addr = DEVICE + 8,
				.size = 4,
				.write = true,
				.value = 7}},
	};

	(void)state;
	run(exits, 2);
	assert_int_equal(vcpu->arch.regs.r[0], DEVICE_ID + 4);
	assert_int_equal(written, 8UL << 32 | 7);
	assert_int_equal(vcpu->arch.regs.pc, RAM_BASE + 2 * FAKE_INSN_SIZE);
	assert_int_equal(vcpu->arch.runs, 3);
	assert_int_equal(vcpu->arch.faults, 0);
	assert_int_equal(vcpu->state, VCPU_IDLE);
}

static void test_nobody(void **state)
{
	const struct exit exits[] = {
		{.reason = EXIT_MMIO,
			.access = {.addr = 0x7000, .size = 4, .write = true}},
		{.reason = EXIT_MMIO, .access = {.addr = DEVICE, .size = 2}},
		{.reason = EXIT_PIO, .access = {.addr = DEVICE, .size = 4}},
		{.reason = EXIT_RAM, .fault = {GPA(0x9000), ACCESS_FETCH}},
	};

	(void)state;
	run(exits, 4);
	assert_int_equal(vcpu->arch.faults, 4);
	assert_int_equal(vcpu->arch.finishes, 0);
	assert_int_equal(vcpu->arch.fault, FAULT_ACCESS);
	assert_int_equal(vcpu->arch.fault_gpa.raw, 0x9000);
	assert_true(traced(TRACE_REFUSED, ACCESS_WRITE, 0x7000));
	assert_true(traced(TRACE_REFUSED, ACCESS_READ, DEVICE));
	assert_true(traced(TRACE_REFUSED, ACCESS_FETCH, 0x9000));
	assert_int_equal(vm->state, VM_RUNNING);
}

static void test_calls(void **state)
{
	const struct exit exits[] = {{.reason = EXIT_NONE}, {.reason = EXIT_CALL},
		{.reason = EXIT_SYSREG}, {.reason = EXIT_CALL}};

	(void)state;
	run(exits, 4);
	assert_int_equal(vcpu->arch.calls, 2);
	assert_int_equal(vcpu->arch.fault, FAULT_INSTRUCTION);
	assert_int_equal(vcpu->arch.regs.pc, RAM_BASE + 2 * FAKE_INSN_SIZE);
}

/* An interrupt that is pending already, and one that comes while it idles. */
static void test_idle(void **state)
{
	(void)state;
	run(NULL, 0);
	assert_int_equal(vcpu->state, VCPU_IDLE);
	vm->backend->set_irq(vcpu, 5, true);
	assert_true(fake_irq_level(vcpu, 5));
	assert_int_equal(vcpu->state, VCPU_READY);
	assert_ptr_equal(sched_pick(), vcpu);
	assert_int_equal(vcpu->state, VCPU_RUNNING);
}

static void fire(struct timer *timer)
{
	(void)timer;
	vm->backend->set_irq(vcpu, 1, true);
}

static void test_interrupt(void **state)
{
	const struct exit irq = {.reason = EXIT_IRQ};
	struct timer timer;

	(void)state;
	timer_init(&timer, fire);
	timer_arm(&timer, 1000);
	assert_int_equal(cpu_this()->arch.deadline, 1000);
	run(&irq, 1);
	assert_false(fake_irq_level(vcpu, 1));
	arch_cpu_idle(); /* until then */
	assert_int_equal(fake_now, 1000);
	arch_irq_handle();
	assert_true(fake_irq_level(vcpu, 1));
	assert_int_equal(vcpu->state, VCPU_READY);
	list_remove(&vcpu->node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mmio, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_calls, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_interrupt, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
