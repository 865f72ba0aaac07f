// SPDX-License-Identifier: Apache-2.0
// The timers of newer PCs, "hpet" (IA-PC HPET Specification 1.0a, chapter 2): one counter of
// 100 MHz and three comparators. They drive any of the inputs in TN_ROUTE_CAP of the chip that
// its line leads to, and in legacy replacement those of the older timers (<vdev/hpet.h>).
//
// Where the counter stands is worked out from the time, and so is what has matched since
// somebody looked; only matches that interrupt need a timer of the host.
#include "hpet.h"

#include "alarm.h"
#include "models.h"

#include <hv/bits.h>

#define HPET_WINDOW 0x400
#define HPET_TICK   10UL /* ns */
#define HPET_TIMERS 3
#define NEVER       (~0UL) /* a moment in ticks */
#define PERIOD_MIN  (ALARM_PERIOD_MIN / HPET_TICK)

/* Register offsets, each 64 bits wide; those of the timers from HPET_TN on. */
enum {
	HPET_GCAP_ID = 0x00,
	HPET_GEN_CONF = 0x10,
	HPET_GINTR_STA = 0x20,
	HPET_MAIN_CNT = 0xf0,
	HPET_TN = 0x100,
	TN_CONF = 0x00,
	TN_COMPARATOR = 0x08,
	TN_FSB_ROUTE = 0x10,
	TN_BYTES = 0x20,
};

#define GCAP_COUNTER_CLK_PERIOD BITS(63, 32) /* fs */
#define GCAP_VENDOR_ID          BITS(31, 16)
#define GCAP_LEG_RT_CAP         BIT(15)
#define GCAP_COUNT_SIZE_CAP     BIT(13)     /* 64 bits */
#define GCAP_NUM_TIM_CAP        BITS(12, 8) /* the last one's number */
#define GCAP_REV_ID             BITS(7, 0)

#define GCAP_VALUE                                                                   \
	(field_put(GCAP_COUNTER_CLK_PERIOD, HPET_TICK * 1000000) |                   \
		field_put(GCAP_VENDOR_ID, 0x8086) | GCAP_LEG_RT_CAP |                \
		GCAP_COUNT_SIZE_CAP | field_put(GCAP_NUM_TIM_CAP, HPET_TIMERS - 1) | \
		field_put(GCAP_REV_ID, 1))

#define CONF_LEG_RT_CNF BIT(1)
#define CONF_ENABLE_CNF BIT(0)

#define TN_INT_ROUTE_CAP BITS(63, 32) /* a bit for each input */
#define TN_INT_ROUTE_CNF BITS(13, 9)
#define TN_32MODE_CNF    BIT(8)
#define TN_VAL_SET_CNF   BIT(6) /* the next comparator written is one, not the period */
#define TN_SIZE_CAP      BIT(5) /* 64 bits */
#define TN_PER_INT_CAP   BIT(4)
#define TN_TYPE_CNF      BIT(3) /* periodic */
#define TN_INT_ENB_CNF   BIT(2)
#define TN_INT_TYPE_CNF  BIT(1) /* level */

#define TN_CONF_WRITABLE \
	(TN_32MODE_CNF | TN_VAL_SET_CNF | TN_TYPE_CNF | TN_INT_ENB_CNF | TN_INT_TYPE_CNF)

/* What those who have no device there of their own share. */
#define TN_ROUTE_CAP BITS(23, 20)

/* Inputs in legacy replacement, of timers 0 and 1. */
static const u8 legacy_route[] = {2, 8};

struct hpet_timer {
	u64 conf; /* TN_CONF_WRITABLE and TN_INT_ROUTE_CNF */
	u64 comparator;
	u64 period;
	u64 due;     /* the moment of the next match, or NEVER */
	bool raised; /* its line, if edges go out: high since the first */
};

struct hpet_state {
	u64 conf;
	u64 status;  /* a bit for each timer */
	u64 counter; /* where it stood, at moment `since` if it runs */
	u64 since;
	u64 quiet; /* no period's match is heard of before this moment */
	u32 lines; /* which inputs are driven high */
	struct hpet_timer timers[HPET_TIMERS];
};

struct hpet {
	struct vdev vdev;
	struct alarm alarm;
	struct hpet_state s;
};

