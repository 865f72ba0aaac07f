// SPDX-License-Identifier: Apache-2.0
// load/bzimage.c: where Linux kernels for x86-64 end up, what is kept of their setup header, and
// what is said about those that cannot be loaded.
#include "image_world.h"

/* Offsets in the file. */
enum {
	SETUP_SECTS = 0x1f1,
	JUMP = 0x201,
	VERSION = 0x206,
	ALIGNMENT = 0x230,
	RELOCATABLE = 0x234,
	XLOADFLAGS = 0x236,
	PREF_ADDRESS = 0x258,
	INIT_SIZE = 0x260,
};

#define SETUP_SIZE (5 * 512U)
#define SIZE       (SETUP_SIZE + 30000U)
#define PREF       MiB(2)

/* Four sectors of setup, and a kernel that wants 1 MiB at 2 MiB. */
static void make(void)
{
	bytes_fill(SIZE);
	memset(bytes, 0, SETUP_SIZE);
	for (u32 i = 0x1f1; i < 0x290; i++)
		bytes[i] = (u8)i;
	bytes[SETUP_SECTS] = 4;
	bytes[0x200] = 0xeb;
	bytes[JUMP] = 0x6a;
	memcpy(bytes + 0x202, "HdrS", 4);
	put16(bytes + VERSION, 0x20f);
	put32(bytes + ALIGNMENT, (u32)MiB(2));
	bytes[RELOCATABLE] = 1;
	put16(bytes + XLOADFLAGS, 1);
	put64(bytes + PREF_ADDRESS, PREF);
	put32(bytes + INIT_SIZE, (u32)MiB(1));
}

static void check(u64 at, u64 size)
{
	load_good(bytes, SIZE);
	check_image(IMAGE_BZIMAGE, at + 0x200, at, at + size);
	check_ram(at, bytes + SETUP_SIZE, SIZE - SETUP_SIZE);
	check_zero(0, at);
	check_zero(at + SIZE - SETUP_SIZE, RAM_SIZE);
}

static void test_place(void **state)
{
	(void)state;
	make();
	check(PREF, MiB(1));
	assert_string_equal(image_kind_name(image.kind), "bzImage");
	/* All of RAM above; more: elsewhere, if it can be. */
	put32(bytes + INIT_SIZE, (u32)MiB(2));
	check(PREF, MiB(2));
	put32(bytes + ALIGNMENT, (u32)MiB(1));
	put32(bytes + INIT_SIZE, (u32)MiB(2) + 1);
	check(MiB(1), MiB(2) + 1);
	put64(bytes + PREF_ADDRESS, ~0UL);
	check(MiB(1), MiB(2) + 1);
	put64(bytes + PREF_ADDRESS, MiB(64));
	put32(bytes + ALIGNMENT, (u32)MiB(2));
	put32(bytes + INIT_SIZE, (u32)MiB(1));
	check(MiB(2), MiB(1));
	/* Never below 1 MiB; the file counts if init_size is less. */
	put64(bytes + PREF_ADDRESS, 0);
	put32(bytes + INIT_SIZE, 0);
	check(MiB(1), SIZE - SETUP_SIZE);
	/* Not relocatable: there or nowhere. */
	make();
	bytes[RELOCATABLE] = 0;
	check(PREF, MiB(1));
	/* 0 sectors are 4. */
	bytes[SETUP_SECTS] = 0;
	check(PREF, MiB(1));
}

/* What is kept ends where the header says, or the struct does. */
static void test_setup(void **state)
{
	static const struct {
		u8 jump;
		u32 size;
	} cases[] = {{0x6a, 0x26c - 0x1f1}, {0x7f, 0x281 - 0x1f1}, {0xff, 0x281 - 0x1f1},
		{0, 0x202 - 0x1f1}};
	u8 zero[LINUX_SETUP_MAX] = {0};

	(void)state;
	assert_int_equal(LINUX_SETUP_MAX, 0x281 - 0x1f1);
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		u32 size = cases[i].size;

		make();
		bytes[JUMP] = cases[i].jump;
		load_good(bytes, SIZE);
		assert_int_equal(image.setup_size, size);
		assert_memory_equal(image.setup, bytes + LINUX_SETUP_OFFSET, size);
		assert_memory_equal(image.setup + size, zero, LINUX_SETUP_MAX - size);
	}
}

#define EXPECTED_64 \
	"expected a Linux kernel with a 64-bit entry (boot protocol 2.12), found "

