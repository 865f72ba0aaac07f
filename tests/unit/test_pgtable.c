// SPDX-License-Identifier: Apache-2.0
// The page-table walker (mm/pgtable.c) against an array with one element a page, for formats
// that are unlike any real one and for those of the architectures, which are pure functions.
#include "unit.h"

#include <hv/mm.h>
#include <hv/pgtable.h>

#include "arch/arm64/pt_format.h"
#include "arch/riscv64/pt_format.h"

#define RW  (PT_READ | PT_WRITE)
#define RX  (PT_READ | PT_EXEC)
#define RWX (PT_READ | PT_WRITE | PT_EXEC)

/* fake_pt4 with a root that fills a part of its page: 44 bits. */
static struct pt_format narrow;

/* Stage 2 of AArch64: wide, narrow and full roots. */
static struct pt_format stage2_40, stage2_36, stage2_44, stage2_48;

static const struct pt_format *const formats[] = {
	&fake_pt3,
	&fake_pt4,
	&narrow,
	&pt_sv39,
	&pt_sv39x4,
	&pt_sv48x4,
	&pt_host_el2,
	&pt_host_el1,
	&pt_user,
	&stage2_40,
	&stage2_36,
	&stage2_44,
	&stage2_48,
};

static u64 random_state;

/* xorshift64: the same numbers in every run. */
static u64 random_below(u64 limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % limit;
}

static u64 free_memory(void)
{
	struct page_stats stats;

	page_get_stats(&stats);
	return stats.free;
}

/* Each test runs once for every format, which it finds in *state. */
static int setup(void **state)
{
	(void)state;
	random_state = 88172645463325252UL;
	fake_reset();
	fake_ram(MiB(32));
	return 0;
}

static struct pgtable tree(void **state)
{
	struct pgtable pt;

	assert_int_equal(pgtable_init(&pt, *state), 0);
	return pt;
}

static u64 root_size(const struct pgtable *pt)
{
	return MAX(8UL << pt->format->root_bits, PAGE_SIZE);
}

static u64 tree_block(const struct pgtable *pt, u64 at)
{
	u64 block;

	return pgtable_find(pt, at, NULL, NULL, &block) ? block : 0;
}

static u64 tree_hpa(const struct pgtable *pt, u64 at)
{
	hpa_t hpa;

	return pgtable_find(pt, at, &hpa, NULL, NULL) ? hpa.raw : ~0UL;
}

static u32 tree_flags(const struct pgtable *pt, u64 at)
{
	u32 flags;

	return pgtable_find(pt, at, NULL, &flags, NULL) ? flags & RWX : 0;
}

static bool is_mapped(const struct pgtable *pt, u64 at)
{
	return pgtable_find(pt, at, NULL, NULL, NULL);
}

/* ---- Formats ---- */

static void test_limit(void **state)
{
	(void)state;
	assert_int_equal(pgtable_limit(&fake_pt3), 1UL << 41);
	assert_int_equal(pgtable_limit(&fake_pt4), 1UL << 48);
	assert_int_equal(pgtable_limit(&narrow), 1UL << 44);
	assert_int_equal(pgtable_limit(&pt_sv39), 1UL << 39);
	assert_int_equal(pgtable_limit(&pt_sv39x4), 1UL << 41);
	assert_int_equal(pgtable_limit(&pt_sv48x4), 1UL << 50);
	assert_int_equal(pgtable_limit(&pt_host_el2), 1UL << 48);
	assert_int_equal(pgtable_limit(&pt_host_el1), 1UL << 48);
	assert_int_equal(pgtable_limit(&pt_user), 1UL << 48);
	assert_int_equal(pgtable_limit(&stage2_40), 1UL << 40);
	assert_int_equal(pgtable_limit(&stage2_36), 1UL << 36);
	assert_int_equal(pgtable_limit(&stage2_44), 1UL << 44);
	assert_int_equal(pgtable_limit(&stage2_48), 1UL << 48);
}

