// SPDX-License-Identifier: Apache-2.0
// All RAM that nobody uses: it must be zero at first, and keep what is written, each page by
// itself.
#define TEST "touch"
#include "check.h"

#define WORDS (PAGE_SIZE / sizeof(u64))

static u64 pattern(const u64 *word)
{
	return (u64)word * 0x9e3779b97f4a7c15UL;
}

static void page_fill(u64 *page)
{
	for (u32 i = 0; i < WORDS; i++) {
		expect_equal(page[i], 0, "untouched RAM at %p", &page[i]);
		page[i] = pattern(&page[i]);
	}
}

static void page_check(const u64 *page)
{
	/* Word 0 is the way to the next page. */
	for (u32 i = 1; i < WORDS; i++)
		expect_equal(page[i], pattern(&page[i]), "RAM at %p", &page[i]);
}

int guest_main(void)
{
	u64 *first = NULL, *page;
	u64 count = 0;

	for (; (page = page_alloc()); count++) {
		page_fill(page);
		page[0] = (u64)first;
		first = page;
	}
	expect_true(count > 0, "some RAM");
	for (page = first; page; page = (u64 *)page[0])
		page_check(page);
	print(TEST ": %lu pages of RAM %p-%p\n", count, (void *)ram.start,
		(void *)ram.end);
	return test_ok();
}