static struct hpet *to_hpet(struct vdev *dev)
{
	return container_of(dev, struct hpet, vdev);
}

bool hpet_is_legacy(const struct vdev *dev)
{
	return container_of(dev, const struct hpet, vdev)->s.conf & CONF_LEG_RT_CNF;
}

/* The moment, in ticks of guest time. */
static u64 hpet_now(const struct hpet *hpet)
{
	return vm_now(hpet->vdev.vm) / HPET_TICK;
}

static u64 counter_at(const struct hpet_state *s, u64 now)
{
	return s->conf & CONF_ENABLE_CNF ? s->counter + (now - s->since) : s->counter;
}

/* A moment later; no sum wraps. */
static u64 later(u64 moment, u64 ticks)
{
	return ticks < NEVER - moment ? moment + ticks : NEVER;
}

/* ---- Timers ---- */

static u64 timer_mask(const struct hpet_timer *t)
{
	return t->conf & TN_32MODE_CNF ? BITS(31, 0) : ~0UL;
}

/* In how many ticks a match follows another; 0: not before the end of time. */
static u64 timer_period(const struct hpet_timer *t)
{
	u64 period = t->conf & TN_TYPE_CNF ? t->period & timer_mask(t) : 0;

	/* All others match when the counter has gone round. */
	return period || !(t->conf & TN_32MODE_CNF) ? period : BIT(32);
}

/* What decides about the next match has changed. It matches when the counter gets there: not if
 * it is there already. */
static void timer_aim(const struct hpet_state *s, struct hpet_timer *t, u64 now)
{
	u64 left = (t->comparator - counter_at(s, now) - 1) & timer_mask(t);

	t->due = s->conf & CONF_ENABLE_CNF ? later(now + 1, left) : NEVER;
}

/* The match that was due, and what would have matched since. */
static void timer_matched(struct hpet_timer *t, u64 now)
{
	u64 period = timer_period(t), passed;

	if (!period) {
		t->due = NEVER;
		return;
	}
	passed = ((now - t->due) / period + 1) * period;
	t->due = later(t->due, passed);
	if (t->conf & TN_TYPE_CNF)
		t->comparator = (t->comparator + passed) & timer_mask(t);
}

/* The input that it drives, as a bit; 0 if none. */
static u32 timer_input(const struct hpet_state *s, u32 n)
{
	if ((s->conf & CONF_LEG_RT_CNF) && n < ARRAY_LEN(legacy_route))
		return 1U << legacy_route[n];
	return TN_ROUTE_CAP & BIT(field_get(TN_INT_ROUTE_CNF, s->timers[n].conf));
}

static bool timer_drives(const struct hpet_state *s, u32 n)
{
	const struct hpet_timer *t = &s->timers[n];

	if (!(s->conf & CONF_ENABLE_CNF) || !(t->conf & TN_INT_ENB_CNF))
		return false;
	return t->conf & TN_INT_TYPE_CNF ? s->status & BIT(n) : t->raised;
}

/* ---- Lines ---- */

static void lines_set(const struct hpet *hpet, u32 inputs, bool level)
{
	struct virq_line line = hpet->vdev.place.line;

	for (; inputs; inputs &= inputs - 1) {
		line.irq = (u32)__builtin_ctz(inputs);
		virq_set(&line, level);
	}
}

/* Drives what has changed; `edges` are inputs that must rise even if they are high. */
static void lines_update(struct hpet *hpet, u32 edges)
{
	struct hpet_state *s = &hpet->s;
	u32 want = 0, fall, rise;

	for (u32 n = 0; n < HPET_TIMERS; n++)
		want |= timer_drives(s, n) ? timer_input(s, n) : 0;
	fall = s->lines & (~want | edges);
	lines_set(hpet, fall, false);
	rise = want & ~(s->lines & ~fall);
	lines_set(hpet, rise, true);
	s->lines = want;
}

