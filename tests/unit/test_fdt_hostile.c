// SPDX-License-Identifier: Apache-2.0
// lib/fdt.c: no blob, however wrong, makes the reader leave it: hand-made damage, each with
// what is said about it, and random damage to good trees, ours and QEMU's.
#include "unit.h"

#include <hv/fdt.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/fdt_format.h"

#define BLOB_MAX 4096

/* ---- Hand-made blobs ---- */

/* Where the layout below puts things. */
enum {
	RAW_RSVMAP = 40,
	RAW_STRUCTS = 88,
	RAW_STRINGS = 160,
	RAW_SIZE = 176,
};

/*
 * Two reservations; the tokens NOP BEGIN_NODE "" PROP 4 "a" PROP 3 "bc" BEGIN_NODE "n"
 * END_NODE END_NODE END.
 */
static const u32 raw_tokens[] = {
	4, 1, 0, 3, 4, 0, 0x11223344, 3, 3, 2, 0x6f6b0000, 1, 0x6e000000, 2, 4, 2, 9};

static void raw_write(u8 raw[RAW_SIZE])
{
	static const u32 header[] = {FDT_MAGIC, RAW_SIZE, RAW_STRUCTS, RAW_STRINGS,
		RAW_RSVMAP, 17, 16, 0, 5, sizeof(raw_tokens)};
	static const u32 rsvmap[] = {1, 2, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0};

	memset(raw, 0, RAW_SIZE);
	for (u32 i = 0; i < ARRAY_LEN(header); i++)
		be32_put(raw + 4 * i, header[i]);
	for (u32 i = 0; i < ARRAY_LEN(rsvmap); i++)
		be32_put(raw + RAW_RSVMAP + 4 * i, rsvmap[i]);
	for (u32 i = 0; i < ARRAY_LEN(raw_tokens); i++)
		be32_put(raw + RAW_STRUCTS + 4 * i, raw_tokens[i]);
	memcpy(raw + RAW_STRINGS, "a\0bc", 5);
}

/* In a block of its own, so that a read behind it is noticed. */
static int open_copy(struct fdt *fdt, const u8 *raw, u32 size, u8 **copy,
	const char **why)
{
	*copy = malloc(size);
	memcpy(*copy, raw, size);
	return fdt_open(fdt, *copy, size, why);
}

static void test_raw(void **state)
{
	u8 raw[RAW_SIZE], *copy;
	const char *why;
	struct fdt fdt;
	u64 address, size;
	u32 cell;

	(void)state;
	raw_write(raw);
	for (u32 version = 16; version <= 18; version++) {
		be32_put(raw + FDT_H_VERSION, version);
		if (version == 16) /* has no such field */
			be32_put(raw + FDT_H_SIZE_DT_STRUCT, ~0U);
		else
			be32_put(raw + FDT_H_SIZE_DT_STRUCT, sizeof(raw_tokens));
		assert_int_equal(open_copy(&fdt, raw, RAW_SIZE, &copy, &why), 0);
		assert_int_equal(fdt.structs_size, sizeof(raw_tokens));
		assert_true(fdt_reservation(&fdt, 1, &address, &size));
		assert_int_equal(address, 0);
		assert_int_equal(size, 4);
		assert_true(fdt_reservation(&fdt, 0, &address, &size));
		assert_int_equal(address, 0x100000002);
		assert_int_equal(size, 3);
		assert_false(fdt_reservation(&fdt, 2, &address, &size));
		assert_false(fdt_reservation(&fdt, 3, &address, &size));
		assert_true(fdt_cell(&fdt, fdt_root(&fdt), "a", 0, &cell));
		assert_int_equal(cell, 0x11223344);
		assert_string_equal(fdt_string(&fdt, fdt_root(&fdt), "bc"), "ok");
		assert_string_equal(fdt_name(&fdt, fdt_path(&fdt, "/n")), "n");
		free(copy);
	}
}

#define TOKEN(n) (RAW_STRUCTS + 4 * (n))

