// SPDX-License-Identifier: Apache-2.0
// The PrimeCell real-time clock (Arm DDI 0224, chapter 3): seconds since 1970.
#include <hv/bits.h>
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/mm.h>

#include "drivers.h"

#define RTC_DR    0x00
#define RTC_CR    0x0c
#define REGS_SIZE 0x10

#define CR_START BIT(0)

static u8 *rtc;

static u64 rtc_seconds(void)
{
	return mmio_read32(rtc + RTC_DR);
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
	mmio_write32(rtc + RTC_CR, CR_START);
	driver_set_clock(rtc_seconds);
	return 0;
}

const struct driver pl031_driver = {"arm,pl031", rtc_probe};
