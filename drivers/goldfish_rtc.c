// SPDX-License-Identifier: Apache-2.0
// The Goldfish real-time clock (Goldfish virtual hardware, "Goldfish RTC"): nanoseconds since
// 1970 in two registers, of which the low one must be read first.
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/lock.h>
#include <hv/mm.h>

#include "drivers.h"

#define TIME_LOW  0x00 /* reading it latches TIME_HIGH */
#define TIME_HIGH 0x04
#define REGS_SIZE 0x08

#define NS_PER_SECOND 1000000000UL

static u8 *rtc;
static struct spinlock rtc_lock; /* the pair of registers */

static u64 rtc_seconds(void)
{
	u64 low, high;

	spin_lock(&rtc_lock);
	low = mmio_read32(rtc + TIME_LOW);
	high = mmio_read32(rtc + TIME_HIGH);
	spin_unlock(&rtc_lock);
	return (high << 32 | low) / NS_PER_SECOND;
}

static int rtc_probe(const struct device *device)
{
	if (rtc)
		return fail(-EBUSY);
	if (device->size < REGS_SIZE)
		return fail(-EINVAL);
	rtc = mmio_map(device->base, device->size);
	if (!rtc)
		return fail(-ENOMEM);
	driver_set_clock(rtc_seconds);
	return 0;
}

const struct driver goldfish_rtc_driver = {"google,goldfish-rtc", rtc_probe};
