// SPDX-License-Identifier: Apache-2.0
// The page allocator (mm/page.c, frame.c, ranges.c, stock.c): a byte per page, kept here, says
// who has it, and everything the allocator answers is held against that.
#include "unit.h"

#include <hv/mm.h>

#include <hv/ranges.h>

#include <stdlib.h>

#define FRAME_PAGES (FRAME_SIZE / PAGE_SIZE)
#define STOCK_MAX   512 /* of mm/stock.c */

static u64 random_state;

/* xorshift64: the same numbers in every run. */
static u64 random_below(u64 limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % limit;
}

static int setup(void **state)
{
	(void)state;
	random_state = 88172645463325252UL;
	fake_reset();
	return 0;
}

static struct page_stats stats(void)
{
	struct page_stats s;

	page_get_stats(&s);
	return s;
}

static u64 alloc(u64 size, u64 align)
{
	hpa_t hpa;

	assert_true(page_alloc(size, align, &hpa));
	assert_true(IS_ALIGNED(hpa.raw, align));
	return hpa.raw;
}

static bool alloc_fails(u64 size, u64 align)
{
	hpa_t hpa;

	return !page_alloc(size, align, &hpa);
}

/* ---- Simple cases ---- */

static void test_start(void **state)
{
	struct page_stats s;

	(void)state;
	fake_ram(MiB(128));
	s = stats();
	assert_int_equal(s.total, MiB(128));
	/* 64 descriptors of 80 bytes take two pages, so the first frame is not whole. */
	assert_int_equal(s.free, MiB(128) - 2 * PAGE_SIZE);
	assert_int_equal(s.largest, MiB(126));
}

static void test_alignment(void **state)
{
	(void)state;
	fake_ram(MiB(128));
	for (u64 align = PAGE_SIZE; align <= MiB(16); align *= 2) {
		for (u64 size = PAGE_SIZE; size < MiB(5);
			size = size * 3 / 2 & ~0xfffUL) {
			u64 at = alloc(size, align);

			if (size < FRAME_SIZE)
				assert_int_equal(at / FRAME_SIZE,
					(at + size - 1) / FRAME_SIZE);
			else
				assert_true(IS_ALIGNED(at, FRAME_SIZE));
			page_free(HPA(at), size);
			if (size == PAGE_SIZE)
				size += PAGE_SIZE;
		}
	}
	assert_int_equal(stats().free, MiB(128) - 2 * PAGE_SIZE);
}

static void test_gigabytes(void **state)
{
	u64 base = (u64)fake_ram(GiB(4));

	(void)state;
	/* The table is in the first GiB, which leaves three. */
	assert_int_equal(alloc(GiB(2), GiB(1)), base + GiB(1));
	assert_int_equal(alloc(GiB(1), GiB(1)), base + GiB(3));
	assert_true(alloc_fails(GiB(1), GiB(1)));
	assert_true(alloc_fails(PAGE_SIZE, GiB(4)));
	page_free(HPA(base + GiB(1)), GiB(1));
	/* Small, yet aligned to 1 GiB: the rest of its frame is not lost. */
	assert_int_equal(alloc(PAGE_SIZE, GiB(1)), base + GiB(1));
	assert_int_equal(alloc(FRAME_SIZE - PAGE_SIZE, PAGE_SIZE),
		base + GiB(1) + PAGE_SIZE);
}

static void test_tail(void **state)
{
	u64 base = (u64)fake_ram(MiB(8)), run;

	(void)state;
	/* Three frames are whole; the last page of a run is in the third. */
	run = alloc(2 * FRAME_SIZE + PAGE_SIZE, PAGE_SIZE);
	assert_int_equal(run, base + FRAME_SIZE);
	assert_int_equal(stats().free, 2 * FRAME_SIZE - 2 * PAGE_SIZE);
	assert_int_equal(alloc(FRAME_SIZE - PAGE_SIZE, PAGE_SIZE),
		base + MiB(6) + PAGE_SIZE);

	/* A tail also fits where somebody has the end of the frame. */
	page_free(HPA(run), 2 * FRAME_SIZE + PAGE_SIZE);
	assert_true(alloc_fails(2 * FRAME_SIZE + 2 * PAGE_SIZE, PAGE_SIZE));
	assert_int_equal(alloc(2 * FRAME_SIZE + PAGE_SIZE, PAGE_SIZE), run);
}