/* What every format must be able to do, in which the walker trusts. */
static void test_format(void **state)
{
	const struct pt_format *format = *state;
	const u32 flags[] = {PT_READ, RW, RX, RWX};
	hpa_t hpa = HPA(0x123 * GiB(1));
	u64 table = format->table(HPA(0x7ff123456000));

	assert_false(format->valid(0));
	assert_true(format->valid(table));
	assert_int_equal(format->address(table).raw, 0x7ff123456000);
	for (u32 level = 0; level <= format->block_levels; level++) {
		if (level)
			assert_false(format->is_leaf(table, level));
		for (u32 i = 0; i < ARRAY_LEN(flags); i++) {
			u64 leaf = format->leaf(hpa, flags[i], level);

			assert_true(format->valid(leaf));
			assert_true(format->is_leaf(leaf, level));
			assert_int_equal(format->address(leaf).raw, hpa.raw);
			assert_int_equal(format->flags(leaf) & RWX, flags[i]);
		}
	}
}

/* ---- Simple cases ---- */

static void test_empty(void **state)
{
	u64 start = free_memory(), limit = pgtable_limit(*state);
	struct pgtable pt = tree(state);
	u64 root = root_size(&pt);

	assert_true(IS_ALIGNED(pt.root.raw, root));
	assert_int_equal(pt.tables, root);
	assert_int_equal(start - free_memory(), root);
	assert_false(is_mapped(&pt, 0));
	assert_false(is_mapped(&pt, limit - 1));
	assert_false(is_mapped(&pt, limit));
	assert_false(is_mapped(&pt, ~0UL));
	assert_int_equal(pgtable_unmap(&pt, 0, limit), 0);
	assert_int_equal(pgtable_protect(&pt, 0, limit, RW), 0);
	assert_int_equal(pt.tables, root);
	pgtable_fini(&pt);
	assert_int_equal(free_memory(), start);
}

static void test_one_page(void **state)
{
	struct pgtable pt = tree(state);
	u64 at = GiB(5) + MiB(6) + KiB(28), block;
	hpa_t hpa;
	u32 flags;

	assert_int_equal(pgtable_map(&pt, at, HPA(GiB(3)), PAGE_SIZE, RX, GiB(1)), 0);
	assert_true(pgtable_find(&pt, at + 0x123, &hpa, &flags, &block));
	assert_int_equal(hpa.raw, GiB(3) + 0x123);
	assert_int_equal(flags & RWX, RX);
	assert_int_equal(block, PAGE_SIZE);
	assert_false(is_mapped(&pt, at - 1));
	assert_false(is_mapped(&pt, at + PAGE_SIZE));
	assert_int_equal(pt.tables, root_size(&pt) + (pt.format->levels - 1) * PAGE_SIZE);
	pgtable_fini(&pt);
}

/* Pages one by one: the short path beside the long one, and what could mislead it. */
static void test_near(void **state)
{
	struct pgtable pt = tree(state), other = tree(state);
	u64 at = pgtable_limit(*state) - MiB(4);

	for (u64 page = 0; page < MiB(4); page += PAGE_SIZE) {
		assert_int_equal(pgtable_map(&pt, at + page, HPA(GiB(1) + page),
					 PAGE_SIZE, RW, PAGE_SIZE),
			0);
		assert_int_equal(pgtable_map(&pt, at + page, HPA(0), PAGE_SIZE, RW,
					 PAGE_SIZE),
			-EEXIST);
	}
	for (u64 page = 0; page < MiB(4); page += PAGE_SIZE) {
		assert_int_equal(tree_hpa(&pt, at + page), GiB(1) + page);
		assert_false(is_mapped(&other, at + page));
	}
	/* Gone and back again; a bad request that only looks near. */
	assert_int_equal(pgtable_unmap(&pt, at, MiB(4)), 0);
	assert_int_equal(pgtable_map(&pt, at + MiB(3), HPA(0), PAGE_SIZE, RX, PAGE_SIZE),
		0);
	assert_int_equal(tree_flags(&pt, at + MiB(3)), RX);
	assert_int_equal(pgtable_map(&pt, at + MiB(2) + 1, HPA(0), PAGE_SIZE, RX,
				 PAGE_SIZE),
		-EINVAL);
	assert_int_equal(pgtable_map(&pt, at + MiB(2), HPA(1), PAGE_SIZE, RX, PAGE_SIZE),
		-EINVAL);
	assert_int_equal(pgtable_map(&pt, at + MiB(4), HPA(0), PAGE_SIZE, RX, PAGE_SIZE),
		-EINVAL);
	assert_false(is_mapped(&pt, at + MiB(2)));
	pgtable_fini(&pt);
	pgtable_fini(&other);
}

