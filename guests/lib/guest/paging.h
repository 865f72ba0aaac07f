// SPDX-License-Identifier: Apache-2.0
// The guest's own page tables. Addresses map to themselves unless a guest asks otherwise.
// Each ISA implements it in paging.c.
#pragma once

#include <hv/types.h>
#include <hv/bits.h>

enum page_rights {
	PAGE_READ = 1,
	PAGE_WRITE = 2,
	PAGE_EXEC = 4,
	PAGE_DEVICE = 8, /* not to be cached or reordered, where the tables can say so */
};

/*
 * Builds the tables: text read+execute, rodata read, data and all RAM behind it
 * read+write, what machine_info() gives, if it lies elsewhere, read. Then turns them on on this
 * cpu. Once, on the first cpu.
 */
void paging_init(void);

/* Turns the tables of paging_init() on on this cpu; nothing if there are none. */
void paging_enable(void);

/*
 * Maps [va, va + size) to pa; all three are multiples of PAGE_SIZE. Replaces what was
 * there, using big blocks where alignment allows. False if there is no memory or a big
 * block is in the way.
 */
bool paging_map(u64 va, u64 pa, u64 size, u32 rights);

/* Takes 4 KiB mappings away again. */
void paging_unmap(u64 va, u64 size);