static void test_free_parts(void **state)
{
	u64 run;

	(void)state;
	fake_ram(MiB(16));
	run = alloc(MiB(6), FRAME_SIZE);
	page_free(HPA(run + MiB(1)), MiB(3)); /* ends of two frames, and none whole */
	page_free(HPA(run + MiB(4)), MiB(2));
	page_free(HPA(run), MiB(1));
	assert_int_equal(stats().free, MiB(16) - PAGE_SIZE);
	assert_int_equal(alloc(MiB(6), FRAME_SIZE), run);
}

static void test_exhaustion(void **state)
{
	u64 pages = 0, base = (u64)fake_ram(MiB(8));
	struct page_stats start = stats();
	hpa_t hpa;

	(void)state;
	while (page_alloc(PAGE_SIZE, PAGE_SIZE, &hpa))
		pages++;
	assert_int_equal(pages * PAGE_SIZE, start.free);
	assert_int_equal(stats().free, 0);
	assert_int_equal(stats().largest, 0);
	assert_null(page_alloc_zeroed());
	assert_false(page_clear_ahead());

	page_free(HPA(base + MiB(3)), 3 * PAGE_SIZE);
	assert_int_equal(stats().largest, 3 * PAGE_SIZE);
	assert_true(alloc_fails(4 * PAGE_SIZE, PAGE_SIZE));
	page_free(HPA(base + MiB(3) + 3 * PAGE_SIZE), MiB(5) - 3 * PAGE_SIZE);
	page_free(HPA(base + PAGE_SIZE), MiB(3) - PAGE_SIZE);
	assert_int_equal(stats().free, start.free);
	assert_int_equal(stats().largest, MiB(6));
}

static void test_huge_machine(void **state)
{
	u64 size = GiB(1024), base = (u64)fake_ram(size);
	struct page_stats s = stats();

	(void)state;
	assert_int_equal(s.total, size);
	assert_true(s.total - s.free <= MiB(40));
	assert_int_equal(alloc(size - GiB(1), GiB(1)), base + GiB(1));
	assert_true(alloc_fails(GiB(1), FRAME_SIZE));
}

/* ---- Our own mistakes ---- */

static void test_panics(void **state)
{
	u64 base = (u64)fake_ram(MiB(8)), page;

	(void)state;
	page = alloc(4 * PAGE_SIZE, PAGE_SIZE);
	page_free(HPA(page + PAGE_SIZE), PAGE_SIZE);
	/* Only a program's first panic is printed. */
	assert_true(fake_expect_panic(page_free(HPA(page + PAGE_SIZE), PAGE_SIZE)));
	assert_non_null(strstr(fake_output, "that is free already"));
	/* Partly free: then none of it becomes free. */
	assert_true(fake_expect_panic(page_free(HPA(page), 4 * PAGE_SIZE)));
	page_free(HPA(page), PAGE_SIZE);
	page_free(HPA(page + 2 * PAGE_SIZE), 2 * PAGE_SIZE);

	assert_true(fake_expect_panic(page_free(HPA(base + MiB(8)), PAGE_SIZE)));
	assert_true(fake_expect_panic(page_free(HPA(base), PAGE_SIZE))); /* the table */
	assert_true(fake_expect_panic(page_free(HPA(base + MiB(7)), MiB(2))));
	assert_true(fake_expect_panic(page_free(HPA(~0xfffUL), 2 * PAGE_SIZE)));
	assert_true(fake_expect_panic(page_free(HPA(page + 1), PAGE_SIZE)));
	assert_true(fake_expect_panic(page_free(HPA(page), 0)));
	assert_true(fake_expect_panic(alloc_fails(PAGE_SIZE + 1, PAGE_SIZE)));
	assert_true(fake_expect_panic(alloc_fails(PAGE_SIZE, 3 * PAGE_SIZE)));
	assert_int_equal(stats().free, MiB(8) - PAGE_SIZE);
}

