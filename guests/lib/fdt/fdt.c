// SPDX-License-Identifier: Apache-2.0
// The device tree reader. Devicetree specification 5.2 (header) and 5.4 (structure
// block).
#include <guest/fdt.h>
#include <guest/string.h>

#define FDT_MAGIC 0xd00dfeed

/* Header words, by index. */
enum { HDR_MAGIC, HDR_TOTALSIZE, HDR_OFF_STRUCT, HDR_OFF_STRINGS };

enum fdt_token { FDT_BEGIN_NODE = 1, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END = 9 };

static const u8 *base;

u64 fdt_cells(const void *cell, u32 cells)
{
	const u8 *p = cell;
	u64 value = 0;

	for (u32 i = 0; i < 4 * cells; i++)
		value = value << 8 | p[i];
	return value;
}

static u32 be32(const void *p)
{
	return (u32)fdt_cells(p, 1);
}

bool fdt_init(const void *fdt)
{
	base = fdt && be32(fdt) == FDT_MAGIC ? fdt : NULL;
	return base;
}

const void *fdt_base(void)
{
	return base;
}

u32 fdt_size(void)
{
	return base ? be32(base + 4 * HDR_TOTALSIZE) : 0;
}

/* Step `n` (from 1) of a path without its '/', and its length; "" behind the last. */
static const char *path_step(const char *path, u32 n, size_t *len)
{
	const char *end;

	while (n-- && *path) {
		path = strchr(path, '/');
		path = path ? path + 1 : "";
	}
	end = strchr(path, '/');
	*len = end ? (size_t)(end - path) : strlen(path);
	return path;
}

static bool name_matches(const char *name, const char *step, size_t len)
{
	return len && strncmp(name, step, len) == 0 &&
		(name[len] == '\0' || name[len] == '@');
}

static u32 path_steps(const char *path)
{
	size_t len;
	u32 n = 0;

	while (path_step(path, n + 1, &len), len)
		n++;
	return n;
}

/*
 * Walks the tree in document order. `matched` counts the open nodes from the root that
 * are steps of the path, so a node is at the path when it is also as deep as the path is
 * long. Returns the first property `name` there; with a NULL name counts the nodes in
 * *count.
 */
static const void *tree_search(const char *path, const char *name, u32 *len, u32 *count)
{
	u32 steps = path_steps(path), depth = 0, matched = 0;
	const u8 *at = base + be32(base + 4 * HDR_OFF_STRUCT);
	const char *strings = (const char *)base + be32(base + 4 * HDR_OFF_STRINGS);

	for (;;) {
		const char *step, *text = (const char *)at + 4;
		size_t step_len;
		u32 size;

		switch (be32(at)) {
		case FDT_BEGIN_NODE:
			/* The root matches the empty step before the first '/'. */
			step = path_step(path, depth, &step_len);
			if (matched == depth &&
				(!depth || name_matches(text, step, step_len)))
				matched++;
			depth++;
			if (matched == depth && depth == steps + 1)
				(*count)++;
			at += ALIGN_UP(4 + strlen(text) + 1, 4);
			break;
		case FDT_END_NODE:
			if (matched == depth)
				matched--;
			depth--;
			at += 4;
			break;
		case FDT_PROP:
			size = be32(at + 4);
			if (name && matched == depth && depth == steps + 1 &&
				strcmp(strings + be32(at + 8), name) == 0) {
				*len = size;
				return at + 12;
			}
			at += ALIGN_UP(12 + size, 4);
			break;
		case FDT_NOP: at += 4; break;
		default: return NULL; /* FDT_END */
		}
	}
}

const void *fdt_property(const char *path, const char *name, u32 *len)
{
	u32 length, nodes = 0;
	const void *value = base ? tree_search(path, name, &length, &nodes) : NULL;

	if (value && len)
		*len = length;
	return value;
}

u32 fdt_count(const char *path)
{
	u32 nodes = 0;

	if (base)
		tree_search(path, NULL, NULL, &nodes);
	return nodes;
}

bool fdt_reg(const char *path, u32 index, u64 *addr, u64 *size)
{
	const u32 entry = 4 * 4;
	u32 len;
	const u8 *reg = fdt_property(path, "reg", &len);

	if (!reg || len < (index + 1) * entry)
		return false;
	*addr = fdt_cells(reg + index * entry, 2);
	*size = fdt_cells(reg + index * entry + entry / 2, 2);
	return true;
}
