// SPDX-License-Identifier: Apache-2.0
// The Gregorian calendar, for clocks whose registers are years, months and days.
#pragma once

#include <hv/types.h>

#define SECONDS_PER_DAY 86400UL
/* What calendar seconds are at the beginning of 1970. */
#define CALENDAR_1970   (719162 * SECONDS_PER_DAY)

struct calendar {
	u32 year;    /* 1 on */
	u32 month;   /* 1 to 12 */
	u32 day;     /* 1 to 31 */
	u32 weekday; /* 0 to 6, from Sunday */
	u32 hour, minute, second;
};

/* From seconds since the year 1 began, up to the year 30000. */
struct calendar calendar_from(u64 seconds);
/*
 * And back; the weekday does not matter. What is out of range, up to 1000000, runs over into what
 * is next in size; a year, month or day 0 is a 1.
 */
u64 calendar_seconds(const struct calendar *c);
