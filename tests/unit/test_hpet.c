// SPDX-License-Identifier: Apache-2.0
// vdev/hpet.c: the counter, each kind of timer, and where its interrupts go.
#include "vdev_world.h"

#include "vdev/hpet.h"
#include "vdev/models.h"

enum { CAP = 0, CONF = 0x10, STATUS = 0x20, COUNTER = 0xf0 };

#define TN(n)  (0x100 + 0x20 * (n))
#define CMP(n) (TN(n) + 8)
#define FSB(n) (TN(n) + 0x10)

#define ENABLE     1
#define LEGACY     2
#define LEVEL      0x2
#define INT        0x4
#define PERIODIC   0x8
#define VAL_SET    0x40
#define MODE32     0x100
#define ROUTE(gsi) ((u64)(gsi) << 9)

#define GSIS (1U << 2 | 1U << 8 | 0xfU << 20)

/* In its ticks of 10 ns. */
static void pass(u64 ticks)
{
	world_pass(ticks * 10);
}

static int setup(void **state)
{
	(void)state;
	world_start(&hpet_ops, 0xfed00000);
	world.others = GSIS;
	world_pass(12340);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(world.line_changes, 0);
	world_end();
	assert_null(world.timer);
	return 0;
}

static void test_power_on(void **state)
{
	u64 cap = world_read(CAP, 8);

	(void)state;
	assert_int_equal(cap >> 32, 10000000); /* fs */
	assert_int_equal(cap & 0xffffffff, 0x8086a201);
	assert_int_equal(world_read(CAP, 4), 0x8086a201);
	assert_int_equal(world_read(CAP + 4, 4), 10000000);
	assert_int_equal(world_read(CONF, 8), 0);
	assert_int_equal(world_read(STATUS, 8), 0);
	assert_int_equal(world_read(COUNTER, 8), 0);
	for (u32 n = 0; n < 3; n++) {
		assert_int_equal(world_read(TN(n), 8), 0x00f0000000000030);
		assert_int_equal(world_read(CMP(n), 8), ~0UL);
		assert_int_equal(world_read(FSB(n), 8), 0);
	}
	assert_false(hpet_is_legacy(world.dev));
	assert_null(world.timer);
	assert_int_equal(world.refused, 0);
}

static void test_counter(void **state)
{
	(void)state;
	world_write(CONF, 8, ENABLE);
	pass(100);
	assert_int_equal(world_read(COUNTER, 8), 100);
	world_write(COUNTER, 8, 5);
	assert_int_equal(world.refused, 1);
	assert_int_equal(world_read(COUNTER, 8), 100);
	world_write(CONF, 4, 0);
	pass(100);
	assert_int_equal(world_read(COUNTER, 8), 100);
	world_write(COUNTER, 8, 0x1fffffff0);
	world_write(CONF, 4, ENABLE);
	pass(0x20);
	assert_int_equal(world_read(COUNTER, 4), 0x10);
	assert_int_equal(world_read(COUNTER + 4, 4), 2);
	world_write(CONF, 8, 0);
	world_write(COUNTER, 4, 0x11);
	world_write(COUNTER + 4, 4, 0x22);
	assert_int_equal(world_read(COUNTER, 8), 0x2200000011);
}

static void test_one_shot(void **state)
{
	(void)state;
	world_write(CONF, 4, ENABLE);
	world_write(TN(2), 4, INT | ROUTE(21));
	assert_int_equal(world_read(TN(2), 4), INT | ROUTE(21) | 0x30);
	world_write(CMP(2), 8, 1000);
	pass(999);
	assert_int_equal(world.rises[21], 0);
	pass(1);
	assert_int_equal(world.rises[21], 1);
	assert_int_equal(world_read(STATUS, 4), 0);
	assert_null(world.timer);
	/* Again: the line rises though it is still high. */
	world_write(CMP(2), 8, 2000);
	pass(1000);
	assert_int_equal(world.rises[21], 2);
	/* One that is past has to wait until the counter has gone round. */
	world_write(CMP(2), 8, 1999);
	pass(1UL << 33);
	assert_int_equal(world.rises[21], 2);
	world_write(TN(2), 4, ROUTE(21));
	assert_false(world.lines[21]);
}

