// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/vlapic_timer.c: the local APIC's timer in time that the test lets pass.
#include "apic_world.h"

#define VECTOR   0x30U
#define PERIODIC 0x20000U
#define DEADLINE 0x40000U
#define BY_1     0xbU

static int setup(void **state)
{
	(void)state;
	world_start(2);
	wr(DIVIDE, BY_1);
	wr(TIMER, VECTOR);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_end();
	return 0;
}

static bool armed(void)
{
	return timer_armed(&apic->timer);
}

/* The timer's interrupt is here, and is handled. */
static void comes(void)
{
	assert_int_equal(take(), VECTOR);
	end();
}

static void comes_not(void)
{
	assert_int_equal(take(), -1);
}

static void test_one_shot(void **state)
{
	(void)state;
	wr(INITIAL, 5000);
	assert_int_equal(rd(INITIAL), 5000);
	assert_int_equal(rd(CURRENT), 5000);
	pass(1);
	assert_int_equal(rd(CURRENT), 4999);
	pass(4998);
	assert_int_equal(rd(CURRENT), 1);
	comes_not();
	pass(1);
	assert_int_equal(rd(CURRENT), 0);
	assert_int_equal(world.notified[0], 1);
	comes();
	assert_false(armed());
	pass(100000);
	comes_not();
	assert_int_equal(rd(CURRENT), 0);
	assert_int_equal(rd(INITIAL), 5000);
}

static void test_restart(void **state)
{
	(void)state;
	wr(INITIAL, 5000);
	pass(3000);
	wr(INITIAL, 4000);
	assert_int_equal(rd(CURRENT), 4000);
	pass(3999);
	comes_not();
	pass(1);
	comes();
	wr(INITIAL, 5000);
	pass(1000);
	wr(INITIAL, 0);
	assert_int_equal(rd(CURRENT), 0);
	assert_false(armed());
	pass(100000);
	comes_not();
}

static void test_dividers(void **state)
{
	static const struct {
		u32 code, by;
	} dividers[] = {{0x0, 2}, {0x1, 4}, {0x2, 8}, {0x3, 16}, {0x8, 32}, {0x9, 64},
		{0xa, 128}, {0xb, 1}};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(dividers); i++) {
		u64 by = dividers[i].by;

		wr(DIVIDE, dividers[i].code);
		assert_int_equal(rd(DIVIDE), dividers[i].code);
		wr(INITIAL, 100);
		pass(by);
		assert_int_equal(rd(CURRENT), 99);
		pass(98 * by);
		assert_int_equal(rd(CURRENT), 1);
		pass(by - 1);
		comes_not();
		pass(1);
		comes();
	}
	wr(DIVIDE, 0xa);
	wr(INITIAL, ~0U);
	assert_int_equal(rd(CURRENT), ~0U);
	assert_int_equal(apic->timer.deadline, world.now + 128 * 0xffffffffUL);
}

static void test_divide_while_counting(void **state)
{
	(void)state;
	wr(INITIAL, 1000);
	pass(400);
	wr(DIVIDE, 1);
	assert_int_equal(rd(CURRENT), 600);
	pass(2399);
	assert_int_equal(rd(CURRENT), 1);
	comes_not();
	pass(1);
	comes();
	/* What has run out does not begin again. */
	wr(DIVIDE, 0xa);
	assert_int_equal(rd(CURRENT), 0);
	assert_false(armed());
	/* Run out, but the timer is late: it comes all the same, once. */
	wr(DIVIDE, BY_1);
	wr(INITIAL, 1000);
	world.now += 2000;
	assert_int_equal(rd(CURRENT), 0);
	wr(DIVIDE, 0xa);
	assert_int_equal(rd(CURRENT), 0);
	pass(0);
	comes();
	assert_false(armed());
	/* So soon after boot that the beginning would lie before time. */
	world.now = 10;
	wr(DIVIDE, BY_1);
	wr(INITIAL, 1000000);
	pass(999000);
	wr(DIVIDE, 0xa);
	assert_int_equal(rd(CURRENT), 1000);
	pass(127999);
	comes_not();
	pass(1);
	comes();
}

