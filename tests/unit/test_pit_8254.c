// SPDX-License-Identifier: Apache-2.0
// vdev/pit_8254.c and pit_counter.c: the six modes as software sees them, and the interrupt line.
#include "vdev_world.h"

#include "vdev/models.h"

enum { CONTROL = 3, PORT_61 = 4 };

/* Control words. */
#define COUNTER(n) ((n) << 6)
#define LOW        (1 << 4)
#define HIGH       (2 << 4)
#define BOTH       (3 << 4)
#define MODE(n)    ((n) << 1)
#define BCD        1
#define LATCH(n)   COUNTER(n)
#define READ_BACK  0xc0
#define NO_COUNT   0x20
#define NO_STATUS  0x10
#define BACK(n)    (2 << (n))

/* Status bytes, and port 0x61. */
#define OUT        0x80
#define NULL_COUNT 0x40
#define OUT2       0x20

#define CLOCK 1193182UL

static u64 tick;

/* To the middle of the tick that is `ticks` later: host and guest time. */
static void pass(u64 ticks)
{
	tick += ticks;
	world_pass((tick * 2 + 1) * 500000000UL / CLOCK - world.host_now);
}

static void control(u8 value)
{
	world_write(CONTROL, 1, value);
}

static void program(u32 n, u8 word, u16 count)
{
	control((u8)(COUNTER(n) | BOTH | word));
	world_write(n, 1, count & 0xff);
	world_write(n, 1, count >> 8);
}

static u32 count(u32 n)
{
	u32 low;

	control((u8)LATCH(n));
	low = (u32)world_read(n, 1);
	return low | (u32)world_read(n, 1) << 8;
}

static u32 status(u32 n)
{
	control((u8)(READ_BACK | NO_COUNT | BACK(n)));
	return (u32)world_read(n, 1);
}

static bool out2(void)
{
	return world_read(PORT_61, 1) & OUT2;
}

static void gate2(bool on)
{
	world_write(PORT_61, 1, on);
}

