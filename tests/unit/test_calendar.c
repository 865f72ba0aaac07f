// SPDX-License-Identifier: Apache-2.0
// vdev/calendar.c against libc's calendar, and with what no calendar has.
#include "unit.h"

#include "vdev/calendar.h"

#include <time.h>

static void check(u64 since_1970)
{
	struct calendar c = calendar_from(CALENDAR_1970 + since_1970);
	time_t t = (time_t)since_1970;
	struct tm tm;

	assert_non_null(gmtime_r(&t, &tm));
	assert_int_equal(c.year, tm.tm_year + 1900);
	assert_int_equal(c.month, tm.tm_mon + 1);
	assert_int_equal(c.day, tm.tm_mday);
	assert_int_equal(c.weekday, tm.tm_wday);
	assert_int_equal(c.hour, tm.tm_hour);
	assert_int_equal(c.minute, tm.tm_min);
	assert_int_equal(c.second, tm.tm_sec);
	assert_int_equal(calendar_seconds(&c), CALENDAR_1970 + since_1970);
}

static void test_libc(void **state)
{
	(void)state;
	/* Each day of 800 years, at changing times. */
	for (u64 day = 0; day < 800 * 366; day++)
		check(day * SECONDS_PER_DAY + day * 997 % SECONDS_PER_DAY);
	for (u64 second = 951700000; second < 951900000; second++)
		check(second);
}

static void test_ends(void **state)
{
	struct calendar c = calendar_from(0);

	(void)state;
	assert_true(c.year == 1 && c.month == 1 && c.day == 1 && c.weekday == 1);
	c = calendar_from(29999UL * 365 * SECONDS_PER_DAY);
	assert_int_equal(calendar_seconds(&c), 29999UL * 365 * SECONDS_PER_DAY);
}

static void test_odd(void **state)
{
	struct calendar c = {.year = 2023, .month = 2, .day = 31, .hour = 25};
	struct calendar d;

	(void)state;
	d = calendar_from(calendar_seconds(&c));
	assert_true(d.month == 3 && d.day == 4 && d.hour == 1);
	c = (struct calendar){.year = 2023, .month = 14, .day = 1};
	d = calendar_from(calendar_seconds(&c));
	assert_true(d.year == 2024 && d.month == 2 && d.day == 1);
	c = (struct calendar){0};
	assert_int_equal(calendar_seconds(&c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_libc),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
