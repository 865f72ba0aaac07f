// SPDX-License-Identifier: Apache-2.0
// A PCI host bridge whose configuration space is reached by two ports (PCI Local Bus
// Specification 3.0, 3.2.2.3.2), and the list of drivers for what is behind it.
#include "pci_ports.h"

#include <hv/bits.h>
#include <arch/msr.h>
#include <arch/port.h>

#include "../../drivers/pci.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define ADDRESS_ENABLE BIT(31)
#define ADDRESS_NUMBER BITS(23, 8)

enum { LEAF_ADDRESS_SIZE = 0x80000008 };
#define SIZE_PHYSICAL BITS(7, 0)
#define PHYSICAL_MIN  36
#define PHYSICAL_MAX  52

static const struct pci_driver *const drivers_here[] = {
	&virtio_net_pci_driver,
	&virtio_net_transitional_driver,
	&virtio_blk_pci_driver,
	&virtio_blk_transitional_driver,
	&virtio_rng_pci_driver,
	&virtio_rng_transitional_driver,
	NULL,
};

static void select(u32 function, u32 offset)
{
	port_write32(CONFIG_ADDRESS,
		(u32)(ADDRESS_ENABLE | field_put(ADDRESS_NUMBER, function) | offset));
}

static u32 ports_read(const struct pci_bridge *bridge, u32 function, u32 offset)
{
	(void)bridge;
	select(function, offset);
	return port_read32(CONFIG_DATA);
}

static void ports_write(const struct pci_bridge *bridge, u32 function, u32 offset,
	u32 value)
{
	(void)bridge;
	select(function, offset);
	port_write32(CONFIG_DATA, value);
}

static const struct pci_config config = {ports_read, ports_write};

static u32 io_read(u16 port, u32 size)
{
	switch (size) {
	case sizeof(u8): return port_read8(port);
	case sizeof(u16): return port_read16(port);
	}
	return port_read32(port);
}

static void io_write(u16 port, u32 size, u32 value)
{
	switch (size) {
	case sizeof(u8): port_write8(port, (u8)value); return;
	case sizeof(u16): port_write16(port, (u16)value); return;
	}
	port_write32(port, value);
}

static const struct pci_ports io = {io_read, io_write};

/* Without a bridge, the address does not stay where it was written. */
static bool is_there(void)
{
	u32 old = port_read32(CONFIG_ADDRESS);
	bool there;

	port_write32(CONFIG_ADDRESS, (u32)ADDRESS_ENABLE);
	there = port_read32(CONFIG_ADDRESS) == (u32)ADDRESS_ENABLE;
	port_write32(CONFIG_ADDRESS, old);
	return there;
}

void pci_ports_probe(u32 (*wire)(u8 line))
{
	u64 bits = field_get(SIZE_PHYSICAL, cpuid(LEAF_ADDRESS_SIZE, 0).eax);
	struct pci_bridge bridge = {
		.config = &config,
		.drivers = drivers_here,
		.bus_count = PCI_BUSES,
		/* Anywhere, but the firmware has said where. */
		.window = {.size = BIT(MIN(MAX(bits, PHYSICAL_MIN), PHYSICAL_MAX))},
		.ports = &io,
		.wire = wire,
	};

	if (is_there())
		pci_scan(&bridge);
}
