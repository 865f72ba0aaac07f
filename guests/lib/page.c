// SPDX-License-Identifier: Apache-2.0
// Page allocator: a bump pointer through RAM, with a list of freed pages in front of it.
// The bump never looks at a page before it gives it out, so "never touched" is true.
#include <guest/memory.h>
#include <guest/lock.h>

struct free_page {
	struct free_page *next;
};

struct ram ram;

static struct spinlock page_lock;
static struct free_page *free_pages;
static u64 bump, bump_end;   /* what is left here ... */
static u64 spare, spare_end; /* ... and behind the hole, taken next */

void page_init(u64 start, u64 end, u64 hole, u64 hole_end)
{
	start = ALIGN_UP(start, PAGE_SIZE);
	end = ALIGN_DOWN(end, PAGE_SIZE);
	hole = MAX(start, MIN(end, ALIGN_DOWN(hole, PAGE_SIZE)));
	hole_end = MAX(hole, MIN(end, ALIGN_UP(hole_end, PAGE_SIZE)));
	bump = start;
	bump_end = hole;
	spare = hole_end;
	spare_end = end;
}

static void *bump_take(u64 size, u64 align)
{
	u64 at = ALIGN_UP(bump, align);

	if (at > bump_end || bump_end - at < size) {
		at = ALIGN_UP(spare, align);
		if (at > spare_end || spare_end - at < size)
			return NULL;
		spare = at + size;
		return (void *)at;
	}
	bump = at + size;
	return (void *)at;
}

void *page_alloc(void)
{
	u64 flags = spin_lock_irq(&page_lock);
	struct free_page *page = free_pages;

	if (page)
		free_pages = page->next;
	else
		page = bump_take(PAGE_SIZE, PAGE_SIZE);
	spin_unlock_irq(&page_lock, flags);
	return page;
}

void page_free(void *at)
{
	struct free_page *page = at;
	u64 flags = spin_lock_irq(&page_lock);

	page->next = free_pages;
	free_pages = page;
	spin_unlock_irq(&page_lock, flags);
}

void *page_alloc_run(u64 count, u64 align)
{
	u64 flags = spin_lock_irq(&page_lock);
	void *run = bump_take(count * PAGE_SIZE, MAX(align, PAGE_SIZE));

	spin_unlock_irq(&page_lock, flags);
	return run;
}
