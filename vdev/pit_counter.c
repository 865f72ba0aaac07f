// SPDX-License-Identifier: Apache-2.0
// A counter of an 8254 (<vdev/pit_counter.h>). The data sheet's "Mode Definitions" say when a
// count is taken and what OUT does. A count that is written is in the counting element one tick
// later; moments before that are told from later ones by signed differences.
#include "pit_counter.h"

#include <hv/bits.h>

#define STATUS_OUT        BIT(7)
#define STATUS_NULL_COUNT BIT(6) /* what was written last is not being counted yet */

#define MODULUS     0x10000U
#define MODULUS_BCD 10000U
#define BCD_DIGITS  4

enum pit_mode {
	MODE_TERMINAL_COUNT = 0,
	MODE_ONE_SHOT = 1, /* triggered by GATE */
	MODE_RATE = 2,
	MODE_SQUARE = 3,
	MODE_SOFT_STROBE = 4,
	MODE_HARD_STROBE = 5, /* triggered by GATE */
};

static enum pit_mode mode(const struct pit_counter *c)
{
	u32 m = (u32)field_get(PIT_MODE, c->control);

	/* The highest bit of modes 2 and 3 does not matter. */
	return m >= 6 ? m - 4 : m;
}

static bool is_triggered(const struct pit_counter *c)
{
	return mode(c) == MODE_ONE_SHOT || mode(c) == MODE_HARD_STROBE;
}

bool pit_counter_periodic(const struct pit_counter *c)
{
	return mode(c) == MODE_RATE || mode(c) == MODE_SQUARE;
}

static u32 modulus(const struct pit_counter *c)
{
	return c->control & PIT_BCD ? MODULUS_BCD : MODULUS;
}

/* Digits above 9 count what they are worth, as there is no better answer. */
static u32 bcd_decode(u32 bcd)
{
	u32 value = 0;

	for (u32 digit = BCD_DIGITS; digit-- > 0;)
		value = value * 10 + (bcd >> 4 * digit & 0xf);
	return value % MODULUS_BCD;
}

static u16 bcd_encode(u32 value)
{
	u32 bcd = 0;

	for (u32 digit = 0; digit < BCD_DIGITS; digit++, value /= 10)
		bcd |= value % 10 << 4 * digit;
	return (u16)bcd;
}

/* ---- The counting element ---- */

static bool is_held(const struct pit_counter *c)
{
	return !c->gate && !is_triggered(c);
}

/* How many ticks it has come since it was loaded. */
static u64 elapsed(const struct pit_counter *c, u64 now)
{
	if (is_held(c))
		return c->held;
	return (s64)(now - c->start) > 0 ? now - c->start : 0;
}

/* How long OUT is high in a period of mode 3: an odd count's longer half. */
static u32 high_half(u32 count)
{
	return (count + 1) / 2;
}

static void load(struct pit_counter *c, u64 at)
{
	c->loaded = c->count;
	c->start = at;
	c->held = 0;
	c->pending = false;
}

/* Modes 2 and 3: the end of the period or half period that it is in. */
static u64 period_end(const struct pit_counter *c, u64 now)
{
	u64 done = elapsed(c, now), period = c->start + done / c->loaded * c->loaded;
	u32 half = high_half(c->loaded);

	if (mode(c) == MODE_SQUARE && half < c->loaded && done % c->loaded < half)
		return period + half;
	return period + c->loaded;
}

/* The old count ends with the high half of mode 3, the new one goes on with its low half. */
static bool takes_low_half(const struct pit_counter *c)
{
	return mode(c) == MODE_SQUARE && (c->take_at - c->start) % c->loaded != 0;
}

/* Takes a count that was written meanwhile. */
static void sync(struct pit_counter *c, u64 now)
{
	if (!c->pending || !c->loaded || !pit_counter_periodic(c) || is_held(c))
		return;
	if ((s64)(now - c->take_at) < 0)
		return;
	load(c, c->take_at - (takes_low_half(c) ? high_half(c->count) : 0));
}

static u16 count_now(struct pit_counter *c, u64 now)
{
	u64 done = elapsed(c, now);
	u32 half = high_half(c->loaded), value;

	if (!c->loaded) {
		/* Undefined; so that who waits for it to move does not wait for ever: */
		value = modulus(c) - 1 - (u32)(now % modulus(c));
	} else if (mode(c) == MODE_RATE) {
		value = c->loaded - (u32)(done % c->loaded);
	} else if (mode(c) == MODE_SQUARE) {
		/* By twos, and from an even number. */
		done %= c->loaded;
		value = (c->loaded & ~1U) - 2 * (u32)(done < half ? done : done - half);
	} else {
		value = c->loaded + modulus(c) - (u32)(done % modulus(c));
	}
	value %= modulus(c);
	return c->control & PIT_BCD ? bcd_encode(value) : (u16)value;
}

