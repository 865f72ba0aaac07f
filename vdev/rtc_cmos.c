// SPDX-License-Identifier: Apache-2.0
// The clock of every PC and its RAM with a battery, "rtc-cmos" (IBM Personal System/2 and PC
// BIOS Interface Technical Reference, "CMOS RAM"), at ports 0x70 and 0x71. The chip is in
// mc146818.c. Time runs with guest time from the host's at the start.
#include "rtc_cmos.h"

#include "alarm.h"
#include "mc146818.h"
#include "models.h"

#include <hv/bits.h>

/* Offsets: ports 0x70 and 0x71. */
enum {
	CMOS_INDEX = 0,
	CMOS_DATA = 1,
};

#define INDEX_BITS BITS(6, 0) /* the highest masks NMIs, and there are none */

/* What firmware leaves in the RAM. */
enum {
	CMOS_CHECKED = 0x10,          /* bytes whose sum is in */
	CMOS_BASE_MEMORY = 0x15,      /* KiB */
	CMOS_EXTENDED_MEMORY = 0x17,  /* from 1 MiB, KiB */
	CMOS_CHECKSUM = 0x2e,         /* the high byte first, and which end there */
	CMOS_EXTENDED_MEMORY2 = 0x30, /* the same again */
	CMOS_MEMORY_16M = 0x34,       /* from 16 MiB to 4 GiB, 64 KiB */
	CMOS_MEMORY_4G = 0x5b,        /* from 4 GiB, 64 KiB; three bytes */
};

struct rtc_state {
	struct mc146818 chip;
	u8 index;
};

struct rtc {
	struct vdev vdev;
	struct alarm alarm;
	struct rtc_state s;
};

static struct rtc *to_rtc(struct vdev *dev)
{
	return container_of(dev, struct rtc, vdev);
}

/* Brings the line up to date, and looks ahead to when it rises. */
static void irq_update(struct rtc *rtc, u64 now)
{
	virq_set(&rtc->vdev.place.line, mc146818_sync(&rtc->s.chip, now));
	alarm_set(&rtc->alarm, mc146818_next(&rtc->s.chip, now));
}

static void event_due(struct alarm *alarm)
{
	struct rtc *rtc = container_of(alarm, struct rtc, alarm);

	irq_update(rtc, vm_now(rtc->vdev.vm));
}

static u64 rtc_read(struct vdev *dev, u64 offset, u32 size)
{
	struct rtc *rtc = to_rtc(dev);
	u64 now = vm_now(dev->vm);
	u8 value;

	(void)size;
	if (offset != CMOS_DATA)
		return rtc->s.index;
	value = mc146818_read(&rtc->s.chip, rtc->s.index, now);
	irq_update(rtc, now);
	return value;
}

static void rtc_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct rtc *rtc = to_rtc(dev);
	u64 now = vm_now(dev->vm);

	(void)size;
	if (offset != CMOS_DATA) {
		rtc->s.index = value & INDEX_BITS;
		return;
	}
	mc146818_write(&rtc->s.chip, rtc->s.index, (u8)value, now);
	irq_update(rtc, now);
}

/* ---- RAM ---- */

/* Little-endian; what is more than fits is as much as fits. */
static void ram_put(u8 *ram, u32 at, u32 bytes, u64 value)
{
	value = MIN(value, BIT(8 * bytes) - 1);
	for (u32 i = 0; i < bytes; i++, value >>= 8)
		ram[at + i] = (u8)value;
}

void rtc_cmos_set_memory(struct vdev *dev, u64 below_4g, u64 above_4g)
{
	u8 *ram = to_rtc(dev)->s.chip.ram;
	u64 extended = below_4g > MiB(1) ? (below_4g - MiB(1)) / KiB(1) : 0;
	u32 sum = 0;

	ram_put(ram, CMOS_BASE_MEMORY, 2, MIN(below_4g, KiB(640)) / KiB(1));
	ram_put(ram, CMOS_EXTENDED_MEMORY, 2, extended);
	ram_put(ram, CMOS_EXTENDED_MEMORY2, 2, extended);
	ram_put(ram, CMOS_MEMORY_16M, 2,
		below_4g > MiB(16) ? (below_4g - MiB(16)) / KiB(64) : 0);
	ram_put(ram, CMOS_MEMORY_4G, 3, above_4g / KiB(64));
	for (u32 at = CMOS_CHECKED; at < CMOS_CHECKSUM; at++)
		sum += ram[at];
	ram[CMOS_CHECKSUM] = (u8)(sum >> 8);
	ram[CMOS_CHECKSUM + 1] = (u8)sum;
}

/* ---- Life ---- */

static void rtc_reset(struct vdev *dev)
{
	struct rtc *rtc = to_rtc(dev);

	rtc->s.index = 0;
	mc146818_reset(&rtc->s.chip, vm_now(dev->vm));
	alarm_set(&rtc->alarm, ALARM_NEVER);
	virq_set(&dev->place.line, false);
}

static int rtc_create(struct vdev *dev, const char *args)
{
	struct rtc *rtc = to_rtc(dev);

	(void)args;
	alarm_init(&rtc->alarm, dev->vm, event_due);
	mc146818_init(&rtc->s.chip, vm_wallclock());
	return 0;
}

static void rtc_destroy(struct vdev *dev)
{
	alarm_end(&to_rtc(dev)->alarm);
}

static const struct vdev_window rtc_windows[] = {
	{0x70, 2, CMOS_INDEX},
	{0, 0, 0},
};

const struct vdev_ops rtc_cmos_ops = {
	.name = "rtc-cmos",
	.min_size = 1,
	.max_size = 1,
	.windows = rtc_windows,
	.bytes = sizeof(struct rtc),
	.create = rtc_create,
	.reset = rtc_reset,
	.read = rtc_read,
	.write = rtc_write,
	.destroy = rtc_destroy,
};