/* What interrupts next. Matches of a period that is too short are heard of later. */
static void alarm_update(struct hpet *hpet)
{
	u64 next = NEVER;

	for (u32 n = 0; n < HPET_TIMERS; n++) {
		const struct hpet_timer *t = &hpet->s.timers[n];

		if (!(t->conf & TN_INT_ENB_CNF) || !timer_input(&hpet->s, n) ||
			t->due == NEVER)
			continue;
		next = MIN(next,
			t->conf & TN_TYPE_CNF ? MAX(t->due, hpet->s.quiet) : t->due);
	}
	alarm_set(&hpet->alarm,
		next < NEVER / HPET_TICK ? next * HPET_TICK : ALARM_NEVER);
}

/* All matches up to now. */
static void hpet_sync(struct hpet *hpet, u64 now)
{
	struct hpet_state *s = &hpet->s;
	u32 edges = 0;

	for (u32 n = 0; n < HPET_TIMERS; n++) {
		struct hpet_timer *t = &s->timers[n];

		if (t->due > now)
			continue;
		timer_matched(t, now);
		if (t->conf & TN_INT_TYPE_CNF) {
			s->status |= BIT(n);
		} else if (t->conf & TN_INT_ENB_CNF) {
			t->raised = true;
			edges |= timer_input(s, n);
		}
	}
	lines_update(hpet, edges);
}

static void match_due(struct alarm *alarm)
{
	struct hpet *hpet = container_of(alarm, struct hpet, alarm);
	u64 now = hpet_now(hpet);

	hpet_sync(hpet, now);
	hpet->s.quiet = now + PERIOD_MIN;
	alarm_update(hpet);
}

/* ---- Registers ---- */

static void conf_write(struct hpet_state *s, u64 value, u64 now)
{
	value &= CONF_LEG_RT_CNF | CONF_ENABLE_CNF;
	if (value == s->conf)
		return;
	s->counter = counter_at(s, now);
	s->since = now;
	s->conf = value;
	for (u32 n = 0; n < HPET_TIMERS; n++) {
		/* An edge of before is not one where the line goes from now on. */
		s->timers[n].raised = false;
		timer_aim(s, &s->timers[n], now);
	}
}

static void counter_write(struct hpet *hpet, u64 value)
{
	/* While it runs, what comes of it is undefined: here, nothing. */
	if (hpet->s.conf & CONF_ENABLE_CNF)
		vdev_refused(&hpet->vdev, HPET_MAIN_CNT, true, value);
	else
		hpet->s.counter = value;
}

static void timer_conf_write(struct hpet_state *s, u32 n, u64 value, u64 now)
{
	struct hpet_timer *t = &s->timers[n];
	u64 changed;

	/* A route that it does not have cannot be read back either. */
	if (!(TN_ROUTE_CAP & BIT(field_get(TN_INT_ROUTE_CNF, value))))
		value = (value & ~TN_INT_ROUTE_CNF) | (t->conf & TN_INT_ROUTE_CNF);
	changed = t->conf ^ value;
	t->conf = value & (TN_CONF_WRITABLE | TN_INT_ROUTE_CNF);
	t->comparator &= timer_mask(t);
	if (changed & (TN_INT_ROUTE_CNF | TN_INT_ENB_CNF | TN_INT_TYPE_CNF))
		t->raised = false;
	if (!(t->conf & TN_INT_TYPE_CNF))
		s->status &= ~BIT(n);
	if (changed & (TN_TYPE_CNF | TN_32MODE_CNF))
		timer_aim(s, t, now);
}

/* `mask`: which half, or both. */
static void comparator_write(struct hpet_state *s, struct hpet_timer *t, u64 mask,
	u64 value, u64 now)
{
	bool periodic = t->conf & TN_TYPE_CNF;

	if (periodic)
		t->period = (t->period & ~mask) | value;
	if (!periodic || (t->conf & TN_VAL_SET_CNF)) {
		t->comparator = ((t->comparator & ~mask) | value) & timer_mask(t);
		timer_aim(s, t, now);
	}
	t->conf &= ~TN_VAL_SET_CNF;
}

static u64 timer_read(const struct hpet_timer *t, u64 reg)
{
	switch (reg) {
	case TN_CONF:
		return (t->conf & ~TN_VAL_SET_CNF) | TN_SIZE_CAP | TN_PER_INT_CAP |
			field_put(TN_INT_ROUTE_CAP, TN_ROUTE_CAP);
	case TN_COMPARATOR: return t->comparator;
	default: return 0; /* TN_FSB_ROUTE: not supported */
	}
}

