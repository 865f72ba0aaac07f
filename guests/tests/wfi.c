// SPDX-License-Identifier: Apache-2.0
// Waiting for interrupts: with interrupts on, and with interrupts off but pending, when the
// wait must end all the same.
#define TEST "wfi"
#include "check.h"

#define ROUNDS   1000
#define DELAY_NS 50000UL

static volatile u32 handled;

static void timer_handler(void)
{
	handled++;
	timer_stop();
}

static u64 arm(void)
{
	u64 deadline = clock_ticks() + clock_ns_to_ticks(DELAY_NS);

	timer_set(deadline);
	return deadline;
}

/* Off while it looks, so that the interrupt cannot come between the look and the wait. */
static void wait_handled(u32 round)
{
	u64 deadline = arm();

	while (handled == round) {
		irq_off();
		if (handled == round)
			cpu_wait();
		irq_on();
	}
	expect_true(clock_ticks() >= deadline, "no interrupt before tick %lu", deadline);
}

static void wait_off(void)
{
	u64 deadline = arm();

	while (clock_ticks() < deadline)
		cpu_wait();
	/* It is pending now: neither of these may sleep. */
	cpu_wait();
	cpu_wait();
	timer_stop();
}

int guest_main(void)
{
	irq_handler_set(IRQ_TIMER, timer_handler);
	for (u32 i = 0; i < ROUNDS; i++)
		wait_off();
	print(TEST ": %u waits with interrupts off\n", ROUNDS);
	irq_on();
	expect_equal(handled, 0, "interrupts after the timer was stopped");
	for (u32 i = 0; i < ROUNDS; i++)
		wait_handled(i);
	print(TEST ": %u waits with interrupts on\n", ROUNDS);
	return test_ok();
}
