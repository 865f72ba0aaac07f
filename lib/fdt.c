// SPDX-License-Identifier: Apache-2.0
// Reading a flattened device tree (Devicetree Specification 0.4, chapter 5): its blocks and
// tokens. fdt_open() checks every token and every name; fdt_token() keeps all later walks
// inside the structure block. What the tokens mean is fdt_node.c's and fdt_find.c's.
#include <hv/fdt.h>

#include <hv/fail.h>
#include <hv/string.h>

#include "fdt_format.h"

static u64 be64_get(const u8 *p)
{
	return (u64)be32_get(p) << 32 | be32_get(p + sizeof(u32));
}

/* ---- Tokens ---- */

u32 fdt_token(const struct fdt *fdt, u32 at, u32 *next)
{
	u64 end = (u64)fdt->structs + fdt->structs_size, to = (u64)at + sizeof(u32);
	u32 tag;

	if (to > end)
		return FDT_BAD;
	tag = be32_get(fdt->blob + at);
	switch (tag) {
	case FDT_BEGIN_NODE:
		to += strnlen((const char *)fdt->blob + to, end - to) + 1;
		break;
	case FDT_PROP:
		if (end - to < FDT_PROP_HEAD)
			return FDT_BAD;
		to += FDT_PROP_HEAD + (u64)be32_get(fdt->blob + to);
		break;
	case FDT_END_NODE:
	case FDT_NOP:
	case FDT_END: break;
	default: return FDT_BAD;
	}
	to = ALIGN_UP(to, FDT_ALIGN_TOKEN);
	if (to > end)
		return FDT_BAD;
	*next = (u32)to;
	return tag;
}

/* True if a string that ends inside the strings block begins at this offset of it. */
static bool name_inside(const struct fdt *fdt, u32 offset)
{
	const char *strings = (const char *)fdt->blob + fdt->strings;
	u32 size = fdt->strings_size;

	return offset < size && strnlen(strings + offset, size - offset) < size - offset;
}

/* ---- Opening ---- */

/* Walks all tokens: NULL, with the block's true size set, or what is wrong. */
static const char *structs_check(struct fdt *fdt)
{
	u32 at = fdt->structs, next, depth = 0;
	bool rooted = false, head = false; /* head: of a node, where properties belong */

	for (;; at = next) {
		switch (fdt_token(fdt, at, &next)) {
		case FDT_BEGIN_NODE:
			if (depth == 0 && rooted)
				return "there is more than one root node";
			if (depth++ == FDT_DEPTH_MAX)
				return "its nodes are nested too deeply";
			rooted = head = true;
			break;
		case FDT_END_NODE:
			if (depth-- == 0)
				return "a node ends that was not begun";
			head = false;
			break;
		case FDT_PROP:
			if (!head)
				return "a property is outside of a node or behind a child";
			if (!name_inside(fdt, be32_get(fdt->blob + at + 2 * sizeof(u32))))
				return "a property's name leaves the strings block";
			break;
		case FDT_NOP: break;
		case FDT_END:
			if (depth || !rooted)
				return "its structure ends too early";
			fdt->structs_size = next - fdt->structs;
			return NULL;
		default: return "a token is unknown or leaves the structure block";
		}
	}
}

/* The size of the reservation block with its end mark, or 0 if it leaves the blob. */
static u32 reservations_size(const struct fdt *fdt)
{
	u64 at = fdt->reservations;

	while (at + FDT_RSVMAP_ENTRY <= fdt->size) {
		const u8 *entry = fdt->blob + at;

		at += FDT_RSVMAP_ENTRY;
		if (be64_get(entry) == 0 && be64_get(entry + sizeof(u64)) == 0)
			return (u32)at - fdt->reservations;
	}
	return 0;
}

static bool ranges_overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* Checks the header's numbers one by one: NULL, with the fields of *fdt set, or what is wrong. */
static const char *header_check(struct fdt *fdt, u32 max)
{
	const u8 *blob = fdt->blob;
	u32 version, header = FDT_HEADER_SIZE;

	if (max < FDT_HEADER_SIZE || be32_get(blob + FDT_H_MAGIC) != FDT_MAGIC)
		return "it does not begin with the device tree's magic number";
	fdt->size = be32_get(blob + FDT_H_TOTALSIZE);
	if (fdt->size < header || fdt->size > MIN(max, (u32)INT32_MAX))
		return "its total size is impossible";
	version = be32_get(blob + FDT_H_VERSION);
	if (version < FDT_VERSION_16 ||
		be32_get(blob + FDT_H_LAST_COMP_VERSION) > FDT_VERSION)
		return "its version is neither 16 nor 17";
	fdt->structs = be32_get(blob + FDT_H_OFF_DT_STRUCT);
	fdt->strings = be32_get(blob + FDT_H_OFF_DT_STRINGS);
	fdt->strings_size = be32_get(blob + FDT_H_SIZE_DT_STRINGS);
	fdt->reservations = be32_get(blob + FDT_H_OFF_MEM_RSVMAP);
	if (version == FDT_VERSION_16) {
		header -= sizeof(u32);
		fdt->structs_size = fdt->size - MIN(fdt->structs, fdt->size);
	} else {
		fdt->structs_size = be32_get(blob + FDT_H_SIZE_DT_STRUCT);
	}
	if (!IS_ALIGNED(fdt->structs, FDT_ALIGN_TOKEN) ||
		!IS_ALIGNED(fdt->reservations, FDT_ALIGN_RSVMAP))
		return "one of its blocks is not aligned";
	if (!range_inside(fdt->structs, fdt->structs_size, header, fdt->size - header) ||
		!range_inside(fdt->strings, fdt->strings_size, header,
			fdt->size - header) ||
		!range_inside(fdt->reservations, FDT_RSVMAP_ENTRY, header,
			fdt->size - header))
		return "one of its blocks leaves the blob";
	return NULL;
}

int fdt_open(struct fdt *fdt, const void *blob, u32 max, const char **why)
{
	u32 reserved;

	*fdt = (struct fdt){.blob = blob};
	*why = header_check(fdt, max);
	if (*why)
		return fail(-EINVAL);
	reserved = reservations_size(fdt);
	*why = reserved ? structs_check(fdt) : "its reservation block has no end";
	if (*why)
		return fail(-EINVAL);
	if (ranges_overlap(fdt->structs, fdt->structs_size, fdt->strings,
		    fdt->strings_size) ||
		ranges_overlap(fdt->structs, fdt->structs_size, fdt->reservations,
			reserved) ||
		ranges_overlap(fdt->strings, fdt->strings_size, fdt->reservations,
			reserved)) {
		*why = "its blocks overlap";
		return fail(-EINVAL);
	}
	return 0;
}

bool fdt_reservation(const struct fdt *fdt, u32 n, u64 *address, u64 *size)
{
	const u8 *entry = fdt->blob + fdt->reservations;

	for (;; n--, entry += FDT_RSVMAP_ENTRY) {
		u64 a = be64_get(entry), s = be64_get(entry + sizeof(u64));

		if (a == 0 && s == 0)
			return false;
		if (n == 0) {
			*address = a;
			*size = s;
			return true;
		}
	}
}