static int setup(void **state)
{
	(void)state;
	world_start(&pit_8254_ops, 0x40);
	tick = 0;
	pass(1000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_end();
	assert_null(world.timer);
	return 0;
}

static void test_power_on(void **state)
{
	u32 first;

	(void)state;
	assert_false(world.line);
	assert_null(world.timer);
	assert_int_equal(world_read(PORT_61, 1) & 0xf, 0);
	assert_false(out2());
	assert_int_equal(status(0), NULL_COUNT | BOTH);
	/* Who polls sees it move. */
	first = count(0);
	pass(10);
	assert_int_equal(first - count(0), 10);
	assert_int_equal(world_read(CONTROL, 1), 0);
	assert_int_equal(world.refused, 0);
}

static void test_mode0(void **state)
{
	(void)state;
	gate2(true);
	program(2, MODE(0), 100);
	assert_int_equal(status(2), NULL_COUNT | BOTH);
	pass(1);
	assert_int_equal(count(2), 100);
	assert_int_equal(status(2), BOTH);
	pass(99);
	assert_int_equal(count(2), 1);
	assert_false(out2());
	pass(1);
	assert_int_equal(count(2), 0);
	assert_true(out2());
	assert_int_equal(status(2), OUT | BOTH);
	/* It counts on, through 65535. */
	pass(1);
	assert_int_equal(count(2), 0xffff);
	pass(0x20000);
	assert_int_equal(count(2), 0xffff);
	assert_true(out2());
	/* The first byte of a new count stops it. */
	world_write(2, 1, 50);
	assert_false(out2());
	world_write(2, 1, 0);
	pass(51);
	assert_true(out2());
}

static void test_mode0_gate(void **state)
{
	(void)state;
	program(2, MODE(0), 100);
	pass(1000);
	assert_int_equal(count(2), 100);
	gate2(true);
	pass(40);
	assert_int_equal(count(2), 60);
	gate2(false);
	pass(100);
	assert_int_equal(count(2), 60);
	assert_false(out2());
	gate2(true);
	pass(59);
	assert_false(out2());
	pass(1);
	assert_true(out2());
	/* The end is not undone. */
	gate2(false);
	assert_true(out2());
}

static void test_mode1(void **state)
{
	(void)state;
	program(2, MODE(1), 10);
	assert_true(out2());
	pass(100);
	assert_true(out2());
	assert_int_equal(status(2), OUT | NULL_COUNT | BOTH | MODE(1));
	gate2(true);
	pass(1);
	assert_false(out2());
	assert_int_equal(status(2), BOTH | MODE(1));
	pass(9);
	assert_false(out2());
	pass(1);
	assert_true(out2());
	/* A new count waits for the next trigger, which works while OUT is low as well. */
	gate2(false);
	gate2(true);
	world_write(2, 1, 20);
	world_write(2, 1, 0);
	pass(5);
	assert_false(out2());
	gate2(false);
	gate2(true);
	pass(20);
	assert_false(out2());
	pass(1);
	assert_true(out2());
}

static void test_mode2(void **state)
{
	(void)state;
	gate2(true);
	program(2, MODE(2), 10);
	pass(1);
	for (u32 i = 0; i < 35; i++) {
		assert_int_equal(count(2), 10 - i % 10);
		assert_int_equal(out2(), i % 10 != 9);
		pass(1);
	}
	/* At 5: GATE stops it and OUT is high; it begins anew afterwards. */
	assert_int_equal(count(2), 5);
	gate2(false);
	pass(1000);
	assert_int_equal(count(2), 5);
	assert_true(out2());
	gate2(true);
	pass(1);
	assert_int_equal(count(2), 10);
}

static void test_mode2_new_count(void **state)
{
	(void)state;
	gate2(true);
	program(2, MODE(6), 10); /* is mode 2 */
	pass(4);
	world_write(2, 1, 100);
	world_write(2, 1, 0);
	assert_int_equal(status(2), OUT | NULL_COUNT | BOTH | MODE(6));
	assert_int_equal(count(2), 7);
	pass(6);
	assert_int_equal(count(2), 1);
	pass(1);
	assert_int_equal(count(2), 100);
	assert_int_equal(status(2), OUT | BOTH | MODE(6));
	pass(1050);
	assert_int_equal(count(2), 50);
}

static void test_mode3(void **state)
{
	static const u8 even[] = {6, 4, 2, 6, 4, 2}, odd[] = {4, 2, 0, 4, 2};

	(void)state;
	gate2(true);
	program(2, MODE(3), 6);
	pass(1);
	for (u32 i = 0; i < 18; i++, pass(1)) {
		assert_int_equal(count(2), even[i % 6]);
		assert_int_equal(out2(), i % 6 < 3);
	}
	program(2, MODE(7), 5);
	pass(1);
	for (u32 i = 0; i < 15; i++, pass(1)) {
		assert_int_equal(count(2), odd[i % 5]);
		assert_int_equal(out2(), i % 5 < 3);
	}
	gate2(false);
	pass(3);
	assert_true(out2());
	program(2, MODE(3), 0);
	gate2(true);
	pass(1);
	assert_int_equal(count(2), 0);
	pass(1);
	assert_int_equal(count(2), 0xfffe);
}

/* A new count is taken with the next half period. */
static void test_mode3_new_count(void **state)
{
	(void)state;
	gate2(true);
	program(2, MODE(3), 10);
	pass(3);
	world_write(2, 1, 20);
	world_write(2, 1, 0);
	pass(2);
	assert_true(out2());
	pass(1);
	/* Its low half, then its high one. */
	assert_false(out2());
	assert_int_equal(count(2), 20);
	pass(9);
	assert_false(out2());
	pass(1);
	assert_true(out2());
	pass(12);
	world_write(2, 1, 4);
	world_write(2, 1, 0);
	pass(7);
	assert_false(out2());
	pass(1);
	assert_true(out2());
	pass(2);
	assert_false(out2());
}

static void test_mode4(void **state)
{
	(void)state;
	gate2(true);
	program(2, MODE(4), 10);
	assert_true(out2());
	pass(10);
	assert_true(out2());
	pass(1);
	assert_false(out2());
	assert_int_equal(count(2), 0);
	pass(1);
	assert_true(out2());
	/* Once. */
	pass(0xffff);
	assert_int_equal(count(2), 0);
	assert_true(out2());
}

static void test_mode5(void **state)
{
	(void)state;
	program(2, MODE(5), 10);
	pass(100);
	assert_true(out2());
	gate2(true);
	pass(10);
	gate2(false); /* is no trigger */
	assert_true(out2());
	pass(1);
	assert_false(out2());
	pass(1);
	assert_true(out2());
}

static void test_bcd(void **state)
{
	(void)state;
	gate2(true);
	program(2, MODE(0) | BCD, 0x1234);
	pass(1);
	assert_int_equal(count(2), 0x1234);
	pass(35);
	assert_int_equal(count(2), 0x1199);
	pass(1200);
	assert_int_equal(count(2), 0x9999);
	program(2, MODE(2) | BCD, 0);
	pass(1);
	assert_int_equal(count(2), 0);
	pass(9999);
	assert_int_equal(count(2), 1);
	pass(1);
	assert_int_equal(count(2), 0);
	/* No digits. */
	program(2, MODE(2) | BCD, 0xffff);
	pass(1);
	assert_int_equal(count(2), 0x6665);
}

static void test_bytes(void **state)
{
	(void)state;
	gate2(true);
	control(COUNTER(2) | LOW | MODE(2));
	world_write(2, 1, 0x80);
	pass(1);
	assert_int_equal(world_read(2, 1), 0x80);
	pass(1);
	assert_int_equal(world_read(2, 1), 0x7f);
	control(COUNTER(2) | HIGH | MODE(2));
	world_write(2, 1, 0x80);
	pass(2);
	assert_int_equal(world_read(2, 1), 0x7f);
	assert_int_equal(world_read(2, 1), 0x7f);
	/* Not latched, the bytes are of different moments. */
	program(2, MODE(2), 0x1200);
	pass(1);
	assert_int_equal(world_read(2, 1), 0);
	pass(1);
	assert_int_equal(world_read(2, 1), 0x11);
}

static void test_latch(void **state)
{
	(void)state;
	gate2(true);
	program(2, MODE(2), 0x1000);
	pass(0x101);
	control(LATCH(2));
	pass(0x101);
	control(LATCH(2)); /* not before the other was read */
	assert_int_equal(world_read(2, 1), 0);
	assert_int_equal(world_read(2, 1), 0xf);
	assert_int_equal(count(2), 0x0dff);
	/* A control word forgets it. */
	control(LATCH(2));
	program(2, MODE(2), 0x2000);
	pass(1);
	assert_int_equal(world_read(2, 1), 0);
	assert_int_equal(world_read(2, 1), 0x20);
}

static void test_read_back(void **state)
{
	(void)state;
	gate2(true);
	program(0, MODE(2), 0x3000);
	program(1, MODE(3), 18);
	program(2, MODE(0), 0x2000);
	pass(1);
	/* All at once; the status comes first. */
	control(READ_BACK | BACK(0) | BACK(1) | BACK(2));
	pass(500);
	control(READ_BACK | BACK(0) | BACK(2));
	assert_int_equal(world_read(0, 1), OUT | BOTH | MODE(2));
	assert_int_equal(world_read(0, 1), 0);
	assert_int_equal(world_read(0, 1), 0x30);
	assert_int_equal(world_read(2, 1), BOTH);
	assert_int_equal(world_read(2, 1), 0);
	assert_int_equal(world_read(2, 1), 0x20);
	assert_int_equal(world_read(1, 1), OUT | BOTH | MODE(3));
	assert_int_equal(world_read(1, 1), 18);
	/* Counts alone. */
	control(READ_BACK | NO_STATUS | BACK(2));
	assert_int_equal(world_read(2, 1), (0x2000 - 500) & 0xff);
	assert_int_equal(world_read(2, 1), (0x2000 - 500) >> 8);
}

static void test_port_61(void **state)
{
	u64 first = world_read(PORT_61, 1);

	(void)state;
	pass(18);
	assert_int_equal((first ^ world_read(PORT_61, 1)) & 0x10, 0x10);
	pass(18);
	assert_int_equal((first ^ world_read(PORT_61, 1)) & 0x10, 0);
	world_write(PORT_61, 1, 0xff);
	assert_int_equal(world_read(PORT_61, 1) & 0xcf, 0xf);
}

/* The usual 100 Hz. */
static void test_line_periodic(void **state)
{
	(void)state;
	for (u32 mode = 2; mode <= 3; mode++) {
		world.rises[10] = world.fired = 0;
		program(0, (u8)MODE(mode), 11932);
		assert_true(world.line);
		pass(11932);
		world.rises[10] = 0;
		assert_int_equal(world.fired, 0);
		pass(1);
		assert_int_equal(world.rises[10], 1);
		pass(11932 * 10 - 1);
		assert_int_equal(world.rises[10], 10);
		pass(1);
		assert_int_equal(world.rises[10], 11);
		assert_int_equal(world.fired, 11);
		/* So that an interrupt controller may look later. */
		assert_true(world.line);
	}
}

static void test_line_new_count(void **state)
{
	(void)state;
	/* The edge is where the low half of the new period ends. */
	program(0, MODE(3), 1000);
	pass(101);
	world_write(0, 1, 2000 & 0xff);
	world_write(0, 1, 2000 >> 8);
	world.rises[10] = 0;
	pass(1399);
	assert_int_equal(world.rises[10], 0);
	pass(1);
	assert_int_equal(world.rises[10], 1);
	pass(2000);
	assert_int_equal(world.rises[10], 2);
}

static void test_line_mode0(void **state)
{
	(void)state;
	program(0, MODE(0), 1000);
	assert_false(world.line);
	pass(1000);
	assert_false(world.line);
	pass(1);
	assert_true(world.line);
	assert_null(world.timer);
	program(0, MODE(0), 1000);
	assert_false(world.line);
	pass(1000000);
	assert_true(world.line);
	assert_int_equal(world.rises[10], 2);
}

/* What a tickless kernel does. */
static void test_line_mode4(void **state)
{
	(void)state;
	program(0, MODE(4), 1000);
	assert_true(world.line);
	pass(1001);
	assert_int_equal(world.rises[10], 1);
	pass(1);
	assert_int_equal(world.rises[10], 2);
	assert_true(world.line);
	assert_null(world.timer);
	/* A new count without a new mode. */
	world_write(0, 1, 10);
	world_write(0, 1, 0);
	pass(12);
	assert_int_equal(world.rises[10], 3);
	pass(0x30000);
	assert_int_equal(world.rises[10], 3);
}

static void test_line_late(void **state)
{
	(void)state;
	program(0, MODE(2), 11932);
	pass(1);
	world.rises[10] = 0;
	/* A second without a timer is one edge, and the next is in time again. */
	world_stall(1000000000);
	assert_int_equal(world.rises[10], 1);
	assert_int_equal(world.fired, 1);
	assert_true(world.timer->deadline - world.host_now <= 10000200);
	/* It stands in the counter where it would without. */
	assert_int_equal(count(0), 11932 - CLOCK % 11932);
}

/* An edge that has come is not lost if the guest stops it before the timer fires. */
static void test_line_race(void **state)
{
	struct timer *timer;

	(void)state;
	program(0, MODE(2), 1000);
	world.rises[10] = 0;
	timer = world.timer;
	world.now += 1000000;
	world.host_now += 1000000;
	program(0, MODE(4), 2000);
	assert_int_equal(world.rises[10], 1);
	timer->fire(timer);
	assert_int_equal(world.rises[10], 1);
	assert_non_null(world.timer);
	control(COUNTER(0) | BOTH | MODE(4));
	assert_null(world.timer);
	timer->fire(timer);
	assert_int_equal(world.rises[10], 1);
}

static void test_no_storm(void **state)
{
	(void)state;
	for (u32 mode = 2; mode <= 3; mode++) {
		for (u16 n = 1; n < 5; n++) {
			program(0, (u8)MODE(mode), n);
			world.fired = 0;
			world_pass(1000000000);
			assert_in_range(world.fired, 9000, 10100);
		}
	}
}

static void test_reset(void **state)
{
	(void)state;
	program(0, MODE(2), 1000);
	world_write(PORT_61, 1, 3);
	assert_true(world.line);
	pit_8254_ops.reset(world.dev);
	test_power_on(state);
}

static void test_random(void **state)
{
	(void)state;
	for (u32 i = 0; i < 300000; i++) {
		u64 r = world_random();

		if (r & 1)
			world_write((r >> 1) % 5, 1, r >> 8 & 0xff);
		else
			assert_in_range(world_read((r >> 1) % 5, 1), 0, 0xff);
		world_pass((r >> 20) % 4096 << (r >> 40) % 10);
	}
	/* It still works. */
	tick = world.now * CLOCK / 1000000000;
	pass(2);
	test_mode0(state);
	world.rises[10] = 0;
	test_line_mode0(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_power_on),
		TEST(test_mode0),
		TEST(test_mode0_gate),
		TEST(test_mode1),
		TEST(test_mode2),
		TEST(test_mode2_new_count),
		TEST(test_mode3),
		TEST(test_mode3_new_count),
		TEST(test_mode4),
		TEST(test_mode5),
		TEST(test_bcd),
		TEST(test_bytes),
		TEST(test_latch),
		TEST(test_read_back),
		TEST(test_port_61),
		TEST(test_line_periodic),
		TEST(test_line_new_count),
		TEST(test_line_mode0),
		TEST(test_line_mode4),
		TEST(test_line_late),
		TEST(test_line_race),
		TEST(test_no_storm),
		TEST(test_reset),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
