// SPDX-License-Identifier: Apache-2.0
// vdev/rtc_pl031.c: the seconds, and the match on a timer that the test fires.
#include "vdev_world.h"

#include "vdev/models.h"

enum {
	DR = 0x00,
	MR = 0x04,
	LR = 0x08,
	CR = 0x0c,
	IMSC = 0x10,
	RIS = 0x14,
	MIS = 0x18,
	ICR = 0x1c,
	PERIPH_ID = 0xfe0,
};

#define WALLCLOCK 1700000000U
#define SECOND    1000000000UL

static u32 in(u64 reg)
{
	return (u32)world_read(reg, 4);
}

static void out(u64 reg, u32 value)
{
	world_write(reg, 4, value);
}

/* Lets time pass for host and guest, and fires the timer if it is due. */
static void pass(u64 ns)
{
	struct timer *timer = world.timer;

	world.now += ns;
	world.host_now += ns;
	if (timer && timer->deadline <= world.host_now) {
		world.timer = NULL;
		timer->fire(timer);
	}
}

static int setup(void **state)
{
	(void)state;
	world.wallclock = WALLCLOCK;
	world_start(&pl031_ops, 0x9010000);
	world.host_now = 5000;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_end();
	assert_null(world.timer);
	return 0;
}

static void test_time(void **state)
{
	(void)state;
	assert_int_equal(in(DR), WALLCLOCK);
	assert_int_equal(in(CR), 1);
	pass(SECOND - 1);
	assert_int_equal(in(DR), WALLCLOCK);
	pass(1);
	assert_int_equal(in(DR), WALLCLOCK + 1);
	/* It cannot be stopped. */
	out(CR, 0);
	assert_int_equal(in(CR), 1);
	pass(SECOND);
	assert_int_equal(in(DR), WALLCLOCK + 2);
}

static void test_set(void **state)
{
	(void)state;
	pass(777);
	out(LR, 1000);
	assert_int_equal(in(LR), 1000);
	assert_int_equal(in(DR), 1000);
	pass(SECOND - 1);
	assert_int_equal(in(DR), 1000);
	pass(1);
	assert_int_equal(in(DR), 1001);
	/* It goes round. */
	out(LR, UINT32_MAX);
	pass(SECOND);
	assert_int_equal(in(DR), 0);
	/* A reset does not set the clock back. */
	out(LR, 5);
	pl031_ops.reset(world.dev);
	assert_int_equal(in(DR), 5);
}

static void test_match(void **state)
{
	(void)state;
	out(IMSC, 1);
	out(MR, WALLCLOCK + 2);
	assert_int_equal(in(MR), WALLCLOCK + 2);
	assert_int_equal(world.timer->deadline, 5000 + 2 * SECOND);
	pass(2 * SECOND - 1);
	assert_false(world.line);
	pass(1);
	assert_true(world.line);
	assert_int_equal(in(RIS), 1);
	assert_int_equal(in(MIS), 1);
	assert_null(world.timer);
	out(ICR, 1);
	assert_false(world.line);
	assert_int_equal(in(RIS), 0);
	/* Once. */
	pass(SECOND);
	assert_false(world.line);
}

static void test_match_masked(void **state)
{
	(void)state;
	out(MR, WALLCLOCK + 1);
	pass(SECOND);
	assert_false(world.line);
	assert_int_equal(in(RIS), 1);
	assert_int_equal(in(MIS), 0);
	out(IMSC, ~0U);
	assert_int_equal(in(IMSC), 1);
	assert_true(world.line);
	out(IMSC, 0);
	assert_false(world.line);
}

static void test_match_now(void **state)
{
	(void)state;
	pass(SECOND / 2);
	out(IMSC, 1);
	out(MR, WALLCLOCK);
	assert_true(world.line);
	assert_null(world.timer);
}

/* A second that is past comes again when all others have been. */
static void test_match_past(void **state)
{
	(void)state;
	out(IMSC, 1);
	out(MR, WALLCLOCK - 1);
	assert_false(world.line);
	assert_int_equal(world.timer->deadline, 5000 + UINT32_MAX * SECOND);
}

static void test_match_follows_time(void **state)
{
	(void)state;
	out(IMSC, 1);
	out(MR, 5000);
	out(LR, 4990);
	assert_int_equal(world.timer->deadline, 5000 + 10 * SECOND);
	/* A jump over it is no match. */
	out(LR, 6000);
	assert_false(world.line);
	assert_int_equal(in(RIS), 0);
	out(LR, 5000);
	assert_true(world.line);
}

/* Set as far ahead as can be, both times. */
static void test_match_never(void **state)
{
	(void)state;
	out(LR, UINT32_MAX);
	out(MR, UINT32_MAX - 1);
	assert_int_equal(world.timer->deadline, 5000 + UINT32_MAX * SECOND);
	world.host_now = ~0UL - 100;
	out(MR, 5);
	assert_int_equal(world.timer->deadline, ~0UL);
}

static void test_reset(void **state)
{
	(void)state;
	out(IMSC, 1);
	out(MR, WALLCLOCK);
	assert_true(world.line);
	out(MR, WALLCLOCK + 10);
	pl031_ops.reset(world.dev);
	assert_false(world.line);
	assert_null(world.timer);
	assert_int_equal(in(IMSC), 0);
	assert_int_equal(in(RIS), 0);
	assert_int_equal(in(MR), 0);
}

static void test_identity(void **state)
{
	static const u8 expect[] = {0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(expect); i++)
		assert_int_equal(in(PERIPH_ID + 4 * i), expect[i]);
	assert_int_equal(world.refused, 0);
}

static void test_unknown(void **state)
{
	(void)state;
	assert_int_equal(in(0x20), 0);
	out(0xffc, 1);
	assert_int_equal(world.refused, 2);
	assert_int_equal(in(ICR), 0);
	out(DR, 1);
	out(RIS, 1);
	out(MIS, 1);
	assert_int_equal(in(DR), WALLCLOCK);
	assert_int_equal(in(RIS), 0);
	assert_int_equal(world.refused, 2);
}

static void test_fdt_node(void **state)
{
	u8 blob[1024];
	struct fdt fdt;
	u32 cell, clock;
	int node;

	(void)state;
	world_fdt(&fdt, blob, sizeof(blob));
	node = fdt_path(&fdt, "/soc/pl031@9010000");
	assert_true(node >= 0);
	assert_true(fdt_is_compatible(&fdt, node, "arm,pl031"));
	assert_true(fdt_is_compatible(&fdt, node, "arm,primecell"));
	assert_true(fdt_cell(&fdt, node, "interrupts", 0, &cell));
	assert_int_equal(cell, 10);
	assert_string_equal(fdt_string(&fdt, node, "clock-names"), "apb_pclk");
	assert_true(fdt_cell(&fdt, node, "clocks", 0, &clock));
	assert_true(fdt_is_compatible(&fdt, fdt_by_phandle(&fdt, clock), "fixed-clock"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_time),
		TEST(test_set),
		TEST(test_match),
		TEST(test_match_masked),
		TEST(test_match_now),
		TEST(test_match_past),
		TEST(test_match_follows_time),
		TEST(test_match_never),
		TEST(test_reset),
		TEST(test_identity),
		TEST(test_unknown),
		TEST(test_fdt_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
