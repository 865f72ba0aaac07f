// SPDX-License-Identifier: Apache-2.0
// The floating-point registers across exits of many kinds, and that they cannot be used while
// they are turned off. The runtime never touches them.
#define TEST "fp"
#include "check.h"
#include <isa/fp.h>

#define ROUNDS 2000

static u64 values[FP_VALUES] __attribute__((aligned(16)));

static void registers_expect(const char *after)
{
	static u64 found[FP_VALUES] __attribute__((aligned(16)));

	fp_store(found);
	for (u32 i = 0; i < FP_VALUES; i++)
		expect_equal(found[i], values[i], "floating-point value %u after %s", i,
			after);
}

static void values_new(u64 *seed)
{
	for (u32 i = 0; i < FP_VALUES; i++)
		values[i] = random_next(seed);
	fp_values_limit(values);
	fp_load(values);
}

static void use(void *arg)
{
	(void)arg;
	fp_use();
}

static void check_off(void)
{
	struct fault fault;

	fp_turn(false);
	expect_true(fault_catch(use, NULL, &fault), "a fault of an addition while off");
	expect_equal(fault.kind, FAULT_ILLEGAL, "kind of the fault while off");
	fp_turn(true);
	expect_true(!fault_catch(use, NULL, &fault), "an addition to work while on");
	fp_used_expect();
}

static volatile u32 timers, ipis;

static void timer_handler(void)
{
	timers++;
	timer_stop();
}

static void ipi_handler(void)
{
	ipis++;
}

static void wait_for(volatile u32 *count, bool asleep)
{
	u32 before = *count;

	while (*count == before) {
		if (asleep)
			cpu_wait();
		irq_on();
		cpu_relax();
		irq_off();
	}
}

static void check_exits(u64 *seed)
{
	values_new(seed);
	null_call();
	registers_expect("a call");
	values_new(seed);
	expect_equal(uart_keep((u8)*seed), (u8)*seed, "a UART register");
	registers_expect("device accesses");
	values_new(seed);
	cpu_ipi(cpu_id());
	wait_for(&ipis, false);
	registers_expect("an IPI");
}

static void check_timers(u64 *seed)
{
	for (u32 i = 0; i < ROUNDS / 10; i++) {
		values_new(seed);
		timer_set(clock_ticks() + clock_ns_to_ticks(20000));
		wait_for(&timers, i % 2);
		registers_expect("a timer interrupt");
	}
}

int guest_main(void)
{
	/* Another of these on the same cpu has other values. */
	u64 seed = clock_ticks() | 1;

	if (!fp_available()) {
		print(TEST ": SKIPPED: this cpu has no floating point\n");
		return test_ok();
	}
	check_off();
	irq_handler_set(IRQ_IPI, ipi_handler);
	irq_handler_set(IRQ_TIMER, timer_handler);
	for (u32 i = 0; i < ROUNDS; i++)
		check_exits(&seed);
	check_timers(&seed);
	values_new(&seed);
	for (u8 *page; (page = page_alloc());)
		*page = 1;
	registers_expect("touching RAM");
	return test_ok();
}
