// SPDX-License-Identifier: Apache-2.0
// A PCI host bridge whose configuration space lies in memory (PCI Express Base Specification
// 3.0, 7.2.2, "ECAM"). Only bus 0 is looked at, where emulators put their devices.
//
//	ECAM + 0        bus 0:  device 0   function 0 .. 7   4 KiB each
//	                        ...
//	                        device 31  function 0 .. 7
//	ECAM + 1 MiB    bus 1   not mapped
#include <hv/bits.h>
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/mm.h>

#include "drivers.h"
#include "pci.h"

#define ECAM_FUNCTION_SIZE KiB(4)
#define ECAM_BUS_SIZE      MiB(1)
#define FUNCTIONS          8U /* of a device */

/* Offsets in configuration space, in words of 32 bits. */
#define PCI_ID      0x00
#define PCI_COMMAND 0x04
#define PCI_HEADER  0x0c
#define PCI_BAR     0x10

#define ID_DEVICE   BITS(31, 16)
#define ID_VENDOR   BITS(15, 0)
#define VENDOR_NONE 0xffff /* nobody answers */

#define COMMAND_STATUS BITS(31, 16) /* cleared by writing ones */
#define COMMAND_MEMORY BIT(1)       /* the function answers where its BARs say */

#define HEADER_MULTIFUNCTION BIT(23)
#define HEADER_LAYOUT        BITS(22, 16)
#define LAYOUT_DEVICE        0

#define BAR_COUNT   6U
#define BAR_ADDRESS BITS(31, 4)
#define BAR_TYPE    BITS(2, 1)
#define BAR_TYPE_64 2 /* the next one is its upper half */
#define BAR_IO      BIT(0)

struct pci_bridge {
	u8 *ecam;
	struct pci_window window;
	u64 used; /* of the window, from its start */
};

/* ---- Base address registers ---- */

/* How many bytes are behind it; the function must not answer meanwhile. 0: none. */
static u64 bar_size(u8 *bar)
{
	u32 old = mmio_read32(bar), mask;

	mmio_write32(bar, ~0U);
	mask = mmio_read32(bar) & (u32)BAR_ADDRESS;
	mmio_write32(bar, old);
	/* The lowest bit that can be set. Above 2 GiB only the upper half has any: too big. */
	return mask & -mask;
}

/*
 * Whoever assigns addresses assigns all of them, so where one is missing the whole window is
 * free. Each gets pages of its own.
 */
static bool bar_assign(struct pci_bridge *bridge, u64 size, u64 *address)
{
	const struct pci_window *window = &bridge->window;
	u64 align = MAX(size, PAGE_SIZE);
	/* Not 0, which means that it has no address. */
	u64 at = ALIGN_UP(MAX(window->pci + bridge->used, 1), align);

	if (!range_inside(at, align, window->pci, window->size))
		return false;
	bridge->used = at + align - window->pci;
	*address = at;
	return true;
}

void *pci_map(const struct pci_function *function, u32 n, u64 *size)
{
	struct pci_bridge *bridge = function->bridge;
	const struct pci_window *window = &bridge->window;
	u8 *bar = function->config + PCI_BAR + n * sizeof(u32);
	u32 low = mmio_read32(bar);
	bool wide = field_get(BAR_TYPE, low) == BAR_TYPE_64;
	u64 address = low & BAR_ADDRESS, command;

	if (low & BAR_IO || n + wide >= BAR_COUNT)
		return NULL;
	command = mmio_read32(function->config + PCI_COMMAND) & ~COMMAND_STATUS;
	mmio_write32(function->config + PCI_COMMAND, (u32)(command & ~COMMAND_MEMORY));
	*size = bar_size(bar);
	if (wide)
		address |= (u64)mmio_read32(bar + sizeof(u32)) << 32;
	if (*size == 0 || (address == 0 && !bar_assign(bridge, *size, &address)) ||
		!range_inside(address, *size, window->pci, window->size))
		return NULL;
	mmio_write32(bar, (u32)address);
	if (wide)
		mmio_write32(bar + sizeof(u32), 0);
	mmio_write32(function->config + PCI_COMMAND, (u32)(command | COMMAND_MEMORY));
	return mmio_map(HPA(window->base + (address - window->pci)), *size);
}

/* ---- Functions ---- */

static void offer(const struct pci_function *function)
{
	u32 id = mmio_read32(function->config + PCI_ID);

	for (u32 i = 0; pci_drivers[i]; i++) {
		if (pci_drivers[i]->vendor == field_get(ID_VENDOR, id) &&
			pci_drivers[i]->device == field_get(ID_DEVICE, id)) {
			pci_drivers[i]->probe(function);
			return;
		}
	}
}

static void scan(struct pci_bridge *bridge)
{
	u8 *end = bridge->ecam + ECAM_BUS_SIZE, *at = bridge->ecam;

	while (at < end) {
		struct pci_function function = {bridge, at};
		u64 number = (u64)(at - bridge->ecam) / ECAM_FUNCTION_SIZE;
		u32 header = mmio_read32(at + PCI_HEADER);
		bool there =
			field_get(ID_VENDOR, mmio_read32(at + PCI_ID)) != VENDOR_NONE;

		if (there && field_get(HEADER_LAYOUT, header) == LAYOUT_DEVICE)
			offer(&function);
		/* What has only one function may answer as all eight. */
		if (number % FUNCTIONS == 0 && !(there && header & HEADER_MULTIFUNCTION))
			at += FUNCTIONS * ECAM_FUNCTION_SIZE;
		else
			at += ECAM_FUNCTION_SIZE;
	}
}

static int ecam_probe(const struct device *device)
{
	struct pci_bridge bridge = {.window = device->window};

	if (device->size < ECAM_BUS_SIZE)
		return fail(-EINVAL);
	/* Nothing behind it could be used. */
	if (device->window.size == 0)
		return -ENODEV;
	bridge.ecam = mmio_map(device->base, ECAM_BUS_SIZE);
	if (!bridge.ecam)
		return fail(-ENOMEM);
	scan(&bridge);
	return 0;
}

const struct driver pci_ecam_driver = {"pci-host-ecam-generic", ecam_probe};
