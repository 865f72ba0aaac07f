// SPDX-License-Identifier: Apache-2.0
// vdev/rtc_cmos.c: the time in each of its forms, its interrupts, and the RAM.
#include "vdev_world.h"

#include "vdev/models.h"
#include "vdev/rtc_cmos.h"

enum {
	SEC,
	SEC_ALARM,
	MIN_,
	MIN_ALARM,
	HOUR,
	HOUR_ALARM,
	WEEKDAY,
	DAY,
	MONTH,
	YEAR,
	A,
	B,
	C,
	D,
	CENTURY = 0x32,
};

#define UIP      0x80
#define DV_RESET 0x70
#define DV       0x20
#define SET      0x80
#define PIE      0x40
#define AIE      0x20
#define UIE      0x10
#define DM       0x04
#define H24      0x02
#define IRQF     0x80
#define PF       0x40
#define AF       0x20
#define UF       0x10

#define SECOND    1000000000UL
#define WALLCLOCK 1709164799UL /* 2024-02-28 23:59:59, a Wednesday */

static u8 get(u8 reg)
{
	world_write(0, 1, reg);
	return (u8)world_read(1, 1);
}

static void put(u8 reg, u8 value)
{
	world_write(0, 1, reg);
	world_write(1, 1, value);
}

static void expect_date(u8 century, u8 year, u8 month, u8 day, u8 weekday)
{
	assert_int_equal(get(CENTURY), century);
	assert_int_equal(get(YEAR), year);
	assert_int_equal(get(MONTH), month);
	assert_int_equal(get(DAY), day);
	assert_int_equal(get(WEEKDAY), weekday);
}

static void expect_time(u8 hour, u8 minute, u8 second)
{
	assert_int_equal(get(HOUR), hour);
	assert_int_equal(get(MIN_), minute);
	assert_int_equal(get(SEC), second);
}

static void set_time(u8 hour, u8 minute, u8 second)
{
	put(HOUR, hour);
	put(MIN_, minute);
	put(SEC, second);
}

static int setup(void **state)
{
	(void)state;
	world.wallclock = WALLCLOCK;
	world_start(&rtc_cmos_ops, 0x70);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(world.refused, 0);
	world_end();
	assert_null(world.timer);
	return 0;
}

static void test_power_on(void **state)
{
	(void)state;
	assert_int_equal(get(A), 0x26);
	assert_int_equal(get(B), H24);
	assert_int_equal(get(C), 0);
	assert_int_equal(get(D), 0x80);
	expect_date(0x20, 0x24, 0x02, 0x28, 4);
	expect_time(0x23, 0x59, 0x59);
	world_pass(SECOND);
	expect_date(0x20, 0x24, 0x02, 0x29, 5);
	expect_time(0, 0, 0);
	world_pass(SECOND * 86399);
	expect_date(0x20, 0x24, 0x02, 0x29, 5);
	expect_time(0x23, 0x59, 0x59);
	world_pass(SECOND);
	expect_date(0x20, 0x24, 0x03, 0x01, 6);
	assert_null(world.timer);
}

static void test_forms(void **state)
{
	static const u8 hours[] = {0x92, 0x12, 0x01, 0x02};

	(void)state;
	put(B, DM | H24);
	expect_date(20, 24, 2, 28, 4);
	expect_time(23, 59, 59);
	put(B, DM);
	expect_time(11 | 0x80, 59, 59);
	put(B, 0);
	expect_time(0x91, 0x59, 0x59);
	/* Midnight is 12, noon is 12 PM. */
	world_pass(SECOND);
	assert_int_equal(get(HOUR), hours[1]);
	world_pass(SECOND * 3600);
	assert_int_equal(get(HOUR), hours[2]);
	world_pass(SECOND * 3600 * 11);
	assert_int_equal(get(HOUR), hours[0]);
	put(HOUR, 0x02);
	assert_int_equal(get(HOUR), hours[3]);
	put(HOUR, 0x82);
	put(B, H24);
	assert_int_equal(get(HOUR), 0x14);
	put(B, 0);
	put(HOUR, 0x12);
	put(B, H24);
	assert_int_equal(get(HOUR), 0);
}