/* ---- Cleared pages ---- */

static bool page_is_zero(const u64 *page)
{
	for (u32 i = 0; i < PAGE_SIZE / sizeof(*page); i++)
		if (page[i])
			return false;
	return true;
}

static void test_zeroed(void **state)
{
	struct page_stats start;
	u64 all;
	u64 *page;

	(void)state;
	fake_ram(MiB(8));
	/* Make all memory dirty; what is in stock already is allocated then, too. */
	all = alloc(MiB(6), FRAME_SIZE);
	memset((void *)all, 0xa5, MiB(6));
	page_free(HPA(all), MiB(6));
	start = stats();
	while (page_clear_ahead())
		;
	assert_int_equal(stats().free, start.free);
	for (u32 i = 0; i < 2 * STOCK_MAX; i++) {
		page = page_alloc_zeroed();
		assert_non_null(page);
		assert_true(page_is_zero(page));
		memset(page, 0x5a, PAGE_SIZE);
		assert_int_equal(stats().free, start.free - (i + 1) * PAGE_SIZE);
	}
}

/* What is in stock goes to whoever needs it more. */
static void test_stock_drained(void **state)
{
	struct page_stats start;
	u64 pages = 0;
	hpa_t hpa;

	(void)state;
	fake_ram(MiB(8));
	start = stats();
	for (u32 i = 0; page_clear_ahead(); i++)
		assert_true(i < STOCK_MAX);
	alloc(MiB(6), FRAME_SIZE); /* only with what the stock took from its frames */
	while (page_alloc(PAGE_SIZE, PAGE_SIZE, &hpa))
		pages++;
	assert_int_equal(MiB(6) + pages * PAGE_SIZE, start.free);
}

static void test_clear(void **state)
{
	u8 *area = fake_area(4 * PAGE_SIZE);

	(void)state;
	memset(area, 0xff, 4 * PAGE_SIZE);
	page_clear(area + PAGE_SIZE, 2 * PAGE_SIZE);
	for (u32 i = 0; i < 4 * PAGE_SIZE; i++)
		assert_int_equal(area[i], i / PAGE_SIZE % 3 == 0 ? 0xff : 0);
	fake_area_free(area, 4 * PAGE_SIZE);
}

/* ---- What firmware may say ---- */

#define MAP_PAGES (MiB(64) / PAGE_SIZE)

/* The bytes of page `page` that lie in one of the ranges; overlaps count only as "some". */
static bool covers(const struct mem_range *r, u64 start, u64 end)
{
	return r->base <= start && end - r->base <= r->size;
}

static bool touches(const struct mem_range *r, u64 start, u64 end)
{
	return r->size && r->base < end && start < r->base + r->size;
}

/* Every page that must be handed out is, once, and no other. */
static void check_ranges(u64 base, const struct mem_range *ram, u32 ram_count,
	const struct mem_range *reserved, u32 reserved_count)
{
	static u8 usable[MAP_PAGES];
	u64 expected = 0, found = 0;
	hpa_t hpa;

	for (u32 i = 0; i < MAP_PAGES; i++) {
		u64 start = base + i * PAGE_SIZE, end = start + PAGE_SIZE;

		usable[i] = false;
		for (u32 n = 0; n < ram_count; n++)
			usable[i] |= covers(&ram[n], start, end);
		for (u32 n = 0; n < reserved_count; n++)
			usable[i] &= !touches(&reserved[n], start, end);
		expected += usable[i];
	}
	if (page_init(ram, ram_count, reserved, reserved_count)) {
		assert_int_equal(expected, 0);
		return;
	}
	assert_int_equal(stats().total, expected * PAGE_SIZE);
	expected = stats().free / PAGE_SIZE;
	while (page_alloc(PAGE_SIZE, PAGE_SIZE, &hpa)) {
		assert_true(range_inside(hpa.raw, PAGE_SIZE, base, MiB(64)));
		assert_true(usable[(hpa.raw - base) / PAGE_SIZE]);
		usable[(hpa.raw - base) / PAGE_SIZE] = false;
		memset(hpa_ptr(hpa), 0xee, PAGE_SIZE);
		found++;
	}
	assert_int_equal(found, expected);
}