static const char bad_magic[] = "it does not begin with the device tree's magic number";
static const char bad_size[] = "its total size is impossible";
static const char bad_version[] = "its version is neither 16 nor 17";
static const char bad_aligned[] = "one of its blocks is not aligned";
static const char bad_leaves[] = "one of its blocks leaves the blob";
static const char bad_endless[] = "its reservation block has no end";
static const char bad_overlap[] = "its blocks overlap";
static const char bad_token[] = "a token is unknown or leaves the structure block";
static const char bad_name[] = "a property's name leaves the strings block";
static const char bad_place[] = "a property is outside of a node or behind a child";
static const char bad_roots[] = "there is more than one root node";
static const char bad_early[] = "its structure ends too early";
static const char bad_unbegun[] = "a node ends that was not begun";
static const char bad_deep[] = "its nodes are nested too deeply";

/* NULL: nothing is wrong. */
static void check_open(const u8 *raw, u32 len, const char *expected, const char *what,
	u32 n)
{
	const char *why = NULL;
	struct fdt fdt;
	u8 *copy;
	int ret = open_copy(&fdt, raw, len, &copy, &why);

	free(copy);
	if (ret != (expected ? -EINVAL : 0) || (expected && strcmp(why, expected) != 0))
		fail_msg("%s %u: %d, %s", what, n, ret, why ? why : "nothing");
}

/* One word is changed. */
static void test_words(void **state)
{
	static const struct {
		u32 offset, value;
		const char *why;
	} cases[] = {
		{FDT_H_MAGIC, 0xedfe0dd0, bad_magic},
		{FDT_H_TOTALSIZE, RAW_SIZE + 1, bad_size},
		{FDT_H_TOTALSIZE, 39, bad_size}, {FDT_H_TOTALSIZE, ~0U, bad_size},
		{FDT_H_TOTALSIZE, RAW_SIZE - 12, bad_leaves},
		{FDT_H_VERSION, 15, bad_version},
		{FDT_H_LAST_COMP_VERSION, 18, bad_version},
		{FDT_H_OFF_DT_STRUCT, RAW_STRUCTS + 2, bad_aligned},
		{FDT_H_OFF_MEM_RSVMAP, RAW_RSVMAP + 4, bad_aligned},
		{FDT_H_OFF_DT_STRUCT, RAW_SIZE, bad_leaves},
		{FDT_H_OFF_DT_STRUCT, 0xfffffff0, bad_leaves},
		{FDT_H_OFF_DT_STRUCT, 0, bad_leaves},
		{FDT_H_SIZE_DT_STRUCT, RAW_SIZE, bad_leaves},
		{FDT_H_SIZE_DT_STRUCT, 0xffffff00, bad_leaves},
		{FDT_H_SIZE_DT_STRUCT, sizeof(raw_tokens) - 1, bad_token},
		{FDT_H_SIZE_DT_STRUCT, 2, bad_token},
		{FDT_H_OFF_DT_STRINGS, 0xfffffffc, bad_leaves},
		{FDT_H_SIZE_DT_STRINGS, 17, bad_leaves},
		{FDT_H_SIZE_DT_STRINGS, 0xfffffff0, bad_leaves},
		{FDT_H_SIZE_DT_STRINGS, 4, bad_name},
		{FDT_H_SIZE_DT_STRINGS, 0, bad_name},
		{FDT_H_OFF_DT_STRINGS, RAW_STRUCTS + 64, bad_overlap},
		{FDT_H_OFF_DT_STRINGS, 44, bad_overlap},
		{FDT_H_OFF_DT_STRINGS, 36, bad_leaves},
		{FDT_H_OFF_MEM_RSVMAP, RAW_STRINGS, bad_endless},
		{FDT_H_OFF_MEM_RSVMAP, RAW_SIZE, bad_leaves},
		{FDT_H_OFF_MEM_RSVMAP, 0xfffffff8, bad_leaves},
		{FDT_H_OFF_MEM_RSVMAP, 32, bad_leaves},
		{FDT_H_OFF_MEM_RSVMAP, RAW_RSVMAP + 16, NULL},
		{RAW_RSVMAP + 44, 1, bad_endless}, {TOKEN(0), 0, bad_token},
		{TOKEN(0), 5, bad_token}, {TOKEN(0), FDT_END_NODE, bad_unbegun},
		{TOKEN(0), FDT_END, bad_early}, {TOKEN(1), FDT_NOP, bad_token},
		{TOKEN(3), FDT_END, bad_early}, {TOKEN(4), ~0U, bad_token},
		{TOKEN(4), 0xfffffff8, bad_token}, {TOKEN(4), 1000, bad_token},
		{TOKEN(4), 60, bad_token}, {TOKEN(5), 5, bad_name},
		{TOKEN(5), ~0U, bad_name}, {TOKEN(5), 4, NULL},
		{TOKEN(14), FDT_END, bad_early}, {TOKEN(14), FDT_END_NODE, bad_unbegun},
		{TOKEN(15), FDT_BEGIN_NODE, bad_token}, {TOKEN(16), FDT_NOP, bad_token},
		{TOKEN(16), FDT_PROP, bad_token}, {TOKEN(16), FDT_BEGIN_NODE, bad_token},
		{TOKEN(12), 0x6e6e6e6e, bad_early}, /* the name takes the next token */
	};
	u8 raw[RAW_SIZE];

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		raw_write(raw);
		be32_put(raw + cases[i].offset, cases[i].value);
		check_open(raw, RAW_SIZE, cases[i].why, "word", i);
	}
}