static void test_prepare(void **state)
{
	struct pgtable pt = tree(state);
	u64 limit = pgtable_limit(*state), tables;

	assert_int_equal(pgtable_prepare(&pt, limit), -EINVAL);
	assert_int_equal(pgtable_prepare(&pt, MiB(2) + 1), -EINVAL);
	assert_int_equal(pgtable_prepare(&pt, MiB(2)), 0);
	assert_int_equal(pgtable_prepare(&pt, MiB(4) - PAGE_SIZE), 0);
	assert_false(is_mapped(&pt, MiB(2)));
	tables = pt.tables;
	assert_int_equal(pgtable_map(&pt, MiB(2), HPA(0), PAGE_SIZE, RW, PAGE_SIZE), 0);
	assert_int_equal(pt.tables, tables);
	assert_int_equal(pgtable_prepare(&pt, MiB(2)), -EEXIST);
	assert_int_equal(pgtable_map(&pt, MiB(4), HPA(0), MiB(2), RW, MiB(2)), 0);
	assert_int_equal(pgtable_prepare(&pt, MiB(5)), -EEXIST);
	pgtable_fini(&pt);
}

static void test_near_block(void **state)
{
	struct pgtable pt = tree(state);

	/* A page near a block that is in the way, in both orders. */
	assert_int_equal(pgtable_map(&pt, 0, HPA(0), PAGE_SIZE, RW, PAGE_SIZE), 0);
	assert_int_equal(pgtable_map(&pt, MiB(2), HPA(0), MiB(2), RW, MiB(2)), 0);
	assert_int_equal(pgtable_map(&pt, MiB(3), HPA(0), PAGE_SIZE, RW, PAGE_SIZE),
		-EEXIST);
	assert_int_equal(pgtable_map(&pt, 0, HPA(0), MiB(2), RW, MiB(2)), -EEXIST);
	assert_int_equal(pgtable_map(&pt, PAGE_SIZE, HPA(0), PAGE_SIZE, RW, PAGE_SIZE),
		0);
	assert_int_equal(tree_block(&pt, MiB(3)), MiB(2));
	pgtable_fini(&pt);
}

static void test_blocks(void **state)
{
	struct pgtable pt = tree(state);
	u64 huge = pt.format->block_levels >= 2 ? GiB(1) : MiB(2);

	/* From a page before 2 GiB to a page behind 3 GiB + 4 MiB. */
	assert_int_equal(pgtable_map(&pt, GiB(2) - PAGE_SIZE, HPA(GiB(7) - PAGE_SIZE),
				 GiB(1) + MiB(4) + 2 * PAGE_SIZE, RW, GiB(1)),
		0);
	assert_int_equal(tree_block(&pt, GiB(2) - 2 * PAGE_SIZE), 0);
	assert_int_equal(tree_block(&pt, GiB(2) - PAGE_SIZE), PAGE_SIZE);
	assert_int_equal(tree_block(&pt, GiB(2)), huge);
	assert_int_equal(tree_block(&pt, GiB(3) - 1), huge);
	assert_int_equal(tree_block(&pt, GiB(3)), MiB(2));
	assert_int_equal(tree_block(&pt, GiB(3) + MiB(4) - 1), MiB(2));
	assert_int_equal(tree_block(&pt, GiB(3) + MiB(4)), PAGE_SIZE);
	assert_int_equal(tree_block(&pt, GiB(3) + MiB(4) + PAGE_SIZE), 0);
	assert_int_equal(tree_hpa(&pt, GiB(3) + 0x123456), GiB(8) + 0x123456);

	/* Less is allowed, or the host's side is not aligned. */
	assert_int_equal(pgtable_map(&pt, GiB(8), HPA(GiB(9)), GiB(1), RW, MiB(2)), 0);
	assert_int_equal(tree_block(&pt, GiB(8) + MiB(100)), MiB(2));
	assert_int_equal(pgtable_map(&pt, GiB(12), HPA(GiB(9)), MiB(2), RW, PAGE_SIZE),
		0);
	assert_int_equal(tree_block(&pt, GiB(12)), PAGE_SIZE);
	assert_int_equal(pgtable_map(&pt, GiB(14), HPA(MiB(2)), GiB(1), RW, GiB(1)), 0);
	assert_int_equal(tree_block(&pt, GiB(14) + MiB(100)), MiB(2));
	assert_int_equal(pgtable_map(&pt, GiB(16), HPA(PAGE_SIZE), MiB(2), RW, GiB(1)),
		0);
	assert_int_equal(tree_block(&pt, GiB(16)), PAGE_SIZE);
	pgtable_fini(&pt);
}