static void test_bad(void **state)
{
	static const struct {
		u32 offset, width;
		u64 value;
		int error;
		const char *message;
	} cases[] = {
		{VERSION, 2, 0x20b, -EINVAL, EXPECTED_64 "protocol 2.11"},
		{VERSION, 2, 0, -EINVAL, EXPECTED_64 "protocol 0.0"},
		{XLOADFLAGS, 2, 0xfffe, -EINVAL,
			EXPECTED_64 "protocol 2.15 of a 32-bit kernel"},
		{SETUP_SECTS, 1, 255, -EINVAL,
			"expected a kernel behind 131072 bytes of setup, found the end of the "
			"file"},
		{ALIGNMENT, 4, 0, -EINVAL,
			"expected a kernel_alignment that is a power of two of at most 16 MiB, "
			"found 0x0"},
		{ALIGNMENT, 4, 0x180000, -EINVAL,
			"expected a kernel_alignment that is a power of two of at most 16 MiB, "
			"found 0x180000"},
		{ALIGNMENT, 4, 0x80000000, -EINVAL,
			"expected a kernel_alignment that is a power of two of at most 16 MiB, "
			"found 0x80000000"},
		{INIT_SIZE, 4, 0xffffffff, -E2BIG,
			"expected at most 2097152 bytes, as much as RAM has from 0x200000 on, "
			"found 4294967295"},
		{INIT_SIZE, 4, 0x300001, -E2BIG,
			"expected at most 2097152 bytes, as much as RAM has from 0x200000 on, "
			"found 3145729"},
	};
	char message[256];

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		make();
		for (u32 b = 0; b < cases[i].width; b++)
			bytes[cases[i].offset + b] = (u8)(cases[i].value >> (8 * b));
		snprint(message, sizeof(message), PATH ": %s", cases[i].message);
		load_bad(bytes, SIZE, cases[i].error, message);
	}
	make();
	bytes[RELOCATABLE] = 0;
	put64(bytes + PREF_ADDRESS, MiB(4));
	load_bad(bytes, SIZE, -EINVAL,
		PATH ": expected an address in RAM (0x0 to 0x3fffff), found 0x400000");
	put64(bytes + PREF_ADDRESS, ~0UL - 0xfff);
	load_bad(bytes, SIZE, -EINVAL,
		PATH
		": expected an address in RAM (0x0 to 0x3fffff), found 0xfffffffffffff000");
}

static void test_short(void **state)
{
	(void)state;
	make();
	load_good(bytes, SETUP_SIZE + 1);
	load_bad(bytes, SETUP_SIZE, -EINVAL,
		PATH
		": expected a kernel behind 2560 bytes of setup, found the end of the file");
	load_bad(bytes, 0x263, -EINVAL,
		PATH ": expected a bzImage of at least 612 bytes, found 611");
	load_bad(bytes, 0x206, -EINVAL,
		PATH ": expected a bzImage of at least 612 bytes, found 518");
	load_good(bytes, 0x205);
	assert_int_equal(image.kind, IMAGE_FLAT);
	/* Other boards know what it is. */
	board.formats = formats;
	load_bad(bytes, SIZE, -EINVAL,
		PATH
		": expected a kernel for this board, found a bzImage, a Linux kernel for "
		"x86");
}

static void test_disk(void **state)
{
	(void)state;
	make();
	for (u32 sector = 0; sector < (SIZE + 511) / 512; sector++) {
		struct fat_file file = file_make(bytes, SIZE);

		disk_bad = DATA_AT + sector;
		assert_int_equal(image_load(vm, &board, &file, PATH, &image), -EIO);
		assert_ptr_equal(strchr(fake_output, '\n'),
			fake_output + strlen(fake_output) - 1);
	}
}

static void test_random(void **state)
{
	u64 random = 1;
	u32 good = 0, rounds = 3000;

	(void)state;
	for (u32 i = 0; i < rounds; i++) {
		struct fat_file file;
		int ret;

		make();
		for (u32 n = 0; n < 2; n++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			bytes[SETUP_SECTS +
				(random >> 33) % (INIT_SIZE + 4 - SETUP_SECTS)] =
				(random >> 20) % 2 ? (u8)(random >> 24) : 0xff;
		}
		memcpy(bytes + 0x202, "HdrS", 4);
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
		assert_true(image.setup_size <= LINUX_SETUP_MAX);
	}
	assert_in_range(good, 1, rounds - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_place, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_setup, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_bad, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_short, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_disk, pc_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_random, pc_setup, vm_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