static void test_32_bits(void **state)
{
	(void)state;
	world_write(COUNTER, 8, 0x5fffffff0);
	world_write(CONF, 4, ENABLE);
	world_write(TN(2), 4, INT | MODE32 | ROUTE(20));
	world_write(CMP(2), 8, 0x1234567800000010);
	assert_int_equal(world_read(CMP(2), 8), 0x10);
	pass(0x1f);
	assert_int_equal(world.rises[20], 0);
	pass(1);
	assert_int_equal(world.rises[20], 1);
	pass(0xffffffff);
	assert_int_equal(world.rises[20], 1);
	pass(1);
	assert_int_equal(world.rises[20], 2);
}

static void test_level(void **state)
{
	(void)state;
	world_write(CONF, 4, ENABLE);
	world_write(TN(0), 4, INT | LEVEL | ROUTE(22));
	world_write(TN(1), 4, INT | LEVEL | ROUTE(22));
	world_write(CMP(0), 8, 1000);
	world_write(CMP(1), 8, 2000);
	pass(1000);
	assert_true(world.lines[22]);
	assert_int_equal(world_read(STATUS, 4), 1);
	pass(1000);
	assert_int_equal(world_read(STATUS, 4), 3);
	world_write(STATUS, 4, 1);
	assert_true(world.lines[22]);
	world_write(STATUS, 4, 4);
	assert_int_equal(world_read(STATUS, 4), 2);
	world_write(STATUS, 4, 2);
	assert_false(world.lines[22]);
	assert_int_equal(world.rises[22], 1);
	/* The status is there without an interrupt, too. */
	world_write(TN(0), 4, LEVEL | ROUTE(22));
	world_write(CMP(0), 8, 3000);
	pass(1000);
	assert_false(world.lines[22]);
	assert_int_equal(world_read(STATUS, 4), 1);
	world_write(TN(0), 4, INT | LEVEL | ROUTE(22));
	assert_true(world.lines[22]);
	/* Not a level any more. */
	world_write(TN(0), 4, INT | ROUTE(22));
	assert_false(world.lines[22]);
	assert_int_equal(world_read(STATUS, 4), 0);
}

/* One write sets the first match and the period. */
static void test_periodic(void **state)
{
	(void)state;
	world_write(TN(0), 4, INT | PERIODIC | VAL_SET | ROUTE(20));
	world_write(CMP(0), 8, 100000);
	assert_int_equal(world_read(TN(0), 4) & VAL_SET, 0);
	world_write(CONF, 4, ENABLE);
	pass(99999);
	assert_int_equal(world.rises[20], 0);
	pass(1);
	assert_int_equal(world.rises[20], 1);
	assert_int_equal(world_read(CMP(0), 8), 200000);
	pass(1000000);
	assert_int_equal(world.rises[20], 11);
	assert_int_equal(world.fired, 11);
	assert_int_equal(world_read(CMP(0), 8), 1200000);
}

/* As Linux does: the first match, then the period. */
static void test_periodic_two_writes(void **state)
{
	(void)state;
	world_write(CONF, 4, ENABLE | LEGACY);
	pass(5000);
	world_write(TN(0), 4, INT | PERIODIC | VAL_SET | MODE32);
	world_write(CMP(0), 4, 15000);
	world_write(CMP(0), 4, 20000);
	pass(10000);
	assert_int_equal(world.rises[2], 1);
	assert_int_equal(world_read(CMP(0), 4), 35000);
	pass(20000 * 5);
	assert_int_equal(world.rises[2], 6);
	/* Through 2^32. */
	world_write(CONF, 4, LEGACY);
	pass(20000);
	world_write(COUNTER, 8, 0xfffffff0);
	world_write(TN(0), 4, INT | PERIODIC | VAL_SET | MODE32);
	world_write(CMP(0), 4, 0xfffffff8);
	world_write(CMP(0), 4, 0x10000);
	world_write(CONF, 4, ENABLE | LEGACY);
	pass(8);
	assert_int_equal(world.rises[2], 7);
	assert_int_equal(world_read(CMP(0), 8), 0xfff8);
	pass(0x10000);
	assert_int_equal(world.rises[2], 8);
}

