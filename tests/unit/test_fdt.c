// SPDX-License-Identifier: Apache-2.0
// lib/fdt*.c: what the writer writes is what the reader reads and what dtc understands. Blobs
// that are wrong are test_fdt_hostile.c's.
#include "unit.h"

#include <hv/fdt.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/fdt_format.h"

#define BLOB_MAX 4096

/* ---- A small board, through every function of the writer ---- */

static int board_write(void *buf, u32 size)
{
	struct fdt_writer w;

	fdt_start(&w, buf, size);
	fdt_node(&w, "");
	fdt_put_cell(&w, "#address-cells", 2);
	fdt_put_cell(&w, "#size-cells", 2);
	fdt_put_strings(&w, "compatible", "lodge,board\0simple", 18);
	fdt_node(&w, "aliases");
	fdt_put_string(&w, "serial0", "/soc/serial@10000000");
	fdt_put_string(&w, "loop", "loop");
	fdt_end_node(&w);
	fdt_node_at(&w, "memory", 0x80000000);
	fdt_put_string(&w, "device_type", "memory");
	fdt_put_reg(&w, 0x80000000, 0x140000000);
	fdt_end_node(&w);
	fdt_node(&w, "cpus");
	fdt_put_cell(&w, "#address-cells", 1);
	fdt_put_cell(&w, "#size-cells", 0);
	for (u32 i = 0; i < 2; i++) {
		fdt_node_at(&w, "cpu", i);
		fdt_put_cell(&w, "reg", i);
		fdt_put_cell(&w, "phandle", i + 1);
		fdt_put_string(&w, "status", i ? "disabled" : "okay");
		fdt_end_node(&w);
	}
	fdt_end_node(&w);
	fdt_node(&w, "soc");
	fdt_put_empty(&w, "ranges");
	fdt_node_at(&w, "serial", 0x10000000);
	fdt_put_string(&w, "compatible", "ns16550a");
	fdt_put_cells(&w, "reg", (u32[]){0x10000000, 0x100, 0x20000000, 0x200}, 4);
	fdt_put_u64(&w, "clock", 0x123456789abcdef0);
	fdt_put(&w, "mac", "\1\2\3\4\5\6", 6);
	fdt_end_node(&w);
	fdt_end_node(&w);
	fdt_end_node(&w);
	return fdt_finish(&w);
}

/* clang-format off */
static const char board_text[] =
	"/dts-v1/;\n"
	"\n"
	"/ {\n"
	"\t#address-cells = <0x02>;\n"
	"\t#size-cells = <0x02>;\n"
	"\tcompatible = \"lodge,board\\0simple\";\n"
	"\n"
	"\taliases {\n"
	"\t\tserial0 = \"/soc/serial@10000000\";\n"
	"\t\tloop = \"loop\";\n"
	"\t};\n"
	"\n"
	"\tmemory@80000000 {\n"
	"\t\tdevice_type = \"memory\";\n"
	"\t\treg = <0x00 0x80000000 0x01 0x40000000>;\n"
	"\t};\n"
	"\n"
	"\tcpus {\n"
	"\t\t#address-cells = <0x01>;\n"
	"\t\t#size-cells = <0x00>;\n"
	"\n"
	"\t\tcpu@0 {\n"
	"\t\t\treg = <0x00>;\n"
	"\t\t\tphandle = <0x01>;\n"
	"\t\t\tstatus = \"okay\";\n"
	"\t\t};\n"
	"\n"
	"\t\tcpu@1 {\n"
	"\t\t\treg = <0x01>;\n"
	"\t\t\tphandle = <0x02>;\n"
	"\t\t\tstatus = \"disabled\";\n"
	"\t\t};\n"
	"\t};\n"
	"\n"
	"\tsoc {\n"
	"\t\tranges;\n"
	"\n"
	"\t\tserial@10000000 {\n"
	"\t\t\tcompatible = \"ns16550a\";\n"
	"\t\t\treg = <0x10000000 0x100 0x20000000 0x200>;\n"
	"\t\t\tclock = <0x12345678 0x9abcdef0>;\n"
	"\t\t\tmac = [01 02 03 04 05 06];\n"
	"\t\t};\n"
	"\t};\n"
	"};\n";
/* clang-format on */

static u8 board[BLOB_MAX];
static struct fdt board_fdt;

