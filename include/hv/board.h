// SPDX-License-Identifier: Apache-2.0
// What all virtual boards have in common (core/board.c): an ISA describes its own as one struct
// board, and devices, images and the device tree's common nodes come from here.
#pragma once

#include <hv/fdt.h>
#include <hv/irq.h>
#include <hv/types.h>

struct fat;
struct vdev_ops;
struct vm;

/* A device that is always there. */
struct board_device {
	const struct vdev_ops *ops;
	u64 base;
	u32 irq;  /* input of the interrupt controller, 0 if it has none */
	bool pio; /* `base` is a port */
};

#define BOARD_FLASH_BANKS 2

struct board {
	const struct board_device *devices; /* ends with ops == NULL */
	/* Slots of virtio devices: where kernels look for them, wired as there. */
	u64 virtio_base;
	u64 virtio_stride;
	u32 virtio_slots; /* 0: the board has none */
	u32 virtio_irq;   /* of the first; the others follow */
	u32 at_irq; /* of the VM file's first device that says where it is; likewise */
	/* The host's flash, passed through read-only: its banks by number. NULL: there is none. */
	bool (*flash)(u32 n, u64 *base, u64 *size);
	u64 flash_base[BOARD_FLASH_BANKS];
	u64 flash_size; /* of each at most */
	u64 ports; /* how many ports the board has: a device "at" a lower address is at a port */
	/* Firmware looks for the device tree where RAM begins: there it is if no image is. */
	bool fdt_low;
};

/*
 * Makes all of the VM's devices, those of its VM file too, wired to `intc` (which may be NULL:
 * no interrupts), and its flash. 0, or -E after a line. While the VM is being built.
 */
int board_build(struct vm *vm, const struct board *board, struct vintc *intc);

/* Where board_load() has put things; gpa. */
struct board_images {
	u64 initrd, initrd_size; /* size 0: there is none */
	u64 fdt;
};

/*
 * The kernel is in place: loads the VM's initrd and has `write` make the device tree in place
 * (its size, or -ENOSPC), both at the top of RAM unless fdt_low says otherwise; fills *images.
 * 0, or -E after a line.
 */
int board_load(struct vm *vm, struct fat *fat, const struct board *board,
	struct board_images *images,
	int (*write)(struct vm *vm, void *buf, u32 size,
		const struct board_images *images));

/* ---- Parts of a guest's device tree, each with the nodes it names ---- */

struct board_root {
	const char *model;
	const char *compatible; /* strings, as fdt_put_strings() takes them */
	u32 compatible_len;
	u32 interrupt_parent; /* phandle, 0 if there is none */
	const char *console;  /* path of its node */
};

/* Begins the tree: the root node, left open, /chosen and /memory. */
void board_fdt_start(struct vm *vm, struct fdt_writer *w, const struct board_root *root,
	const struct board_images *images);
/* The nodes of all devices, and of the flash. */
void board_fdt_devices(struct vm *vm, struct fdt_writer *w);
