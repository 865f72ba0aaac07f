// SPDX-License-Identifier: Apache-2.0
// The real-time clock: a plausible time that does not run backwards, and an alarm that comes by
// an interrupt. PL031, Arm DDI 0224, chapter 3.
#define TEST "rtc"
#include "../check.h"
#include <guest/device.h>
#include <guest/intc.h>

enum rtc_register {
	RTC_DR = 0x00,   /* seconds since 1970 */
	RTC_MR = 0x04,   /* when to interrupt */
	RTC_IMSC = 0x10, /* interrupt enabled */
	RTC_RIS = 0x14,  /* interrupt, enabled or not */
	RTC_MIS = 0x18,  /* both */
	RTC_ICR = 0x1c,  /* clears it */
};

#define YEAR_S     31556952UL
#define YEAR_FIRST 2020
#define YEAR_LAST  2100
#define LOOK_NS    5000000UL
#define WAIT_NS    (10 * NS_PER_S)

static struct device rtc;
static volatile u32 interrupts, stray;

static volatile u32 *rtc_reg(enum rtc_register reg)
{
	return (volatile u32 *)(rtc.base + reg);
}

static void external_handler(void)
{
	u32 line = intc_claim();

	if (line == rtc.line)
		interrupts++;
	else
		stray++;
	*rtc_reg(RTC_ICR) = 1;
	intc_done(line);
}

static void check_time(void)
{
	u32 last = *rtc_reg(RTC_DR), now;
	u64 year = 1970 + last / YEAR_S, start = clock_now();

	expect_true(year >= YEAR_FIRST && year <= YEAR_LAST,
		"a year from %u to %u, found %lu", YEAR_FIRST, YEAR_LAST, year);
	while (clock_now() - start < LOOK_NS) {
		now = *rtc_reg(RTC_DR);
		expect_true(now >= last, "time not to run backwards from %u, found %u",
			last, now);
		last = now;
	}
	print(TEST ": it is the year %lu\n", year);
}

static void check_alarm(void)
{
	u32 alarm = *rtc_reg(RTC_DR) + 1;
	u64 end = clock_now() + WAIT_NS;

	*rtc_reg(RTC_MR) = alarm;
	expect_equal(*rtc_reg(RTC_MR), alarm, "RTC_MR");
	while (!interrupts && clock_now() < end)
		cpu_relax();
	expect_equal(interrupts, 1, "interrupts of an alarm");
	expect_equal(stray, 0, "interrupts of other lines");
	expect_true(*rtc_reg(RTC_DR) >= alarm, "no alarm before its time");
	expect_equal(*rtc_reg(RTC_RIS), 0, "RTC_RIS of an alarm that was cleared");
}

/* It is there, but does not get through. */
static void check_masked(void)
{
	u64 end = clock_now() + WAIT_NS;

	*rtc_reg(RTC_IMSC) = 0;
	*rtc_reg(RTC_MR) = *rtc_reg(RTC_DR) + 1;
	while (!*rtc_reg(RTC_RIS) && clock_now() < end)
		cpu_relax();
	expect_equal(*rtc_reg(RTC_RIS), 1, "RTC_RIS of a masked alarm");
	expect_equal(*rtc_reg(RTC_MIS), 0, "RTC_MIS of a masked alarm");
	expect_equal(interrupts, 1, "interrupts after a masked alarm");
	*rtc_reg(RTC_ICR) = 1;
	expect_equal(*rtc_reg(RTC_RIS), 0, "RTC_RIS that was cleared");
}

int guest_main(void)
{
	expect_true(device_find("pl031", &rtc) || device_find("rtc", &rtc),
		"a clock in the device tree");
	check_time();
	intc_init();
	intc_enable(rtc.line, true);
	irq_handler_set(IRQ_EXTERNAL, external_handler);
	irq_on();
	*rtc_reg(RTC_IMSC) = 1;
	check_alarm();
	check_masked();
	return test_ok();
}