static void test_invalid(void **state)
{
	struct pgtable pt = tree(state);
	u64 limit = pgtable_limit(*state);

	assert_int_equal(pgtable_map(&pt, 1, HPA(0), MiB(2), RW, MiB(2)), -EINVAL);
	assert_int_equal(pgtable_map(&pt, 0, HPA(1), MiB(2), RW, MiB(2)), -EINVAL);
	assert_int_equal(pgtable_map(&pt, 0, HPA(0), MiB(2) + 1, RW, MiB(2)), -EINVAL);
	assert_int_equal(pgtable_map(&pt, limit - PAGE_SIZE, HPA(0), 2 * PAGE_SIZE, RW,
				 MiB(2)),
		-EINVAL);
	assert_int_equal(pgtable_map(&pt, limit, HPA(0), PAGE_SIZE, RW, MiB(2)), -EINVAL);
	assert_int_equal(pgtable_map(&pt, MiB(2), HPA(0), ~0UL - PAGE_SIZE + 1, RW,
				 MiB(2)),
		-EINVAL);
	assert_int_equal(pgtable_map(&pt, 0, HPA(~0xfffUL), 2 * PAGE_SIZE, RW, MiB(2)),
		-EINVAL);
	assert_int_equal(pgtable_unmap(&pt, 0, limit + PAGE_SIZE), -EINVAL);
	assert_int_equal(pgtable_unmap(&pt, 12, PAGE_SIZE), -EINVAL);
	assert_int_equal(pgtable_protect(&pt, limit, PAGE_SIZE, RW), -EINVAL);
	assert_true(fake_expect_panic(pgtable_protect(&pt, 0, PAGE_SIZE, 0)));

	/* Nothing is not an error. */
	assert_int_equal(pgtable_map(&pt, limit, HPA(0), 0, RW, MiB(2)), 0);
	assert_int_equal(pgtable_unmap(&pt, limit, 0), 0);
	/* The whole of it. */
	assert_int_equal(pgtable_map(&pt, limit - PAGE_SIZE, HPA(0), PAGE_SIZE, RW,
				 MiB(2)),
		0);
	assert_int_equal(tree_hpa(&pt, limit - 1), PAGE_SIZE - 1);
	pgtable_fini(&pt);
}

static void test_exists(void **state)
{
	struct pgtable pt = tree(state);

	assert_int_equal(pgtable_map(&pt, MiB(6), HPA(0), PAGE_SIZE, RW, MiB(2)), 0);
	assert_int_equal(pgtable_map(&pt, 0, HPA(0), MiB(16), RW, MiB(2)), -EEXIST);
	for (u64 at = 0; at < MiB(16); at += PAGE_SIZE)
		assert_int_equal(is_mapped(&pt, at), at == MiB(6));
	/* What is emptied may be mapped again, though not in a block. */
	assert_int_equal(pgtable_unmap(&pt, MiB(6), PAGE_SIZE), 0);
	assert_int_equal(pgtable_map(&pt, 0, HPA(0), MiB(16), RW, MiB(2)), 0);
	assert_int_equal(tree_block(&pt, MiB(4)), MiB(2));
	assert_int_equal(tree_block(&pt, MiB(6)), PAGE_SIZE);
	assert_int_equal(tree_hpa(&pt, MiB(7)), MiB(7));
	assert_int_equal(tree_block(&pt, MiB(8)), MiB(2));
	pgtable_fini(&pt);
}

