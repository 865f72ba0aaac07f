// SPDX-License-Identifier: Apache-2.0
// The chip in <vdev/mc146818.h>. The time's registers are bytes of the RAM, brought up to date
// when they are read or written; the flags of register C are, too.
#include "mc146818.h"

#include "calendar.h"
#include "ticks.h"

#include <hv/bits.h>

enum {
	RTC_SECONDS = 0x00,
	RTC_SECONDS_ALARM = 0x01,
	RTC_MINUTES = 0x02,
	RTC_MINUTES_ALARM = 0x03,
	RTC_HOURS = 0x04,
	RTC_HOURS_ALARM = 0x05,
	RTC_WEEKDAY = 0x06, /* Sunday is 1 */
	RTC_DAY = 0x07,
	RTC_MONTH = 0x08,
	RTC_YEAR = 0x09,
	RTC_A = 0x0a,
	RTC_B = 0x0b,
	RTC_C = 0x0c,
	RTC_D = 0x0d,
	RTC_CENTURY = 0x32, /* PCs have it in the RAM */
};

#define A_UIP       BIT(7)     /* the time is about to change */
#define A_DV        BITS(6, 4) /* divider: */
#define A_DV_RESET  BITS(6, 5) /* both set: held in reset */
#define A_RS        BITS(3, 0) /* rate of the periodic interrupt */
#define A_DV_32KHZ  2
#define A_RS_1024HZ 6

#define B_SET   BIT(7) /* the time stands still, to be written */
#define B_PIE   BIT(6) /* interrupts, where register C has the flags: periodic */
#define B_AIE   BIT(5) /* alarm */
#define B_UIE   BIT(4) /* update ended */
#define B_SQWE  BIT(3)
#define B_DM    BIT(2) /* binary, else BCD */
#define B_24_12 BIT(1) /* 24 hours, else 12 with HOURS_PM */

#define C_IRQF  BIT(7)
#define C_PF    BIT(6)
#define C_AF    BIT(5)
#define C_UF    BIT(4)
#define C_FLAGS (C_PF | C_AF | C_UF)

#define D_VRT BIT(7) /* the battery is good */

#define HOURS_PM  BIT(7)
#define ALARM_ANY BITS(7, 6) /* both set: whatever the time is */

#define RTC_CLOCK     32768 /* Hz */
/* How long UIP is set before the time changes, ns: a warning, and the update itself. */
#define UIP_TIME      ((244 + 1984) * 1000UL)
/* What is left of the second when the divider comes out of reset. */
#define DIVIDER_START (NS_PER_SECOND / 2)

#define NEVER (~0UL)

static bool in_reset(const struct mc146818 *s)
{
	return (s->ram[RTC_A] & A_DV_RESET) == A_DV_RESET;
}

static bool is_halted(const struct mc146818 *s)
{
	return in_reset(s) || s->ram[RTC_B] & B_SET;
}

/* ---- Time ---- */

static u64 seconds_at(const struct mc146818 *s, u64 now)
{
	return s->base + (now - s->mark) / NS_PER_SECOND;
}

/* When a second begins. */
static u64 seconds_ns(const struct mc146818 *s, u64 seconds)
{
	return s->mark + (seconds - s->base) * NS_PER_SECOND;
}

static u8 encode(const struct mc146818 *s, u32 value)
{
	return (u8)(s->ram[RTC_B] & B_DM ? value : value / 10 << 4 | value % 10);
}

static u8 encode_hour(const struct mc146818 *s, u32 hour)
{
	if (s->ram[RTC_B] & B_24_12)
		return encode(s, hour);
	return encode(s, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? HOURS_PM : 0);
}

static u32 decode(const struct mc146818 *s, u8 value)
{
	return s->ram[RTC_B] & B_DM ? value : (value >> 4) * 10U + (value & 0xf);
}

static u32 decode_hour(const struct mc146818 *s, u8 value)
{
	if (s->ram[RTC_B] & B_24_12)
		return decode(s, value);
	return decode(s, value & (u8)~HOURS_PM) % 12 + (value & HOURS_PM ? 12 : 0);
}

