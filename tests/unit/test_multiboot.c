// SPDX-License-Identifier: Apache-2.0
// load/multiboot.c: where kernels with a multiboot header end up, by the addresses in it or as
// ELF files, and what is said about those that cannot be loaded.
#include "image_world.h"

/* The header's fields, from its beginning. */
enum {
	MAGIC = 0,
	FLAGS = 4,
	CHECKSUM = 8,
	HEADER_ADDR = 12,
	LOAD_ADDR = 16,
	LOAD_END_ADDR = 20,
	BSS_END_ADDR = 24,
	ENTRY_ADDR = 28,
	HEADER_SIZE = 32,
};

#define ADDRESSES 0x10000U
#define AT        0x40U /* where the header is in the file */
#define SIZE      20000U
#define LOAD      0x100000UL

static void header_put(u32 at, u32 flags)
{
	put32(bytes + at + MAGIC, 0x1badb002);
	put32(bytes + at + FLAGS, flags);
	put32(bytes + at + CHECKSUM, 0U - 0x1badb002U - flags);
}

/* All of the file at 1 MiB. */
static void make(u32 at)
{
	bytes_fill(SIZE);
	header_put(at, ADDRESSES | 3);
	put32(bytes + at + HEADER_ADDR, (u32)LOAD + at);
	put32(bytes + at + LOAD_ADDR, (u32)LOAD);
	put32(bytes + at + LOAD_END_ADDR, 0);
	put32(bytes + at + BSS_END_ADDR, 0);
	put32(bytes + at + ENTRY_ADDR, (u32)LOAD + 0x100);
}

static void test_addresses(void **state)
{
	(void)state;
	make(AT);
	load_good(bytes, SIZE);
	check_image(IMAGE_MULTIBOOT, LOAD + 0x100, LOAD, LOAD + SIZE);
	check_ram(LOAD, bytes, SIZE);
	check_zero(0, LOAD);
	check_zero(LOAD + SIZE, RAM_SIZE);
	assert_string_equal(image_kind_name(image.kind), "multiboot");
	/* Not from the file's beginning, not to its end, and more in memory. */
	put32(bytes + AT + HEADER_ADDR, (u32)LOAD + 0x20);
	put32(bytes + AT + LOAD_END_ADDR, (u32)LOAD + 9000);
	put32(bytes + AT + BSS_END_ADDR, (u32)LOAD + 50000);
	put32(bytes + AT + ENTRY_ADDR, (u32)LOAD + 49999);
	load_good(bytes, SIZE);
	check_image(IMAGE_MULTIBOOT, LOAD + 49999, LOAD, LOAD + 50000);
	check_ram(LOAD, bytes + AT - 0x20, 9000);
	check_zero(LOAD + 9000, RAM_SIZE);
	/* All of RAM that there is. */
	put32(bytes + AT + BSS_END_ADDR, RAM_SIZE);
	load_good(bytes, SIZE);
	assert_int_equal(image.end.raw, RAM_SIZE);
}

/* In the first 8 KiB, on a boundary of four bytes. */
static void test_place(void **state)
{
	static const u32 good[] = {0, 4, 8192 - HEADER_SIZE}, bad[] = {2, 8192 - 8, 8192};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(good); i++) {
		make(good[i]);
		load_good(bytes, SIZE);
		assert_int_equal(image.kind, IMAGE_MULTIBOOT);
	}
	for (u32 i = 0; i < ARRAY_LEN(bad); i++) {
		make(bad[i]);
		load_good(bytes, SIZE);
		check_image(IMAGE_FLAT, PC_FLAT_AT, PC_FLAT_AT, PC_FLAT_AT + SIZE);
	}
	/* A wrong sum is no header, whatever else is there; the next may be one. */
	make(AT);
	put32(bytes + AT + CHECKSUM, 0);
	load_good(bytes, SIZE);
	assert_int_equal(image.kind, IMAGE_FLAT);
	memcpy(bytes + 4 * AT, bytes + AT, HEADER_SIZE);
	header_put(4 * AT, ADDRESSES);
	put32(bytes + 4 * AT + HEADER_ADDR, (u32)LOAD + 4 * AT);
	load_good(bytes, SIZE);
	assert_int_equal(image.kind, IMAGE_MULTIBOOT);
	/* Boards without the format take it for something else. */
	board.formats = formats;
	load_good(bytes, SIZE);
	assert_int_equal(image.kind, IMAGE_FLAT);
}

