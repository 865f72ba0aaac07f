// SPDX-License-Identifier: Apache-2.0
// load/: flat kernels, Linux Images and other files from disk into a VM's RAM, and what is
// said about those that cannot be loaded. ELF is test_elf.c's.
#include "image_world.h"

/* ---- Flat ---- */

static void test_flat(void **state)
{
	static const u32 sizes[] = {
		1, 3, 63, 64, 511, 512, 513, 520, 521, 100000, MiB(2)};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(sizes); i++) {
		bytes_fill(sizes[i]);
		load_good(bytes, sizes[i]);
		check_image(IMAGE_FLAT, FLAT_AT, FLAT_AT, FLAT_AT + sizes[i]);
		check_ram(FLAT_AT, bytes, sizes[i]);
		check_zero(RAM_BASE, FLAT_AT);
		check_zero(FLAT_AT + sizes[i], RAM_BASE + RAM_SIZE);
	}
	assert_string_equal(image_kind_name(IMAGE_FLAT), "flat");
	assert_string_equal(image_kind_name(IMAGE_ELF), "ELF");
	assert_string_equal(image_kind_name(IMAGE_LINUX), "Linux Image");
}

static void test_flat_bad(void **state)
{
	(void)state;
	bytes_fill(MiB(2) + 1);
	load_bad(bytes, 0, -EINVAL, PATH ": expected a kernel, found an empty file");
	load_bad(bytes, MiB(2) + 1, -E2BIG,
		PATH
		": expected at most 2097152 bytes, as much as RAM has from 0x80200000 on, "
		"found 2097153");
	/* What the board says counts, even if the VM had more. */
	board.ram_size = MiB(3);
	load_bad(bytes, MiB(2), -E2BIG,
		PATH
		": expected at most 1048576 bytes, as much as RAM has from 0x80200000 on, "
		"found 2097152");
	board.ram_size = RAM_SIZE;
	board.flat_offset = RAM_SIZE;
	load_bad(bytes, 1, -EINVAL,
		PATH
		": expected an address in RAM (0x80000000 to 0x803fffff), found 0x80400000");
}

/* ---- Linux Image ---- */

static void linux_make(u64 text_offset, u64 image_size, u64 flags, u32 magic)
{
	bytes_fill(5000);
	put64(bytes + 8, text_offset);
	put64(bytes + 16, image_size);
	put64(bytes + 24, flags);
	put32(bytes + 56, magic);
}

static void test_linux(void **state)
{
	static const struct {
		u64 ram_base, text_offset, image_size, start, end;
	} cases[] = {
		{RAM_BASE, MiB(2), MiB(2), RAM_BASE + MiB(2), RAM_BASE + MiB(4)},
		{RAM_BASE, 0, 10000, RAM_BASE, RAM_BASE + 10000},
		{RAM_BASE, 0x80000, 0, RAM_BASE + 0x80000, RAM_BASE + 0x80000 + 5000},
		{RAM_BASE, 0, 4000, RAM_BASE, RAM_BASE + 5000},
		{RAM_BASE + 0x1000, 0x1000, 6000, RAM_BASE + 0x201000,
			RAM_BASE + 0x201000 + 6000},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		/* As if some of RAM were not ours: vm_ram() still gives it. */
		board.ram_base = cases[i].ram_base;
		board.ram_size = RAM_BASE + RAM_SIZE - cases[i].ram_base;
		linux_make(cases[i].text_offset, cases[i].image_size, 0, LINUX_MAGIC);
		load_good(bytes, 5000);
		check_image(IMAGE_LINUX, cases[i].start, cases[i].start, cases[i].end);
		check_ram(cases[i].start, bytes, 5000);
		check_zero(RAM_BASE, cases[i].start);
		check_zero(cases[i].start + 5000, RAM_BASE + RAM_SIZE);
	}
	/* Flags other than the byte order are hints; an EFI stub begins with "MZ". */
	linux_make(0, 6000, ~1UL, LINUX_MAGIC);
	memcpy(bytes, "MZ", 2);
	load_good(bytes, 5000);
	load_good(bytes, 64);
	assert_int_equal(image.kind, IMAGE_LINUX);
	linux_make(0, 6000, 0, LINUX_MAGIC);
	load_good(bytes, 60);
	assert_int_equal(image.kind, IMAGE_LINUX);
	load_good(bytes, 59);
	assert_int_equal(image.kind, IMAGE_FLAT);
}