static void test_periodic(void **state)
{
	(void)state;
	wr(TIMER, PERIODIC | VECTOR);
	wr(INITIAL, 50000);
	for (u32 i = 0; i < 5; i++) {
		pass(49999);
		comes_not();
		assert_int_equal(rd(CURRENT), 1);
		pass(1);
		comes();
		assert_int_equal(rd(CURRENT), 50000);
	}
	pass(20000);
	assert_int_equal(rd(CURRENT), 30000);
	wr(INITIAL, 0);
	assert_false(armed());
	assert_int_equal(rd(CURRENT), 0);
	pass(100000);
	comes_not();
}

/* Missed periods are lost, and those to come are where they would have been. */
static void test_periodic_late(void **state)
{
	u64 begin = world.now;

	(void)state;
	wr(TIMER, PERIODIC | VECTOR);
	wr(INITIAL, 100000);
	pass_late(100000, 1234567);
	assert_int_equal(world.fired, 1);
	comes();
	comes_not();
	assert_int_equal(apic->timer.deadline, begin + 1400000);
	assert_int_equal(rd(CURRENT), 65433);
}

static void test_periodic_storm(void **state)
{
	(void)state;
	wr(TIMER, PERIODIC | VECTOR);
	wr(INITIAL, 1);
	pass(1000000);
	assert_in_range(world.fired, 10, 51);
	comes();
	wr(INITIAL, 7);
	world.fired = 0;
	pass(1000000);
	assert_in_range(world.fired, 10, 51);
	assert_in_range(rd(CURRENT), 1, 7);
}

static void test_periodic_divide(void **state)
{
	(void)state;
	wr(TIMER, PERIODIC | VECTOR);
	wr(INITIAL, 40000);
	pass(130000);
	comes();
	assert_int_equal(rd(CURRENT), 30000);
	wr(DIVIDE, 0);
	assert_int_equal(rd(CURRENT), 30000);
	pass(59999);
	comes_not();
	pass(1);
	comes();
	pass(79999);
	comes_not();
	pass(1);
	comes();
}

static void test_modes(void **state)
{
	(void)state;
	/* One-shot that becomes periodic: the count goes on. */
	wr(INITIAL, 40000);
	pass(10000);
	wr(TIMER, PERIODIC | VECTOR);
	assert_int_equal(rd(CURRENT), 30000);
	pass(30000);
	comes();
	pass(40000);
	comes();
	/* And back, several periods later. */
	pass(10000);
	wr(TIMER, VECTOR);
	assert_int_equal(rd(CURRENT), 30000);
	pass(29999);
	comes_not();
	pass(1);
	comes();
	assert_false(armed());
	assert_int_equal(rd(CURRENT), 0);
	/* It has run out, and begins again. */
	wr(TIMER, PERIODIC | VECTOR);
	assert_int_equal(rd(CURRENT), 40000);
	pass(40000);
	comes();
	/* Without a count there is nothing to begin. */
	wr(INITIAL, 0);
	wr(TIMER, VECTOR);
	wr(TIMER, PERIODIC | VECTOR);
	assert_false(armed());
}

static void test_masked(void **state)
{
	(void)state;
	wr(TIMER, MASKED | VECTOR);
	wr(INITIAL, 1000);
	pass(400);
	assert_int_equal(rd(CURRENT), 600);
	/* It counts all the while. */
	wr(TIMER, VECTOR);
	pass(600);
	comes();
	wr(TIMER, MASKED | VECTOR);
	wr(INITIAL, 1000);
	pass(1000);
	comes_not();
	wr(TIMER, VECTOR);
	pass(100000);
	comes_not();
	/* Another vector, while it counts. */
	wr(INITIAL, 1000);
	pass(500);
	wr(TIMER, 0x77);
	pass(500);
	assert_int_equal(take(), 0x77);
	end();
	/* Software disables the APIC. */
	wr(INITIAL, 1000);
	wr(SVR, 0xff);
	pass(1000);
	wr(SVR, ENABLED);
	comes_not();
	/* An illegal vector. */
	wr(TIMER, 0x0f);
	wr(INITIAL, 1000);
	pass(1000);
	comes_not();
	wr(ESR, 0);
	assert_int_equal(rd(ESR), 0x40);
}