static int board_setup(void **state)
{
	const char *why;

	(void)state;
	assert_int_equal(board_write(board, sizeof(board)), (int)be32_get(board + 4));
	assert_int_equal(fdt_open(&board_fdt, board, sizeof(board), &why), 0);
	return 0;
}

/* ---- Writing ---- */

/* The output of a command, NUL-terminated; false if it cannot be run or fails. */
static bool command_read(const char *command, char *out, size_t size)
{
	FILE *pipe = popen(command, "r");
	size_t len = pipe ? fread(out, 1, size - 1, pipe) : 0;

	out[len] = '\0';
	return pipe && pclose(pipe) == 0;
}

static void test_write_dtc(void **state)
{
	char name[] = "/tmp/lodge-fdt-XXXXXX", command[128], text[BLOB_MAX];
	u32 size = be32_get(board + FDT_H_TOTALSIZE);
	int file;

	(void)state;
	if (system("command -v dtc >/dev/null") != 0)
		skip();
	file = mkstemp(name);
	assert_true(file >= 0);
	assert_int_equal(write(file, board, size), size);
	close(file);
	snprintf(command, sizeof(command), "dtc -q -I dtb -O dts %s", name);
	assert_true(command_read(command, text, sizeof(text)));
	unlink(name);
	assert_string_equal(text, board_text);
}

/* Exactly enough is enough; with any size below, nothing outside of the buffer is touched. */
static void test_write_full(void **state)
{
	u32 total = be32_get(board + FDT_H_TOTALSIZE);

	(void)state;
	for (u32 size = 0; size <= total; size++) {
		u8 *buf = malloc(MAX(size, 1U));

		assert_int_equal(board_write(buf, size),
			size < total ? -ENOSPC : (int)total);
		if (size == total)
			assert_memory_equal(buf, board, total);
		free(buf);
	}
}

/* Each letter is a call: ( root, < node, > end, p property, u unnamed node. */
static void test_write_misuse(void **state)
{
	static const struct {
		const char *calls;
		bool good;
	} cases[] = {
		{"(>", true},
		{"(p>", true},
		{"(p<p><>>", true},
		{"(<<<>>>>", true},
		{"", false},
		{"p", false},
		{">", false},
		{"(", false},
		{"(>>", false},
		{"(>p", false},
		{"(<>p>", false},
		{"(>(>", false},
		{"(><>", false},
		{"<>", false},
		{"(u>>", false},
		{"(<p>", false},
		{"(<><>p<>>", false},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		u8 buf[BLOB_MAX];
		struct fdt_writer w;
		struct fdt fdt;
		const char *why;
		int size;

		fdt_start(&w, buf, sizeof(buf));
		for (const char *c = cases[i].calls; *c; c++) {
			switch (*c) {
			case '(':
			case 'u': fdt_node(&w, ""); break;
			case '<': fdt_node(&w, "n"); break;
			case '>': fdt_end_node(&w); break;
			default: fdt_put_cell(&w, "p", 1); break;
			}
		}
		size = fdt_finish(&w);
		if (cases[i].good ? size <= 0 : size != -EINVAL)
			fail_msg("\"%s\": %d", cases[i].calls, size);
		if (cases[i].good)
			assert_int_equal(fdt_open(&fdt, buf, (u32)size, &why), 0);
	}
}

/* ---- Reading ---- */

static void test_nodes(void **state)
{
	static const struct {
		const char *name;
		int parent; /* number in this table */
	} nodes[] = {
		{"", -1},
		{"aliases", 0},
		{"memory@80000000", 0},
		{"cpus", 0},
		{"cpu@0", 3},
		{"cpu@1", 3},
		{"soc", 0},
		{"serial@10000000", 6},
	};
	int offsets[ARRAY_LEN(nodes)], node = -1, children = 0;

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(nodes); i++) {
		node = fdt_next(&board_fdt, node);
		assert_true(node >= 0);
		offsets[i] = node;
		assert_string_equal(fdt_name(&board_fdt, node), nodes[i].name);
		assert_int_equal(fdt_parent(&board_fdt, node),
			nodes[i].parent < 0 ? -ENOENT : offsets[nodes[i].parent]);
	}
	assert_int_equal(fdt_next(&board_fdt, node), -ENOENT);
	assert_int_equal(fdt_root(&board_fdt), offsets[0]);
	fdt_for_each_child(&board_fdt, offsets[0], child) {
		static const int numbers[] = {1, 2, 3, 6};

		assert_int_equal(child, offsets[numbers[children++]]);
	}
	assert_int_equal(children, 4);
	assert_int_equal(fdt_first_child(&board_fdt, offsets[1]), -ENOENT);
	assert_int_equal(fdt_next_sibling(&board_fdt, offsets[5]), -ENOENT);
	assert_int_equal(fdt_next_sibling(&board_fdt, offsets[0]), -ENOENT);
}

