// SPDX-License-Identifier: Apache-2.0
// The heap: one free list for each power of two up to half a page, refilled from pages;
// larger blocks are runs of pages. A header in front of each block says which it is.
#include <guest/memory.h>
#include <guest/lock.h>
#include <hv/bits.h>

#define CLASS_SHIFT_MIN 5  /* 32 bytes: header and 16 */
#define CLASS_SHIFT_MAX 11 /* 2048 bytes */

struct block {
	u64 size;           /* with this header; above the largest class: whole pages */
	struct block *next; /* in the free list of its class */
};

_Static_assert(sizeof(struct block) == 16, "blocks stay 16-byte aligned");

static struct spinlock heap_lock;
static struct block *free_blocks[CLASS_SHIFT_MAX + 1];

static bool class_refill(u32 shift)
{
	u64 page = (u64)page_alloc();

	for (u64 at = page; page && at < page + PAGE_SIZE; at += BIT(shift)) {
		struct block *block = (struct block *)at;

		block->size = BIT(shift);
		block->next = free_blocks[shift];
		free_blocks[shift] = block;
	}
	return page;
}

static struct block *class_alloc(u64 size)
{
	u32 shift = CLASS_SHIFT_MIN;
	struct block *block = NULL;
	u64 flags;

	while (BIT(shift) < size)
		shift++;
	flags = spin_lock_irq(&heap_lock);
	if (free_blocks[shift] || class_refill(shift)) {
		block = free_blocks[shift];
		free_blocks[shift] = block->next;
	}
	spin_unlock_irq(&heap_lock, flags);
	return block;
}

void *heap_alloc(size_t size)
{
	struct block *block;

	if (size > SIZE_MAX - PAGE_SIZE)
		return NULL;
	size += sizeof(struct block);
	if (size <= BIT(CLASS_SHIFT_MAX)) {
		block = class_alloc(size);
	} else {
		size = ALIGN_UP(size, PAGE_SIZE);
		block = page_alloc_run(size / PAGE_SIZE, PAGE_SIZE);
		if (block)
			block->size = size;
	}
	return block ? block + 1 : NULL;
}

void heap_free(void *at)
{
	struct block *block = (struct block *)at - 1;
	u64 flags;
	u32 shift;

	if (!at)
		return;
	if (block->size > BIT(CLASS_SHIFT_MAX)) {
		/* Last page first: freeing a page overwrites it, and the first has the header. */
		for (u64 end = block->size; end; end -= PAGE_SIZE)
			page_free((char *)block + end - PAGE_SIZE);
		return;
	}
	shift = (u32)__builtin_ctzl(block->size);
	flags = spin_lock_irq(&heap_lock);
	block->next = free_blocks[shift];
	free_blocks[shift] = block;
	spin_unlock_irq(&heap_lock, flags);
}
