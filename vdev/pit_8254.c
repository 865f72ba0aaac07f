// SPDX-License-Identifier: Apache-2.0
// The interval timer of every PC, "pit-8254" (Intel 8254 data sheet; port 0x61: 82371AB data
// sheet, "NMI Status and Control Register"). Counter 0 drives the interrupt line, counter 1
// only ever timed the refresh of memory, counter 2 is gated and watched through port 0x61.
//
// The line is OUT of counter 0, but for what nobody sees: of modes 2 and 3 only the rising edges
// are there, each as a short pulse, and the same is the strobe of mode 4.
#include "alarm.h"
#include "models.h"
#include "pit_counter.h"
#include "ticks.h"

#include <hv/bits.h>

#define PIT_CLOCK      1193182 /* Hz */
#define PIT_COUNTERS   3
#define PIT_PERIOD_MIN (ALARM_PERIOD_MIN * PIT_CLOCK / NS_PER_SECOND)
#define REFRESH_TICKS  18 /* between two refreshes of memory */

/* Offsets: ports 0x40 to 0x43, and 0x61. */
enum {
	PIT_COUNTER0 = 0, /* and the others follow */
	PIT_CONTROL = 3,
	PIT_NMI_SC = 4,
};

#define CONTROL_SC      BITS(7, 6) /* which counter, or: */
#define SC_READ_BACK    3
#define READ_BACK_COUNT BIT(5) /* 0: latch the count */
#define READ_BACK_STAT  BIT(4) /* 0: latch the status */
#define READ_BACK_SHIFT 1      /* a bit for each counter */

#define NMI_SC_OUT2    BIT(5)
#define NMI_SC_REFRESH BIT(4)     /* changes with each refresh */
#define NMI_SC_ENABLES BITS(3, 2) /* NMI by IOCHK# and SERR#: there are none */
#define NMI_SC_SPEAKER BIT(1)
#define NMI_SC_GATE2   BIT(0)

struct pit_state {
	struct pit_counter counters[PIT_COUNTERS];
	u8 nmi_sc; /* its lower four bits */
	bool has_edge;
	u64 edge;  /* when OUT of counter 0 rises next, in ticks */
	u64 quiet; /* modes 2 and 3 wake nobody up before this tick */
};

struct pit {
	struct vdev vdev;
	struct alarm alarm;
	struct pit_state s;
};

static struct pit *to_pit(struct vdev *dev)
{
	return container_of(dev, struct pit, vdev);
}

static u64 pit_now(const struct pit *pit)
{
	return ticks_at(vm_now(pit->vdev.vm), PIT_CLOCK);
}

/* ---- Counter 0 and its line ---- */

/* The edges that have passed: one for all, so that a stall is not followed by a storm. */
static void line_sync(struct pit *pit, u64 now)
{
	const struct virq_line *line = &pit->vdev.place.line;

	if (!pit->s.has_edge || pit->s.edge > now)
		return;
	virq_set(line, false);
	virq_set(line, true);
	pit->s.has_edge = pit_counter_edge(&pit->s.counters[0], now, &pit->s.edge);
}

/* Looks ahead to the next edge. */
static void line_arm(struct pit *pit)
{
	struct pit_counter *c = &pit->s.counters[0];
	u64 at = pit->s.edge;

	if (!pit->s.has_edge) {
		alarm_set(&pit->alarm, ALARM_NEVER);
		return;
	}
	if (pit_counter_periodic(c))
		at = MAX(at, pit->s.quiet);
	alarm_set(&pit->alarm, ticks_ns(at, PIT_CLOCK));
}

/* Counter 0 was written to. */
static void line_update(struct pit *pit, u64 now)
{
	struct pit_counter *c = &pit->s.counters[0];
	bool level = pit_counter_periodic(c) || pit_counter_out(c, now);

	virq_set(&pit->vdev.place.line, level);
	pit->s.has_edge = pit_counter_edge(c, now, &pit->s.edge);
	line_arm(pit);
}

