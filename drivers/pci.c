// SPDX-License-Identifier: Apache-2.0
// What is behind a PCI host bridge, and what drivers do with it (pci.h; PCI Local Bus
// Specification 3.0, chapter 6).
#include "pci.h"

#include <hv/bits.h>
#include <hv/mm.h>

#define DEVICES   32U /* on a bus */
#define FUNCTIONS 8U  /* of a device */

#define NUMBER_BUS(bus)       ((bus) << 8)
#define NUMBER_DEVICE(device) ((device) << 3)

#define CONFIG_SIZE 256U

/* Offsets in configuration space, in words of 32 bits. */
#define PCI_ID           0x00
#define PCI_COMMAND      0x04
#define PCI_HEADER       0x0c
#define PCI_BAR          0x10
#define PCI_BRIDGE_BUSES 0x18 /* layout 1 */
#define PCI_CAPABILITIES 0x34
#define PCI_INTERRUPT    0x3c

#define ID_DEVICE   BITS(31, 16)
#define ID_VENDOR   BITS(15, 0)
#define VENDOR_NONE 0xffff /* nobody answers */

#define COMMAND_STATUS      BITS(31, 16) /* cleared by writing ones */
#define STATUS_CAPABILITIES BIT(20)
#define COMMAND_QUIET       BIT(10) /* the function leaves its wire alone */
#define COMMAND_MASTER      BIT(2)  /* it reads and writes memory */
#define COMMAND_MEMORY      BIT(1)  /* it answers where its BARs say */
#define COMMAND_IO          BIT(0)  /* likewise, at ports */

#define HEADER_MULTIFUNCTION BIT(23)
#define HEADER_LAYOUT        BITS(22, 16)
#define LAYOUT_DEVICE        0
#define LAYOUT_BRIDGE        1 /* to another PCI bus */

#define BUSES_SECONDARY BITS(15, 8) /* the bus behind the bridge */

#define BAR_COUNT   6U
#define BAR_ADDRESS BITS(31, 4)
#define BAR_TYPE    BITS(2, 1)
#define BAR_TYPE_64 2           /* the next one is its upper half */
#define BAR_PORT    BITS(31, 2) /* if BAR_IO */
#define BAR_IO      BIT(0)

#define CAPABILITY_NEXT  BITS(15, 8)
#define CAPABILITY_ID    BITS(7, 0)
#define CAPABILITY_FIRST 0x40U
#define CAPABILITIES_MAX ((CONFIG_SIZE - CAPABILITY_FIRST) / sizeof(u32))

#define INTERRUPT_PIN  BITS(15, 8) /* 0: it has no wire */
#define INTERRUPT_LINE BITS(7, 0)

#define PORTS 0x10000U

u32 pci_read(const struct pci_function *function, u32 offset)
{
	const struct pci_bridge *bridge = function->bridge;

	return offset < CONFIG_SIZE
		? bridge->config->read(bridge, function->number, offset)
		: ~0U;
}

void pci_write(const struct pci_function *function, u32 offset, u32 value)
{
	function->bridge->config->write(function->bridge, function->number, offset,
		value);
}

u32 pci_device(const struct pci_function *function)
{
	return (u32)field_get(ID_DEVICE, pci_read(function, PCI_ID));
}

/* ---- Base address registers ---- */

/* How many bytes are behind it; the function must not answer meanwhile. 0: none. */
static u64 bar_size(const struct pci_function *function, u32 bar, u64 field)
{
	u32 old = pci_read(function, bar), mask;

	pci_write(function, bar, ~0U);
	mask = pci_read(function, bar) & (u32)field;
	pci_write(function, bar, old);
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

	if (!bridge->assign || !range_inside(at, align, window->pci, window->size))
		return false;
	bridge->used = at + align - window->pci;
	*address = at;
	return true;
}

static u32 command(const struct pci_function *function)
{
	return pci_read(function, PCI_COMMAND) & (u32)~COMMAND_STATUS;
}

void *pci_map(const struct pci_function *function, u32 n, u64 *size)
{
	const struct pci_window *window = &function->bridge->window;
	u32 bar = PCI_BAR + n * (u32)sizeof(u32);
	u32 low = pci_read(function, bar), old;
	bool wide = field_get(BAR_TYPE, low) == BAR_TYPE_64;
	u64 address = low & BAR_ADDRESS;

	if (low & BAR_IO || n + wide >= BAR_COUNT)
		return NULL;
	old = command(function);
	pci_write(function, PCI_COMMAND, old & (u32)~COMMAND_MEMORY);
	*size = bar_size(function, bar, BAR_ADDRESS);
	if (wide)
		address |= (u64)pci_read(function, bar + sizeof(u32)) << 32;
	if (*size == 0 ||
		(address == 0 && !bar_assign(function->bridge, *size, &address)) ||
		!range_inside(address, *size, window->pci, window->size))
		return NULL;
	pci_write(function, bar, (u32)address);
	if (wide)
		pci_write(function, bar + sizeof(u32), (u32)(address >> 32));
	pci_write(function, PCI_COMMAND, old | (u32)COMMAND_MEMORY);
	return mmio_map(HPA(window->base + (address - window->pci)), *size);
}

