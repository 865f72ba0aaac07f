// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/cmos.c on registers in memory: their four formats, and updates at bad moments.
#include "unit.h"

#include "arch/x86_64/cmos.h"

enum {
	SECONDS = 0,
	MINUTES = 2,
	HOURS = 4,
	DAY = 7,
	MONTH = 8,
	YEAR = 9,
	A = 10,
	B = 11
};

#define UIP 0x80
#define DM  0x04
#define H24 0x02

/* 2024-02-29 23:59:58 */
#define LEAP_DAY 1709251198UL

static u8 regs[16];
static u32 reads, busy, changes; /* reads until UIP ends; times that a second passes */

static u8 reg_read(u8 reg)
{
	assert_true(reg < sizeof(regs));
	reads++;
	if (reg == A)
		return busy && busy-- ? UIP : 0;
	/* The worst place: the minutes are read, the seconds are not. */
	if (reg == SECONDS && changes) {
		changes--;
		regs[SECONDS] = (u8)(regs[SECONDS] + 1);
	}
	return regs[reg];
}

static void set(u8 b, u8 hours)
{
	const bool binary = b & DM;

	regs[YEAR] = binary ? 24 : 0x24;
	regs[MONTH] = 2;
	regs[DAY] = binary ? 29 : 0x29;
	regs[HOURS] = hours;
	regs[MINUTES] = binary ? 59 : 0x59;
	regs[SECONDS] = binary ? 58 : 0x58;
	regs[B] = b;
	reads = busy = changes = 0;
}

static void test_formats(void **state)
{
	(void)state;
	set(H24, 0x23);
	assert_int_equal(cmos_seconds(reg_read), LEAP_DAY);
	set(H24 | DM, 23);
	assert_int_equal(cmos_seconds(reg_read), LEAP_DAY);
	set(0, 0x91);
	assert_int_equal(cmos_seconds(reg_read), LEAP_DAY);
	set(DM, 0x80 | 11);
	assert_int_equal(cmos_seconds(reg_read), LEAP_DAY);
	/* 12 is the first hour of both halves. */
	set(0, 0x12);
	assert_int_equal(cmos_seconds(reg_read), LEAP_DAY - 23 * 3600);
	set(0, 0x92);
	assert_int_equal(cmos_seconds(reg_read), LEAP_DAY - 11 * 3600);
}

static void test_update(void **state)
{
	(void)state;
	set(H24 | DM, 23);
	busy = 500;
	assert_int_equal(cmos_seconds(reg_read), LEAP_DAY);
	assert_int_equal(busy, 0);
	set(H24 | DM, 23);
	regs[SECONDS] = 50;
	changes = 2;
	assert_int_equal(cmos_seconds(reg_read), LEAP_DAY - 8 + 2);
}

/* No clock there, or one that never holds still. */
static void test_broken(void **state)
{
	(void)state;
	set(H24, 0x23);
	busy = UINT32_MAX;
	assert_int_equal(cmos_seconds(reg_read), 0);
	assert_true(reads < 1000000);
	set(H24, 0x23);
	changes = UINT32_MAX;
	assert_int_equal(cmos_seconds(reg_read), 0);
	assert_true(reads < 1000);
	/* Nonsense is some time. */
	for (u32 value = 0; value < 256; value++) {
		memset(regs, (int)value, sizeof(regs));
		changes = 0;
		cmos_seconds(reg_read);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_update),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
