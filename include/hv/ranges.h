// SPDX-License-Identifier: Apache-2.0
// A set of addresses as a short list of ranges, for the page allocator: what firmware says
// about memory comes in any order, overlapping and unaligned, and is sorted out here.
#pragma once

#include <hv/mm.h>
#include <hv/types.h>

#define RANGES_MAX 80 /* enough for 32 ranges of RAM with 32 holes in them */

#define RANGES_END \
	(1UL << 52) /* as far as any of our architectures' physical addresses go */

struct range {
	u64 start;
	u64 end; /* the first address behind it, > start */
};

/* Sorted; no two overlap or touch; below RANGES_END. Zeroed is empty. */
struct ranges {
	u32 count;
	struct range list[RANGES_MAX];
};

/* The set grows by [start, end). False, and nothing is changed, if the list is full. */
bool ranges_add(struct ranges *set, u64 start, u64 end);
/* The set shrinks by [start, end). False if the list is full; less is taken away then. */
bool ranges_remove(struct ranges *set, u64 start, u64 end);
/* The range that holds all of [start, start + size), or NULL. */
const struct range *ranges_find(const struct ranges *set, u64 start, u64 size);
/*
 * What is RAM and not reserved, in whole pages and without the page at 0; arguments as for
 * page_init(). False if the list is full.
 */
bool ranges_usable(struct ranges *set, const struct mem_range *ram, u32 ram_count,
	const struct mem_range *reserved, u32 reserved_count);
