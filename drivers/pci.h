// SPDX-License-Identifier: Apache-2.0
// PCI functions and their drivers (PCI Local Bus Specification 3.0, chapter 6). A bridge's
// driver offers each function that it finds to the drivers in pci_drivers[].
#pragma once

#include <hv/driver.h>

struct pci_bridge;

/* One function, as long as it is being probed. */
struct pci_function {
	struct pci_bridge *bridge;
	u8 *config; /* its configuration space, mapped; accesses of 32 bits */
};

struct pci_driver {
	u16 vendor;
	u16 device;
	/* 0 if it drives the function now, or -E. What it maps stays mapped. */
	int (*probe)(const struct pci_function *function);
};

/* The only list of them, in drivers.c; ends with NULL. */
extern const struct pci_driver *const pci_drivers[];

/*
 * Maps the registers behind base address register `n`, `*size` bytes, after giving them an
 * address if the firmware has not, and lets the function answer there. NULL if that is no
 * memory, or if there is no room.
 */
void *pci_map(const struct pci_function *function, u32 n, u64 *size);

extern const struct pci_driver pvpanic_driver;
