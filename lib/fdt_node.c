// SPDX-License-Identifier: Apache-2.0
// Reading a flattened device tree: from node to node, and a node's properties (Devicetree
// Specification 0.4, 5.4). The blob was checked by fdt_open(), in fdt.c.
#include <hv/fdt.h>

#include <hv/fail.h>
#include <hv/string.h>

#include "fdt_format.h"

/* ---- Nodes ---- */

/* Where a node's first property or child is; false if `node` is none. */
static bool node_inside(const struct fdt *fdt, int node, u32 *at)
{
	return node >= 0 && fdt_token(fdt, (u32)node, at) == FDT_BEGIN_NODE;
}

int fdt_next(const struct fdt *fdt, int node)
{
	u32 at = fdt->structs, next;

	if (node >= 0 && !node_inside(fdt, node, &at))
		return -ENOENT;
	for (;; at = next) {
		u32 tag = fdt_token(fdt, at, &next);

		if (tag == FDT_BEGIN_NODE)
			return (int)at;
		if (tag == FDT_END || tag == FDT_BAD)
			return -ENOENT;
	}
}

int fdt_root(const struct fdt *fdt)
{
	return fdt_next(fdt, -1);
}

int fdt_first_child(const struct fdt *fdt, int node)
{
	u32 at, next, tag;

	if (!node_inside(fdt, node, &at))
		return -ENOENT;
	while ((tag = fdt_token(fdt, at, &next)) == FDT_PROP || tag == FDT_NOP)
		at = next;
	return tag == FDT_BEGIN_NODE ? (int)at : -ENOENT;
}

int fdt_next_sibling(const struct fdt *fdt, int node)
{
	u32 at, next, depth = 1; /* 0: behind the node */

	if (!node_inside(fdt, node, &at))
		return -ENOENT;
	for (;; at = next) {
		switch (fdt_token(fdt, at, &next)) {
		case FDT_BEGIN_NODE:
			if (depth++ == 0)
				return (int)at;
			break;
		case FDT_END_NODE:
			if (depth-- == 0)
				return -ENOENT;
			break;
		case FDT_PROP:
		case FDT_NOP: break;
		default: return -ENOENT;
		}
	}
}

int fdt_parent(const struct fdt *fdt, int node)
{
	u32 at = fdt->structs, next, depth = 0;
	int path[FDT_DEPTH_MAX + 1];

	path[0] = -ENOENT;
	for (;; at = next) {
		switch (fdt_token(fdt, at, &next)) {
		case FDT_BEGIN_NODE:
			if ((int)at == node)
				return path[depth];
			path[++depth] = (int)at;
			break;
		case FDT_END_NODE: depth--; break;
		case FDT_PROP:
		case FDT_NOP: break;
		default: return -ENOENT;
		}
	}
}

const char *fdt_name(const struct fdt *fdt, int node)
{
	return node < 0 ? "" : (const char *)fdt->blob + node + sizeof(u32);
}

/* ---- Properties ---- */

static const char *prop_name(const struct fdt *fdt, u32 prop)
{
	u32 offset = be32_get(fdt->blob + prop + 2 * sizeof(u32));

	return (const char *)fdt->blob + fdt->strings + offset;
}

const void *fdt_prop(const struct fdt *fdt, int node, const char *name, u32 *len)
{
	u32 at, next, tag;

	if (!node_inside(fdt, node, &at))
		return NULL;
	for (; (tag = fdt_token(fdt, at, &next)) == FDT_PROP || tag == FDT_NOP;
		at = next) {
		if (tag == FDT_NOP || strcmp(prop_name(fdt, at), name) != 0)
			continue;
		if (len)
			*len = be32_get(fdt->blob + at + sizeof(u32));
		return fdt->blob + at + sizeof(u32) + FDT_PROP_HEAD;
	}
	return NULL;
}

const char *fdt_string(const struct fdt *fdt, int node, const char *name)
{
	u32 len;
	const char *value = fdt_prop(fdt, node, name, &len);

	return value && strnlen(value, len) < len ? value : NULL;
}

bool fdt_cell(const struct fdt *fdt, int node, const char *name, u32 n, u32 *value)
{
	u32 len;
	const u8 *cells = fdt_prop(fdt, node, name, &len);

	if (!cells || n >= len / sizeof(u32))
		return false;
	*value = be32_get(cells + n * sizeof(u32));
	return true;
}