#define AAAA 0x61616161

static void test_structures(void **state)
{
	static const struct {
		u32 tokens[8];
		const char *why;
	} cases[] = {
		{{1, 0, 2, 9}, NULL},
		{{1, 0, 3, 0, 0, 2, 9}, NULL},
		{{1, 0, 2, 1, 0, 2, 9}, bad_roots},
		{{1, 0, 2, 3, 0, 0, 9}, bad_place},
		{{3, 0, 0, 1, 0, 2, 9}, bad_place},
		{{1, 0, 1, 0, 2, 3, 0, 0}, bad_place},
		{{1, AAAA, AAAA, AAAA, AAAA, AAAA, AAAA, AAAA}, bad_token},
		{{9}, bad_early},
	};
	u8 raw[RAW_SIZE];

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		raw_write(raw);
		for (u32 t = 0; t < ARRAY_LEN(cases[i].tokens); t++)
			be32_put(raw + TOKEN(t), cases[i].tokens[t]);
		be32_put(raw + FDT_H_SIZE_DT_STRUCT, sizeof(cases[i].tokens));
		check_open(raw, RAW_SIZE, cases[i].why, "structure", i);
	}
}

/* A property's tag is the last word of the blob. */
static void test_end(void **state)
{
	static const u32 tokens[] = {1, 0, 3};
	u8 raw[RAW_SIZE];

	(void)state;
	raw_write(raw);
	for (u32 t = 0; t < ARRAY_LEN(tokens); t++)
		be32_put(raw + TOKEN(t), tokens[t]);
	be32_put(raw + FDT_H_TOTALSIZE, TOKEN(3));
	be32_put(raw + FDT_H_SIZE_DT_STRUCT, sizeof(tokens));
	be32_put(raw + FDT_H_OFF_DT_STRINGS, TOKEN(3));
	be32_put(raw + FDT_H_SIZE_DT_STRINGS, 0);
	check_open(raw, TOKEN(3), bad_token, "end", 0);
}

/* Version 16 has a shorter header: a block may begin where version 17 has one more field. */
static void test_version_16(void **state)
{
	u8 raw[RAW_SIZE];

	(void)state;
	raw_write(raw);
	be32_put(raw + FDT_H_OFF_DT_STRINGS, FDT_H_SIZE_DT_STRUCT);
	be32_put(raw + FDT_H_SIZE_DT_STRINGS, RAW_RSVMAP - FDT_H_SIZE_DT_STRUCT);
	memcpy(raw + FDT_H_SIZE_DT_STRUCT, "a\0b", 4);
	be32_put(raw + FDT_H_VERSION, 16);
	check_open(raw, RAW_SIZE, NULL, "version", 16);
	be32_put(raw + FDT_H_VERSION, 17);
	check_open(raw, RAW_SIZE, bad_leaves, "version", 17);
}

/* Cut short anywhere, also inside the header. */
static void test_short(void **state)
{
	u8 raw[RAW_SIZE];

	(void)state;
	raw_write(raw);
	for (u32 len = 0; len < RAW_SIZE; len++)
		check_open(raw, len, len < FDT_HEADER_SIZE ? bad_magic : bad_size,
			"length", len);
	check_open(raw, RAW_SIZE, NULL, "length", RAW_SIZE);
}