/* The way the data sheet wants it, in between the date is none. */
static void test_set(void **state)
{
	(void)state;
	world_pass(SECOND / 4);
	put(B, SET | DM | H24);
	put(SEC, 58);
	put(MIN_, 59);
	put(HOUR, 23);
	put(DAY, 31);
	put(MONTH, 12);
	put(YEAR, 99);
	put(CENTURY, 19);
	world_pass(SECOND * 100);
	expect_time(23, 59, 58);
	assert_int_equal(get(A) & UIP, 0);
	put(B, DM | H24);
	expect_date(19, 99, 12, 31, 6);
	/* The divider has run all the time. */
	world_pass(SECOND * 7 / 4 - 1);
	expect_time(23, 59, 59);
	world_pass(1);
	expect_date(20, 0, 1, 1, 7);
	expect_time(0, 0, 0);
}

/* As Linux does: with the divider in reset the first second is half a one. */
static void test_divider(void **state)
{
	(void)state;
	put(A, DV_RESET);
	expect_time(0x23, 0x59, 0x59);
	world_pass(SECOND * 10);
	expect_time(0x23, 0x59, 0x59);
	set_time(0x12, 0x34, 0x56);
	put(A, DV | 6);
	world_pass(SECOND / 2 - 1);
	expect_time(0x12, 0x34, 0x56);
	world_pass(1);
	expect_time(0x12, 0x34, 0x57);
	world_pass(SECOND);
	expect_time(0x12, 0x34, 0x58);
	/* SET outlasts it. */
	put(A, DV_RESET);
	put(B, SET | H24);
	set_time(1, 2, 3);
	put(A, DV | 6);
	world_pass(SECOND / 4);
	put(B, H24);
	expect_time(1, 2, 3);
	world_pass(SECOND / 4);
	expect_time(1, 2, 4);
}

static void test_uip(void **state)
{
	(void)state;
	assert_int_equal(get(A) & UIP, 0);
	world_pass(SECOND - 2228001);
	assert_int_equal(get(A) & UIP, 0);
	world_pass(1);
	assert_int_equal(get(A) & UIP, UIP);
	assert_int_equal(get(SEC), 0x59);
	world_pass(2228000 - 1);
	assert_int_equal(get(A) & UIP, UIP);
	world_pass(1);
	assert_int_equal(get(A) & UIP, 0);
	assert_int_equal(get(SEC), 0);
	/* It cannot be written. */
	put(A, 0xff);
	assert_int_equal(get(A), 0x7f);
}

static void test_update_interrupt(void **state)
{
	(void)state;
	put(B, UIE | H24);
	world_pass(SECOND - 1);
	assert_false(world.line);
	world_pass(1);
	assert_true(world.line);
	assert_int_equal(world.fired, 1);
	/* Nothing more is due before it is seen. */
	assert_null(world.timer);
	world_pass(SECOND * 5);
	assert_int_equal(get(C) & (IRQF | UF), IRQF | UF);
	assert_false(world.line);
	assert_int_equal(get(C), 0);
	world_pass(SECOND);
	assert_true(world.line);
	put(B, H24);
	assert_false(world.line);
	put(B, UIE | H24);
	assert_true(world.line);
	/* SET disables it. */
	put(B, SET | UIE | H24);
	assert_int_equal(get(B), SET | H24);
	assert_false(world.line);
	assert_null(world.timer);
}

/* Flags are there without being enabled. */
static void test_flags(void **state)
{
	(void)state;
	put(HOUR_ALARM, 0);
	put(MIN_ALARM, 0);
	put(SEC_ALARM, 1);
	world_pass(SECOND);
	assert_int_equal(get(C), UF | PF);
	world_pass(SECOND);
	assert_int_equal(get(C), UF | AF | PF);
	world_pass(SECOND / 1000);
	assert_int_equal(get(C), PF);
	assert_int_equal(get(C), 0);
	put(B, SET | H24);
	world_pass(SECOND * 86400);
	assert_int_equal(get(C), PF);
	put(A, DV_RESET | 6);
	world_pass(SECOND);
	assert_int_equal(get(C), 0);
	put(C, 0xff);
	put(D, 0);
	assert_int_equal(get(C), 0);
	assert_int_equal(get(D), 0x80);
	assert_null(world.timer);
}

