// SPDX-License-Identifier: Apache-2.0
// Cleared pages, and a stock of them: a guest's first touch of its memory often needs a page
// for a table, and clearing one takes longer than all the rest of such an exit.
#include "page.h"

#include <hv/lock.h>

#define STOCK_MAX   512 /* 2 MiB */
#define STOCK_START 64  /* cleared at boot: more than the tables of a first guest */
#define CLEAR_ROW   64  /* words; a page is a whole number of rows */

/* A page in stock is zero but for this link, which is cleared when the page is taken. */
struct stocked {
	struct stocked *next;
};

static struct {
	struct spinlock lock;
	struct stocked *first;
	u32 count;
} stock;

void page_clear(void *page, u64 size)
{
	u64 *row = page, *end = row + size / sizeof(u64);

	/* Stores and nothing else: in a long row the loop around them costs next to nothing. */
	for (; row < end; row += CLEAR_ROW) {
#pragma clang loop unroll(full)
		for (u32 i = 0; i < CLEAR_ROW; i++)
			row[i] = 0;
	}
}

static void *stock_take(void)
{
	struct stocked *page;

	spin_lock(&stock.lock);
	page = stock.first;
	if (page) {
		stock.first = page->next;
		stock.count--;
	}
	spin_unlock(&stock.lock);
	if (page)
		page->next = NULL;
	return page;
}

void *page_alloc_zeroed(void)
{
	void *page = stock_take();
	hpa_t hpa;

	if (!page && page_take(PAGE_SIZE, PAGE_SIZE, &hpa)) {
		page = hpa_ptr(hpa);
		page_clear(page, PAGE_SIZE);
	}
	return page;
}

bool page_clear_ahead(void)
{
	struct stocked *page;
	hpa_t hpa;

	if (stock_bytes() >= STOCK_MAX * PAGE_SIZE ||
		!page_take(PAGE_SIZE, PAGE_SIZE, &hpa))
		return false;
	page = hpa_ptr(hpa);
	page_clear(page, PAGE_SIZE);
	spin_lock(&stock.lock);
	page->next = stock.first;
	stock.first = page;
	stock.count++;
	spin_unlock(&stock.lock);
	return true;
}

void stock_init(void)
{
	stock.lock = (struct spinlock){0};
	stock.first = NULL;
	stock.count = 0;
	while (stock.count < STOCK_START && page_clear_ahead())
		;
}

bool stock_drain(void)
{
	void *page = stock_take();
	bool any = page;

	for (; page; page = stock_take())
		page_free(ptr_hpa(page), PAGE_SIZE);
	return any;
}

u64 stock_bytes(void)
{
	return __atomic_load_n(&stock.count, __ATOMIC_RELAXED) * PAGE_SIZE;
}
