// SPDX-License-Identifier: Apache-2.0
// Flattened device trees (Devicetree Specification 0.4, chapter 5): a reader that believes
// nothing, and a writer into a fixed buffer. No unflattening, no allocation.
#pragma once

#include <hv/types.h>

/* ---- Reading ---- */

struct fdt {
	const u8 *blob;
	u32 size; /* totalsize, checked */
	u32 structs, structs_size;
	u32 strings, strings_size;
	u32 reservations; /* offset of the memory reservation block */
};

/*
 * A node is the offset of its FDT_BEGIN_NODE token from the blob's start; < 0 is no node. All
 * calls take what the others return: of no node, they find nothing.
 */

/*
 * Checks header and every token once, so that the calls below cannot run out of the blob.
 * `max` bounds totalsize. 0 or -EINVAL, with `*why` saying what is wrong.
 */
int fdt_open(struct fdt *fdt, const void *blob, u32 max, const char **why);
int fdt_root(const struct fdt *fdt);
/* The next node in document order (start with -1), any depth, or -ENOENT. */
int fdt_next(const struct fdt *fdt, int node);
int fdt_first_child(const struct fdt *fdt, int node);
int fdt_next_sibling(const struct fdt *fdt, int node);
#define fdt_for_each_child(fdt, parent, it)                  \
	for (int it = fdt_first_child(fdt, parent); it >= 0; \
		it = fdt_next_sibling(fdt, it))
int fdt_parent(const struct fdt *fdt, int node);
/* The name with its unit address ("cpu@0"). */
const char *fdt_name(const struct fdt *fdt, int node);
/*
 * By full path, or by one that begins with an alias; ends at NUL or ':', as in "stdout-path".
 * A component without '@' also matches one with a unit address.
 */
int fdt_path(const struct fdt *fdt, const char *path);
/* The next node after `node` (start with -1) that lists `compatible`. */
int fdt_compatible(const struct fdt *fdt, int node, const char *compatible);
bool fdt_is_compatible(const struct fdt *fdt, int node, const char *compatible);
int fdt_by_phandle(const struct fdt *fdt, u32 phandle);
/* The raw value, or NULL; *len may be NULL. */
const void *fdt_prop(const struct fdt *fdt, int node, const char *name, u32 *len);
/* The value as a string; NULL if absent or not NUL-terminated inside. */
const char *fdt_string(const struct fdt *fdt, int node, const char *name);
/* The n-th 32-bit cell; false if absent or too short. */
bool fdt_cell(const struct fdt *fdt, int node, const char *name, u32 n, u32 *value);
/*
 * The n-th (address, size) of "reg" under the parent's #address-cells and #size-cells. False
 * if absent or too short, or if these are not 0, 1 or 2 (both 0 is refused, too).
 */
bool fdt_reg(const struct fdt *fdt, int node, u32 n, u64 *address, u64 *size);
/*
 * The first range of 32-bit memory, not prefetchable, in the "ranges" of a PCI bridge: its
 * address on the PCI bus, where the parent sees it, and its size. False if there is none, or
 * if what is there does not fit into 32 bits of PCI addresses or wraps.
 */
bool fdt_pci_window(const struct fdt *fdt, int node, u64 *pci, u64 *base, u64 *size);
/* "status" absent, "okay" or "ok". */
bool fdt_enabled(const struct fdt *fdt, int node);
/* The n-th entry of the memory reservation block; false at its end. */
bool fdt_reservation(const struct fdt *fdt, u32 n, u64 *address, u64 *size);

/* ---- Writing ---- */

/*
 * Calls append in document order; an overflow or a misuse is remembered, so only
 * fdt_finish() need be checked. Properties of a node come before its children.
 */
struct fdt_writer {
	u8 *buf;
	u32 size;       /* of buf */
	u32 structs_at; /* next byte of the structure block */
	u32 strings_at; /* the strings block grows down from the end of buf */
	u32 depth;
	bool closed; /* the newest token ends a node: no property may follow */
	int error;   /* the first one, 0 so far */
};

void fdt_start(struct fdt_writer *w, void *buf, u32 size);
/* The first node is the root, named "". */
void fdt_node(struct fdt_writer *w, const char *name);
/* A node "name@address". */
void fdt_node_at(struct fdt_writer *w, const char *name, u64 address);
void fdt_end_node(struct fdt_writer *w);
void fdt_put(struct fdt_writer *w, const char *name, const void *value, u32 len);
void fdt_put_empty(struct fdt_writer *w, const char *name);
void fdt_put_string(struct fdt_writer *w, const char *name, const char *value);
/*
 * Several strings in one value: "a\0b" with a `len` of 3 is written as two, the last NUL is
 * added.
 */
void fdt_put_strings(struct fdt_writer *w, const char *name, const char *values, u32 len);
void fdt_put_cell(struct fdt_writer *w, const char *name, u32 value);
void fdt_put_cells(struct fdt_writer *w, const char *name, const u32 *values, u32 count);
/* A 64-bit number as two cells. */
void fdt_put_u64(struct fdt_writer *w, const char *name, u64 value);
/* "reg" as one (address, size) of two cells each. */
void fdt_put_reg(struct fdt_writer *w, u64 address, u64 size);
/* Closes the blob: its total size, or -ENOSPC if buf was too small, -EINVAL if misused. */
int fdt_finish(struct fdt_writer *w);
