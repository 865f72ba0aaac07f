// SPDX-License-Identifier: Apache-2.0
// Host memory: pages, small objects, and the mapping of devices. The hypervisor runs
// identity-mapped, so a host-physical address is also where it sees that memory.
#pragma once

#include <hv/types.h>

static inline void *hpa_ptr(hpa_t hpa)
{
	return (void *)hpa.raw;
}

static inline hpa_t ptr_hpa(const void *p)
{
	return HPA((u64)p);
}

struct mem_range {
	u64 base;
	u64 size;
};

#define FRAME_SIZE MiB(2)

/*
 * Hands RAM to the allocator; once, at boot. `ram` are the machine's ranges, `reserved` what
 * must not be touched in them (firmware, our image, the device tree); both may overlap, be
 * unaligned and unordered. Takes its own table (80 bytes a frame) from the RAM. -ENOMEM if
 * that is impossible, or if the ranges leave more than 80 pieces.
 */
int page_init(const struct mem_range *ram, u32 ram_count,
	const struct mem_range *reserved, u32 reserved_count);

/*
 * `size` bytes (a multiple of PAGE_SIZE), physically contiguous, aligned to `align` (a power
 * of two, at least PAGE_SIZE). Not cleared. False if there is no such run. What is smaller
 * than a frame does not cross a frame's end; what is not begins with a frame. Any cpu.
 */
bool page_alloc(u64 size, u64 align, hpa_t *hpa);
/* One cleared page (or NULL): for tables. Taken from a stock kept ready while it lasts. */
void *page_alloc_zeroed(void);
/*
 * Clears one page more for that stock; false if the stock is full or memory is used up. For
 * idle cpus: takes as long as clearing a page does. Any cpu, no locks held.
 */
bool page_clear_ahead(void);
/* Any part of what page_alloc() gave, in whole pages. Panics if it is free or not ours. */
void page_free(hpa_t hpa, u64 size);

struct page_stats {
	u64 total; /* bytes handed to the allocator, with what its table took */
	u64 free;  /* cleared pages in stock are free, too */
	u64 largest; /* the longest free run of whole frames, or of pages if there is none */
};
void page_get_stats(struct page_stats *stats);

/*
 * Objects of 1 byte to 64 KiB, zeroed, aligned to 16 (to PAGE_SIZE from 4 KiB on). NULL if
 * there is no memory. Any cpu.
 */
void *mem_alloc(size_t size);
/* What mem_alloc() gave, or NULL. */
void mem_free(void *p);

/* Clears whole pages quickly. */
void page_clear(void *page, u64 size);

/*
 * Maps a device's registers for us, uncached; the mapping stays. NULL if there is no memory
 * for tables, or there are too many devices. At boot.
 */
void *mmio_map(hpa_t base, u64 size);
/* Some of the range belongs to a device that we have mapped. The range does not wrap. */
bool mmio_is_ours(hpa_t base, u64 size);
