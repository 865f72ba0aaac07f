// SPDX-License-Identifier: Apache-2.0
// A reader of the flattened device tree, enough for a guest. It trusts the tree's makers.
#pragma once

#include <hv/types.h>

/* Tells where the tree is. False if there is none. */
bool fdt_init(const void *fdt);

const void *fdt_base(void);
u32 fdt_size(void);

/*
 * The value of property `name` of the node at `path` ("/cpus/cpu@0"), its length in *len
 * (which may be NULL), or NULL. A step of the path without "@" also matches a name with
 * any "@unit"; the first node that matches and has the property is taken.
 */
const void *fdt_property(const char *path, const char *name, u32 *len);

/* How many nodes match `path`. */
u32 fdt_count(const char *path);

/* The big-endian number of `cells` cells at `cell`. */
u64 fdt_cells(const void *cell, u32 cells);

/* Entry `index` of "reg" of the node at `path`, 2 address and 2 size cells. */
bool fdt_reg(const char *path, u32 index, u64 *addr, u64 *size);