static void test_paths(void **state)
{
	static const struct {
		const char *path;
		const char *name; /* NULL: not there */
	} cases[] = {
		{"/", ""},
		{"/soc", "soc"},
		{"/soc/", "soc"},
		{"//soc//serial", "serial@10000000"},
		{"/soc/serial@10000000", "serial@10000000"},
		{"/soc/serial@10000000:115200n8", "serial@10000000"},
		{"/cpus/cpu", "cpu@0"},
		{"/cpus/cpu@1", "cpu@1"},
		{"serial0", "serial@10000000"},
		{"serial0:9600", "serial@10000000"},
		{"serial0/none", NULL},
		{"/so", NULL},
		{"/soc1", NULL},
		{"/soc/serial@1000000", NULL},
		{"/cpus/cpu@", NULL},
		{"/cpus/cpu@0/x", NULL},
		{"serial1", NULL},
		{"loop", NULL},
		{"an-alias-of-more-than-thirty-one-letters", NULL},
		{"", NULL},
		{":", NULL},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		int node = fdt_path(&board_fdt, cases[i].path);

		if ((node >= 0) != (cases[i].name != NULL))
			fail_msg("\"%s\": %d", cases[i].path, node);
		if (node >= 0)
			assert_string_equal(fdt_name(&board_fdt, node), cases[i].name);
	}
}

static void test_find(void **state)
{
	int root = fdt_root(&board_fdt), serial = fdt_path(&board_fdt, "serial0");

	(void)state;
	assert_int_equal(fdt_compatible(&board_fdt, -1, "simple"), root);
	assert_int_equal(fdt_compatible(&board_fdt, -1, "lodge,board"), root);
	assert_int_equal(fdt_compatible(&board_fdt, root, "simple"), -ENOENT);
	assert_int_equal(fdt_compatible(&board_fdt, -1, "lodge"), -ENOENT);
	assert_int_equal(fdt_compatible(&board_fdt, -1, "ns16550a"), serial);
	assert_int_equal(fdt_compatible(&board_fdt, -1, ""), -ENOENT);
	assert_int_equal(fdt_by_phandle(&board_fdt, 2),
		fdt_path(&board_fdt, "/cpus/cpu@1"));
	assert_int_equal(fdt_by_phandle(&board_fdt, 3), -ENOENT);
	assert_int_equal(fdt_by_phandle(&board_fdt, 0), -ENOENT);
	assert_int_equal(fdt_by_phandle(&board_fdt, ~0U), -ENOENT);
}

/* Names and numbers that nobody should use. */
static void test_odd(void **state)
{
	struct fdt_writer w;
	struct fdt fdt;
	u8 buf[512];
	const char *why;

	(void)state;
	fdt_start(&w, buf, sizeof(buf));
	fdt_node(&w, "");
	fdt_node(&w, "n@1@2");
	fdt_put_cell(&w, "phandle", 0);
	fdt_end_node(&w);
	fdt_node_at(&w, "n", UINT64_MAX);
	fdt_put_cell(&w, "phandle", ~0U);
	fdt_end_node(&w);
	fdt_end_node(&w);
	assert_true(fdt_finish(&w) > 0);
	assert_int_equal(fdt_open(&fdt, buf, sizeof(buf), &why), 0);
	assert_int_equal(fdt_path(&fdt, "/n@1"), -ENOENT);
	assert_true(fdt_path(&fdt, "/n@1@2") > 0);
	assert_true(fdt_path(&fdt, "/n@ffffffffffffffff") > 0);
	assert_int_equal(fdt_by_phandle(&fdt, 0), -ENOENT);
	assert_int_equal(fdt_by_phandle(&fdt, ~0U), -ENOENT);
}

