// SPDX-License-Identifier: Apache-2.0
// The clock of Arm's boards, "pl031" (PrimeCell Real Time Clock, Arm DDI 0224, chapter 3):
// seconds since 1970, and an interrupt when they reach the match register. It always runs.
#include "clock.h"
#include "models.h"
#include "primecell.h"

#include <hv/bits.h>

#define RTC_ID 0x00141031 /* part 0x031 */

/* Register offsets. */
enum {
	RTC_DR = 0x00,
	RTC_MR = 0x04,
	RTC_LR = 0x08,
	RTC_CR = 0x0c,
	RTC_IMSC = 0x10,
	RTC_RIS = 0x14,
	RTC_MIS = 0x18,
	RTC_ICR = 0x1c,
};

#define CR_START BIT(0) /* once set, it stays */
#define RTC_INTR BIT(0) /* the one bit of IMSC, RIS, MIS and ICR */

struct rtc_state {
	u32 mr;
	u32 lr;
	u8 imsc;
	u8 ris;
};

struct rtc {
	struct vdev vdev;
	struct clock clock;
	struct rtc_state s;
};

static struct rtc *to_rtc(struct vdev *dev)
{
	return container_of(dev, struct rtc, vdev);
}

static void irq_update(struct rtc *rtc)
{
	virq_set(&rtc->vdev.place.line, rtc->s.ris & rtc->s.imsc);
}

static void match_due(struct clock *clock)
{
	struct rtc *rtc = container_of(clock, struct rtc, clock);

	rtc->s.ris = RTC_INTR;
	irq_update(rtc);
}

static u64 seconds(const struct rtc *rtc)
{
	return clock_now(&rtc->clock) / NS_PER_SECOND;
}

/* DR is 32 bits and goes round: the next time it is equal to MR, which may be right now. */
static void match_arm(struct rtc *rtc)
{
	u64 now = seconds(rtc);
	u32 left = rtc->s.mr - (u32)now;

	clock_arm(&rtc->clock, (now + left) * NS_PER_SECOND);
}

static void mr_write(struct rtc *rtc, u32 value)
{
	rtc->s.mr = value;
	match_arm(rtc);
}

static void lr_write(struct rtc *rtc, u32 value)
{
	rtc->s.lr = value;
	/* First this: the old match is not due because the time jumps over it. */
	clock_disarm(&rtc->clock);
	clock_set(&rtc->clock, value * NS_PER_SECOND);
	match_arm(rtc);
}

static u64 rtc_read(struct vdev *dev, u64 offset, u32 size)
{
	struct rtc *rtc = to_rtc(dev);
	u64 id;

	(void)size;
	switch (offset) {
	case RTC_DR: return (u32)seconds(rtc);
	case RTC_MR: return rtc->s.mr;
	case RTC_LR: return rtc->s.lr;
	case RTC_CR: return CR_START;
	case RTC_IMSC: return rtc->s.imsc;
	case RTC_RIS: return rtc->s.ris;
	case RTC_MIS: return rtc->s.ris & rtc->s.imsc;
	case RTC_ICR: return 0; /* write only */
	default:
		if (!primecell_id(RTC_ID, offset, &id))
			vdev_refused(dev, offset, false, 0);
		return id;
	}
}

static void rtc_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct rtc *rtc = to_rtc(dev);

	(void)size;
	switch (offset) {
	case RTC_MR: mr_write(rtc, value); return;
	case RTC_LR: lr_write(rtc, value); return;
	case RTC_IMSC: rtc->s.imsc = value & RTC_INTR; break;
	case RTC_ICR: rtc->s.ris &= ~value; break;
	case RTC_DR:
	case RTC_CR:
	case RTC_RIS:
	case RTC_MIS: return; /* read only, or nothing to change */
	default: vdev_refused(dev, offset, true, value); return;
	}
	irq_update(rtc);
}

/* The time survives, as in a clock with a battery. Nothing matches before MR or LR is written. */
static void rtc_reset(struct vdev *dev)
{
	struct rtc *rtc = to_rtc(dev);

	rtc->s = (struct rtc_state){0};
	clock_disarm(&rtc->clock);
	irq_update(rtc);
}

static int rtc_create(struct vdev *dev, const char *args)
{
	(void)args;
	clock_init(&to_rtc(dev)->clock, dev->vm, match_due);
	return 0;
}

static void rtc_destroy(struct vdev *dev)
{
	clock_end(&to_rtc(dev)->clock);
}

static void rtc_fdt(const struct vdev *dev, struct fdt_writer *w)
{
	static const char compatible[] = "arm,pl031\0arm,primecell";
	static const char clocks[] = "apb_pclk";

	primecell_fdt(dev,
		&(const struct primecell_node){
			.name = "pl031",
			.compatible = compatible,
			.compatible_len = sizeof(compatible) - 1,
			.clocks = clocks,
			.clocks_len = sizeof(clocks) - 1,
			.clock_count = 1,
		},
		w);
}

const struct vdev_ops pl031_ops = {
	.name = "pl031",
	.min_size = 4,
	.max_size = 4,
	.size = PRIMECELL_WINDOW,
	.bytes = sizeof(struct rtc),
	.create = rtc_create,
	.reset = rtc_reset,
	.read = rtc_read,
	.write = rtc_write,
	.destroy = rtc_destroy,
	.fdt = rtc_fdt,
};