static void test_ranges(void **state)
{
	u64 base = (u64)fake_area(MiB(64));
	const struct mem_range ram[] = {
		{base + MiB(40), MiB(24)},
		{base + MiB(1) + 5, MiB(9)}, /* unaligned, in the middle of frames */
		{base + MiB(8), MiB(6)},     /* overlaps with the one before */
		{base + MiB(14), MiB(2)},    /* touches it */
		{base + MiB(20), 0}, {base + MiB(21) + 7, 100}, /* not a whole page */
		{~0UL - 10, 100},                               /* wraps */
	};
	const struct mem_range reserved[] = {
		{base + MiB(63) + 17, MiB(5)}, /* beyond the end */
		{base + MiB(2), KiB(64)},
		{base + MiB(2) + KiB(20), KiB(100)}, /* overlaps with the one before */
		{base + MiB(30), MiB(1)},            /* where there is no RAM */
		{base + MiB(41) + 1, 1},             /* one byte: a page */
		{base + MiB(46), MiB(6)},            /* whole frames */
		{base + MiB(56), 0},
	};

	(void)state;
	check_ranges(base, ram, ARRAY_LEN(ram), reserved, ARRAY_LEN(reserved));
	/* Reserved pages between ours are foreign, though their frame is known. */
	assert_true(fake_expect_panic(page_free(HPA(base + MiB(41)), PAGE_SIZE)));
	assert_true(fake_expect_panic(page_free(HPA(base + MiB(47)), PAGE_SIZE)));
	page_free(HPA(base + MiB(42)), PAGE_SIZE);
	fake_area_free((void *)base, MiB(64));
}

/* A run must not lead across a hole, nor from one bank into the next. */
static void test_holes(void **state)
{
	u64 base = (u64)fake_area(MiB(64));
	const struct mem_range ram[] = {{base, MiB(16)}, {base + MiB(32), MiB(16)}};
	const struct mem_range hole = {base + MiB(8) - PAGE_SIZE, PAGE_SIZE};

	(void)state;
	assert_int_equal(page_init(ram, 2, &hole, 1), 0);
	assert_int_equal(stats().largest, MiB(16));
	assert_true(alloc_fails(MiB(16) + PAGE_SIZE, PAGE_SIZE));
	assert_int_equal(alloc(MiB(16), PAGE_SIZE), base + MiB(32));
	assert_int_equal(alloc(MiB(8), PAGE_SIZE), base + MiB(8));
	assert_int_equal(alloc(MiB(6) - PAGE_SIZE, PAGE_SIZE), base + MiB(2));
	assert_true(alloc_fails(FRAME_SIZE, PAGE_SIZE));
	fake_area_free((void *)base, MiB(64));
}

