// SPDX-License-Identifier: Apache-2.0
// vdev/rtc_goldfish.c: the time, the latch, and the alarm on a timer that the test fires.
#include "vdev_world.h"

#include "vdev/models.h"

enum {
	TIME_LOW = 0x00,
	TIME_HIGH = 0x04,
	ALARM_LOW = 0x08,
	ALARM_HIGH = 0x0c,
	IRQ_ENABLED = 0x10,
	CLEAR_ALARM = 0x14,
	ALARM_STATUS = 0x18,
	CLEAR_INTERRUPT = 0x1c,
};

#define WALLCLOCK 1700000000UL
#define START     (WALLCLOCK * 1000000000UL)

static u64 time_read(void)
{
	u64 low = world_read(TIME_LOW, 4);

	return low | world_read(TIME_HIGH, 4) << 32;
}

static void set_pair(u64 low_reg, u64 value)
{
	world_write(low_reg + 4, 4, value >> 32);
	world_write(low_reg, 4, value & UINT32_MAX);
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
	world_start(&rtc_goldfish_ops, 0x101000);
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
	assert_int_equal(time_read(), START);
	pass(123456789);
	assert_int_equal(time_read(), START + 123456789);
}

static void test_latch(void **state)
{
	u64 to_carry = (1UL << 32) - (START & UINT32_MAX) - 1;

	(void)state;
	pass(to_carry);
	assert_int_equal(world_read(TIME_LOW, 4), UINT32_MAX);
	pass(1);
	/* The high half belongs to the low half that was read. */
	assert_int_equal(world_read(TIME_HIGH, 4), START >> 32);
	assert_int_equal(world_read(TIME_LOW, 4), 0);
	assert_int_equal(world_read(TIME_HIGH, 4), (START >> 32) + 1);
}

static void test_set(void **state)
{
	(void)state;
	pass(777);
	set_pair(TIME_LOW, 0x123456789abcdef0);
	assert_int_equal(time_read(), 0x123456789abcdef0);
	pass(0x10);
	assert_int_equal(time_read(), 0x123456789abcdf00);
	/* A reset does not set the clock back. */
	rtc_goldfish_ops.reset(world.dev);
	assert_int_equal(time_read(), 0x123456789abcdf00);
}

static void test_alarm(void **state)
{
	(void)state;
	world_write(IRQ_ENABLED, 4, 1);
	assert_int_equal(world_read(IRQ_ENABLED, 4), 1);
	assert_int_equal(world_read(ALARM_STATUS, 4), 0);
	set_pair(ALARM_LOW, START + 1000);
	assert_int_equal(world_read(ALARM_STATUS, 4), 1);
	assert_int_equal(world_read(ALARM_LOW, 4), (START + 1000) & UINT32_MAX);
	assert_int_equal(world_read(ALARM_HIGH, 4), START >> 32);
	assert_int_equal(world.timer->deadline, 6000);
	pass(999);
	assert_false(world.line);
	pass(1);
	assert_true(world.line);
	assert_int_equal(world_read(ALARM_STATUS, 4), 0);
	assert_null(world.timer);
	world_write(CLEAR_INTERRUPT, 4, 1);
	assert_false(world.line);
}

static void test_alarm_masked(void **state)
{
	(void)state;
	set_pair(ALARM_LOW, START + 10);
	pass(20);
	assert_false(world.line);
	/* It is pending all the same. */
	world_write(IRQ_ENABLED, 4, 1);
	assert_true(world.line);
	world_write(IRQ_ENABLED, 4, 0);
	assert_false(world.line);
}

static void test_alarm_past(void **state)
{
	(void)state;
	world_write(IRQ_ENABLED, 4, 1);
	set_pair(ALARM_LOW, START - 1);
	assert_true(world.line);
	assert_int_equal(world_read(ALARM_STATUS, 4), 0);
	assert_null(world.timer);
}

static void test_alarm_cleared(void **state)
{
	(void)state;
	world_write(IRQ_ENABLED, 4, 1);
	set_pair(ALARM_LOW, START + 1000);
	world_write(CLEAR_ALARM, 4, 1);
	assert_int_equal(world_read(ALARM_STATUS, 4), 0);
	assert_null(world.timer);
	pass(2000);
	assert_false(world.line);
}

/* A timer that fires although the alarm has moved: another cpu was on its way. */
static void test_alarm_races(void **state)
{
	struct timer *timer;

	(void)state;
	world_write(IRQ_ENABLED, 4, 1);
	set_pair(ALARM_LOW, START + 1000);
	timer = world.timer;
	pass(500);
	world.timer = NULL;
	timer->fire(timer);
	assert_false(world.line);
	assert_non_null(world.timer);
	assert_int_equal(world.timer->deadline, 6000);
	world_write(CLEAR_ALARM, 4, 1);
	timer->fire(timer);
	assert_false(world.line);
	assert_null(world.timer);
}

static void test_alarm_follows_time(void **state)
{
	(void)state;
	world_write(IRQ_ENABLED, 4, 1);
	set_pair(ALARM_LOW, START + 1000000);
	/* The clock is set to a moment before the alarm, then behind it. */
	world_write(TIME_LOW, 4, (START + 999000) & UINT32_MAX);
	assert_int_equal(world.timer->deadline, 6000);
	assert_false(world.line);
	world_write(TIME_LOW, 4, (START + 1000000) & UINT32_MAX);
	assert_true(world.line);
}

static void test_alarm_never(void **state)
{
	(void)state;
	set_pair(ALARM_LOW, ~0UL);
	world.host_now = ~0UL - 100;
	set_pair(ALARM_LOW, ~0UL);
	assert_int_equal(world.timer->deadline, ~0UL);
}

static void test_reset(void **state)
{
	(void)state;
	world_write(IRQ_ENABLED, 4, 1);
	set_pair(ALARM_LOW, START + 1);
	pass(1);
	assert_true(world.line);
	set_pair(ALARM_LOW, START + 1000);
	rtc_goldfish_ops.reset(world.dev);
	assert_false(world.line);
	assert_null(world.timer);
	assert_int_equal(world_read(IRQ_ENABLED, 4), 0);
	assert_int_equal(world_read(ALARM_STATUS, 4), 0);
}

static void test_unknown(void **state)
{
	(void)state;
	assert_int_equal(world_read(0x20, 4), 0);
	world_write(0xffc, 4, 1);
	assert_int_equal(world.refused, 2);
	assert_int_equal(world_read(CLEAR_ALARM, 4), 0);
	world_write(ALARM_STATUS, 4, 1);
	assert_int_equal(world_read(ALARM_STATUS, 4), 0);
	assert_int_equal(world.refused, 2);
}

static void test_fdt_node(void **state)
{
	u8 blob[1024];
	struct fdt fdt;
	u32 cell;
	int node;

	(void)state;
	world_fdt(&fdt, blob, sizeof(blob));
	node = fdt_path(&fdt, "/soc/rtc@101000");
	assert_true(node >= 0);
	assert_true(fdt_is_compatible(&fdt, node, "google,goldfish-rtc"));
	assert_true(fdt_cell(&fdt, node, "interrupts", 0, &cell));
	assert_int_equal(cell, 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_time),
		TEST(test_latch),
		TEST(test_set),
		TEST(test_alarm),
		TEST(test_alarm_masked),
		TEST(test_alarm_past),
		TEST(test_alarm_cleared),
		TEST(test_alarm_races),
		TEST(test_alarm_follows_time),
		TEST(test_alarm_never),
		TEST(test_reset),
		TEST(test_unknown),
		TEST(test_fdt_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