/* A reservation block that is part of a property's value. */
static void test_overlap(void **state)
{
	static const u8 zeros[32];
	u8 buf[BLOB_MAX];
	struct fdt_writer w;
	struct fdt fdt;
	const char *why;
	const u8 *value;

	(void)state;
	fdt_start(&w, buf, sizeof(buf));
	fdt_node(&w, "");
	fdt_put(&w, "zeros", zeros, sizeof(zeros));
	fdt_end_node(&w);
	assert_true(fdt_finish(&w) > 0);
	assert_int_equal(fdt_open(&fdt, buf, sizeof(buf), &why), 0);
	value = fdt_prop(&fdt, fdt_root(&fdt), "zeros", NULL);
	be32_put(buf + FDT_H_OFF_MEM_RSVMAP,
		(u32)ALIGN_UP((u64)(value - buf), FDT_ALIGN_RSVMAP));
	assert_int_equal(fdt_open(&fdt, buf, sizeof(buf), &why), -EINVAL);
	assert_string_equal(why, bad_overlap);
}

static void test_depth(void **state)
{
	(void)state;
	for (u32 depth = FDT_DEPTH_MAX; depth <= FDT_DEPTH_MAX + 1; depth++) {
		u8 buf[BLOB_MAX];
		struct fdt_writer w;
		struct fdt fdt;
		const char *why;
		int node;

		fdt_start(&w, buf, sizeof(buf));
		for (u32 i = 0; i < depth; i++)
			fdt_node(&w, i ? "n" : "");
		for (u32 i = 0; i < depth; i++)
			fdt_end_node(&w);
		assert_true(fdt_finish(&w) > 0);
		if (depth > FDT_DEPTH_MAX) {
			assert_int_equal(fdt_open(&fdt, buf, sizeof(buf), &why), -EINVAL);
			assert_string_equal(why, bad_deep);
			continue;
		}
		assert_int_equal(fdt_open(&fdt, buf, sizeof(buf), &why), 0);
		node = fdt_root(&fdt);
		for (u32 i = 1; i < depth; i++) {
			assert_int_equal(fdt_parent(&fdt, fdt_first_child(&fdt, node)),
				node);
			node = fdt_first_child(&fdt, node);
		}
	}
}

/* ---- Random damage ---- */

/* A tree with something for every function of the reader. */
static u32 tree_write(u8 *buf)
{
	struct fdt_writer w;
	int len;

	fdt_start(&w, buf, BLOB_MAX);
	fdt_node(&w, "");
	fdt_put_strings(&w, "compatible", "a\0b", 3);
	fdt_node(&w, "aliases");
	fdt_put_string(&w, "serial0", "/soc/serial@10000000");
	fdt_end_node(&w);
	fdt_node(&w, "soc");
	fdt_put_cell(&w, "#address-cells", 2);
	fdt_put_cell(&w, "#size-cells", 2);
	for (u32 i = 0; i < 4; i++) {
		fdt_node_at(&w, "serial", 0x10000000 + 0x1000 * i);
		fdt_put_string(&w, "compatible", "ns16550a");
		fdt_put_string(&w, "status", i % 2 ? "disabled" : "okay");
		fdt_put_reg(&w, 0x10000000 + 0x1000 * i, 0x100);
		fdt_put_cell(&w, "phandle", i + 1);
		fdt_end_node(&w);
	}
	fdt_end_node(&w);
	fdt_end_node(&w);
	len = fdt_finish(&w);
	assert_true(len > 0);
	return (u32)len;
}

static u64 random_state;

static u32 random_below(u32 limit)
{
	random_state = random_state * 6364136223846793005 + 1442695040888963407;
	return (u32)(random_state >> 33) % limit;
}

/* Uses everything there is to use of one node. */
static u64 node_use(const struct fdt *fdt, int node)
{
	static const char *const names[] = {"reg", "compatible", "status", "phandle",
		"interrupts-extended", "riscv,isa"};
	u64 sum = strlen(fdt_name(fdt, node)) + fdt_enabled(fdt, node), address, size;
	u32 len, cell;

	for (u32 i = 0; i < ARRAY_LEN(names); i++) {
		const u8 *value = fdt_prop(fdt, node, names[i], &len);
		const char *text = fdt_string(fdt, node, names[i]);

		for (u32 b = 0; value && b < len; b++)
			sum += value[b];
		sum += text ? strlen(text) : 0;
		sum += fdt_cell(fdt, node, names[i], random_below(4), &cell);
	}
	for (u32 i = 0; fdt_reg(fdt, node, i, &address, &size); i++)
		sum += address + size;
	fdt_for_each_child(fdt, node, child)
		sum += (u64)child;
	return sum + fdt_is_compatible(fdt, node, "ns16550a");
}

