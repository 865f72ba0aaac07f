// SPDX-License-Identifier: Apache-2.0
// A clock that runs on when the power is off, "rtc-goldfish" (Android's "Goldfish RTC",
// as Linux's device-tree binding google,goldfish-rtc has it): nanoseconds since 1970, and
// one alarm. Its 64-bit registers are read low half first, which latches the high one,
// and written high half first.
#include "models.h"

#include <hv/arch.h>
#include <hv/bits.h>
#include <hv/fail.h>
#include <hv/fdt.h>
#include <hv/print.h>
#include <hv/time.h>
#include <hv/timer.h>

#define RTC_WINDOW    0x1000
#define NS_PER_SECOND 1000000000UL
#define LOW_HALF      BITS(31, 0)
#define HIGH_HALF     BITS(63, 32)

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
	u64 offset;    /* guest time + offset = ns since 1970 */
	u64 alarm;     /* when it is due, ns since 1970 */
	u32 time_high; /* latched by reading RTC_TIME_LOW */
	bool alarm_armed;
	bool irq_enabled;
	bool irq_pending;
};

struct rtc {
	struct vdev vdev;
	struct timer timer; /* armed only while the alarm is */
	struct rtc_state s;
};

static struct rtc *to_rtc(struct vdev *dev)
{
	return container_of(dev, struct rtc, vdev);
}

static u64 rtc_now(const struct rtc *rtc)
{
	return vm_now(rtc->vdev.vm) + rtc->s.offset;
}

static void irq_update(struct rtc *rtc)
{
	virq_set(&rtc->vdev.place.line, rtc->s.irq_pending && rtc->s.irq_enabled);
}

/* Something about the alarm or the time has changed, or the timer fired: is it due? */
static void alarm_update(struct rtc *rtc)
{
	struct rtc_state *s = &rtc->s;
	u64 now, host, left;

	timer_cancel(&rtc->timer);
	if (!s->alarm_armed)
		return;
	now = rtc_now(rtc);
	if (s->alarm <= now) {
		s->alarm_armed = false;
		s->irq_pending = true;
		irq_update(rtc);
		return;
	}
	host = time_now();
	left = s->alarm - now;
	/* Any 64-bit number may have been written; centuries are never. */
	timer_arm(&rtc->timer, left < ~0UL - host ? host + left : ~0UL);
}

static void alarm_fire(struct timer *timer)
{
	struct rtc *rtc = container_of(timer, struct rtc, timer);

	/* Another cpu may have changed the alarm since the timer was due: look again. */
	vm_lock(rtc->vdev.vm);
	alarm_update(rtc);
	vm_unlock(rtc->vdev.vm);
}

static void alarm_disarm(struct rtc *rtc)
{
	rtc->s.alarm_armed = false;
	alarm_update(rtc);
}

/* Replaces one half of the time; the alarm stays where it is. */
static void time_write(struct rtc *rtc, u64 half, u64 value)
{
	u64 now = rtc_now(rtc), then = (now & ~half) | field_put(half, value);

	rtc->s.offset += then - now;
	alarm_update(rtc);
}

static void alarm_write(struct rtc *rtc, u64 half, u64 value)
{
	rtc->s.alarm = (rtc->s.alarm & ~half) | field_put(half, value);
	if (half != LOW_HALF)
		return;
	rtc->s.alarm_armed = true;
	alarm_update(rtc);
}

static u64 time_low_read(struct rtc *rtc)
{
	u64 now = rtc_now(rtc);

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
	case RTC_ALARM_STATUS: return rtc->s.alarm_armed;
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
	case RTC_CLEAR_ALARM: alarm_disarm(rtc); break;
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

	rtc->s = (struct rtc_state){.offset = rtc->s.offset};
	alarm_update(rtc);
	irq_update(rtc);
}

static int rtc_create(struct vm *vm, const char *args, struct vdev **dev)
{
	struct rtc *rtc;

	if (*args) {
		error("%s: rtc-goldfish: expected nothing, found \"%s\"", vm_name(vm),
			args);
		return fail(-EINVAL);
	}
	rtc = mem_alloc(sizeof(*rtc));
	if (!rtc) {
		error("%s: rtc-goldfish: not enough memory", vm_name(vm));
		return fail(-ENOMEM);
	}
	timer_init(&rtc->timer, alarm_fire);
	rtc->s.offset = vm_wallclock() * NS_PER_SECOND;
	*dev = &rtc->vdev;
	return 0;
}

static void rtc_destroy(struct vdev *dev)
{
	/* First this, so that a timer that fires right now does not arm itself again. */
	vm_lock(dev->vm);
	alarm_disarm(to_rtc(dev));
	vm_unlock(dev->vm);
	timer_cancel_wait(&to_rtc(dev)->timer);
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
	.create = rtc_create,
	.reset = rtc_reset,
	.read = rtc_read,
	.write = rtc_write,
	.destroy = rtc_destroy,
	.fdt = rtc_fdt,
};
