// SPDX-License-Identifier: Apache-2.0
// PCI configuration by ports: what is on bus 0, that nobody else is, accesses of all sizes, and
// registers that cannot be written. PCI Local Bus Specification 3.0, 3.2.2.3.
#define TEST "pciconf"
#include "../check.h"
#include <arch/board.h>
#include <arch/io.h>

#define ADDRESS_ENABLE BIT(31)
#define ADDRESS_BUS    BITS(23, 16)
#define ADDRESS_DEVICE BITS(15, 11)
#define ADDRESS_FUNC   BITS(10, 8)

#define PCI_ID            0x00
#define PCI_STATUS        0x04
#define PCI_CLASS         0x08
#define PCI_HEADER        0x0c
#define PCI_LINE          0x3c
#define HEADER_TYPE(word) ((word) >> 16 & 0x7f)
#define CLASS_BRIDGE      0x06
#define NOBODY            0xffffffffU

static void address_set(u32 bus, u32 device, u32 function, u32 reg)
{
	io_write32(PCI_ADDRESS_PORT,
		(u32)(ADDRESS_ENABLE | field_put(ADDRESS_BUS, bus) |
			field_put(ADDRESS_DEVICE, device) |
			field_put(ADDRESS_FUNC, function) | reg));
}

static u32 conf_read(u32 device, u32 reg)
{
	address_set(0, device, 0, reg);
	return io_read32(PCI_DATA_PORT);
}

/* The register keeps what it can; other sizes are not it. */
static void check_address(void)
{
	u32 address = 0x80fffffc;

	io_write32(PCI_ADDRESS_PORT, address);
	expect_equal(io_read32(PCI_ADDRESS_PORT), address, "the address register");
	io_write8(PCI_ADDRESS_PORT, 0);
	expect_equal(io_read32(PCI_ADDRESS_PORT), address,
		"the address after a byte was written");
	io_write32(PCI_ADDRESS_PORT, 0);
	expect_equal(io_read32(PCI_ADDRESS_PORT), 0, "the address register");
	expect_equal(io_read32(PCI_DATA_PORT), NOBODY, "data without the enable bit");
}

static void check_bridge(void)
{
	u32 id = conf_read(0, PCI_ID), class = conf_read(0, PCI_CLASS);

	expect_true((u16)id != 0xffff && (u16)id != 0, "a host bridge, found 0x%x", id);
	expect_equal(class >> 24, CLASS_BRIDGE, "its class");
	expect_equal(class >> 16 & 0xff, 0, "its subclass");
	for (u32 i = 0; i < 4; i++)
		expect_equal(io_read8((u16)(PCI_DATA_PORT + i)), class >> 8 * i & 0xff,
			"byte %u of its class", i);
	for (u32 i = 0; i < 4; i += 2)
		expect_equal(io_read16((u16)(PCI_DATA_PORT + i)), class >> 8 * i & 0xffff,
			"the word at %u of its class", i);
	address_set(0, 0, 0, PCI_ID);
	io_write32(PCI_DATA_PORT, 0x12345678);
	io_write8(PCI_DATA_PORT, 0x9a);
	expect_equal(io_read32(PCI_DATA_PORT), id, "its id after writes");
}

/* What can be written is written byte by byte, too. */
static void check_line(u32 device)
{
	u32 before = conf_read(device, PCI_LINE);

	io_write8(PCI_DATA_PORT, 0x5a);
	expect_equal(io_read32(PCI_DATA_PORT), (before & ~0xffU) | 0x5a,
		"the interrupt line of device %u", device);
	io_write8(PCI_DATA_PORT, (u8)before);
	expect_equal(io_read32(PCI_DATA_PORT), before, "it as it was");
}

static void check_bus(void)
{
	u32 count = 0, absent = 0;

	for (u32 device = 0; device < 32; device++) {
		u32 id = conf_read(device, PCI_ID);

		if (id == NOBODY) {
			absent++;
			io_write32(PCI_DATA_PORT, 0);
			for (u32 reg = 0; reg < 0x100; reg += 4)
				expect_equal(conf_read(device, reg), NOBODY,
					"register 0x%x of device %u, which is not there",
					reg, device);
			continue;
		}
		count++;
		print(TEST ": %02x.0: %04x:%04x class %06x header %u\n", device,
			id & 0xffff, id >> 16, conf_read(device, PCI_CLASS) >> 8,
			HEADER_TYPE(conf_read(device, PCI_HEADER)));
		if (device && HEADER_TYPE(conf_read(device, PCI_HEADER)) == 0)
			check_line(device);
	}
	expect_true(count > 0 && absent > 0, "some devices, and not everywhere");
	for (u32 bus = 1; bus < 256; bus += 17) {
		address_set(bus, 0, 0, PCI_ID);
		expect_equal(io_read32(PCI_DATA_PORT), NOBODY, "nobody on bus %u", bus);
	}
}

int guest_main(void)
{
	check_address();
	check_bridge();
	check_bus();
	return test_ok();
}
