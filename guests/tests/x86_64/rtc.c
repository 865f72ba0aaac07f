// SPDX-License-Identifier: Apache-2.0
// The real-time clock: a plausible time that goes on, its alarm, its periodic and its update
// interrupts, and the RAM behind it. Motorola MC146818 data sheet.
#define TEST "rtc"
#include "pc.h"

enum cmos {
	SECONDS = 0x00,
	SECONDS_ALARM = 0x01,
	MINUTES = 0x02,
	MINUTES_ALARM = 0x03,
	HOURS = 0x04,
	HOURS_ALARM = 0x05,
	DAY = 0x07,
	MONTH = 0x08,
	YEAR = 0x09,
	REGISTER_A = 0x0a,
	REGISTER_B = 0x0b,
	REGISTER_C = 0x0c,
	REGISTER_D = 0x0d,
	RAM_FREE = 0x7c,
	CENTURY = 0x32,
};

#define A_UPDATING 0x80
#define A_32KHZ    0x20 /* the crystal of every PC */
#define A_1024HZ   0x06

#define B_SET      0x80
#define B_PERIODIC 0x40
#define B_ALARM    0x20
#define B_UPDATE   0x10
#define B_BINARY   0x04
#define B_24_HOURS 0x02

#define C_ANY      0x80
#define D_VALID    0x80
#define DONT_CARE  0xc0
#define RTC_LINE   8
#define YEAR_FIRST 2020
#define YEAR_LAST  2100

static volatile u32 interrupts, reasons;

static u8 cmos_read(u8 at)
{
	io_write8(RTC_PORT, at);
	return io_read8(RTC_PORT + 1);
}

static void cmos_write(u8 at, u8 value)
{
	io_write8(RTC_PORT, at);
	io_write8(RTC_PORT + 1, value);
}

static void external_handler(void)
{
	u32 line = intc_claim();

	expect_equal(line, RTC_LINE, "the interrupting line");
	interrupts++;
	reasons |= cmos_read(REGISTER_C);
	intc_done(line);
}

static u32 number_read(u8 at)
{
	u8 value = cmos_read(at);

	return cmos_read(REGISTER_B) & B_BINARY ? value
						: (value >> 4) * 10U + (value & 15);
}

/* Seconds of the day; not while they change. */
static u32 time_read(void)
{
	u32 time, again;

	do {
		while (cmos_read(REGISTER_A) & A_UPDATING)
			cpu_relax();
		time = number_read(HOURS) * 3600 + number_read(MINUTES) * 60 +
			number_read(SECONDS);
		again = number_read(SECONDS);
	} while (time % 60 != again);
	return time;
}

static void check_time(void)
{
	u32 year = number_read(CENTURY) * 100 + number_read(YEAR), start, now;
	u64 end = clock_now() + 2500000000;

	expect_true(year >= YEAR_FIRST && year <= YEAR_LAST,
		"a year from %u to %u, found %u", YEAR_FIRST, YEAR_LAST, year);
	expect_true(number_read(MONTH) >= 1 && number_read(MONTH) <= 12, "a month");
	expect_true(number_read(DAY) >= 1 && number_read(DAY) <= 31, "a day");
	expect_true(cmos_read(REGISTER_B) & B_24_HOURS, "hours of 24");
	expect_true(cmos_read(REGISTER_D) & D_VALID, "a good battery");
	start = time_read();
	expect_true(start < 86400, "a time of the day");
	while (clock_now() < end)
		cpu_relax();
	now = time_read();
	now = (now + 86400 - start) % 86400;
	expect_true(now >= 2 && now <= 4, "2 or 3 seconds to have gone by, found %u",
		now);
	print(TEST ": it is the year %u\n", year);
}

static void check_ram(void)
{
	u8 kept = cmos_read(RAM_FREE), other = cmos_read(RAM_FREE + 1);

	cmos_write(RAM_FREE, 0x5a);
	cmos_write(RAM_FREE + 1, 0xa5);
	expect_equal(cmos_read(RAM_FREE), 0x5a, "a byte of the RAM");
	expect_equal(cmos_read(RAM_FREE + 1), 0xa5, "another byte of the RAM");
	/* Bit 7 of the index belongs to the NMI. */
	expect_equal(cmos_read(RAM_FREE | 0x80), 0x5a, "the byte with NMI off");
	cmos_write(RAM_FREE, kept);
	cmos_write(RAM_FREE + 1, other);
}

static void enable(u8 what)
{
	cmos_write(REGISTER_B,
		(u8)(cmos_read(REGISTER_B) & ~(B_PERIODIC | B_ALARM | B_UPDATE)) | what);
	cmos_read(REGISTER_C);
	irq_on();
	irq_off();
	interrupts = reasons = 0;
}

static void check_periodic(void)
{
	u64 start;

	cmos_write(REGISTER_A, A_32KHZ | A_1024HZ);
	enable(B_PERIODIC);
	start = clock_now();
	expect_true(wait_count(&interrupts, 50), "fifty periods");
	expect_true(clock_now() - start >= 45000000,
		"fifty periods to take 49 ms, found %lu ns", clock_now() - start);
	expect_true((reasons & (C_ANY | B_PERIODIC)) == (C_ANY | B_PERIODIC),
		"register C to say so, found 0x%x", reasons);
	enable(0);
	wait_ns(10000000);
	expect_equal(interrupts, 0, "interrupts when none may come");
	expect_equal(cmos_read(REGISTER_C) & C_ANY, 0, "an interrupt in register C");
}

static void check_update(void)
{
	enable(B_UPDATE);
	expect_true(wait_count(&interrupts, 1), "an interrupt of an update");
	expect_true(reasons & B_UPDATE, "register C to say so, found 0x%x", reasons);
	/* There is time now until the next. */
	expect_equal(cmos_read(REGISTER_A) & A_UPDATING, 0, "an update right after one");
}

static void check_alarm(void)
{
	u32 second;
	u8 alarm;

	time_read();
	second = (number_read(SECONDS) + 2) % 60;
	alarm = (u8)(cmos_read(REGISTER_B) & B_BINARY ? second
						      : second / 10 << 4 | second % 10);
	cmos_write(SECONDS_ALARM, alarm);
	cmos_write(MINUTES_ALARM, DONT_CARE);
	cmos_write(HOURS_ALARM, DONT_CARE);
	enable(B_ALARM);
	expect_true(wait_count(&interrupts, 1) || wait_count(&interrupts, 1), "an alarm");
	expect_true(reasons & B_ALARM, "register C to say so, found 0x%x", reasons);
	expect_equal(time_read() % 60, second, "the second of the alarm");
	enable(0);
}

int guest_main(void)
{
	check_time();
	check_ram();
	irq_handler_set(IRQ_EXTERNAL, external_handler);
	intc_init();
	intc_enable(RTC_LINE, true);
	check_periodic();
	check_update();
	check_alarm();
	return test_ok();
}