/* Puts the time into its registers, if it runs. */
static void time_show(struct mc146818 *s, u64 now)
{
	struct calendar c;

	if (is_halted(s))
		return;
	c = calendar_from(seconds_at(s, now));
	s->ram[RTC_SECONDS] = encode(s, c.second);
	s->ram[RTC_MINUTES] = encode(s, c.minute);
	s->ram[RTC_HOURS] = encode_hour(s, c.hour);
	s->ram[RTC_WEEKDAY] = encode(s, c.weekday + 1);
	s->ram[RTC_DAY] = encode(s, c.day);
	s->ram[RTC_MONTH] = encode(s, c.month);
	s->ram[RTC_YEAR] = encode(s, c.year % 100);
	s->ram[RTC_CENTURY] = encode(s, c.year / 100);
}

/* Takes the time from its registers, if it runs; the second goes on where it is. */
static void time_take(struct mc146818 *s, u64 now)
{
	struct calendar c;

	if (is_halted(s))
		return;
	c = (struct calendar){
		.year = decode(s, s->ram[RTC_CENTURY]) * 100 +
			decode(s, s->ram[RTC_YEAR]),
		.month = decode(s, s->ram[RTC_MONTH]),
		.day = decode(s, s->ram[RTC_DAY]),
		.hour = decode_hour(s, s->ram[RTC_HOURS]),
		.minute = decode(s, s->ram[RTC_MINUTES]),
		.second = decode(s, s->ram[RTC_SECONDS]),
	};
	s->mark = now - (now - s->mark) % NS_PER_SECOND;
	s->base = calendar_seconds(&c);
}

static bool is_time(u32 reg)
{
	switch (reg) {
	case RTC_SECONDS:
	case RTC_MINUTES:
	case RTC_HOURS:
	case RTC_WEEKDAY:
	case RTC_DAY:
	case RTC_MONTH:
	case RTC_YEAR:
	case RTC_CENTURY: return true;
	default: return false;
	}
}

/* ---- Events ---- */

/* The period of the periodic interrupt in ticks of RTC_CLOCK; 0: none. */
static u64 period_ticks(const struct mc146818 *s)
{
	u64 rate = field_get(A_RS, s->ram[RTC_A]);

	if (!rate || in_reset(s))
		return 0;
	/* The first two are those of 8 and 9 again. */
	return BIT(rate < 3 ? rate + 6 : rate - 1);
}

/* How many periods have ended. */
static u64 periods_at(const struct mc146818 *s, u64 period, u64 now)
{
	return ticks_at(now - s->mark, RTC_CLOCK) / period;
}

static bool alarm_matches(const struct mc146818 *s, u32 reg, u8 value)
{
	return (s->ram[reg] & ALARM_ANY) == ALARM_ANY || s->ram[reg] == value;
}

/* The first second after `after` that the alarm matches, or NEVER. */
static u64 alarm_next(const struct mc146818 *s, u64 after)
{
	u64 t = after + 1;

	while (t <= after + SECONDS_PER_DAY) {
		u32 second = (u32)(t % SECONDS_PER_DAY);

		if (!alarm_matches(s, RTC_HOURS_ALARM, encode_hour(s, second / 3600)))
			t += 3600 - second % 3600;
		else if (!alarm_matches(s, RTC_MINUTES_ALARM,
				 encode(s, second / 60 % 60)))
			t += 60 - second % 60;
		else if (!alarm_matches(s, RTC_SECONDS_ALARM, encode(s, second % 60)))
			t++;
		else
			return t;
	}
	return NEVER;
}

/* The flags of what has happened since the last time. */
static u8 flags_since(const struct mc146818 *s, u64 then, u64 now)
{
	u64 period = period_ticks(s), old = seconds_at(s, then), new = seconds_at(s, now);
	u8 flags = 0;

	/* Guest time begins anew after the first reset: then nothing has happened. */
	if (period && periods_at(s, period, then) < periods_at(s, period, now))
		flags |= C_PF;
	if (!is_halted(s) && old < new)
		flags |= C_UF | (alarm_next(s, old) <= new ? C_AF : 0);
	return flags;
}

