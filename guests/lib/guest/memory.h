// SPDX-License-Identifier: Apache-2.0
// Memory of the guest: pages and a heap for small things. Locks itself; any context.
#pragma once

#include <hv/types.h>

/* RAM: all of it, or the part that the image lies in. machine_describe() sets it. */
struct ram {
	u64 start, end;
};
extern struct ram ram;

/* Gives the allocator [start, end) without [hole, hole_end). Called by the runtime. */
void page_init(u64 start, u64 end, u64 hole, u64 hole_end);

/*
 * One page, contents undefined, or NULL. Freed pages come first; else the lowest page
 * that was never handed out and that nobody has touched since the start.
 */
void *page_alloc(void);
void page_free(void *page);

/* `count` pages in a row that were never touched, aligned to `align` bytes, or NULL. */
void *page_alloc_run(u64 count, u64 align);

/* 16-byte aligned, contents undefined, or NULL. */
void *heap_alloc(size_t size);
void heap_free(void *block);