static void test_late(void **state)
{
	(void)state;
	world_write(CONF, 4, ENABLE);
	world_write(TN(0), 4, INT | PERIODIC | VAL_SET | ROUTE(20));
	world_write(CMP(0), 8, 100000);
	world_stall(10500000 * 10);
	assert_int_equal(world.rises[20], 1);
	assert_int_equal(world.fired, 1);
	assert_int_equal(world_read(CMP(0), 8), 10600000);
	pass(100000);
	assert_int_equal(world.rises[20], 2);
}

static void test_no_storm(void **state)
{
	static const u64 periods[] = {1, 2, 999, 0, 1UL << 32};

	(void)state;
	world_write(CONF, 4, ENABLE);
	for (u32 i = 0; i < ARRAY_LEN(periods); i++) {
		u64 start = world_read(COUNTER, 8) + 10;

		for (u32 n = 0; n < 3; n++) {
			world_write(TN(n), 4,
				INT | PERIODIC | VAL_SET | MODE32 | ROUTE(20 + n));
			world_write(CMP(n), 8, start);
			world_write(CMP(n), 8, periods[i]);
		}
		world.fired = 0;
		world_pass(1000000000);
		if (i < 3)
			assert_in_range(world.fired, 9900, 10003);
		else
			assert_in_range(world.fired, 1, 3);
	}
}

static void test_routes(void **state)
{
	(void)state;
	world_write(CONF, 4, ENABLE);
	world_write(TN(0), 4, INT | ROUTE(5));
	assert_int_equal(world_read(TN(0), 4), INT | 0x30);
	world_write(CMP(0), 8, 100);
	pass(200);
	world_write(TN(0), 4, INT | ROUTE(23));
	world_write(TN(0), 4, INT | ROUTE(24));
	assert_int_equal(world_read(TN(0), 4), INT | ROUTE(23) | 0x30);
	world_write(CMP(0), 8, 300);
	pass(200);
	assert_int_equal(world.rises[23], 1);
	/* The edge was there. */
	world_write(TN(0), 4, INT | ROUTE(22));
	assert_false(world.lines[22]);
	assert_false(world.lines[23]);
}

static void test_legacy(void **state)
{
	(void)state;
	world_write(CONF, 4, ENABLE | LEGACY);
	assert_true(hpet_is_legacy(world.dev));
	for (u32 n = 0; n < 3; n++) {
		world_write(TN(n), 4, INT | ROUTE(20 + n));
		world_write(CMP(n), 8, 100);
	}
	pass(100);
	assert_int_equal(world.rises[2], 1);
	assert_int_equal(world.rises[8], 1);
	assert_int_equal(world.rises[20], 0);
	assert_int_equal(world.rises[21], 0);
	assert_int_equal(world.rises[22], 1);
	world_write(CONF, 4, ENABLE);
	assert_false(hpet_is_legacy(world.dev));
	assert_false(world.lines[2]);
	assert_false(world.lines[8]);
	assert_int_equal(world.rises[20], 0);
	world_write(CMP(0), 8, 200);
	pass(100);
	assert_int_equal(world.rises[20], 1);
}