static void test_random_ranges(void **state)
{
	u64 base = (u64)fake_area(MiB(64));
	struct mem_range ram[8], reserved[16];

	(void)state;
	for (u32 round = 0; round < 100; round++) {
		u64 unit = round % 2 ? 1 : KiB(64);

		for (u32 i = 0; i < ARRAY_LEN(ram); i++) {
			ram[i].base = base + ALIGN_DOWN(random_below(MiB(64)), unit);
			ram[i].size =
				random_below(MIN(base + MiB(64) - ram[i].base, MiB(8)));
		}
		for (u32 i = 0; i < ARRAY_LEN(reserved); i++) {
			reserved[i].base = base + ALIGN_DOWN(random_below(MiB(64)), unit);
			reserved[i].size = random_below(KiB(4) << random_below(9));
		}
		check_ranges(base, ram, ARRAY_LEN(ram), reserved, ARRAY_LEN(reserved));
	}
	fake_area_free((void *)base, MiB(64));
}

static void test_no_memory(void **state)
{
	u64 base = (u64)fake_area(MiB(4));
	const struct mem_range page = {base, PAGE_SIZE}, less = {base + 1, PAGE_SIZE};
	const struct mem_range bit = {base + KiB(8), 1};
	struct mem_range pieces[RANGES_MAX + 1];

	(void)state;
	assert_int_equal(page_init(NULL, 0, NULL, 0), -ENOMEM);
	assert_int_equal(page_init(&less, 1, NULL, 0), -ENOMEM);
	assert_int_equal(page_init(&page, 1, &page, 1), -ENOMEM);
	/* One page is enough for the table, and nothing is left. */
	assert_int_equal(page_init(&page, 1, NULL, 0), 0);
	assert_int_equal(stats().free, 0);
	assert_int_equal(page_init(&page, 1, &bit, 1), 0);

	for (u32 i = 0; i < ARRAY_LEN(pieces); i++)
		pieces[i] = (struct mem_range){base + 3 * i * PAGE_SIZE, 2 * PAGE_SIZE};
	assert_int_equal(page_init(pieces, RANGES_MAX, NULL, 0), 0);
	assert_int_equal(page_init(pieces, RANGES_MAX + 1, NULL, 0), -ENOMEM);
	fake_area_free((void *)base, MiB(4));
}

static void test_range_list(void **state)
{
	struct ranges set = {0};

	(void)state;
	assert_true(ranges_add(&set, 0, MiB(1)));
	assert_true(ranges_add(&set, MiB(2), MiB(3)));
	assert_int_equal(set.count, 2);
	assert_null(ranges_find(&set, PAGE_SIZE, MiB(1)));
	assert_ptr_equal(ranges_find(&set, PAGE_SIZE, MiB(1) - PAGE_SIZE), &set.list[0]);
	assert_true(ranges_add(&set, MiB(1), MiB(2)));
	assert_int_equal(set.count, 1);
	assert_true(ranges_remove(&set, 0, RANGES_END));
	assert_int_equal(set.count, 0);
}

/* RAM from 0, as some machines have it: NULL must stay nobody's. */
static void test_page_zero(void **state)
{
	const struct mem_range low = {0, MiB(1)}, high = {RANGES_END - MiB(1), ~0UL};
	const struct mem_range ram[] = {low, high};
	struct ranges set;

	(void)state;
	assert_true(ranges_usable(&set, ram, 2, NULL, 0));
	assert_int_equal(set.count, 2);
	assert_int_equal(set.list[0].start, PAGE_SIZE);
	assert_int_equal(set.list[0].end, MiB(1));
	assert_int_equal(set.list[1].end, RANGES_END);
	assert_true(ranges_usable(&set, ram, 2, &low, 1));
	assert_int_equal(set.count, 1);
}

/* ---- At random ---- */

#define RANDOM_SIZE  MiB(48)
#define RANDOM_PAGES (RANDOM_SIZE / PAGE_SIZE)
#define PIECES       400

struct piece {
	u64 at;
	u64 size; /* 0: none */
};

static u8 taken[RANDOM_PAGES];

static void mark(u64 base, const struct piece *p, bool now)
{
	for (u64 i = (p->at - base) / PAGE_SIZE; i < (p->at + p->size - base) / PAGE_SIZE;
		i++) {
		assert_int_equal(taken[i], !now);
		taken[i] = now;
	}
}