static void edge_due(struct alarm *alarm)
{
	struct pit *pit = container_of(alarm, struct pit, alarm);
	u64 now = pit_now(pit);

	line_sync(pit, now);
	pit->s.quiet = now + PIT_PERIOD_MIN;
	line_arm(pit);
}

/* ---- Registers ---- */

static void read_back(struct pit *pit, u64 value, u64 now)
{
	for (u32 n = 0; n < PIT_COUNTERS; n++) {
		struct pit_counter *c = &pit->s.counters[n];

		if (!(value >> READ_BACK_SHIFT & BIT(n)))
			continue;
		if (!(value & READ_BACK_COUNT))
			pit_counter_latch(c, now);
		if (!(value & READ_BACK_STAT))
			pit_counter_latch_status(c, now);
	}
}

static void control_write(struct pit *pit, u64 value, u64 now)
{
	u64 n = field_get(CONTROL_SC, value);

	if (n == SC_READ_BACK) {
		read_back(pit, value, now);
		return;
	}
	if (field_get(PIT_RW, value) == PIT_RW_LATCH) {
		pit_counter_latch(&pit->s.counters[n], now);
		return;
	}
	if (n == 0)
		line_sync(pit, now);
	pit_counter_control(&pit->s.counters[n], (u8)value);
	if (n == 0)
		line_update(pit, now);
}

static void count_write(struct pit *pit, u64 n, u64 value, u64 now)
{
	if (n == 0)
		line_sync(pit, now);
	pit_counter_write(&pit->s.counters[n], (u8)value, now);
	if (n == 0)
		line_update(pit, now);
}

static u64 nmi_sc_read(struct pit *pit, u64 now)
{
	return pit->s.nmi_sc |
		(pit_counter_out(&pit->s.counters[2], now) ? NMI_SC_OUT2 : 0) |
		(now / REFRESH_TICKS % 2 ? NMI_SC_REFRESH : 0);
}

static u64 pit_read(struct vdev *dev, u64 offset, u32 size)
{
	struct pit *pit = to_pit(dev);
	u64 now = pit_now(pit);

	(void)size;
	switch (offset) {
	case PIT_CONTROL: return 0; /* write only */
	case PIT_NMI_SC: return nmi_sc_read(pit, now);
	default: return pit_counter_read(&pit->s.counters[offset], now);
	}
}

static void pit_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct pit *pit = to_pit(dev);
	u64 now = pit_now(pit);

	(void)size;
	switch (offset) {
	case PIT_CONTROL: control_write(pit, value, now); break;
	case PIT_NMI_SC:
		pit->s.nmi_sc = value & (NMI_SC_ENABLES | NMI_SC_SPEAKER | NMI_SC_GATE2);
		pit_counter_gate(&pit->s.counters[2], value & NMI_SC_GATE2, now);
		break;
	default: count_write(pit, offset, value, now);
	}
}

static void pit_reset(struct vdev *dev)
{
	struct pit *pit = to_pit(dev);

	pit->s = (struct pit_state){0};
	for (u32 n = 0; n < PIT_COUNTERS; n++)
		pit_counter_reset(&pit->s.counters[n], n != 2);
	alarm_set(&pit->alarm, ALARM_NEVER);
	virq_set(&dev->place.line, false);
}

static int pit_create(struct vdev *dev, const char *args)
{
	(void)args;
	alarm_init(&to_pit(dev)->alarm, dev->vm, edge_due);
	return 0;
}

static void pit_destroy(struct vdev *dev)
{
	alarm_end(&to_pit(dev)->alarm);
}

static const struct vdev_window pit_windows[] = {
	{0x40, 4, PIT_COUNTER0},
	{0x61, 1, PIT_NMI_SC},
	{0, 0, 0},
};

const struct vdev_ops pit_8254_ops = {
	.name = "pit-8254",
	.min_size = 1,
	.max_size = 1,
	.windows = pit_windows,
	.bytes = sizeof(struct pit),
	.create = pit_create,
	.reset = pit_reset,
	.read = pit_read,
	.write = pit_write,
	.destroy = pit_destroy,
};