static void test_bad(void **state)
{
	static const struct {
		u32 field, value;
		int error;
		const char *message;
	} cases[] = {
		{HEADER_ADDR, 0xfffff, -EINVAL,
			"its load_addr in the file, found 0x100000"},
		{HEADER_ADDR, 0x100041, -EINVAL,
			"its load_addr in the file, found 0x100000"},
		{HEADER_ADDR, ~0U, -EINVAL, "its load_addr in the file, found 0x100000"},
		{LOAD_ADDR, ~0U, -EINVAL, "its load_addr in the file, found 0xffffffff"},
		{LOAD_END_ADDR, 0xfffff, -EINVAL,
			"its load_end_addr in the file, found 0xfffff"},
		{LOAD_END_ADDR, 0x100000 + SIZE + 1, -EINVAL,
			"its load_end_addr in the file, found 0x104e21"},
		{LOAD_END_ADDR, ~0U, -EINVAL,
			"its load_end_addr in the file, found 0xffffffff"},
		{LOAD_END_ADDR, 0x100000, -EINVAL,
			"an entry_addr in the image, found 0x100100"},
		{BSS_END_ADDR, 0x100000 + SIZE - 1, -EINVAL,
			"a bss_end_addr behind the file's part, found 0x104e1f"},
		{BSS_END_ADDR, 1, -EINVAL,
			"a bss_end_addr behind the file's part, found 0x1"},
		{ENTRY_ADDR, 0xfffff, -EINVAL,
			"an entry_addr in the image, found 0xfffff"},
		{ENTRY_ADDR, 0x100000 + SIZE, -EINVAL,
			"an entry_addr in the image, found 0x104e20"},
		{BSS_END_ADDR, 0x400001, -E2BIG, NULL},
		{BSS_END_ADDR, ~0U, -E2BIG, NULL},
	};
	char message[256];

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		make(AT);
		put32(bytes + AT + cases[i].field, cases[i].value);
		if (cases[i].message)
			snprint(message, sizeof(message),
				PATH ": expected a multiboot header with %s",
				cases[i].message);
		else
			snprint(message, sizeof(message),
				PATH
				": expected at most 3145728 bytes, as much as RAM has "
				"from 0x100000 on, found %u",
				cases[i].value - 0x100000);
		load_bad(bytes, SIZE, cases[i].error, message);
	}
	/* All of it beyond RAM; its end beyond 4 GiB. */
	make(AT);
	put32(bytes + AT + HEADER_ADDR, 0xfffff040);
	put32(bytes + AT + LOAD_ADDR, 0xfffff000);
	put32(bytes + AT + ENTRY_ADDR, 0xfffff000);
	load_bad(bytes, SIZE, -EINVAL,
		PATH ": expected an address in RAM (0x0 to 0x3fffff), found 0xfffff000");
}

static void test_flags(void **state)
{
	(void)state;
	/* Video modes and unknown features are required; those from 17 on may be passed over. */
	make(AT);
	header_put(AT, ADDRESSES | 4);
	load_bad(bytes, SIZE, -EINVAL,
		PATH
		": expected a multiboot header with no more than flags 0 and 1, found "
		"0x10004");
	make(AT);
	header_put(AT, ADDRESSES | 0x8000);
	load_bad(bytes, SIZE, -EINVAL,
		PATH
		": expected a multiboot header with no more than flags 0 and 1, found "
		"0x18000");
	make(AT);
	header_put(AT, 0xffff0003);
	load_good(bytes, SIZE);
	make(AT);
	header_put(AT, 0);
	load_bad(bytes, SIZE, -EINVAL,
		PATH
		": expected a multiboot header with addresses (flag 16), or in an ELF file, "
		"found 0x0");
}

static void test_short(void **state)
{
	(void)state;
	make(AT);
	load_good(bytes, AT + 0x101);
	check_image(IMAGE_MULTIBOOT, LOAD + 0x100, LOAD, LOAD + AT + 0x101);
	load_bad(bytes, AT + HEADER_SIZE - 1, -EINVAL,
		PATH
		": expected a multiboot header with its addresses, found the end of the "
		"file");
	load_bad(bytes, AT + 12, -EINVAL,
		PATH
		": expected a multiboot header with its addresses, found the end of the "
		"file");
	load_good(bytes, AT + 11);
	assert_int_equal(image.kind, IMAGE_FLAT);
	make(8192 - 12);
	load_bad(bytes, SIZE, -EINVAL,
		PATH
		": expected a multiboot header with its addresses, found the end of the "
		"first 8 KiB");
}

/* ---- ELF ---- */

/* One segment of 0x1800 bytes, 0x3000 in memory, at 1 MiB, linked at 3 GiB. */
static void elf64_make(void)
{
	bytes_fill(SIZE);
	memset(bytes, 0, 0x100);
	memcpy(bytes, "\177ELF\2\1\1", 7);
	put16(bytes + 16, 2);
	put16(bytes + 18, 62);
	put64(bytes + 24, 0xffffffff80100010);
	put64(bytes + 32, 64); /* phoff */
	put16(bytes + 54, 56);
	put16(bytes + 56, 1);
	put32(bytes + 64, 1);
	put64(bytes + 64 + 8, 0x1000);
	put64(bytes + 64 + 16, 0xffffffff80100000);
	put64(bytes + 64 + 24, LOAD);
	put64(bytes + 64 + 32, 0x1800);
	put64(bytes + 64 + 40, 0x3000);
	header_put(0x1000, 3);
}

