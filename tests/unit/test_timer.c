// SPDX-License-Identifier: Apache-2.0
// core/timer.c: timers fire in order, when they are due and once, and what they do in fire() to
// themselves and each other.
#include "unit.h"

#include <hv/cpu.h>
#include <hv/time.h>
#include <hv/timer.h>

#define COUNT 3

static struct timer timers[COUNT];
static u32 order[16], fired;

static void note(struct timer *timer)
{
	order[fired++ % ARRAY_LEN(order)] = (u32)(timer - timers);
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fired = 0;
	for (u32 i = 0; i < COUNT; i++)
		timer_init(&timers[i], note);
	return 0;
}

static void test_order(void **state)
{
	(void)state;
	timer_arm(&timers[0], 300);
	timer_arm(&timers[1], 100);
	timer_arm(&timers[2], 300);
	assert_int_equal(cpu_this()->arch.deadline, 100);
	fake_now = 99;
	timer_interrupt();
	assert_int_equal(fired, 0);
	fake_now = 300;
	timer_interrupt();
	assert_int_equal(fired, 3);
	assert_memory_equal(order, ((u32[]){1, 0, 2}), 3 * sizeof(u32));
	assert_int_equal(cpu_this()->arch.deadline, ~0UL);
	timer_interrupt();
	assert_int_equal(fired, 3);
}

static void test_move_and_cancel(void **state)
{
	(void)state;
	timer_arm(&timers[0], 100);
	timer_arm(&timers[1], 200);
	timer_arm(&timers[0], 300);
	timer_cancel(&timers[1]);
	timer_cancel(&timers[1]);
	timer_cancel(&timers[2]);
	assert_true(timer_armed(&timers[0]));
	assert_false(timer_armed(&timers[1]));
	fake_now = 250;
	timer_interrupt();
	assert_int_equal(fired, 0);
	assert_int_equal(cpu_this()->arch.deadline, 300);
}

/* As long as the machine takes for a period: due again as soon as it has fired. */
static void again(struct timer *timer)
{
	assert_true(fired < 100);
	note(timer);
	timer_arm(timer, fake_now + 10);
	fake_now += 10;
}

/* Timers that repeat faster than they can be served must not keep the cpu for ever. */
static void test_too_fast(void **state)
{
	(void)state;
	for (u32 i = 0; i < COUNT; i++) {
		timer_init(&timers[i], again);
		timer_arm(&timers[i], 5);
	}
	fake_now = 5;
	timer_interrupt();
	assert_int_equal(fired, COUNT);
	/* They are due, and the hardware says so at once. */
	assert_in_range(cpu_this()->arch.deadline, 0, fake_now);
	timer_interrupt();
	assert_int_equal(fired, 2 * COUNT);
}

static void cancel_next(struct timer *timer)
{
	note(timer);
	timer_cancel(&timers[1]);
}

static void test_cancel_in_fire(void **state)
{
	(void)state;
	timer_init(&timers[0], cancel_next);
	timer_arm(&timers[0], 1);
	timer_arm(&timers[1], 2);
	timer_arm(&timers[2], 3);
	fake_now = 10;
	timer_interrupt();
	assert_int_equal(fired, 2);
	assert_memory_equal(order, ((u32[]){0, 2}), 2 * sizeof(u32));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_move_and_cancel, setup),
		cmocka_unit_test_setup(test_too_fast, setup),
		cmocka_unit_test_setup(test_cancel_in_fire, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