static void test_split(void **state)
{
	struct pgtable pt = tree(state);
	u64 guard = GiB(1) + MiB(4) + KiB(40);

	assert_int_equal(pgtable_map(&pt, 0, HPA(GiB(4)), GiB(3), RW, GiB(1)), 0);
	assert_int_equal(pgtable_unmap(&pt, guard, PAGE_SIZE), 0);
	for (u64 at = GiB(1) - PAGE_SIZE; at < GiB(1) + MiB(8); at += PAGE_SIZE) {
		assert_int_equal(tree_hpa(&pt, at), at == guard ? ~0UL : at + GiB(4));
		assert_int_equal(tree_flags(&pt, at), at == guard ? 0 : RW);
	}
	assert_int_equal(tree_block(&pt, GiB(1) + MiB(2)), MiB(2));
	assert_int_equal(tree_block(&pt, GiB(1) + MiB(4)), PAGE_SIZE);

	/* Both ends in the middle of blocks. */
	assert_int_equal(pgtable_protect(&pt, MiB(3), GiB(2), RX), 0);
	assert_int_equal(tree_flags(&pt, MiB(3) - 1), RW);
	assert_int_equal(tree_flags(&pt, MiB(3)), RX);
	assert_int_equal(tree_flags(&pt, GiB(1) + MiB(512)), RX);
	assert_int_equal(tree_flags(&pt, guard), 0);
	assert_int_equal(tree_flags(&pt, GiB(2) + MiB(3) - 1), RX);
	assert_int_equal(tree_flags(&pt, GiB(2) + MiB(3)), RW);
	assert_int_equal(tree_hpa(&pt, GiB(2) + MiB(3) - 1), GiB(6) + MiB(3) - 1);
	pgtable_fini(&pt);
}

/* ---- Without memory ---- */

static hpa_t hoard[MiB(32) / PAGE_SIZE];
static u32 hoarded;

/* Takes all memory but `pages` pages. */
static void memory_leave(u32 pages)
{
	while (page_alloc(PAGE_SIZE, PAGE_SIZE, &hoard[hoarded]))
		hoarded++;
	while (pages--)
		page_free(hoard[--hoarded], PAGE_SIZE);
}

static void memory_back(void)
{
	while (hoarded)
		page_free(hoard[--hoarded], PAGE_SIZE);
}

static void test_map_without_memory(void **state)
{
	u64 start = free_memory(), at = GiB(1) - MiB(2);
	const struct pt_format *format = *state;
	u32 failures = 0;

	for (u32 pages = 0;; pages++) {
		struct pgtable pt = tree(state);
		int error;

		/* Two bottom tables and, one for each GiB, two middle ones; a top one perhaps. */
		memory_leave(pages);
		error = pgtable_map(&pt, at, HPA(PAGE_SIZE), MiB(4), RW, GiB(1));
		memory_back();
		for (u64 page = at; page < at + MiB(4); page += PAGE_SIZE)
			assert_int_equal(is_mapped(&pt, page), !error);
		if (error) {
			assert_int_equal(error, -ENOMEM);
			assert_int_equal(pgtable_map(&pt, at, HPA(0), MiB(4), RW,
						 PAGE_SIZE),
				0);
			failures++;
		}
		pgtable_fini(&pt);
		assert_int_equal(free_memory(), start);
		if (!error)
			break;
	}
	assert_int_equal(failures, format->levels == 3 ? 4 : 5);
}