static void test_properties(void **state)
{
	int serial = fdt_path(&board_fdt, "serial0"), soc = fdt_path(&board_fdt, "/soc");
	int cpu = fdt_path(&board_fdt, "/cpus/cpu"), none = -ENOENT;
	const void *value;
	u32 len, cell;

	(void)state;
	value = fdt_prop(&board_fdt, serial, "mac", &len);
	assert_int_equal(len, 6);
	assert_memory_equal(value, "\1\2\3\4\5\6", 6);
	assert_non_null(fdt_prop(&board_fdt, soc, "ranges", &len));
	assert_int_equal(len, 0);
	assert_null(fdt_prop(&board_fdt, soc, "mac", &len));
	assert_null(fdt_prop(&board_fdt, soc, "range", NULL));
	assert_null(fdt_prop(&board_fdt, none, "ranges", NULL));
	assert_string_equal(fdt_string(&board_fdt, serial, "compatible"), "ns16550a");
	assert_null(fdt_string(&board_fdt, serial, "mac"));
	assert_null(fdt_string(&board_fdt, soc, "ranges"));
	assert_true(fdt_cell(&board_fdt, serial, "clock", 1, &cell));
	assert_int_equal(cell, 0x9abcdef0);
	assert_false(fdt_cell(&board_fdt, serial, "clock", 2, &cell));
	assert_false(fdt_cell(&board_fdt, serial, "mac", 1, &cell));
	assert_false(fdt_cell(&board_fdt, serial, "clock", 0x40000000, &cell));
	assert_false(fdt_cell(&board_fdt, none, "clock", 0, &cell));
	assert_true(fdt_enabled(&board_fdt, cpu));
	assert_true(fdt_enabled(&board_fdt, serial));
	assert_false(fdt_enabled(&board_fdt, fdt_next_sibling(&board_fdt, cpu)));
}

static void test_reg(void **state)
{
	u64 address, size;
	int serial = fdt_path(&board_fdt, "serial0");

	(void)state;
	assert_true(fdt_reg(&board_fdt, fdt_path(&board_fdt, "/memory"), 0, &address,
		&size));
	assert_int_equal(address, 0x80000000);
	assert_int_equal(size, 0x140000000);
	assert_false(fdt_reg(&board_fdt, fdt_path(&board_fdt, "/memory"), 1, &address,
		&size));
	assert_true(fdt_reg(&board_fdt, fdt_path(&board_fdt, "/cpus/cpu@1"), 0, &address,
		&size));
	assert_int_equal(address, 1);
	assert_int_equal(size, 0);
	/* The defaults are two cells and one: of four, there is one entry. */
	assert_true(fdt_reg(&board_fdt, serial, 0, &address, &size));
	assert_int_equal(address, 0x1000000000000100);
	assert_int_equal(size, 0x20000000);
	assert_false(fdt_reg(&board_fdt, serial, 1, &address, &size));
	assert_false(fdt_reg(&board_fdt, serial, ~0U / 3, &address, &size));
	assert_false(fdt_reg(&board_fdt, fdt_path(&board_fdt, "/soc"), 0, &address,
		&size));
	assert_false(fdt_reg(&board_fdt, fdt_root(&board_fdt), 0, &address, &size));
}

static void test_reg_cells(void **state)
{
	static const struct {
		u32 address_cells, size_cells;
		bool good;
	} cases[] = {
		{2, 2, true},
		{1, 1, true},
		{0, 1, true},
		{1, 0, true},
		{0, 0, false},
		{3, 2, false},
		{2, 3, false},
		{~0U, ~0U, false},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		struct fdt_writer w;
		struct fdt fdt;
		u64 address, size;
		u8 buf[512];
		const char *why;

		fdt_start(&w, buf, sizeof(buf));
		fdt_node(&w, "");
		fdt_put_cell(&w, "#address-cells", cases[i].address_cells);
		fdt_put_cell(&w, "#size-cells", cases[i].size_cells);
		fdt_node(&w, "n");
		fdt_put_cells(&w, "reg", (u32[]){1, 2, 3, 4, 5, 6, 7, 8}, 8);
		fdt_end_node(&w);
		fdt_end_node(&w);
		assert_true(fdt_finish(&w) > 0);
		assert_int_equal(fdt_open(&fdt, buf, sizeof(buf), &why), 0);
		assert_int_equal(fdt_reg(&fdt, fdt_path(&fdt, "/n"), 0, &address, &size),
			cases[i].good);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_dtc),
		cmocka_unit_test(test_write_full),
		cmocka_unit_test(test_write_misuse),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_reg),
		cmocka_unit_test(test_reg_cells),
	};

	return cmocka_run_group_tests(tests, board_setup, NULL);
}