static u64 tree_use(const struct fdt *fdt)
{
	u64 sum = 0, address, size;

	for (int node = fdt_root(fdt); node >= 0; node = fdt_next(fdt, node))
		sum += node_use(fdt, node);
	sum += (u64)fdt_path(fdt, "/soc/serial@10000000") + (u64)fdt_path(fdt, "serial0");
	sum += (u64)fdt_by_phandle(fdt, 2);
	for (u32 i = 0; fdt_reservation(fdt, i, &address, &size); i++)
		sum += address + size;
	return sum;
}

static void damage(u8 *blob, u32 size)
{
	static const u32 words[] = {
		0, 1, 2, 3, 4, 9, 0xff, 0x7fffffff, 0x80000000, ~0U - 7, ~0U};

	for (u32 n = random_below(4); n < 4; n++) {
		u32 at = random_below(random_below(3) ? size
						      : MIN(size, (u32)FDT_HEADER_SIZE));

		if (random_below(2))
			blob[at] = (u8)random_below(256);
		else if (at + 4 <= size)
			be32_put(blob + ALIGN_DOWN(at, 4),
				words[random_below(ARRAY_LEN(words))]);
	}
}

static void damage_often(const u8 *good, u32 size, u32 rounds)
{
	u32 opened = 0;
	u64 sum = 0;

	random_state = 1;
	for (u32 i = 0; i < rounds; i++) {
		u32 len = random_below(8) ? size : random_below(size);
		u8 *blob = malloc(MAX(len, 1U)); /* so that a read behind it is noticed */
		const char *why;
		struct fdt fdt;

		memcpy(blob, good, len);
		if (len)
			damage(blob, len);
		if (fdt_open(&fdt, blob, len, &why) == 0) {
			opened++;
			sum += tree_use(&fdt);
		}
		free(blob);
	}
	/* If none or all opened, this would test little. */
	assert_true(opened > rounds / 20);
	assert_true(opened < rounds);
	assert_int_not_equal(sum, 0);
}

static void test_damage(void **state)
{
	u8 buf[BLOB_MAX];

	(void)state;
	damage_often(buf, tree_write(buf), 20000);
}

/* ---- A tree we did not write ---- */

#define QEMU "qemu-system-riscv64"

static void test_qemu(void **state)
{
	char name[] = "/tmp/lodge-fdt-XXXXXX", command[160];
	static u8 blob[MiB(1)];
	struct fdt fdt;
	const char *why, *console;
	u64 address, size;
	FILE *file;
	u32 len;

	(void)state;
	if (system("command -v " QEMU " >/dev/null") != 0)
		skip();
	close(mkstemp(name));
	snprintf(command, sizeof(command),
		"timeout -s KILL 30 " QEMU
		" -M virt,dumpdtb=%s -smp 2 -m 256M >/dev/null 2>&1",
		name);
	assert_int_equal(system(command), 0);
	file = fopen(name, "rb");
	assert_non_null(file);
	len = (u32)fread(blob, 1, sizeof(blob), file);
	fclose(file);
	unlink(name);

	assert_int_equal(fdt_open(&fdt, blob, len, &why), 0);
	assert_true(fdt_reg(&fdt, fdt_path(&fdt, "/memory"), 0, &address, &size));
	assert_int_equal(address, 0x80000000);
	assert_int_equal(size, MiB(256));
	console = fdt_string(&fdt, fdt_path(&fdt, "/chosen"), "stdout-path");
	assert_non_null(console);
	assert_true(fdt_is_compatible(&fdt, fdt_path(&fdt, console), "ns16550a"));
	assert_true(fdt_is_compatible(&fdt, fdt_path(&fdt, "/cpus/cpu@1"), "riscv"));
	assert_true(fdt_compatible(&fdt, -1, "virtio,mmio") > 0);
	damage_often(blob, fdt.size, 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_structures),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_version_16),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_qemu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