static void test_deadline(void **state)
{
	u64 at;

	(void)state;
	wr(TIMER, DEADLINE | VECTOR);
	assert_int_equal(vlapic_tsc_deadline(apic), 0);
	at = vlapic_tsc(apic) + 10000;
	vlapic_set_tsc_deadline(apic, at);
	assert_int_equal(vlapic_tsc_deadline(apic), at);
	pass(4999);
	comes_not();
	pass(1);
	comes();
	assert_int_equal(vlapic_tsc_deadline(apic), 0);
	assert_false(armed());
	/* Moved, then taken back. */
	vlapic_set_tsc_deadline(apic, at + 10000);
	vlapic_set_tsc_deadline(apic, at + 20000);
	pass(9999);
	comes_not();
	vlapic_set_tsc_deadline(apic, 0);
	assert_false(armed());
	pass(100000);
	comes_not();
	/* The count is none of this mode's. */
	wr(INITIAL, 1000);
	assert_int_equal(rd(INITIAL), 0);
	assert_int_equal(rd(CURRENT), 0);
	wr(DIVIDE, 3);
	pass(100000);
	comes_not();
}

static void test_deadline_past(void **state)
{
	(void)state;
	wr(TIMER, DEADLINE | VECTOR);
	vlapic_set_tsc_deadline(apic, vlapic_tsc(apic));
	assert_int_equal(world.fired, 0);
	assert_false(armed());
	assert_int_equal(vlapic_tsc_deadline(apic), 0);
	comes();
	vlapic_set_tsc_deadline(apic, 1);
	comes();
	/* It takes the place of one that was to come. */
	vlapic_set_tsc_deadline(apic, vlapic_tsc(apic) + 5000);
	vlapic_set_tsc_deadline(apic, vlapic_tsc(apic) - 1);
	assert_false(armed());
	comes();
	pass(100000);
	comes_not();
	/* Masked: it is over without an interrupt. */
	wr(TIMER, DEADLINE | MASKED | VECTOR);
	vlapic_set_tsc_deadline(apic, 1);
	wr(TIMER, DEADLINE | VECTOR);
	comes_not();
	/* The end of days. */
	vlapic_set_tsc_deadline(apic, ~0UL);
	assert_int_equal(vlapic_tsc_deadline(apic), ~0UL);
	pass(1UL << 50);
	comes_not();
}

static void test_deadline_modes(void **state)
{
	(void)state;
	/* In other modes it reads 0 and cannot be set. */
	vlapic_set_tsc_deadline(apic, vlapic_tsc(apic) + 1000);
	assert_int_equal(vlapic_tsc_deadline(apic), 0);
	assert_false(armed());
	/* A change of the mode disarms. */
	wr(INITIAL, 1000);
	wr(TIMER, DEADLINE | VECTOR);
	assert_false(armed());
	assert_int_equal(rd(CURRENT), 0);
	vlapic_set_tsc_deadline(apic, vlapic_tsc(apic) + 1000);
	wr(TIMER, DEADLINE | MASKED | VECTOR);
	assert_true(armed());
	wr(TIMER, PERIODIC | VECTOR);
	assert_false(armed());
	assert_int_equal(vlapic_tsc_deadline(apic), 0);
	pass(100000);
	comes_not();
	/* The reserved mode does no harm. */
	wr(TIMER, DEADLINE | PERIODIC | VECTOR);
	wr(INITIAL, 1000);
	pass(1000);
	wr(TIMER, PERIODIC | VECTOR);
	wr(TIMER, DEADLINE | PERIODIC | VECTOR);
	wr(TIMER, DEADLINE | VECTOR);
	assert_false(armed());
}

static void test_two(void **state)
{
	(void)state;
	wr(INITIAL, 1000);
	on(1);
	wr(DIVIDE, BY_1);
	wr(TIMER, PERIODIC | VECTOR);
	wr(INITIAL, 30000);
	pass(1000);
	comes_not();
	on(0);
	comes();
	pass(29000);
	comes_not();
	on(1);
	comes();
	/* One goes away. */
	vlapic_fini(apic);
	assert_false(armed());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_shot),
		TEST(test_restart),
		TEST(test_dividers),
		TEST(test_divide_while_counting),
		TEST(test_periodic),
		TEST(test_periodic_late),
		TEST(test_periodic_storm),
		TEST(test_periodic_divide),
		TEST(test_modes),
		TEST(test_masked),
		TEST(test_deadline),
		TEST(test_deadline_past),
		TEST(test_deadline_modes),
		TEST(test_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
