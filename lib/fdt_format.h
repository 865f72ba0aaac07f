// SPDX-License-Identifier: Apache-2.0
// The flattened device tree's format (Devicetree Specification 0.4, chapter 5), for the reader
// (fdt.c, fdt_node.c, fdt_find.c) and the writer (fdt_write.c). All numbers are big-endian.
//
//	0                header
//	off_mem_rsvmap   (address, size) pairs of 64 bits, ended by (0, 0)
//	off_dt_struct    tokens, each a 32-bit tag and what belongs to it, padded to 4 bytes
//	off_dt_strings   property names, each ended by NUL
#pragma once

#include <hv/types.h>

struct fdt;

#define FDT_MAGIC        0xd00dfeed
#define FDT_VERSION      17 /* what we write */
#define FDT_VERSION_16   16 /* has no size_dt_struct */
#define FDT_ALIGN_RSVMAP 8
#define FDT_ALIGN_TOKEN  4
#define FDT_RSVMAP_ENTRY 16
#define FDT_DEPTH_MAX    64 /* of nested nodes, in what we read */
#define FDT_PROP_HEAD    8  /* value's length, name's offset into the strings block */

/* Byte offsets of the header's fields, 5.2. */
enum fdt_header {
	FDT_H_MAGIC = 0,
	FDT_H_TOTALSIZE = 4,
	FDT_H_OFF_DT_STRUCT = 8,
	FDT_H_OFF_DT_STRINGS = 12,
	FDT_H_OFF_MEM_RSVMAP = 16,
	FDT_H_VERSION = 20,
	FDT_H_LAST_COMP_VERSION = 24,
	FDT_H_BOOT_CPUID_PHYS = 28,
	FDT_H_SIZE_DT_STRINGS = 32,
	FDT_H_SIZE_DT_STRUCT = 36,
	FDT_HEADER_SIZE = 40,
};

/* Tags, 5.4.1. */
enum fdt_tag {
	FDT_BAD = 0,        /* ours: not a token */
	FDT_BEGIN_NODE = 1, /* name, NUL */
	FDT_END_NODE = 2,
	FDT_PROP = 3, /* length, name's offset, value */
	FDT_NOP = 4,
	FDT_END = 9,
};

static inline u32 be32_get(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static inline void be32_put(u8 *p, u32 value)
{
	p[0] = (u8)(value >> 24);
	p[1] = (u8)(value >> 16);
	p[2] = (u8)(value >> 8);
	p[3] = (u8)value;
}

/*
 * The tag of the token at `at`, and in *next where the one behind it begins; FDT_BAD, with
 * *next untouched, if it is unknown or leaves the structure block.
 */
u32 fdt_token(const struct fdt *fdt, u32 at, u32 *next);
