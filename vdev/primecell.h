// SPDX-License-Identifier: Apache-2.0
// What Arm's PrimeCell peripherals have in common: a page of registers that ends with their
// identity, by which kernels choose the driver, and a bus clock in the device tree.
#pragma once

#include <hv/types.h>

#define PRIMECELL_WINDOW 0x1000

struct fdt_writer;
struct vdev;

/*
 * PeriphID0..3 and PCellID0..3, the last eight words; `id` is PeriphID as one number. False,
 * and *value is 0, for any other offset.
 */
bool primecell_id(u32 id, u64 offset, u64 *value);

/* The strings of a list, "a\0b", for fdt_put_strings(). */
struct primecell_node {
	const char *name;       /* of the node, without its address */
	const char *compatible; /* a list, */
	u32 compatible_len;     /* without its last NUL */
	const char *clocks;     /* names: a list, too */
	u32 clocks_len;
	u32 clock_count; /* one or two; all of them are the bus clock */
};

/* Writes the node, and before it one for the bus clock. */
void primecell_fdt(const struct vdev *dev, const struct primecell_node *node,
	struct fdt_writer *w);
