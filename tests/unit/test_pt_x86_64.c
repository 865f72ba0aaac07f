// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/pt_format.c, vmx/ept.c: whole entries, written down from the manuals. What the walker wants of
// a format is in test_pgtable.c.
#include "unit.h"

#include "arch/x86_64/pt_format.h"
#include "arch/x86_64/vmx/ept.h"

#define RW  (PT_READ | PT_WRITE)
#define RX  (PT_READ | PT_EXEC)
#define RWX (PT_READ | PT_WRITE | PT_EXEC)

#define AT 0x123456789000UL

struct row {
	u32 flags;
	u32 level;
	u64 entry; /* without the address */
};

static const struct row host[] = {
	{RX | PT_GLOBAL, 0, 0x0000000000000161},
	{PT_READ | PT_GLOBAL, 0, 0x8000000000000161},
	{RW | PT_GLOBAL, 0, 0x8000000000000163},
	{RW | PT_GLOBAL, 1, 0x80000000000001e3},
	{RW | PT_GLOBAL, 2, 0x80000000000001e3},
	{RW | PT_DEVICE | PT_GLOBAL, 0, 0x800000000000017b},
};

/* Every access of a guest is a user's. */
static const struct row nested[] = {
	{RWX | PT_USER, 0, 0x0000000000000067},
	{RWX | PT_USER, 1, 0x00000000000000e7},
	{RX | PT_USER, 0, 0x0000000000000065},
	{PT_READ | PT_USER, 0, 0x8000000000000065},
	{RW | PT_DEVICE | PT_USER, 0, 0x800000000000007f},
};

/* Write-back whatever a guest's PAT says; nobody is a user there. */
static const struct row extended[] = {
	{RWX, 0, 0x77},
	{RWX, 1, 0xf7},
	{RWX, 2, 0xf7},
	{RX, 0, 0x75},
	{PT_READ, 0, 0x71},
	{RW | PT_DEVICE, 0, 0x43},
};

static void check(const struct pt_format *format, const struct row *rows, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		u64 hpa = ALIGN_DOWN(AT, PAGE_SIZE << 9 * rows[i].level);
		u64 leaf = format->leaf(HPA(hpa), rows[i].flags, rows[i].level);

		assert_int_equal(leaf, hpa | rows[i].entry);
		assert_true(format->valid(leaf));
		assert_true(format->is_leaf(leaf, rows[i].level));
		assert_int_equal(format->flags(leaf), rows[i].flags);
		assert_int_equal(format->address(leaf).raw, hpa);
	}
}

static void test_leaves(void **state)
{
	(void)state;
	check(&pt_x86_64, host, ARRAY_LEN(host));
	check(&pt_x86_64_2m, host, ARRAY_LEN(host));
	check(&pt_npt, nested, ARRAY_LEN(nested));
	check(&pt_npt_2m, nested, ARRAY_LEN(nested));
	check(&pt_ept, extended, ARRAY_LEN(extended));
	check(&pt_ept_2m, extended, ARRAY_LEN(extended));
}

/* What nobody says, such as global or user, an NPT entry has anyway, or never. */
static void test_nested_flags(void **state)
{
	(void)state;
	assert_int_equal(pt_npt.leaf(HPA(AT), RWX, 0), AT | nested[0].entry);
	assert_int_equal(pt_npt.leaf(HPA(AT), RWX | PT_GLOBAL, 0), AT | nested[0].entry);
}

static void test_extended_table(void **state)
{
	u64 table = pt_ept.table(HPA(AT));

	(void)state;
	assert_int_equal(table, AT | 7);
	assert_false(pt_ept.is_leaf(table, 2));
	assert_false(pt_ept.valid(AT | 0x70));
	assert_int_equal(pt_ept.address(table).raw, AT);
	/* Never without reading, which is a misconfiguration. */
	assert_int_equal(pt_ept.leaf(HPA(AT), PT_WRITE, 0), AT | 0x73);
	assert_int_equal(pt_ept.leaf(HPA(AT), RWX | PT_USER | PT_GLOBAL, 0), AT | 0x77);
}

static void test_table(void **state)
{
	u64 table = pt_npt.table(HPA(AT));

	(void)state;
	assert_int_equal(table, AT | 0x27);
	assert_false(pt_npt.is_leaf(table, 3));
	assert_false(pt_npt.is_leaf(table, 1));
	assert_true(pt_npt.is_leaf(table, 0));
	assert_false(pt_npt.valid(AT | 0x26));
	assert_int_equal(pt_npt.address(table).raw, AT);
}

static void test_sizes(void **state)
{
	(void)state;
	assert_int_equal(pgtable_limit(&pt_npt), 1UL << 48);
	assert_int_equal(pt_x86_64.block_levels, 2);
	assert_int_equal(pt_x86_64_2m.block_levels, 1);
	assert_int_equal(pt_npt.block_levels, 2);
	assert_int_equal(pt_npt_2m.block_levels, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leaves),
		cmocka_unit_test(test_nested_flags),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_extended_table),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