static void elf32_make(void)
{
	elf64_make();
	memset(bytes, 0, 0x100);
	memcpy(bytes, "\177ELF\1\1\1", 7);
	put16(bytes + 16, 2);
	put16(bytes + 18, 3);
	put32(bytes + 24, 0xc0100010);
	put32(bytes + 28, 52); /* phoff */
	put16(bytes + 42, 32);
	put16(bytes + 44, 1);
	put32(bytes + 52, 1);
	put32(bytes + 52 + 4, 0x1000);
	put32(bytes + 52 + 8, 0xc0100000);
	put32(bytes + 52 + 12, (u32)LOAD);
	put32(bytes + 52 + 16, 0x1800);
	put32(bytes + 52 + 20, 0x3000);
}

static void test_elf(void **state)
{
	void (*const makers[])(void) = {elf64_make, elf32_make};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(makers); i++) {
		makers[i]();
		load_good(bytes, SIZE);
		check_image(IMAGE_MULTIBOOT, LOAD + 0x10, LOAD, LOAD + 0x3000);
		check_ram(LOAD, bytes + 0x1000, 0x1800);
		check_zero(LOAD + 0x1800, RAM_SIZE);
	}
	/* The addresses count before the ELF file's. */
	elf64_make();
	header_put(0x1000, ADDRESSES);
	put32(bytes + 0x1000 + HEADER_ADDR, 0x201000);
	put32(bytes + 0x1000 + LOAD_ADDR, 0x200000);
	put32(bytes + 0x1000 + LOAD_END_ADDR, 0);
	put32(bytes + 0x1000 + BSS_END_ADDR, 0);
	put32(bytes + 0x1000 + ENTRY_ADDR, 0x200004);
	load_good(bytes, SIZE);
	check_image(IMAGE_MULTIBOOT, 0x200004, 0x200000, 0x200000 + SIZE);
	check_ram(0x200000, bytes, SIZE);
}

static void test_elf_bad(void **state)
{
	(void)state;
	elf32_make();
	put16(bytes + 18, 62);
	load_bad(bytes, SIZE, -EINVAL,
		PATH
		": expected an ELF kernel for machine 3 (i386), found one for machine 62 "
		"(x86-64)");
	elf64_make();
	put16(bytes + 18, 3);
	load_bad(bytes, SIZE, -EINVAL,
		PATH
		": expected an ELF kernel for machine 62 (x86-64), found one for machine 3 "
		"(i386)");
	elf32_make();
	put16(bytes + 42, 56);
	load_bad(bytes, SIZE, -EINVAL,
		PATH
		": expected an ELF kernel with program headers of 32 bytes, found 56");
	elf32_make();
	put32(bytes + 28, SIZE - 31);
	load_bad(bytes, SIZE, -EINVAL,
		PATH
		": expected an ELF kernel whose program headers are inside the file, found "
		"offset 19969");
	elf32_make();
	put32(bytes + 52 + 20, ~0U);
	load_bad(bytes, SIZE, -E2BIG,
		PATH
		": expected at most 3145728 bytes, as much as RAM has from 0x100000 on, "
		"found 4294967295");
	/* Boards of 64 bits alone. */
	elf32_make();
	board.elf_machine_32 = 0;
	load_bad(bytes, SIZE, -EINVAL,
		PATH ": expected an ELF kernel of 64 bits, found 32 bits");
}

/* ---- Damage ---- */

static void test_disk(void **state)
{
	(void)state;
	make(AT);
	for (u32 sector = 0; sector < (SIZE + 511) / 512; sector++) {
		struct fat_file file = file_make(bytes, SIZE);

		disk_bad = DATA_AT + sector;
		assert_int_equal(image_load(vm, &board, &file, PATH, &image), -EIO);
		assert_ptr_equal(strchr(fake_output, '\n'),
			fake_output + strlen(fake_output) - 1);
	}
}

/* An error in one line, or an image inside of RAM. */
static void test_random(void **state)
{
	u64 random = 1;
	u32 good = 0, rounds = 3000;

	(void)state;
	for (u32 i = 0; i < rounds; i++) {
		struct fat_file file;
		int ret;

		make(AT);
		for (u32 n = 0; n < 2; n++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			bytes[AT + HEADER_ADDR + (random >> 33) % 20] =
				(random >> 20) % 2 ? (u8)(random >> 24) : 0xff;
		}
		file = file_make(bytes, SIZE);
		ret = image_load(vm, &board, &file, PATH, &image);
		assert_true(ret == 0 || ret == -EINVAL || ret == -E2BIG);
		if (ret) {
			assert_ptr_equal(strchr(fake_output, '\n'),
				fake_output + strlen(fake_output) - 1);
			continue;
		}
		good++;
		assert_true(range_inside(image.start.raw, image.end.raw - image.start.raw,
			0, RAM_SIZE));
		assert_in_range(image.entry.raw, image.start.raw, image.end.raw - 1);
	}
	assert_in_range(good, 1, rounds - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_addresses, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_place, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_bad, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_flags, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_short, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_elf, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_elf_bad, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_disk, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_random, pc_setup, vm_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
