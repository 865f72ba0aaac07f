// SPDX-License-Identifier: Apache-2.0
// Seconds to dates and back (<vdev/calendar.h>). The year 1 began on a Monday.
#include "calendar.h"

#define MONTHS 12

static bool is_leap(u64 year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from the beginning of year 1 to that of `year`. */
static u64 days_before(u64 year)
{
	u64 years = year - 1;

	return years * 365 + years / 4 - years / 100 + years / 400;
}

static u32 month_days(u64 year, u32 month)
{
	static const u8 days[MONTHS] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

struct calendar calendar_from(u64 seconds)
{
	u64 days = seconds / SECONDS_PER_DAY, left = seconds % SECONDS_PER_DAY;
	struct calendar c = {
		.month = 1,
		.weekday = (u32)((days + 1) % 7),
		.hour = (u32)(left / 3600),
		.minute = (u32)(left / 60 % 60),
		.second = (u32)(left % 60),
	};

	/* Not too late, and too early by a year in 500. */
	for (c.year = (u32)(days / 366) + 1; days_before(c.year + 1) <= days;)
		c.year++;
	days -= days_before(c.year);
	for (; days >= month_days(c.year, c.month); c.month++)
		days -= month_days(c.year, c.month);
	c.day = (u32)days + 1;
	return c;
}

u64 calendar_seconds(const struct calendar *c)
{
	u64 months = MAX(c->month, 1U) - 1, year = MAX(c->year, 1U) + months / MONTHS;
	u64 days = days_before(year) + MAX(c->day, 1U) - 1;

	for (u32 month = 1; month <= months % MONTHS; month++)
		days += month_days(year, month);
	return days * SECONDS_PER_DAY + c->hour * 3600UL + c->minute * 60UL + c->second;
}
