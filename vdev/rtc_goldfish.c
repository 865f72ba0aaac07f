// SPDX-License-Identifier: Apache-2.0
// A clock that runs on when the power is off, "rtc-goldfish" (Android's "Goldfish RTC",
// as Linux's device-tree binding google,goldfish-rtc has it): nanoseconds since 1970, and
// one alarm. Its 64-bit registers are read low half first, which latches the high one,
// and written high half first.
#include "clock.h"
#include "models.h"

#include <hv/bits.h>
#include <hv/fdt.h>

#define RTC_WINDOW 0x1000
#define LOW_HALF   BITS(31, 0)
#define HIGH_HALF  BITS(63, 32)

/* Register offsets. */
enum {
	RTC_TIME_LOW = 0x00,
	RTC_TIME_HIGH = 0x04,
	RTC_ALARM_LOW = 0x08, /* writing it arms the alarm */
	RTC_ALARM_HIGH = 0x0c,
	RTC_IRQ_ENABLED = 0x10,
	RTC_CLEAR_ALARM = 0x14,
	RTC_ALARM_STATUS = 0x18, /* 1 while an alarm is armed */
	RTC_CLEAR_INTERRUPT = 0x1c,
};

struct rtc_state {
	u64 alarm;     /* as written; the clock's from the moment its low half is */
	u32 time_high; /* latched by reading RTC_TIME_LOW */
	bool irq_enabled;
	bool irq_pending;
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
	virq_set(&rtc->vdev.place.line, rtc->s.irq_pending && rtc->s.irq_enabled);
}

static void alarm_due(struct clock *clock)
{
	struct rtc *rtc = container_of(clock, struct rtc, clock);

	rtc->s.irq_pending = true;
	irq_update(rtc);
}

/* Replaces one half of the time; the alarm stays where it is. */
static void time_write(struct rtc *rtc, u64 half, u64 value)
{
	u64 now = clock_now(&rtc->clock);

	clock_set(&rtc->clock, (now & ~half) | field_put(half, value));
}

static void alarm_write(struct rtc *rtc, u64 half, u64 value)
{
	rtc->s.alarm = (rtc->s.alarm & ~half) | field_put(half, value);
	if (half == LOW_HALF)
		clock_arm(&rtc->clock, rtc->s.alarm);
}

static u64 time_low_read(struct rtc *rtc)
{
	u64 now = clock_now(&rtc->clock);

	rtc->s.time_high = (u32)field_get(HIGH_HALF, now);
	return now & LOW_HALF;
}

static u64 rtc_read(struct vdev *dev, u64 offset, u32 size)
{
	struct rtc *rtc = to_rtc(dev);

	(void)size;
	switch (offset) {
	case RTC_TIME_LOW: return time_low_read(rtc);
	case RTC_TIME_HIGH: return rtc->s.time_high;
	case RTC_ALARM_LOW: return rtc->s.alarm & LOW_HALF;
	case RTC_ALARM_HIGH: return field_get(HIGH_HALF, rtc->s.alarm);
	case RTC_IRQ_ENABLED: return rtc->s.irq_enabled;
	case RTC_ALARM_STATUS: return rtc->clock.s.armed;
	case RTC_CLEAR_ALARM:
	case RTC_CLEAR_INTERRUPT: return 0; /* write only */
	default: vdev_refused(dev, offset, false, 0); return 0;
	}
}

static void rtc_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct rtc *rtc = to_rtc(dev);

	(void)size;
	switch (offset) {
	case RTC_TIME_LOW: time_write(rtc, LOW_HALF, value); break;
	case RTC_TIME_HIGH: time_write(rtc, HIGH_HALF, value); break;
	case RTC_ALARM_LOW: alarm_write(rtc, LOW_HALF, value); break;
	case RTC_ALARM_HIGH: alarm_write(rtc, HIGH_HALF, value); break;
	case RTC_IRQ_ENABLED:
		rtc->s.irq_enabled = value & 1;
		irq_update(rtc);
		break;
	case RTC_CLEAR_ALARM: clock_disarm(&rtc->clock); break;
	case RTC_ALARM_STATUS: break; /* read only */
	case RTC_CLEAR_INTERRUPT:
		rtc->s.irq_pending = false;
		irq_update(rtc);
		break;
	default: vdev_refused(dev, offset, true, value);
	}
}

/* The time survives, as in a clock with a battery. */
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
	clock_init(&to_rtc(dev)->clock, dev->vm, alarm_due);
	return 0;
}

static void rtc_destroy(struct vdev *dev)
{
	clock_end(&to_rtc(dev)->clock);
}

static void rtc_fdt(const struct vdev *dev, struct fdt_writer *w)
{
	fdt_node_at(w, "rtc", dev->place.base);
	fdt_put_string(w, "compatible", "google,goldfish-rtc");
	fdt_put_reg(w, dev->place.base, RTC_WINDOW);
	virq_fdt(&dev->place.line, w);
	fdt_end_node(w);
}

const struct vdev_ops rtc_goldfish_ops = {
	.name = "rtc-goldfish",
	.min_size = 4,
	.max_size = 4,
	.size = RTC_WINDOW,
	.bytes = sizeof(struct rtc),
	.create = rtc_create,
	.reset = rtc_reset,
	.read = rtc_read,
	.write = rtc_write,
	.destroy = rtc_destroy,
	.fdt = rtc_fdt,
};
