// SPDX-License-Identifier: Apache-2.0
// The way to PCI of a PC, "pci-host" (PCI Local Bus Specification 3.0, 3.2.2.3.2
// "Configuration mechanism #1", and chapter 6 on configuration space; port 0xcf9: 82371AB data
// sheet, "Reset Control Register"). Bus 0 has a host bridge in slot 0, and nothing else.
#include "models.h"

#include <hv/bits.h>

/* Offsets from port 0xcf8. */
enum {
	PCI_CONFIG_ADDRESS = 0, /* as 32 bits only */
	PCI_RST_CNT = 1,        /* as one byte only */
	PCI_CONFIG_DATA = 4,    /* the four bytes that are addressed */
};

#define ADDRESS_ENABLE   BIT(31)
#define ADDRESS_BUS      BITS(23, 16)
#define ADDRESS_DEVICE   BITS(15, 11)
#define ADDRESS_FUNCTION BITS(10, 8)
#define ADDRESS_REGISTER BITS(7, 2)
#define ADDRESS_BITS                                                        \
	(ADDRESS_ENABLE | ADDRESS_BUS | ADDRESS_DEVICE | ADDRESS_FUNCTION | \
		ADDRESS_REGISTER)

#define RST_CNT_FULL_RST BIT(3)
#define RST_CNT_RST_CPU  BIT(2) /* written as 1: now */
#define RST_CNT_SYS_RST  BIT(1)

#define PCI_SLOTS        32
#define PCI_CONFIG_BYTES 256

/* Configuration space. */
enum {
	PCI_VENDOR_ID = 0x00,
	PCI_DEVICE_ID = 0x02,
	PCI_COMMAND = 0x04,
	PCI_CLASS_CODE = 0x0a, /* of its three bytes the upper two */
	PCI_INTERRUPT_LINE = 0x3c,
};

#define COMMAND_MASTER BIT(2)
#define COMMAND_MEMORY BIT(1)
#define COMMAND_IO     BIT(0)

/* Red Hat's host bridge of virtual boards: no kernel expects registers of its own there. */
#define HOST_VENDOR 0x1b36
#define HOST_DEVICE 0x0008
#define CLASS_HOST  0x0600

/* What is at function 0 of a slot. Plain state. */
struct pci_vfunction {
	u8 config[PCI_CONFIG_BYTES];
	u8 writable[PCI_CONFIG_BYTES]; /* which bits of `config` the guest may change */
};

struct pci_state {
	u32 address; /* PCI_CONFIG_ADDRESS */
	u8 rst_cnt;
	struct pci_vfunction host;
};

struct pci {
	struct vdev vdev;
	struct pci_vfunction *slots[PCI_SLOTS]; /* of bus 0; NULL: empty */
	struct pci_state s;
};

static struct pci *to_pci(struct vdev *dev)
{
	return container_of(dev, struct pci, vdev);
}

/* ---- Configuration space ---- */

static void config_set(struct pci_vfunction *function, u32 reg, u16 value)
{
	function->config[reg] = (u8)value;
	function->config[reg + 1] = (u8)(value >> 8);
}

static void host_reset(struct pci_vfunction *host)
{
	*host = (struct pci_vfunction){
		.writable =
			{
				[PCI_COMMAND] =
					COMMAND_MASTER | COMMAND_MEMORY | COMMAND_IO,
				[PCI_INTERRUPT_LINE] = 0xff,
			},
	};
	config_set(host, PCI_VENDOR_ID, HOST_VENDOR);
	config_set(host, PCI_DEVICE_ID, HOST_DEVICE);
	config_set(host, PCI_CLASS_CODE, CLASS_HOST);
}

/* The function that is addressed, or NULL if there is none. */
static struct pci_vfunction *addressed(const struct pci *pci)
{
	u32 address = pci->s.address;

	if (!(address & ADDRESS_ENABLE) || address & (ADDRESS_BUS | ADDRESS_FUNCTION))
		return NULL;
	return pci->slots[field_get(ADDRESS_DEVICE, address)];
}

/* Data ports: `lane` is the first of the four bytes. All ones where nobody is. */
static u64 config_read(const struct pci *pci, u64 lane, u32 size)
{
	const struct pci_vfunction *function = addressed(pci);
	u64 reg = (pci->s.address & ADDRESS_REGISTER) + lane, value = 0;

	for (u32 i = 0; i < size; i++)
		value |= (u64)(function ? function->config[reg + i] : 0xff) << 8 * i;
	return value;
}

static void config_write(struct pci *pci, u64 lane, u32 size, u64 value)
{
	struct pci_vfunction *function = addressed(pci);
	u64 reg = (pci->s.address & ADDRESS_REGISTER) + lane;

	for (u32 i = 0; function && i < size; i++, value >>= 8) {
		u8 mask = function->writable[reg + i];

		function->config[reg + i] =
			(function->config[reg + i] & ~mask) | (value & mask);
	}
}

/* ---- Ports ---- */

static void rst_cnt_write(struct pci *pci, u64 value)
{
	pci->s.rst_cnt = value & (RST_CNT_FULL_RST | RST_CNT_SYS_RST);
	/* That of the CPU alone would end in firmware, which resets the rest. */
	if (value & RST_CNT_RST_CPU)
		vm_shutdown(pci->vdev.vm, VM_RESET, "reset by port 0xcf9");
}

static u64 pci_read(struct vdev *dev, u64 offset, u32 size)
{
	struct pci *pci = to_pci(dev);

	if (offset >= PCI_CONFIG_DATA)
		return config_read(pci, offset - PCI_CONFIG_DATA, size);
	if (size == sizeof(u32))
		return pci->s.address;
	if (offset == PCI_RST_CNT)
		return pci->s.rst_cnt;
	/* As where nobody answers: kernels look for another mechanism here. */
	vdev_refused(dev, offset, false, 0);
	return BITS(8 * size - 1, 0);
}

static void pci_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct pci *pci = to_pci(dev);

	if (offset >= PCI_CONFIG_DATA)
		config_write(pci, offset - PCI_CONFIG_DATA, size, value);
	else if (size == sizeof(u32))
		pci->s.address = value & ADDRESS_BITS;
	else if (offset == PCI_RST_CNT)
		rst_cnt_write(pci, value);
	else
		vdev_refused(dev, offset, true, value);
}

static void pci_reset(struct vdev *dev)
{
	struct pci *pci = to_pci(dev);

	pci->s = (struct pci_state){0};
	host_reset(&pci->s.host);
}

static int pci_create(struct vdev *dev, const char *args)
{
	struct pci *pci = to_pci(dev);

	(void)args;
	pci->slots[0] = &pci->s.host;
	return 0;
}

static const struct vdev_window pci_windows[] = {
	{0xcf8, 8, PCI_CONFIG_ADDRESS},
	{0, 0, 0},
};

const struct vdev_ops pci_host_ops = {
	.name = "pci-host",
	.min_size = 1,
	.max_size = 4,
	.windows = pci_windows,
	.bytes = sizeof(struct pci),
	.create = pci_create,
	.reset = pci_reset,
	.read = pci_read,
	.write = pci_write,
};
