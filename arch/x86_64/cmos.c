// SPDX-License-Identifier: Apache-2.0
// The MC146818 and its successors as the host's clock (Motorola, "MC146818", 1984: "Address
// map", "Registers").
#include "cmos.h"

#include <hv/bits.h>
#include <hv/string.h>

#include "../../vdev/calendar.h"

enum cmos_reg {
	CMOS_SECONDS = 0x00,
	CMOS_MINUTES = 0x02,
	CMOS_HOURS = 0x04,
	CMOS_DAY = 0x07,
	CMOS_MONTH = 0x08,
	CMOS_YEAR = 0x09,
	CMOS_A = 0x0a,
	CMOS_B = 0x0b,
};

#define A_UIP BIT(7) /* an update comes, or is going on */

#define B_DM  BIT(2) /* numbers are binary, else two decimal digits */
#define B_24  BIT(1) /* hours from 0 to 23, else from 1 to 12, and ... */
#define PM    0x80U  /* in hours: after noon */
#define HOURS 12U

#define UIP_LOOKS 100000U /* of a microsecond or so: an update takes two milliseconds */
#define TRIES     8U

/* In the order of a clock's digits. */
struct fields {
	u8 year, month, day, hours, minutes, seconds;
};

static bool wait_for_update(u8 (*read)(u8 reg))
{
	for (u32 i = 0; i < UIP_LOOKS; i++)
		if (!(read(CMOS_A) & A_UIP))
			return true;
	return false;
}

static struct fields read_fields(u8 (*read)(u8 reg))
{
	return (struct fields){
		.year = read(CMOS_YEAR),
		.month = read(CMOS_MONTH),
		.day = read(CMOS_DAY),
		.hours = read(CMOS_HOURS),
		.minutes = read(CMOS_MINUTES),
		.seconds = read(CMOS_SECONDS),
	};
}

static u32 number(u8 value, u8 b)
{
	return b & B_DM ? value : (value >> 4) * 10U + (value & 0xfU);
}

static u32 hours(u8 value, u8 b)
{
	u32 hour;

	if (b & B_24)
		return number(value, b);
	hour = number(value & (u8)~PM, b) % HOURS;
	return value & PM ? hour + HOURS : hour;
}

static u64 seconds_of(const struct fields *fields, u8 b)
{
	const struct calendar calendar = {
		.year = CMOS_CENTURY + number(fields->year, b),
		.month = number(fields->month, b),
		.day = number(fields->day, b),
		.hour = hours(fields->hours, b),
		.minute = number(fields->minutes, b),
		.second = number(fields->seconds, b),
	};

	return calendar_seconds(&calendar) - CALENDAR_1970;
}

u64 cmos_seconds(u8 (*read)(u8 reg))
{
	/* Two that are alike: none of them was read while an update began. */
	for (u32 i = 0; i < TRIES; i++) {
		struct fields first, second;

		if (!wait_for_update(read))
			return 0;
		first = read_fields(read);
		if (!wait_for_update(read))
			return 0;
		second = read_fields(read);
		if (memcmp(&first, &second, sizeof(first)) == 0)
			return seconds_of(&first, read(CMOS_B));
	}
	return 0;
}
