// SPDX-License-Identifier: Apache-2.0
// The only list of drivers, another for what is behind PCI bridges of device trees, and the few
// services that other parts use without knowing which driver gives them (<hv/driver.h>). A new
// driver is a file in drivers/ and a line here.
#include <hv/driver.h>
#include <hv/fail.h>
#include <hv/string.h>

#include "drivers.h"
#include "pci.h"

const struct driver *const drivers[] = {
	&uart_ns16550a_driver,
	&uart_ns16550_driver,
	&uart_dw_apb_driver,
	&pl011_driver,
	&sbsa_uart_driver,
	&virtio_mmio_driver,
	&sifive_test0_driver,
	&sifive_test1_driver,
	&goldfish_rtc_driver,
	&pl031_driver,
	&pci_ecam_driver,
	NULL,
};

const struct pci_driver *const pci_drivers[] = {
	&pvpanic_driver,
	NULL,
};

static void (*poweroff)(bool ok);
static u64 (*clock_seconds)(void);

int driver_probe(const struct device *device)
{
	for (u32 i = 0; drivers[i]; i++) {
		if (strcmp(drivers[i]->compatible, device->compatible) == 0)
			return drivers[i]->probe(device);
	}
	return -ENODEV;
}

void driver_set_poweroff(void (*off)(bool ok))
{
	if (!poweroff)
		poweroff = off;
}

void driver_poweroff(bool ok)
{
	if (poweroff)
		poweroff(ok);
}

void driver_set_clock(u64 (*seconds)(void))
{
	if (!clock_seconds)
		clock_seconds = seconds;
}

u64 driver_clock(void)
{
	return clock_seconds ? clock_seconds() : 0;
}
