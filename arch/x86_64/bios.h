// SPDX-License-Identifier: Apache-2.0
// What the readers of firmware tables share (acpi.c, mptable.c). Pure: physical memory is seen
// through a function that the caller gives. Tables are not trusted.
#pragma once

#include <hv/string.h>
#include <hv/types.h>

/* [hpa, hpa + size), which does not wrap, readable; NULL if it is no memory. Unaligned. */
typedef const void *bios_map(u64 hpa, u64 size);

/* Fields of tables lie anywhere. */
static inline u16 bios_get16(const u8 *at)
{
	return (u16)(at[0] | at[1] << 8);
}

static inline u32 bios_get32(const u8 *at)
{
	return bios_get16(at) | (u32)bios_get16(at + 2) << 16;
}

static inline u64 bios_get64(const u8 *at)
{
	return bios_get32(at) | (u64)bios_get32(at + 4) << 32;
}

/* As map(), but what wraps is NULL, too. */
const u8 *bios_at(bios_map *map, u64 hpa, u64 size);
/* The bytes add up to 0. */
bool bios_sum_ok(const u8 *at, u64 size);

/*
 * Where firmware puts its anchors: the first KiB of the extended BIOS data area, the last KiB of
 * base memory, and the BIOS itself from 0xe0000. The first place, on a boundary of 16 bytes,
 * that is() accepts, which gets `size` bytes (16 or more) there; 0 if there is none.
 */
u64 bios_search(bios_map *map, u64 size, bool (*is)(const u8 *at));