/* Whether there is a run as page_alloc() promises to find one. */
static bool run_exists(u64 base, u64 size, u64 align)
{
	bool small = size < FRAME_SIZE && align < FRAME_SIZE;
	u64 step = MAX(align, small ? PAGE_SIZE : FRAME_SIZE);

	for (u64 at = ALIGN_UP(base, step); at + size <= base + RANDOM_SIZE; at += step) {
		u64 page = (at - base) / PAGE_SIZE, n = 0;

		if (small && at / FRAME_SIZE != (at + size - 1) / FRAME_SIZE)
			continue;
		while (n < size / PAGE_SIZE && !taken[page + n])
			n++;
		if (n == size / PAGE_SIZE)
			return true;
	}
	return false;
}

static void random_alloc(u64 base, struct piece *p)
{
	u64 kind = random_below(10);
	u64 max = kind < 5 ? 4 : kind < 9 ? FRAME_PAGES : 6 * FRAME_PAGES;
	u64 align = PAGE_SIZE << random_below(kind < 5 ? 3 : 11);
	u64 size = (1 + random_below(max)) * PAGE_SIZE;
	hpa_t hpa;

	if (!page_alloc(size, align, &hpa)) {
		assert_false(run_exists(base, size, align));
		return;
	}
	assert_true(IS_ALIGNED(hpa.raw, align));
	assert_true(range_inside(hpa.raw, size, base, RANDOM_SIZE));
	*p = (struct piece){hpa.raw, size};
	mark(base, p, true);
}

/* All of it, or a part at its end. */
static void random_free(u64 base, struct piece *p)
{
	u64 keep = random_below(3) ? 0 : random_below(p->size / PAGE_SIZE) * PAGE_SIZE;
	struct piece gone = {p->at + keep, p->size - keep};

	mark(base, &gone, false);
	page_free(HPA(gone.at), gone.size);
	p->size = keep;
}

static void test_random(void **state)
{
	static struct piece pieces[PIECES];
	u64 base = (u64)fake_ram(RANDOM_SIZE), used = 0;
	u64 table = stats().total - stats().free;
	struct piece own = {base, table};

	(void)state;
	mark(base, &own, true);
	for (u32 round = 0; round < 20000; round++) {
		struct piece *p = &pieces[random_below(PIECES)];

		used -= p->size;
		if (p->size)
			random_free(base, p);
		else
			random_alloc(base, p);
		used += p->size;
		if (round % 16 == 0)
			page_clear_ahead();
		assert_int_equal(stats().free, RANDOM_SIZE - table - used);
	}
	for (u32 i = 0; i < PIECES; i++)
		if (pieces[i].size)
			page_free(HPA(pieces[i].at), pieces[i].size);
	assert_int_equal(stats().free, RANDOM_SIZE - table);
	alloc(RANDOM_SIZE - FRAME_SIZE, FRAME_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_start, setup),
		cmocka_unit_test_setup(test_alignment, setup),
		cmocka_unit_test_setup(test_gigabytes, setup),
		cmocka_unit_test_setup(test_tail, setup),
		cmocka_unit_test_setup(test_free_parts, setup),
		cmocka_unit_test_setup(test_exhaustion, setup),
		cmocka_unit_test_setup(test_huge_machine, setup),
		cmocka_unit_test_setup(test_panics, setup),
		cmocka_unit_test_setup(test_zeroed, setup),
		cmocka_unit_test_setup(test_stock_drained, setup),
		cmocka_unit_test_setup(test_clear, setup),
		cmocka_unit_test_setup(test_ranges, setup),
		cmocka_unit_test_setup(test_holes, setup),
		cmocka_unit_test_setup(test_random_ranges, setup),
		cmocka_unit_test_setup(test_no_memory, setup),
		cmocka_unit_test_setup(test_range_list, setup),
		cmocka_unit_test_setup(test_page_zero, setup),
		cmocka_unit_test_setup(test_random, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