static void test_halt(void **state)
{
	(void)state;
	world_write(CONF, 4, ENABLE);
	world_write(TN(0), 4, INT | LEVEL | ROUTE(20));
	world_write(CMP(0), 8, 100);
	world_write(TN(1), 4, INT | ROUTE(21));
	world_write(CMP(1), 8, 100);
	pass(50);
	world_write(CONF, 4, 0);
	assert_null(world.timer);
	pass(100);
	assert_int_equal(world.rises[20], 0);
	world_write(CONF, 4, ENABLE);
	pass(50);
	assert_true(world.lines[20]);
	assert_true(world.lines[21]);
	/* Nothing new. */
	world_write(CONF, 4, ENABLE);
	assert_true(world.lines[21]);
	world_write(CONF, 4, 0);
	assert_false(world.lines[20]);
	assert_false(world.lines[21]);
	/* The status has stayed, the edge has not. */
	world_write(CONF, 4, ENABLE);
	assert_true(world.lines[20]);
	assert_false(world.lines[21]);
}

/* A match that nobody has heard of yet counts by the settings of its time. */
static void test_race(void **state)
{
	struct timer *timer;

	(void)state;
	world_write(CONF, 4, ENABLE);
	world_write(TN(0), 4, INT | ROUTE(20));
	world_write(CMP(0), 8, 100);
	timer = world.timer;
	world.now += 2000;
	world.host_now += 2000;
	world_write(CMP(0), 8, 10000);
	assert_int_equal(world.rises[20], 1);
	timer->fire(timer);
	assert_int_equal(world.rises[20], 1);
	pass(10000);
	assert_int_equal(world.rises[20], 2);
}

static void test_unknown(void **state)
{
	(void)state;
	assert_int_equal(world_read(8, 8), 0);
	world_write(0x160, 4, 1);
	assert_int_equal(world_read(0x3fc, 4), 0);
	assert_int_equal(world.refused, 3);
	world_write(CAP, 8, ~0UL);
	world_write(FSB(0), 8, ~0UL);
	world_write(TN(0), 8, ~0UL);
	assert_int_equal(world_read(TN(0), 8) & ~0x13e0eUL, 0x00f0000000000130);
	world_write(CONF, 8, ~0UL);
	assert_int_equal(world_read(CONF, 8), 3);
	assert_int_equal(world.refused, 3);
}

static void test_reset(void **state)
{
	(void)state;
	world_write(CONF, 4, ENABLE | LEGACY);
	world_write(TN(0), 4, INT | PERIODIC | VAL_SET);
	world_write(CMP(0), 8, 100);
	world_write(TN(2), 4, INT | LEVEL | ROUTE(20));
	world_write(CMP(2), 8, 100);
	pass(1000);
	assert_true(world.lines[2]);
	assert_true(world.lines[20]);
	hpet_ops.reset(world.dev);
	assert_false(world.lines[2]);
	assert_false(world.lines[20]);
	test_power_on(state);
}

static void test_random(void **state)
{
	(void)state;
	for (u32 i = 0; i < 300000; i++) {
		u64 r = world_random(), value = world_random();
		u64 offset = (r >> 1) % (r & 2 ? 0x400 : 0x160);
		u32 size = r >> 16 & 1 ? 8 : 4;

		offset &= ~(u64)(size - 1);
		/* All 64 bits, or small. */
		value >>= r >> 20 & 63;
		if (size == 4)
			value &= 0xffffffff;
		if (r & 1)
			world_write(offset, size, value);
		else if (world_read(offset, size) >> 32)
			assert_int_equal(size, 8);
		world_pass((r >> 32) % 4096);
		if (i % 1000 == 0)
			world_stall(r);
		if (i % 5000 == 0)
			world.now = world.host_now = r;
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_power_on),
		TEST(test_counter),
		TEST(test_one_shot),
		TEST(test_32_bits),
		TEST(test_level),
		TEST(test_periodic),
		TEST(test_periodic_two_writes),
		TEST(test_late),
		TEST(test_no_storm),
		TEST(test_routes),
		TEST(test_legacy),
		TEST(test_halt),
		TEST(test_race),
		TEST(test_unknown),
		TEST(test_reset),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
