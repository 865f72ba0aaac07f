// SPDX-License-Identifier: Apache-2.0
// arch/arm64/pt_format.c: whole descriptors and VTCR_EL2, written down from the Arm ARM. What
// the walker wants of a format is in test_pgtable.c.
#include "unit.h"

#include "arch/arm64/pt_format.h"

#define RW  (PT_READ | PT_WRITE)
#define RX  (PT_READ | PT_EXEC)
#define RWX (PT_READ | PT_WRITE | PT_EXEC)

#define AT 0x123456789000UL

static const struct {
	u32 flags;
	u32 level;
	u64 entry; /* without the address */
} el2[] =
	{
		{RX | PT_GLOBAL, 0, 0x00000000000007c3},
		{PT_READ | PT_GLOBAL, 0, 0x00400000000007c3},
		{RW | PT_GLOBAL, 0, 0x0040000000000743},
		{RW | PT_GLOBAL, 2, 0x0040000000000741},
		{RWX | PT_GLOBAL, 1, 0x0000000000000741},
		{RW | PT_DEVICE | PT_GLOBAL, 0, 0x0040000000000747},
},
  el1[] =
	  {
		  {RX | PT_GLOBAL, 0, 0x0040000000000f83},
		  {PT_READ | PT_GLOBAL, 0, 0x0060000000000f83},
		  {RW | PT_GLOBAL, 0, 0x0060000000000f03},
		  {RW | PT_GLOBAL, 2, 0x0060000000000f01},
		  {RWX | PT_GLOBAL, 1, 0x0040000000000f01},
		  {RW | PT_DEVICE | PT_GLOBAL, 0, 0x0060000000000f07},
},
  user[] =
	  {
		  {RX | PT_USER, 0, 0x0020000000000fc3},
		  {PT_READ | PT_USER, 0, 0x0060000000000fc3},
		  {RW | PT_USER, 1, 0x0060000000000f41},
		  {RWX | PT_USER, 2, 0x0020000000000f41},
		  {RW | PT_DEVICE | PT_USER, 0, 0x0060000000000f47},
},
  stage2[] = {
	  {RX, 0, 0x000000000000077f},
	  {PT_READ, 0, 0x004000000000077f},
	  {PT_WRITE, 0, 0x00400000000007bf},
	  {RW, 0, 0x00400000000007ff},
	  {RWX, 1, 0x00000000000007fd},
	  {RWX, 2, 0x00000000000007fd},
	  {RW | PT_DEVICE, 0, 0x00400000000007c7},
};

#define CHECK_LEAVES(format, rows)                                                 \
	for (u32 i = 0; i < ARRAY_LEN(rows); i++) {                                \
		u64 hpa = ALIGN_DOWN(AT, PAGE_SIZE << 9 * rows[i].level);          \
		u64 leaf = (format)->leaf(HPA(hpa), rows[i].flags, rows[i].level); \
                                                                                   \
		assert_int_equal(leaf, hpa | rows[i].entry);                       \
		assert_true((format)->is_leaf(leaf, rows[i].level));               \
		assert_int_equal((format)->flags(leaf), rows[i].flags);            \
		assert_int_equal((format)->address(leaf).raw, hpa);                \
	}

static void test_stage1(void **state)
{
	(void)state;
	CHECK_LEAVES(&pt_host_el2, el2);
	CHECK_LEAVES(&pt_host_el1, el1);
	CHECK_LEAVES(&pt_user, user);
	assert_int_equal(pt_mair, 0x04ff);
}

static void test_stage2(void **state)
{
	struct pt_format format;

	(void)state;
	pt_stage2_init(&format, 3, 40);
	CHECK_LEAVES(&format, stage2);
	pt_stage2_init(&format, 4, 48);
	CHECK_LEAVES(&format, stage2);
}

static void test_table(void **state)
{
	u64 table = pt_user.table(HPA(AT));

	(void)state;
	assert_int_equal(table, AT | 3);
	assert_false(pt_user.is_leaf(table, 3));
	assert_false(pt_user.is_leaf(table, 1));
	assert_true(pt_user.is_leaf(table, 0));
	assert_false(pt_user.valid(AT | 2));
}

/* Levels, bits, PARange, VMIDs of 16 bits; root's index bits and VTCR_EL2. */
static const struct {
	u32 levels, bits, pa_range;
	bool vmid16;
	u32 root_bits;
	u64 vtcr;
} sizes[] = {
	{3, 40, 2, false, 10, 0x80023558},
	{3, 39, 1, false, 9, 0x80013559},
	{3, 36, 1, false, 6, 0x8001355c},
	{3, 32, 0, false, 2, 0x80003560},
	{3, 31, 0, false, 1, 0x80003561},
	{3, 43, 4, true, 13, 0x800c3555},
	{4, 48, 5, true, 9, 0x800d3590},
	{4, 48, 6, false, 9, 0x80053590},
	{4, 44, 4, false, 5, 0x80043594},
	{4, 40, 4, false, 1, 0x80043598},
};

static void test_sizes(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(sizes); i++) {
		struct pt_format format;

		pt_stage2_init(&format, sizes[i].levels, sizes[i].bits);
		assert_int_equal(format.levels, sizes[i].levels);
		assert_int_equal(format.root_bits, sizes[i].root_bits);
		assert_int_equal(pgtable_limit(&format), 1UL << sizes[i].bits);
		assert_int_equal(pt_stage2_vtcr(&format, sizes[i].pa_range,
					 sizes[i].vmid16),
			sizes[i].vtcr);
	}
}

static void test_bad_sizes(void **state)
{
	struct pt_format format;

	(void)state;
	assert_true(fake_expect_panic(pt_stage2_init(&format, 3, 30)));
	assert_true(fake_expect_panic(pt_stage2_init(&format, 3, 44)));
	assert_true(fake_expect_panic(pt_stage2_init(&format, 4, 39)));
	assert_true(fake_expect_panic(pt_stage2_init(&format, 4, 49)));
	assert_true(fake_expect_panic(pt_stage2_init(&format, 2, 30)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stage1),
		cmocka_unit_test(test_stage2),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_bad_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
