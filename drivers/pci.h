// SPDX-License-Identifier: Apache-2.0
// PCI functions and their drivers (PCI Local Bus Specification 3.0, chapter 6). Whoever finds a
// host bridge says how its configuration space is reached; pci_scan() offers each function
// behind it to the bridge's drivers.
#pragma once

#include <hv/driver.h>

#define PCI_BUSES 256

struct pci_bridge;
struct pci_driver;

/*
 * Configuration space, by words of 32 bits; `function` is its bus << 8 | device << 3 | function,
 * `offset` a multiple of 4 below 256. Nobody there: all ones.
 */
struct pci_config {
	u32 (*read)(const struct pci_bridge *bridge, u32 function, u32 offset);
	void (*write)(const struct pci_bridge *bridge, u32 function, u32 offset,
		u32 value);
};

/* I/O space: one access of exactly `size` bytes, 1, 2 or 4. */
struct pci_ports {
	u32 (*read)(u16 port, u32 size);
	void (*write)(u16 port, u32 size, u32 value);
};

/* A host bridge, as long as what is behind it is being probed. */
struct pci_bridge {
	const struct pci_config *config;
	const struct pci_driver *const *drivers; /* ends with NULL */
	u8 *ecam;      /* configuration space in memory, or NULL */
	u32 bus_count; /* buses from 0 that config can reach */
	struct pci_window window;
	const struct pci_ports *ports; /* stays for ever; NULL: out of reach */
	bool assign; /* what has no address may be given one in the window */
	u64 used;    /* of the window, from its start */
	/* The interrupt of a function whose interrupt line register says this; NULL: 0, none. */
	u32 (*wire)(u8 line);
};

/* One function, as long as it is being probed. */
struct pci_function {
	struct pci_bridge *bridge;
	u32 number; /* as struct pci_config has it */
};

struct pci_driver {
	u16 vendor;
	u16 device;
	/* 0 if it drives the function now, or -E. What it maps stays mapped. */
	int (*probe)(const struct pci_function *function);
};

/* ---- Bridges ---- */

/*
 * Offers all functions of bus 0 to drivers, and those of the buses behind it that the firmware
 * has numbered. Boot cpu.
 */
void pci_scan(struct pci_bridge *bridge);

/* For bridges in device trees: the only list of them, in drivers.c; ends with NULL. */
extern const struct pci_driver *const pci_drivers[];

/* ---- Functions, for their drivers ---- */

/* `offset` is a multiple of 4; beyond 256 bytes there are only ones. */
u32 pci_read(const struct pci_function *function, u32 offset);
/* `offset` as struct pci_config has it. */
void pci_write(const struct pci_function *function, u32 offset, u32 value);

/* Its device number, by which it was offered to its driver. */
u32 pci_device(const struct pci_function *function);

/*
 * Maps the registers behind base address register `n`, `*size` bytes, after giving them an
 * address if the firmware has not, and lets the function answer there. NULL if that is no
 * memory, or if there is no room.
 */
void *pci_map(const struct pci_function *function, u32 n, u64 *size);

/*
 * Lets the function answer at the ports behind base address register `n`, `*size` of them from
 * the one returned on. 0 if that is none, or has no address that could be.
 */
u16 pci_ports(const struct pci_function *function, u32 n, u32 *size);

/* Lets it read and write memory, and so send MSIs. */
void pci_enable_dma(const struct pci_function *function);

/* Offset of the function's n-th capability of this kind (6.7), from 0; 0: it has no more. */
u32 pci_capability(const struct pci_function *function, u8 id, u32 n);

/* The interrupt of its wire, which may be others', too; 0: none, and it leaves the wire alone. */
u32 pci_wire(const struct pci_function *function);

/*
 * Turns MSI-X on, with entry 0 of its table leading to the interrupt that is returned, and all
 * others masked. 0: that is not possible, and nothing has changed. (pci_msix.c)
 */
u32 pci_msix_start(const struct pci_function *function);

/* ---- Drivers ---- */

extern const struct pci_driver pvpanic_driver;
extern const struct pci_driver virtio_net_pci_driver, virtio_net_transitional_driver;
extern const struct pci_driver virtio_blk_pci_driver, virtio_blk_transitional_driver;
extern const struct pci_driver virtio_rng_pci_driver, virtio_rng_transitional_driver;