bool pit_counter_out(struct pit_counter *c, u64 now)
{
	u64 done;

	sync(c, now);
	if (!c->loaded)
		return mode(c) != MODE_TERMINAL_COUNT;
	done = elapsed(c, now);
	switch (mode(c)) {
	case MODE_TERMINAL_COUNT:
	case MODE_ONE_SHOT: return done >= c->loaded;
	case MODE_RATE: return !c->gate || done % c->loaded != c->loaded - 1;
	case MODE_SQUARE: return !c->gate || done % c->loaded < high_half(c->loaded);
	case MODE_SOFT_STROBE:
	case MODE_HARD_STROBE: return done != c->loaded;
	}
	return true;
}

bool pit_counter_edge(struct pit_counter *c, u64 now, u64 *edge)
{
	sync(c, now);
	if (!c->loaded || is_held(c))
		return false;
	if (pit_counter_periodic(c)) {
		*edge = c->start + (elapsed(c, now) / c->loaded + 1) * c->loaded;
		if (c->pending && takes_low_half(c))
			*edge = c->take_at + c->count - high_half(c->count);
		return true;
	}
	*edge = c->start + c->loaded;
	/* The strobe is low for one tick. */
	if (mode(c) == MODE_SOFT_STROBE || mode(c) == MODE_HARD_STROBE)
		*edge += 1;
	return (s64)(*edge - now) > 0;
}

void pit_counter_gate(struct pit_counter *c, bool gate, u64 now)
{
	if (gate == c->gate)
		return;
	sync(c, now);
	if (!gate)
		c->held = elapsed(c, now);
	c->gate = gate;
	if (!gate || !c->count)
		return;
	if (is_triggered(c) || pit_counter_periodic(c))
		load(c, now + 1);
	else
		c->start = now - c->held;
}

/* ---- Writing ---- */

void pit_counter_reset(struct pit_counter *c, bool gate)
{
	*c = (struct pit_counter){.gate = gate};
	pit_counter_control(c, (u8)field_put(PIT_RW, PIT_RW_BOTH));
}

void pit_counter_control(struct pit_counter *c, u8 control)
{
	*c = (struct pit_counter){
		.control = control & (PIT_RW | PIT_MODE | PIT_BCD),
		.gate = c->gate,
		.pending = true,
	};
}

static void count_write(struct pit_counter *c, u16 value, u64 now)
{
	u32 count = c->control & PIT_BCD ? bcd_decode(value) : value;

	sync(c, now);
	c->count = count ? count : modulus(c);
	c->pending = true;
	if (is_triggered(c))
		return;
	if (pit_counter_periodic(c) && c->loaded)
		c->take_at = period_end(c, now);
	else
		load(c, now + 1);
}

void pit_counter_write(struct pit_counter *c, u8 value, u64 now)
{
	switch ((enum pit_rw)field_get(PIT_RW, c->control)) {
	case PIT_RW_LATCH: break; /* never stored */
	case PIT_RW_LOW: count_write(c, value, now); break;
	case PIT_RW_HIGH: count_write(c, (u16)(value << 8), now); break;
	case PIT_RW_BOTH:
		if (c->write_high) {
			count_write(c, (u16)(value << 8 | c->write_low), now);
		} else {
			c->write_low = value;
			/* Half a count stops mode 0. */
			if (mode(c) == MODE_TERMINAL_COUNT)
				c->loaded = 0;
		}
		c->write_high = !c->write_high;
		break;
	}
}

/* ---- Reading ---- */

void pit_counter_latch(struct pit_counter *c, u64 now)
{
	if (c->count_latched)
		return;
	sync(c, now);
	c->latch = count_now(c, now);
	c->count_latched = true;
	c->read_high = false;
}

void pit_counter_latch_status(struct pit_counter *c, u64 now)
{
	bool waits;

	if (c->status_latched)
		return;
	c->status = c->control | (pit_counter_out(c, now) ? STATUS_OUT : 0);
	waits = c->pending || (!is_held(c) && c->loaded && (s64)(now - c->start) < 0);
	if (waits)
		c->status |= STATUS_NULL_COUNT;
	c->status_latched = true;
}

u8 pit_counter_read(struct pit_counter *c, u64 now)
{
	enum pit_rw rw = field_get(PIT_RW, c->control);
	bool high = rw == PIT_RW_HIGH || (rw == PIT_RW_BOTH && c->read_high);
	u16 count;

	if (c->status_latched) {
		c->status_latched = false;
		return c->status;
	}
	sync(c, now);
	count = c->count_latched ? c->latch : count_now(c, now);
	if (rw == PIT_RW_BOTH)
		c->read_high = !high;
	/* The latch is open again with the last of its bytes. */
	if (rw != PIT_RW_BOTH || high)
		c->count_latched = false;
	return (u8)(high ? count >> 8 : count);
}