u16 pci_ports(const struct pci_function *function, u32 n, u32 *size)
{
	u32 bar = PCI_BAR + n * (u32)sizeof(u32), old, low;

	if (n >= BAR_COUNT || !function->bridge->ports)
		return 0;
	low = pci_read(function, bar);
	if (!(low & BAR_IO))
		return 0;
	old = command(function);
	pci_write(function, PCI_COMMAND, old & (u32)~COMMAND_IO);
	*size = (u32)bar_size(function, bar, BAR_PORT);
	low &= (u32)BAR_PORT;
	if (*size == 0 || !range_inside(low, *size, 0, PORTS))
		return 0;
	pci_write(function, PCI_COMMAND, old | (u32)COMMAND_IO);
	return (u16)low;
}

void pci_enable_dma(const struct pci_function *function)
{
	pci_write(function, PCI_COMMAND, command(function) | (u32)COMMAND_MASTER);
}

/* ---- Capabilities, interrupts ---- */

u32 pci_capability(const struct pci_function *function, u8 id, u32 n)
{
	u32 at = pci_read(function, PCI_CAPABILITIES), header;

	if (!(pci_read(function, PCI_COMMAND) & STATUS_CAPABILITIES))
		return 0;
	/* Not more than there is room for: the list may be a ring. */
	for (u32 i = 0; i < CAPABILITIES_MAX; i++) {
		at = ALIGN_DOWN(at & CAPABILITY_ID, sizeof(u32));
		if (at < CAPABILITY_FIRST)
			return 0;
		header = pci_read(function, at);
		if (field_get(CAPABILITY_ID, header) == id && n-- == 0)
			return at;
		at = (u32)field_get(CAPABILITY_NEXT, header);
	}
	return 0;
}

u32 pci_wire(const struct pci_function *function)
{
	u32 (*wire)(u8 line) = function->bridge->wire;
	u32 word = pci_read(function, PCI_INTERRUPT), irq = 0;

	if (wire && field_get(INTERRUPT_PIN, word) != 0)
		irq = wire((u8)field_get(INTERRUPT_LINE, word));
	/* Nobody would silence it, and whoever shares the wire could not. */
	pci_write(function, PCI_COMMAND,
		irq ? command(function) & (u32)~COMMAND_QUIET
		    : command(function) | (u32)COMMAND_QUIET);
	return irq;
}

/* ---- Functions ---- */

static void offer(const struct pci_function *function)
{
	const struct pci_driver *const *list = function->bridge->drivers;
	u32 id = pci_read(function, PCI_ID);

	for (u32 i = 0; list[i]; i++) {
		if (list[i]->vendor == field_get(ID_VENDOR, id) &&
			list[i]->device == field_get(ID_DEVICE, id)) {
			list[i]->probe(function);
			return;
		}
	}
}

/* One bit for each bus that is to be looked at. */
struct buses {
	u64 bits[PCI_BUSES / 64];
};

static bool has_bus(const struct buses *buses, u32 bus)
{
	return buses->bits[bus / 64] & BIT(bus % 64);
}

/* Buses are looked at in the order of their numbers: of others than higher ones no more comes. */
static void add_bus(struct buses *buses, const struct pci_function *bridge)
{
	u32 bus = (u32)field_get(BUSES_SECONDARY, pci_read(bridge, PCI_BRIDGE_BUSES));

	buses->bits[bus / 64] |= BIT(bus % 64);
}

/* Whether functions above 0 are to be looked for. */
static bool scan_function(struct pci_bridge *bridge, u32 number, struct buses *buses)
{
	const struct pci_function function = {bridge, number};
	u32 header;

	if (field_get(ID_VENDOR, pci_read(&function, PCI_ID)) == VENDOR_NONE)
		return false;
	header = pci_read(&function, PCI_HEADER);
	if (field_get(HEADER_LAYOUT, header) == LAYOUT_DEVICE)
		offer(&function);
	else if (field_get(HEADER_LAYOUT, header) == LAYOUT_BRIDGE)
		add_bus(buses, &function);
	return header & HEADER_MULTIFUNCTION;
}

void pci_scan(struct pci_bridge *bridge)
{
	struct buses buses = {{1}};

	for (u32 bus = 0; bus < bridge->bus_count; bus++) {
		for (u32 device = 0; device < DEVICES && has_bus(&buses, bus); device++) {
			u32 number = NUMBER_BUS(bus) | NUMBER_DEVICE(device);

			/* What has only one function may answer as all eight. */
			if (!scan_function(bridge, number, &buses))
				continue;
			for (u32 n = 1; n < FUNCTIONS; n++)
				scan_function(bridge, number | n, &buses);
		}
	}
}
