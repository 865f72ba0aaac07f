// SPDX-License-Identifier: Apache-2.0
// The clock and the timer: time begins near 0 and never runs backwards, the timer is never
// early, and stopping it takes back what is pending. In each way to set it.
#define TEST "timer"
#include "check.h"

#define SHOTS        100
#define LONGEST_NS   3000000UL
#define START_MAX_NS (60 * NS_PER_S)

static volatile u64 deadline, lateness;
static volatile u32 handled;

static void timer_handler(void)
{
	u64 now = clock_ticks();

	expect_true(now >= deadline, "no interrupt before tick %lu, found one at %lu",
		deadline, now);
	lateness = MAX(lateness, now - deadline);
	handled++;
	timer_stop();
}

/* Half of them asleep, half busy. */
static void one_shot(u64 ns, bool asleep)
{
	u32 before = handled;

	irq_off();
	deadline = clock_ticks() + clock_ns_to_ticks(ns);
	timer_set(deadline);
	while (handled == before) {
		if (asleep)
			cpu_wait();
		irq_on();
		cpu_relax();
		irq_off();
	}
	expect_equal(handled, before + 1, "interrupts of one shot");
}

static void check_stop(void)
{
	u32 before = handled;

	deadline = clock_ticks();
	timer_set(deadline);
	clock_delay(10000);
	timer_stop();
	irq_on();
	clock_delay(10000);
	irq_off();
	expect_equal(handled, before, "interrupts of a timer stopped in time");

	/* A later deadline replaces an expired one, too. */
	timer_set(clock_ticks());
	timer_set(clock_ticks() + clock_hz());
	irq_on();
	clock_delay(10000);
	irq_off();
	expect_equal(handled, before, "interrupts of a timer moved in time");
	timer_stop();
}

static void check_way(const char *way)
{
	u64 seed = 42;

	lateness = 0;
	check_stop();
	for (u32 i = 0; i < SHOTS; i++)
		one_shot(random_next(&seed) % LONGEST_NS, i % 2);
	one_shot(0, false);
	print(TEST ": by %s: at most %lu ns late\n", way, clock_ticks_to_ns(lateness));
}

static void check_clock(void)
{
	u64 last = clock_ticks();

	expect_true(clock_ticks_to_ns(last) < START_MAX_NS,
		"time to begin near 0, found %lu s", clock_now() / NS_PER_S);
	for (u32 i = 0; i < 10000; i++) {
		u64 now = clock_ticks();

		expect_true(now >= last, "time not to run backwards from %lu, found %lu",
			last, now);
		last = now;
	}
}

int guest_main(void)
{
	check_clock();
	irq_handler_set(IRQ_TIMER, timer_handler);
	do {
		check_way(timer_way());
	} while (timer_next_way());
	return test_ok();
}