static void test_page_without_memory(void **state)
{
	struct pgtable pt = tree(state);
	u32 needed = pt.format->levels - 1U;
	u64 root_span = pgtable_limit(*state) >> pt.format->root_bits;

	assert_int_equal(pgtable_map(&pt, 0, HPA(0), PAGE_SIZE, RW, PAGE_SIZE), 0);
	for (u32 pages = 0; pages < needed; pages++) {
		u64 at = (pages + 1) * root_span;

		memory_leave(0);
		assert_int_equal(pgtable_prepare(&pt, at), -ENOMEM);
		memory_back();
		memory_leave(pages);
		assert_int_equal(pgtable_map(&pt, at, HPA(0), PAGE_SIZE, RW, PAGE_SIZE),
			-ENOMEM);
		memory_back();
		assert_false(is_mapped(&pt, at));
		assert_int_equal(pgtable_map(&pt, at, HPA(MiB(1)), PAGE_SIZE, RW,
					 PAGE_SIZE),
			0);
		assert_int_equal(tree_hpa(&pt, at), MiB(1));
		assert_int_equal(tree_hpa(&pt, 0), 0);
	}
	pgtable_fini(&pt);
	memory_leave(0);
	assert_int_equal(pgtable_init(&pt, *state), -ENOMEM);
	memory_back();
}

static void test_split_without_memory(void **state)
{
	u32 failures = 0;
	int error;

	for (u32 pages = 0;; pages++) {
		struct pgtable pt = tree(state);

		/* In the middle of a small block at one end and of a large one at the other. */
		assert_int_equal(pgtable_map(&pt, 0, HPA(0), GiB(1), RW, MiB(2)), 0);
		assert_int_equal(pgtable_map(&pt, GiB(1), HPA(GiB(1)), GiB(1), RW,
					 GiB(1)),
			0);
		memory_leave(pages);
		if (pages % 2)
			error = pgtable_unmap(&pt, MiB(1), GiB(1));
		else
			error = pgtable_protect(&pt, MiB(1), GiB(1), RX);
		memory_back();
		for (u64 at = 0; at < GiB(2); at += KiB(512)) {
			bool inside = at >= MiB(1) && at < GiB(1) + MiB(1);

			if (!error && inside && pages % 2)
				assert_int_equal(tree_flags(&pt, at), 0);
			else
				assert_int_equal(tree_flags(&pt, at),
					!error && inside ? RX : RW);
			assert_int_equal(is_mapped(&pt, at),
				error || !inside || pages % 2 == 0);
		}
		pgtable_fini(&pt);
		if (!error)
			break;
		assert_int_equal(error, -ENOMEM);
		failures++;
	}
	assert_int_equal(failures,
		((const struct pt_format *)*state)->block_levels == 2 ? 3 : 2);
}

/* ---- At random ---- */

#define WINDOW_PAGES 8192U /* 32 MiB */

/* What each page of the window should be. */
static struct {
	u64 hpa;
	u32 flags; /* 0: not mapped */
} shadow[WINDOW_PAGES];

static void window_check(const struct pgtable *pt, u64 window)
{
	for (u32 i = 0; i < WINDOW_PAGES; i++) {
		u64 at = window + i * PAGE_SIZE, block;
		hpa_t hpa;
		u32 flags;

		if (!pgtable_find(pt, at, &hpa, &flags, &block)) {
			assert_int_equal(shadow[i].flags, 0);
			continue;
		}
		assert_int_equal(flags & RWX, shadow[i].flags);
		assert_int_equal(hpa.raw, shadow[i].hpa);
		/* All of a block is the same. */
		for (u64 n = at % block ? 1 : block / PAGE_SIZE; n-- > 1;) {
			assert_true(i + n < WINDOW_PAGES);
			assert_int_equal(shadow[i + n].hpa, hpa.raw + n * PAGE_SIZE);
			assert_int_equal(shadow[i + n].flags, shadow[i].flags);
		}
	}
	assert_false(is_mapped(pt, window - 1));
	assert_false(is_mapped(pt, window + WINDOW_PAGES * PAGE_SIZE));
}

