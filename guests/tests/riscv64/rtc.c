// SPDX-License-Identifier: Apache-2.0
// The real-time clock: a plausible time that does not run backwards, and an alarm that comes by
// an interrupt. Goldfish RTC, as the Android emulator's hardware notes define it.
#define TEST "rtc"
#include "../check.h"
#include <guest/device.h>
#include <guest/intc.h>
#include <arch/sbi.h>

enum rtc_register {
	TIME_LOW = 0x00, /* reading it keeps TIME_HIGH for us */
	TIME_HIGH = 0x04,
	ALARM_LOW = 0x08, /* writing it sets the alarm */
	ALARM_HIGH = 0x0c,
	IRQ_ENABLED = 0x10,
	CLEAR_ALARM = 0x14,
	ALARM_STATUS = 0x18,
	CLEAR_INTERRUPT = 0x1c,
};

#define ALARM_NS   50000000UL
#define YEAR_S     31556952UL
#define YEAR_FIRST 2020
#define YEAR_LAST  2100

static struct device rtc;
static volatile u32 interrupts, stray;

static volatile u32 *rtc_reg(enum rtc_register reg)
{
	return (volatile u32 *)(rtc.base + reg);
}

static u64 rtc_now(void)
{
	u64 low = *rtc_reg(TIME_LOW);

	return (u64)*rtc_reg(TIME_HIGH) << 32 | low;
}

static void alarm_set(u64 ns)
{
	*rtc_reg(ALARM_HIGH) = (u32)(ns >> 32);
	*rtc_reg(ALARM_LOW) = (u32)ns;
}

static void external_handler(void)
{
	u32 line = intc_claim();

	if (line == rtc.line)
		interrupts++;
	else
		stray++;
	*rtc_reg(CLEAR_INTERRUPT) = 1;
	intc_done(line);
}

static void check_time(void)
{
	u64 last = rtc_now(), year = 1970 + last / NS_PER_S / YEAR_S, start = clock_now(),
	    now;

	expect_true(year >= YEAR_FIRST && year <= YEAR_LAST,
		"a year from %u to %u, found %lu", YEAR_FIRST, YEAR_LAST, year);
	while (clock_now() - start < 5000000) {
		now = rtc_now();
		expect_true(now >= last, "time not to run backwards from %lu, found %lu",
			last, now);
		last = now;
	}
	print(TEST ": it is the year %lu\n", year);
}

static void check_alarm(void)
{
	u64 alarm = rtc_now() + ALARM_NS;

	alarm_set(alarm);
	expect_equal(*rtc_reg(ALARM_STATUS), 1, "ALARM_STATUS of an alarm to come");
	while (!interrupts && rtc_now() < alarm + NS_PER_S)
		cpu_relax();
	expect_equal(interrupts, 1, "interrupts of an alarm");
	expect_equal(stray, 0, "interrupts of other lines");
	expect_true(rtc_now() >= alarm, "no alarm before its time");
	expect_equal(*rtc_reg(ALARM_STATUS), 0, "ALARM_STATUS of a past alarm");

	alarm_set(rtc_now() + ALARM_NS);
	*rtc_reg(CLEAR_ALARM) = 1;
	expect_equal(*rtc_reg(ALARM_STATUS), 0, "ALARM_STATUS of a cleared alarm");
	clock_delay(2 * ALARM_NS);
	expect_equal(interrupts, 1, "interrupts after an alarm was cleared");
}

int guest_main(void)
{
	expect_true(device_find("rtc", &rtc), "an rtc in the device tree");
	check_time();
	intc_init();
	intc_enable(rtc.line, true);
	irq_handler_set(IRQ_EXTERNAL, external_handler);
	irq_on();
	*rtc_reg(IRQ_ENABLED) = 1;
	check_alarm();
	return test_ok();
}