static void test_alarm(void **state)
{
	(void)state;
	set_time(0x10, 0x20, 0x30);
	put(HOUR_ALARM, 0x10);
	put(MIN_ALARM, 0x21);
	put(SEC_ALARM, 0x05);
	put(B, AIE | H24);
	world_pass(SECOND * 35 - 1);
	assert_false(world.line);
	world_pass(1);
	assert_true(world.line);
	assert_int_equal(world.fired, 1);
	assert_int_equal(get(C) & ~PF, IRQF | AF | UF);
	world_pass(SECOND * 86400 - 1);
	assert_false(world.line);
	world_pass(1);
	assert_true(world.line);
	assert_int_equal(get(C) & AF, AF);
	assert_int_equal(world.fired, 2);
}

static void test_alarm_any(void **state)
{
	(void)state;
	set_time(0x10, 0x59, 0x30);
	put(HOUR_ALARM, 0xc0);
	put(MIN_ALARM, 0x00);
	put(SEC_ALARM, 0x00);
	put(B, AIE | H24);
	world_pass(SECOND * 30);
	assert_true(world.line);
	get(C);
	world_pass(SECOND * 3600);
	assert_true(world.line);
	get(C);
	put(MIN_ALARM, 0xff);
	put(SEC_ALARM, 0xff);
	world_pass(SECOND);
	assert_true(world.line);
	get(C);
	/* No time of day. */
	put(SEC_ALARM, 0x60);
	assert_null(world.timer);
	/* In twelve hours, and in binary. */
	put(B, AIE | DM);
	put(HOUR_ALARM, 0x80 | 12);
	put(MIN_ALARM, 0);
	put(SEC_ALARM, 0);
	set_time(11, 59, 59);
	get(C);
	world_pass(SECOND);
	assert_true(world.line);
}

static void test_periodic(void **state)
{
	static const u32 rates[] = {
		0, 256, 128, 8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16, 8, 4, 2};

	(void)state;
	put(B, PIE | H24);
	for (u8 rate = 0; rate < 16; rate++) {
		u32 count = 0;

		put(A, DV | rate);
		get(C);
		world.fired = 0;
		for (u32 i = 0; i < 100000; i++) {
			world_pass(SECOND / 100000);
			if (world.line) {
				count++;
				assert_int_equal(get(C) & (IRQF | PF), IRQF | PF);
			}
		}
		assert_in_range(count, rates[rate], rates[rate] + 1);
		assert_int_equal(world.fired, count);
	}
}

static void test_late(void **state)
{
	(void)state;
	put(A, DV | 3);
	put(B, PIE | UIE | AIE | H24);
	world_stall(SECOND * 100000);
	assert_int_equal(world.fired, 1);
	assert_int_equal(world.rises[10], 1);
	assert_int_equal(get(C), IRQF | PF | UF | AF);
	assert_true(world.timer->deadline - world.host_now <= 122071);
}

static void test_race(void **state)
{
	struct timer *timer;

	(void)state;
	put(B, UIE | H24);
	timer = world.timer;
	world.now = world.host_now = SECOND;
	/* It is seen before the timer fires. */
	assert_int_equal(get(C) & (IRQF | UF), IRQF | UF);
	timer->fire(timer);
	assert_false(world.line);
	put(B, H24);
	assert_null(world.timer);
	timer->fire(timer);
	assert_null(world.timer);
}

static void test_ram(void **state)
{
	(void)state;
	/* NMI masked or not. */
	put(0x7f, 0x5a);
	assert_int_equal(get(0xff), 0x5a);
	assert_int_equal(world_read(0, 1), 0x7f);
	for (u8 reg = 0x0e; reg < 0x80; reg++)
		if (reg != CENTURY)
			put(reg, reg ^ 0xff);
	for (u8 reg = 0x0e; reg < 0x80; reg++)
		if (reg != CENTURY)
			assert_int_equal(get(reg), reg ^ 0xff);
}