static void random_map(struct pgtable *pt, u64 window, u32 first, u32 count)
{
	const u64 blocks[] = {PAGE_SIZE, MiB(2), GiB(1)};
	u64 at = window + first * PAGE_SIZE, max_block = blocks[random_below(3)];
	u32 flags = random_below(2) ? RW : RX;
	u64 hpa = GiB(2) + random_below(4) * GiB(4);
	bool free = true;
	int error;

	/* Often aligned with each other. */
	hpa += random_below(2) ? at % GiB(1)
			       : random_below(GiB(1) / PAGE_SIZE) * PAGE_SIZE;
	for (u32 i = first; i < first + count; i++)
		free &= !shadow[i].flags;
	error = pgtable_map(pt, at, HPA(hpa), count * PAGE_SIZE, flags, max_block);
	assert_int_equal(error, free ? 0 : -EEXIST);
	for (u32 i = first; free && i < first + count; i++) {
		shadow[i].hpa = hpa + (i - first) * PAGE_SIZE;
		shadow[i].flags = flags;
	}
}

static void random_change(struct pgtable *pt, u64 window, u32 first, u32 count,
	bool unmap)
{
	u32 flags = unmap ? 0 : random_below(2) ? PT_READ : RWX;
	u64 at = window + first * PAGE_SIZE, size = count * PAGE_SIZE;

	if (unmap)
		assert_int_equal(pgtable_unmap(pt, at, size), 0);
	else
		assert_int_equal(pgtable_protect(pt, at, size, flags), 0);
	for (u32 i = first; i < first + count; i++)
		if (shadow[i].flags)
			shadow[i].flags = flags;
}

static void random_round(struct pgtable *pt, u64 window)
{
	u32 kind = (u32)random_below(10);
	u32 first = (u32)random_below(WINDOW_PAGES);
	u64 most = 1UL << random_below(13);
	u32 count = 1 + (u32)random_below(MIN(WINDOW_PAGES - first, most));

	/* Frames are what blocks are made of. */
	if (random_below(2)) {
		first = ALIGN_DOWN(first, 512U);
		count = MIN(ALIGN_UP(count, 512U), WINDOW_PAGES - first);
	}
	if (kind < 6)
		random_map(pt, window, first, count);
	else
		random_change(pt, window, first, count, kind < 9);
}

static void test_random(void **state)
{
	/* Across the borders of 1 GiB and, where there is a level more, of 512 GiB. */
	const u64 windows[] = {GiB(1) - MiB(16), GiB(512) - MiB(16)};
	u64 start = free_memory();

	for (u32 w = 0; w < ARRAY_LEN(windows); w++) {
		struct pgtable pt;

		if (windows[w] + MiB(32) > pgtable_limit(*state))
			continue;
		memset(shadow, 0, sizeof(shadow));
		pt = tree(state);
		for (u32 round = 0; round < 400; round++) {
			random_round(&pt, windows[w]);
			if (round % 20 == 0)
				window_check(&pt, windows[w]);
		}
		window_check(&pt, windows[w]);
		pgtable_fini(&pt);
		assert_int_equal(free_memory(), start);
	}
}

#define TEST(function, n) {#function, function, setup, NULL, (void *)formats[n]}
/* clang-format off */
#define ALL(function)                                                               \
	TEST(function, 0), TEST(function, 1), TEST(function, 2), TEST(function, 3), \
	TEST(function, 4), TEST(function, 5), TEST(function, 6), TEST(function, 7), \
	TEST(function, 8), TEST(function, 9), TEST(function, 10),                   \
	TEST(function, 11), TEST(function, 12)
/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		ALL(test_format),
		ALL(test_empty),
		ALL(test_one_page),
		ALL(test_near),
		ALL(test_prepare),
		ALL(test_near_block),
		ALL(test_blocks),
		ALL(test_invalid),
		ALL(test_exists),
		ALL(test_split),
		ALL(test_map_without_memory),
		ALL(test_page_without_memory),
		ALL(test_split_without_memory),
		ALL(test_random),
	};

	narrow = fake_pt4;
	narrow.root_bits = 5;
	pt_stage2_init(&stage2_40, 3, 40);
	pt_stage2_init(&stage2_36, 3, 36);
	pt_stage2_init(&stage2_44, 4, 44);
	pt_stage2_init(&stage2_48, 4, 48);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
