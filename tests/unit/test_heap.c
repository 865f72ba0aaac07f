// SPDX-License-Identifier: Apache-2.0
// Small objects (mm/heap.c): zeroed, apart from each other, and all memory comes back.
#include "unit.h"

#include <hv/mm.h>

#define OBJECT_MAX KiB(64)
#define OBJECTS    300

static u64 free_at_start;
static u64 random_state;

/* xorshift64: the same numbers in every run. */
static u64 random_below(u64 limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % limit;
}

static u64 free_now(void)
{
	struct page_stats stats;

	page_get_stats(&stats);
	return stats.free;
}

static int setup(void **state)
{
	(void)state;
	random_state = 362436069362436069UL;
	fake_reset();
	fake_ram(MiB(8));
	free_at_start = free_now();
	return 0;
}

static bool all_bytes(const u8 *p, size_t size, u8 byte)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != byte)
			return false;
	return true;
}

/* Every size of interest, twice, so that the second is what the first left dirty. */
static void test_sizes(void **state)
{
	(void)state;
	for (size_t size = 1; size <= OBJECT_MAX; size += size < 5000 ? 1 : 997) {
		for (u32 round = 0; round < 2; round++) {
			u8 *p = mem_alloc(size);

			assert_non_null(p);
			assert_true(IS_ALIGNED((u64)p,
				size >= PAGE_SIZE ? PAGE_SIZE : 16));
			assert_true(all_bytes(p, size, 0));
			memset(p, 0xff, size);
			mem_free(p);
		}
	}
	mem_free(NULL);
	assert_int_equal(free_now(), free_at_start);
}

/* How much memory small objects cost: what a page holds beside its header. */
static void test_density(void **state)
{
	static void *p[1000];

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(p); i++)
		p[i] = mem_alloc(64);
	assert_int_equal(free_at_start - free_now(), ALIGN_UP(1000, 63) / 63 * PAGE_SIZE);
	for (u32 i = 0; i < ARRAY_LEN(p); i++)
		mem_free(p[i]);
	assert_int_equal(free_now(), free_at_start);
}

static void test_exhaustion(void **state)
{
	static void *p[4096];
	const size_t sizes[] = {OBJECT_MAX, PAGE_SIZE, 2048, 16};
	u32 count = 0;

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(sizes); i++) {
		void *one;

		while (count < ARRAY_LEN(p) && (one = mem_alloc(sizes[i])))
			p[count++] = one;
	}
	assert_true(count < ARRAY_LEN(p));
	assert_int_equal(free_now(), 0);
	assert_null(mem_alloc(OBJECT_MAX));
	for (u32 i = 0; i < count; i++)
		mem_free(p[i]);
	assert_int_equal(free_now(), free_at_start);
}

/* Room for the record of a big object, but not for its pages: the record goes back. */
static void test_half_failure(void **state)
{
	hpa_t page, last;

	(void)state;
	while (page_alloc(PAGE_SIZE, PAGE_SIZE, &page))
		last = page;
	page_free(last, PAGE_SIZE);
	assert_null(mem_alloc(PAGE_SIZE));
	assert_int_equal(free_now(), PAGE_SIZE);
}

static void test_panics(void **state)
{
	u8 *small = mem_alloc(40), *other = mem_alloc(40),
	   *big = mem_alloc(3 * PAGE_SIZE);
	hpa_t page;

	(void)state;
	assert_true(page_alloc(PAGE_SIZE, PAGE_SIZE, &page));
	memset(hpa_ptr(page), 0, PAGE_SIZE);
	mem_free(small);
	/* Only a program's first panic is printed. */
	assert_true(fake_expect_panic(mem_free(small)));
	assert_non_null(strstr(fake_output, "that is free already"));
	assert_true(fake_expect_panic(mem_free(other + 16)));
	assert_true(fake_expect_panic(mem_free((u8 *)ALIGN_DOWN((u64)other, PAGE_SIZE) +
		16)));
	assert_true(fake_expect_panic(mem_free((u8 *)hpa_ptr(page) + 64)));
	assert_true(fake_expect_panic(mem_free(hpa_ptr(page))));
	assert_true(fake_expect_panic(mem_free(big + PAGE_SIZE)));
	mem_free(big);
	assert_true(fake_expect_panic(mem_free(big)));
	/* The page of the last object is gone, too. */
	mem_free(other);
	assert_true(fake_expect_panic(mem_free(other)));
	assert_true(fake_expect_panic(mem_alloc(0)));
	assert_true(fake_expect_panic(mem_alloc(OBJECT_MAX + 1)));
	page_free(page, PAGE_SIZE);
	assert_int_equal(free_now(), free_at_start);
}

/* Each object is full of its own byte; nobody else may write there. */
static void test_random(void **state)
{
	static struct {
		u8 *p;
		size_t size;
	} objects[OBJECTS];

	(void)state;
	for (u32 round = 0; round < 20000; round++) {
		u32 i = (u32)random_below(OBJECTS);

		if (objects[i].p) {
			assert_true(all_bytes(objects[i].p, objects[i].size, (u8)i + 1));
			mem_free(objects[i].p);
			objects[i].p = NULL;
			continue;
		}
		objects[i].size = 1 + random_below(16UL << random_below(13));
		objects[i].p = mem_alloc(objects[i].size);
		if (objects[i].p) {
			assert_true(all_bytes(objects[i].p, objects[i].size, 0));
			memset(objects[i].p, (u8)i + 1, objects[i].size);
		}
	}
	for (u32 i = 0; i < OBJECTS; i++)
		mem_free(objects[i].p);
	assert_int_equal(free_now(), free_at_start);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_sizes, setup),
		cmocka_unit_test_setup(test_density, setup),
		cmocka_unit_test_setup(test_exhaustion, setup),
		cmocka_unit_test_setup(test_half_failure, setup),
		cmocka_unit_test_setup(test_panics, setup),
		cmocka_unit_test_setup(test_random, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