/* Flags that interrupt. */
static u8 irq_flags(const struct mc146818 *s)
{
	return s->ram[RTC_C] & s->ram[RTC_B] & C_FLAGS;
}

bool mc146818_sync(struct mc146818 *s, u64 now)
{
	s->ram[RTC_C] |= flags_since(s, s->synced, now);
	s->synced = now;
	return irq_flags(s) != 0;
}

/* When the next event interrupts, or NEVER; none does that meets another. */
u64 mc146818_next(const struct mc146818 *s, u64 now)
{
	u64 period = period_ticks(s), next = NEVER, second = seconds_at(s, now);
	u8 enabled = s->ram[RTC_B];

	if (irq_flags(s))
		return NEVER;
	if ((enabled & B_PIE) && period)
		next = s->mark +
			ticks_ns((periods_at(s, period, now) + 1) * period, RTC_CLOCK);
	if (is_halted(s))
		return next;
	if (enabled & B_UIE)
		next = MIN(next, seconds_ns(s, second + 1));
	second = enabled & B_AIE ? alarm_next(s, second) : NEVER;
	return second == NEVER ? next : MIN(next, seconds_ns(s, second));
}

/* ---- Registers ---- */

static u8 a_read(const struct mc146818 *s, u64 now)
{
	u64 left = NS_PER_SECOND - (now - s->mark) % NS_PER_SECOND;

	return s->ram[RTC_A] | (!is_halted(s) && left <= UIP_TIME ? A_UIP : 0);
}

static u8 c_read(struct mc146818 *s, u64 now)
{
	u8 value = mc146818_sync(s, now) ? C_IRQF : 0;

	value |= s->ram[RTC_C];
	s->ram[RTC_C] = 0;
	return value;
}

/* Registers A and B: the time may stop, or go on from what its registers have now. */
static void control_write(struct mc146818 *s, u32 reg, u8 value, u64 now)
{
	bool was_halted = is_halted(s), was_in_reset = in_reset(s);

	time_show(s, now);
	s->ram[reg] = value;
	if (s->ram[RTC_B] & B_SET)
		s->ram[RTC_B] &= ~B_UIE;
	if (was_in_reset && !in_reset(s))
		s->mark = now - (NS_PER_SECOND - DIVIDER_START);
	if (was_halted)
		time_take(s, now);
}

u8 mc146818_read(struct mc146818 *s, u32 reg, u64 now)
{
	switch (reg) {
	case RTC_A: return a_read(s, now);
	case RTC_C: return c_read(s, now);
	case RTC_D: return D_VRT;
	}
	if (is_time(reg))
		time_show(s, now);
	return s->ram[reg];
}

void mc146818_write(struct mc146818 *s, u32 reg, u8 value, u64 now)
{
	/* What has happened so far did so by the old settings. */
	mc146818_sync(s, now);
	switch (reg) {
	case RTC_A: control_write(s, reg, value & (A_DV | A_RS), now); break;
	case RTC_B: control_write(s, reg, value, now); break;
	case RTC_C:
	case RTC_D: break; /* read only */
	default:
		time_show(s, now);
		s->ram[reg] = value;
		if (is_time(reg))
			time_take(s, now);
	}
}

void mc146818_init(struct mc146818 *s, u64 seconds)
{
	*s = (struct mc146818){.base = CALENDAR_1970 + seconds};
	s->ram[RTC_A] = field_put(A_DV, A_DV_32KHZ) | field_put(A_RS, A_RS_1024HZ);
	s->ram[RTC_B] = B_24_12;
}

void mc146818_reset(struct mc146818 *s, u64 now)
{
	s->ram[RTC_B] &= ~(B_PIE | B_AIE | B_UIE | B_SQWE);
	s->ram[RTC_C] = 0;
	s->synced = now;
}
