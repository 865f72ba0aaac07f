// SPDX-License-Identifier: Apache-2.0
// Drivers for the hardware we use. The ISA's boot code finds devices (device tree, PCI, ACPI)
// and offers each one here; drivers/drivers.c is the only list of drivers.
#pragma once

#include <hv/types.h>

/* A PCI bridge's memory: the range that a BAR of 32 bits may be in, and where we see it. */
struct pci_window {
	u64 pci;
	u64 base;
	u64 size; /* 0: it has none */
};

/* One device of the host machine, however it was found. */
struct device {
	const char *compatible; /* the device tree's word for it */
	hpa_t base;             /* its registers */
	u64 size;
	u32 irq;                  /* host interrupt number, 0 if it has none */
	u32 reg_shift;            /* UARTs: registers are 1 << reg_shift bytes apart */
	u32 clock;                /* UARTs: Hz, 0 if unknown */
	struct pci_window window; /* PCI bridges */
};

struct driver {
	const char *compatible;
	/* 0 if it drives the device now, -ENODEV if there is nothing behind it, or -E. */
	int (*probe)(const struct device *device);
};

extern const struct driver *const drivers[];

/* Offers the device to the first driver that names it. -ENODEV if none does. */
int driver_probe(const struct device *device);

/* ---- What some drivers offer, for the ISA and for vm_wallclock(); one of each at most ---- */

/* Powers the machine off, telling an emulator whether all went well; may return (no power). */
void driver_set_poweroff(void (*off)(bool ok));
void driver_poweroff(bool ok);

/* Seconds since 1970. */
void driver_set_clock(u64 (*seconds)(void));
u64 driver_clock(void); /* 0 without a clock */