static void test_linux_bad(void **state)
{
	(void)state;
	linux_make(0, 6000, 1, LINUX_MAGIC);
	load_bad(bytes, 5000, -EINVAL,
		PATH ": expected a little-endian Linux Image, found a big-endian one");
	linux_make(~0UL, 6000, 0, LINUX_MAGIC);
	load_bad(bytes, 5000, -EINVAL,
		PATH ": expected a text_offset inside RAM, found 0xffffffffffffffff");
	linux_make(RAM_SIZE, 6000, 0, LINUX_MAGIC);
	load_bad(bytes, 5000, -EINVAL,
		PATH
		": expected an address in RAM (0x80000000 to 0x803fffff), found 0x80400000");
	linux_make(MiB(2), MiB(2) + 1, 0, LINUX_MAGIC);
	load_bad(bytes, 5000, -E2BIG,
		PATH
		": expected at most 2097152 bytes, as much as RAM has from 0x80200000 on, "
		"found 2097153");
	linux_make(MiB(2), ~0UL, 0, LINUX_MAGIC);
	load_bad(bytes, 5000, -E2BIG,
		PATH
		": expected at most 2097152 bytes, as much as RAM has from 0x80200000 on, "
		"found 18446744073709551615");
	linux_make(0, 6000, 0, OTHER_MAGIC);
	load_bad(bytes, 5000, -EINVAL,
		PATH ": expected a kernel for this board, found a Linux Image for arm64");
	/* A board without such a format. */
	board.linux_magic = 0;
	linux_make(0, 6000, 0, 0);
	load_good(bytes, 5000);
	assert_int_equal(image.kind, IMAGE_FLAT);
}

/* ---- What cannot be loaded ---- */

static void test_foreign(void **state)
{
	static const struct {
		u32 offset, len;
		const char *bytes, *found;
	} cases[] = {
		{0, 3, "\x1f\x8b\x08", "a gzip file: unpack it first"},
		{0, 6, "\xfd\x37zXZ\0", "an xz file: unpack it first"},
		{0, 4, "\x28\xb5\x2f\xfd", "a zstd file: unpack it first"},
		{0, 4, "\x02\x21\x4c\x18", "an lz4 file: unpack it first"},
		{0, 3, "BZh", "a bzip2 file: unpack it first"},
		{0, 8, "MZ\0\0zimg",
			"an EFI zboot kernel: take the Image it was made from"},
		{0, 4, "\x27\x05\x19\x56", "a uImage: take the file it was made from"},
		{0, 4, "\xd0\x0d\xfe\xed",
			"a device tree or a FIT image: take the kernel in it"},
		{0, 6, "070701", "a cpio archive: name it with the key initrd"},
		{0, 2, "#!", "a script"},
		{0x202, 4, "HdrS", "a bzImage, a Linux kernel for x86"},
		{0, 2, "MZ", "an EFI program"},
	};
	char message[256];

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		bytes_fill(1000);
		memcpy(bytes + cases[i].offset, cases[i].bytes, cases[i].len);
		snprint(message, sizeof(message),
			PATH ": expected a kernel for this board, found %s",
			cases[i].found);
		load_bad(bytes, 1000, -EINVAL, message);
		load_bad(bytes, cases[i].offset + cases[i].len, -EINVAL, message);
		/* One byte less is something else, if only a flat file. */
		load(bytes, cases[i].offset + cases[i].len - 1);
		assert_null(strstr(fake_output, cases[i].found));
	}
}

/* ---- Broken disks ---- */

static void test_disk(void **state)
{
	struct fat_file file;

	(void)state;
	bytes_fill(5000);
	for (u32 sector = 0; sector < 10; sector++) {
		file = file_make(bytes, 5000);
		disk_bad = DATA_AT + sector;
		assert_int_equal(image_load(vm, &board, &file, PATH, &image), -EIO);
		assert_ptr_equal(strchr(fake_output, '\n'),
			fake_output + strlen(fake_output) - 1);
	}
	file = file_make(bytes, 5000);
	link_put(5, 0xffff);
	assert_int_equal(image_load(vm, &board, &file, PATH, &image), -EIO);
	file = file_make(bytes, 5000);
	link_put(5, 0xffff);
	assert_int_equal(image_load_at(vm, &file, PATH, GPA(RAM_BASE)), -EIO);
}

/* ---- Other files ---- */

static void test_load_at(void **state)
{
	struct fat_file file;

	(void)state;
	bytes_fill(5000);
	file = file_make(bytes, 5000);
	ram_clear();
	assert_int_equal(image_load_at(vm, &file, "/initrd",
				 GPA(RAM_BASE + RAM_SIZE - 5000)),
		0);
	check_ram(RAM_BASE + RAM_SIZE - 5000, bytes, 5000);
	check_zero(RAM_BASE, RAM_BASE + RAM_SIZE - 5000);
	assert_string_equal(fake_output, "");

	assert_int_equal(image_load_at(vm, &file, "/initrd",
				 GPA(RAM_BASE + RAM_SIZE - 4999)),
		-E2BIG);
	assert_string_equal(fake_output,
		"error: /initrd: expected a file that fits into RAM at 0x803fec79, found 5000 "
		"bytes\n");
	assert_int_equal(image_load_at(vm, &file, "/initrd", GPA(~0UL - 10)), -E2BIG);
	file = file_make(bytes, 0);
	assert_int_equal(image_load_at(vm, &file, "/initrd", GPA(RAM_BASE)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_flat, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_flat_bad, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_linux, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_linux_bad, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_foreign, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_disk, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_load_at, vm_setup, vm_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