static u64 number(u8 reg, u32 bytes)
{
	u64 value = 0;

	for (u32 i = bytes; i-- > 0;)
		value = value << 8 | get((u8)(reg + i));
	return value;
}

static void expect_sizes(u64 base, u64 extended, u64 above_16m, u64 above_4g)
{
	u32 sum = 0;

	assert_int_equal(number(0x15, 2), base);
	assert_int_equal(number(0x17, 2), extended);
	assert_int_equal(number(0x30, 2), extended);
	assert_int_equal(number(0x34, 2), above_16m);
	assert_int_equal(number(0x5b, 3), above_4g);
	for (u8 reg = 0x10; reg < 0x2e; reg++)
		sum += get(reg);
	assert_int_equal(get(0x2e) << 8 | get(0x2f), sum);
}

static void test_memory(void **state)
{
	(void)state;
	rtc_cmos_set_memory(world.dev, MiB(16), 0);
	expect_sizes(640, 15 << 10, 0, 0);
	rtc_cmos_set_memory(world.dev, MiB(3072), GiB(5));
	expect_sizes(640, 0xffff, 3056 << 4, 5 << 14);
	rtc_cmos_set_memory(world.dev, KiB(512), 0);
	expect_sizes(512, 0, 0, 0);
	rtc_cmos_set_memory(world.dev, ~0UL, ~0UL);
	expect_sizes(640, 0xffff, 0xffff, 0xffffff);
	rtc_cmos_ops.reset(world.dev);
	expect_sizes(640, 0xffff, 0xffff, 0xffffff);
}

/* A device is made before guest time begins. */
static void test_time_begins(void **state)
{
	(void)state;
	world_end();
	world.wallclock = WALLCLOCK;
	world.now = SECOND * 1000;
	world.dev = mem_alloc(rtc_cmos_ops.bytes);
	world.dev->ops = &rtc_cmos_ops;
	assert_int_equal(rtc_cmos_ops.create(world.dev, ""), 0);
	rtc_cmos_ops.reset(world.dev);
	world.now = 0;
	expect_time(0x23, 0x59, 0x59);
	assert_int_equal(get(C), 0);
	world_pass(SECOND);
	assert_int_equal(get(C) & UF, UF);
}

static void test_reset(void **state)
{
	(void)state;
	put(A, DV | 3);
	put(B, PIE | UIE | AIE | DM | H24);
	set_time(1, 2, 3);
	world_pass(SECOND);
	assert_true(world.line);
	rtc_cmos_ops.reset(world.dev);
	assert_false(world.line);
	assert_null(world.timer);
	assert_int_equal(get(B), DM | H24);
	assert_int_equal(get(C), 0);
	expect_time(1, 2, 4);
}

static void test_random(void **state)
{
	(void)state;
	for (u32 i = 0; i < 200000; i++) {
		u64 r = world_random();
		/* Mostly registers. */
		u8 reg = (u8)(r & 2 ? r >> 8 & 15 : r >> 8);

		if (r & 4)
			reg = r & 8 ? CENTURY : A;
		if (r & 1)
			put(reg, (u8)(r >> 16));
		else
			get(reg);
		world_pass((r >> 24) % 4096 << (r >> 40) % 20);
		if (i % 1000 == 0)
			world_stall(r >> 8);
	}
	/* It still works. */
	put(A, DV);
	put(B, SET | DM | H24);
	put(CENTURY, 20);
	put(YEAR, 25);
	put(MONTH, 6);
	put(DAY, 7);
	set_time(8, 9, 10);
	put(B, DM | H24);
	world_pass(SECOND);
	expect_date(20, 25, 6, 7, 7);
	expect_time(8, 9, 11);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_power_on),
		TEST(test_forms),
		TEST(test_set),
		TEST(test_divider),
		TEST(test_uip),
		TEST(test_update_interrupt),
		TEST(test_flags),
		TEST(test_alarm),
		TEST(test_alarm_any),
		TEST(test_periodic),
		TEST(test_late),
		TEST(test_race),
		TEST(test_ram),
		TEST(test_memory),
		TEST(test_time_begins),
		TEST(test_reset),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
