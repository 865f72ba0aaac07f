// SPDX-License-Identifier: Apache-2.0
// fdt_pci_window(): the "ranges" of PCI bridges, good and bad.
#include "unit.h"

#include <hv/fdt.h>

#define IO       0x01000000
#define MEM32    0x02000000
#define MEM64    0x03000000
#define PREFETCH 0x40000000

static u64 pci, base, size;

/* A tree with one bridge, whose parent has `parent_cells`; what fdt_pci_window() says. */
static bool window_of(u32 parent_cells, u32 pci_cells, u32 size_cells, const u32 *ranges,
	u32 count)
{
	static u8 blob[1024];
	struct fdt_writer w;
	struct fdt fdt;
	const char *why = "";

	fdt_start(&w, blob, sizeof(blob));
	fdt_node(&w, "");
	fdt_put_cell(&w, "#address-cells", parent_cells);
	fdt_put_cell(&w, "#size-cells", 2);
	fdt_node(&w, "pcie");
	fdt_put_cell(&w, "#address-cells", pci_cells);
	fdt_put_cell(&w, "#size-cells", size_cells);
	if (ranges)
		fdt_put_cells(&w, "ranges", ranges, count);
	fdt_end_node(&w);
	fdt_end_node(&w);
	assert_true(fdt_finish(&w) > 0);
	assert_int_equal(fdt_open(&fdt, blob, sizeof(blob), &why), 0);
	pci = base = size = 0;
	return fdt_pci_window(&fdt, fdt_path(&fdt, "/pcie"), &pci, &base, &size);
}

/* As QEMU's virt boards write it. */
static void test_board(void **state)
{
	static const u32 ranges[] = {
		IO,
		0,
		0,
		0,
		0x3eff0000,
		0,
		0x10000,
		MEM32,
		0,
		0x10000000,
		0,
		0x10000000,
		0,
		0x2eff0000,
		MEM64,
		0x80,
		0,
		0x80,
		0,
		0x80,
		0,
	};

	(void)state;
	assert_true(window_of(2, 3, 2, ranges, ARRAY_LEN(ranges)));
	assert_int_equal(pci, 0x10000000);
	assert_int_equal(base, 0x10000000);
	assert_int_equal(size, 0x2eff0000);
	/* Cut short in the middle of it, but not behind it. */
	assert_false(window_of(2, 3, 2, ranges, 13));
	assert_true(window_of(2, 3, 2, ranges, 14));
}

static void test_translation(void **state)
{
	static const u32 wide[] = {MEM32, 0, 0x80000000, 0x12, 0x34000000, 0, 0x80000000};
	static const u32 narrow[] = {MEM32 | 0x80000000, 0, 0, 0x50000000, 0x100000};

	(void)state;
	assert_true(window_of(2, 3, 2, wide, ARRAY_LEN(wide)));
	assert_int_equal(pci, 0x80000000);
	assert_int_equal(base, 0x1234000000);
	assert_int_equal(size, 0x80000000);
	assert_true(window_of(1, 3, 1, narrow, ARRAY_LEN(narrow)));
	assert_int_equal(pci, 0);
	assert_int_equal(base, 0x50000000);
	assert_int_equal(size, 0x100000);
}

static void test_first_fit(void **state)
{
	static const u32 ranges[] = {
		MEM32 | PREFETCH,
		0,
		0x10000000,
		0,
		0x10000000,
		0,
		0x10000,
		MEM32,
		0,
		0x20000000,
		0,
		0x20000000,
		0,
		0x20000,
		MEM32,
		0,
		0x30000000,
		0,
		0x30000000,
		0,
		0x30000,
	};

	(void)state;
	assert_true(window_of(2, 3, 2, ranges, ARRAY_LEN(ranges)));
	assert_int_equal(base, 0x20000000);
	assert_int_equal(size, 0x20000);
	assert_false(window_of(2, 3, 2, ranges, 7));
}

static void test_bad(void **state)
{
	static const u32 empty[] = {MEM32, 0, 0x10000000, 0, 0x10000000, 0, 0};
	static const u32 high[] = {MEM32, 1, 0, 0, 0x10000000, 0, 0x1000};
	static const u32 past[] = {MEM32, 0, 0xfffff000, 0, 0x10000000, 0, 0x2000};
	static const u32 wraps[] = {MEM32, 0, 0x1000, ~0U, 0xfffff000, 0, 0x2000};
	static const u32 good[] = {MEM32, 0, 0xfffff000, ~0U, 0xfffff000, 0, 0x1000};

	(void)state;
	assert_false(window_of(2, 3, 2, NULL, 0));
	assert_false(window_of(2, 3, 2, good, 0));
	assert_false(window_of(2, 3, 2, empty, ARRAY_LEN(empty)));
	assert_false(window_of(2, 3, 2, high, ARRAY_LEN(high)));
	assert_false(window_of(2, 3, 2, past, ARRAY_LEN(past)));
	assert_false(window_of(2, 3, 2, wraps, ARRAY_LEN(wraps)));
	assert_true(window_of(2, 3, 2, good, ARRAY_LEN(good)));
	/* Not a PCI bridge's cells, or more than there are. */
	assert_false(window_of(2, 2, 2, good, ARRAY_LEN(good)));
	assert_false(window_of(3, 3, 2, good, ARRAY_LEN(good)));
	assert_false(window_of(2, 3, ~0U, good, ARRAY_LEN(good)));
	assert_false(window_of(2, 3, 0, good, ARRAY_LEN(good)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_board),
		cmocka_unit_test(test_translation),
		cmocka_unit_test(test_first_fit),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