static bool is_timer(u64 reg)
{
	return reg >= HPET_TN && reg < HPET_TN + HPET_TIMERS * TN_BYTES;
}

static u64 reg_read(struct hpet *hpet, u64 reg, u64 now)
{
	struct hpet_state *s = &hpet->s;

	switch (reg) {
	case HPET_GCAP_ID: return GCAP_VALUE;
	case HPET_GEN_CONF: return s->conf;
	case HPET_GINTR_STA: hpet_sync(hpet, now); return s->status;
	case HPET_MAIN_CNT: return counter_at(s, now);
	}
	if (is_timer(reg)) {
		hpet_sync(hpet, now);
		return timer_read(&s->timers[(reg - HPET_TN) / TN_BYTES], reg % TN_BYTES);
	}
	vdev_refused(&hpet->vdev, reg, false, 0);
	return 0;
}

static void timer_write(struct hpet_state *s, u64 reg, u64 mask, u64 value, u64 now)
{
	u32 n = (u32)((reg - HPET_TN) / TN_BYTES);
	struct hpet_timer *t = &s->timers[n];

	switch (reg % TN_BYTES) {
	case TN_CONF: timer_conf_write(s, n, (t->conf & ~mask) | value, now); break;
	case TN_COMPARATOR: comparator_write(s, t, mask, value, now); break;
	default: break; /* TN_FSB_ROUTE: not supported */
	}
}

/* `value` lies where `mask` is. */
static void reg_write(struct hpet *hpet, u64 reg, u64 mask, u64 value, u64 now)
{
	struct hpet_state *s = &hpet->s;

	switch (reg) {
	case HPET_GCAP_ID: return; /* read only */
	case HPET_GEN_CONF: conf_write(s, (s->conf & ~mask) | value, now); return;
	case HPET_GINTR_STA: s->status &= ~value; return;
	case HPET_MAIN_CNT: counter_write(hpet, (s->counter & ~mask) | value); return;
	}
	if (is_timer(reg))
		timer_write(s, reg, mask, value, now);
	else
		vdev_refused(&hpet->vdev, reg, true, value);
}

static u64 hpet_read(struct vdev *dev, u64 offset, u32 size)
{
	struct hpet *hpet = to_hpet(dev);
	u64 value = reg_read(hpet, ALIGN_DOWN(offset, sizeof(u64)), hpet_now(hpet));

	if (size == sizeof(u64))
		return value;
	return offset % sizeof(u64) ? field_get(BITS(63, 32), value)
				    : value & BITS(31, 0);
}

static void hpet_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct hpet *hpet = to_hpet(dev);
	u64 now = hpet_now(hpet), mask = ~0UL;

	if (size < sizeof(u64))
		mask = offset % sizeof(u64) ? BITS(63, 32) : BITS(31, 0);
	/* What has matched so far did so by the old settings. */
	hpet_sync(hpet, now);
	reg_write(hpet, ALIGN_DOWN(offset, sizeof(u64)), mask, field_put(mask, value),
		now);
	hpet_sync(hpet, now);
	alarm_update(hpet);
}

static void hpet_reset(struct vdev *dev)
{
	struct hpet *hpet = to_hpet(dev);
	u32 lines = hpet->s.lines;

	hpet->s = (struct hpet_state){.lines = lines};
	for (u32 n = 0; n < HPET_TIMERS; n++)
		hpet->s.timers[n] = (struct hpet_timer){.comparator = ~0UL, .due = NEVER};
	lines_update(hpet, 0);
	alarm_set(&hpet->alarm, ALARM_NEVER);
}

static int hpet_create(struct vdev *dev, const char *args)
{
	(void)args;
	alarm_init(&to_hpet(dev)->alarm, dev->vm, match_due);
	return 0;
}

static void hpet_destroy(struct vdev *dev)
{
	alarm_end(&to_hpet(dev)->alarm);
}

const struct vdev_ops hpet_ops = {
	.name = "hpet",
	.min_size = 4,
	.max_size = 8,
	.size = HPET_WINDOW,
	.bytes = sizeof(struct hpet),
	.create = hpet_create,
	.reset = hpet_reset,
	.read = hpet_read,
	.write = hpet_write,
	.destroy = hpet_destroy,
};
