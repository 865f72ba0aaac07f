// SPDX-License-Identifier: Apache-2.0
// load/elf.c: where segments and the entry end up, and what is said about ELF kernels that
// cannot be loaded.
#include "image_world.h"

enum {
	ELF_HEADERS = 4,
	ELF_PHOFF = 64,
	ELF_DATA = 0x1000,
	ELF_SIZE = 0x1800,
	TEXT = 0, /* numbers of program headers */
	NOTE = 1,
	DATA = 2,
	EMPTY = 3,
};

/* Where fields are, from the file's or a program header's beginning. */
enum {
	E_CLASS = 4,
	E_DATA = 5,
	E_TYPE = 16,
	E_MACHINE = 18,
	E_ENTRY = 24,
	E_PHOFF = 32,
	E_PHENTSIZE = 54,
	E_PHNUM = 56
};
enum {
	P_TYPE = 0,
	P_OFFSET = 8,
	P_VADDR = 16,
	P_PADDR = 24,
	P_FILESZ = 32,
	P_MEMSZ = 40
};

#define PHDR(n, field) (ELF_PHOFF + (n) * 56 + (field))

static void phdr_put(u32 n, u32 type, u64 offset, u64 paddr, u64 filesz, u64 memsz)
{
	put32(bytes + PHDR(n, P_TYPE), type);
	put64(bytes + PHDR(n, P_OFFSET), offset);
	put64(bytes + PHDR(n, P_VADDR), paddr + 0xffffffff00000000);
	put64(bytes + PHDR(n, P_PADDR), paddr);
	put64(bytes + PHDR(n, P_FILESZ), filesz);
	put64(bytes + PHDR(n, P_MEMSZ), memsz);
}

/*
 * Text of 0x301 bytes at RAM + 1 MiB, data of 0x200 with a bss up to 0x5000 right behind it,
 * an entry in the text, all linked far above; a note and an empty segment in strange places.
 */
static void elf_make(void)
{
	bytes_fill(ELF_SIZE);
	memset(bytes, 0, ELF_PHOFF + ELF_HEADERS * 56);
	memcpy(bytes, "\177ELF\2\1\1", 7);
	put16(bytes + E_TYPE, 2);
	put16(bytes + E_MACHINE, MACHINE);
	put64(bytes + E_ENTRY, 0xffffffff80100010);
	put64(bytes + E_PHOFF, ELF_PHOFF);
	put16(bytes + E_PHENTSIZE, 56);
	put16(bytes + E_PHNUM, ELF_HEADERS);
	phdr_put(TEXT, 1, ELF_DATA, RAM_BASE + MiB(1), 0x301, 0x301);
	phdr_put(NOTE, 4, 0x10000000, 0, 0x1000, 0x1000);
	phdr_put(DATA, 1, ELF_DATA + 0x333, RAM_BASE + MiB(1) + 0x301, 0x200, 0x5000);
	phdr_put(EMPTY, 1, 0, 0, 0, 0);
}

static void check_elf_ram(void)
{
	u64 text = RAM_BASE + MiB(1), data = text + 0x301;

	check_zero(RAM_BASE, text);
	check_ram(text, bytes + ELF_DATA, 0x301);
	check_ram(data, bytes + ELF_DATA + 0x333, 0x200);
	check_zero(data + 0x200, RAM_BASE + RAM_SIZE);
}

static void test_elf(void **state)
{
	/* Virtual in the text, virtual in the bss, physical. */
	static const u64 entries[][2] = {
		{0xffffffff80100010, 0x80100010},
		{0xffffffff80105300, 0x80105300},
		{0x80100000, 0x80100000},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(entries); i++) {
		elf_make();
		put16(bytes + E_TYPE, i ? 2 : 3);
		put64(bytes + E_ENTRY, entries[i][0]);
		load_good(bytes, ELF_SIZE);
		check_image(IMAGE_ELF, entries[i][1], RAM_BASE + MiB(1),
			RAM_BASE + MiB(1) + 0x5301);
		check_elf_ram();
	}
	/* The headers elsewhere, not aligned; the file ends with a segment. */
	elf_make();
	memcpy(bytes + 0x1801, bytes + ELF_PHOFF, ELF_HEADERS * 56);
	put64(bytes + E_PHOFF, 0x1801);
	memset(bytes + ELF_PHOFF, 0xff, ELF_HEADERS * 56);
	load_good(bytes, 0x1801 + ELF_HEADERS * 56);
	check_elf_ram();
	/* A segment may be all of the RAM that is left. */
	elf_make();
	put64(bytes + PHDR(DATA, P_MEMSZ), MiB(3) - 0x301);
	load_good(bytes, ELF_SIZE);
	assert_int_equal(image.end.raw, RAM_BASE + RAM_SIZE);
}

/* One field is changed. */
static void test_elf_bad(void **state)
{
	static const struct {
		u32 offset, width;
		u64 value;
		int error;
		const char *message;
	} cases[] = {
		{E_CLASS, 1, 1, -EINVAL,
			"expected an ELF kernel of 64 bits, found 32 bits"},
		{E_CLASS, 1, 3, -EINVAL,
			"expected an ELF kernel of 64 bits, found an unknown class"},
		{E_DATA, 1, 2, -EINVAL,
			"expected an ELF kernel with little-endian data, found big-endian"},
		{E_DATA, 1, 0, -EINVAL,
			"expected an ELF kernel with little-endian data, found an unknown order"},
		{E_MACHINE, 2, OTHER, -EINVAL,
			"expected an ELF kernel for machine 243 (RISC-V), found one for machine 62 "
			"(x86-64)"},
		{E_MACHINE, 2, 999, -EINVAL,
			"expected an ELF kernel for machine 243 (RISC-V), found one for machine 999"},
		{E_TYPE, 2, 1, -EINVAL,
			"expected an ELF kernel that is linked (type 2 or 3), found type 1"},
		{E_PHENTSIZE, 2, 32, -EINVAL,
			"expected an ELF kernel with program headers of 56 bytes, found 32"},
		{E_PHNUM, 2, 0, -EINVAL,
			"expected an ELF kernel with 1 to 64 program headers, found 0"},
		{E_PHNUM, 2, 0xffff, -EINVAL,
			"expected an ELF kernel with 1 to 64 program headers, found 65535"},
		{E_PHOFF, 8, ELF_SIZE - 4 * 56 + 1, -EINVAL,
			"expected an ELF kernel whose program headers are inside the file, found "
			"offset 5921"},
		{E_PHOFF, 8, ~0UL, -EINVAL,
			"expected an ELF kernel whose program headers are inside the file, found "
			"offset 18446744073709551615"},
		{E_ENTRY, 8, 0x80105301, -EINVAL,
			"expected an ELF kernel whose entry is in a segment, found 0x80105301"},
		{E_ENTRY, 8, 0, -EINVAL,
			"expected an ELF kernel whose entry is in a segment, found 0x0"},
		{PHDR(TEXT, P_FILESZ), 8, 0x302, -EINVAL,
			"expected an ELF kernel whose segments are not smaller in memory than in the "
			"file, found 769 and 770 bytes at 0x80100000"},
		{PHDR(TEXT, P_OFFSET), 8, ELF_SIZE - 0x300, -EINVAL,
			"expected an ELF kernel whose segments are inside the file, found 769 bytes at "
			"offset 5376"},
		{PHDR(TEXT, P_OFFSET), 8, ~0UL - 0x100, -EINVAL,
			"expected an ELF kernel whose segments are inside the file, found 769 bytes at "
			"offset 18446744073709551359"},
		{PHDR(TEXT, P_PADDR), 8, ~0UL - 0x2ff, -EINVAL,
			"expected an ELF kernel whose segments end below 2^64, found 769 bytes at "
			"0xfffffffffffffd00"},
		{PHDR(DATA, P_MEMSZ), 8, ~0UL, -EINVAL,
			"expected an ELF kernel whose segments end below 2^64, found "
			"18446744073709551615 bytes at 0x80100301"},
		{PHDR(DATA, P_PADDR), 8, 0x80100300, -EINVAL,
			"expected an ELF kernel whose segments do not overlap, found two at 0x80100000 "
			"and 0x80100300"},
		{PHDR(DATA, P_PADDR), 8, 0x800fb001, -EINVAL,
			"expected an ELF kernel whose segments do not overlap, found two at 0x80100000 "
			"and 0x800fb001"},
		{PHDR(DATA, P_PADDR), 8, 0x7ffff000, -EINVAL,
			"expected an address in RAM (0x80000000 to 0x803fffff), found 0x7ffff000"},
		{PHDR(DATA, P_PADDR), 8, 0x80400000, -EINVAL,
			"expected an address in RAM (0x80000000 to 0x803fffff), found 0x80400000"},
		{PHDR(DATA, P_PADDR), 8, 0x803fb001, -E2BIG,
			"expected at most 20479 bytes, as much as RAM has from 0x803fb001 on, found "
			"20480"},
		{PHDR(DATA, P_MEMSZ), 8, GiB(4), -E2BIG,
			"expected at most 3144959 bytes, as much as RAM has from 0x80100301 on, found "
			"4294967296"},
	};
	char message[512];

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		elf_make();
		for (u32 b = 0; b < cases[i].width; b++)
			bytes[cases[i].offset + b] = (u8)(cases[i].value >> (8 * b));
		snprint(message, sizeof(message), PATH ": %s", cases[i].message);
		load_bad(bytes, ELF_SIZE, cases[i].error, message);
	}
}

static void test_elf_short(void **state)
{
	(void)state;
	elf_make();
	load_bad(bytes, 63, -EINVAL,
		PATH ": expected an ELF kernel of at least 64 bytes, found 63");
	load_bad(bytes, 64, -EINVAL,
		PATH
		": expected an ELF kernel whose program headers are inside the file, found "
		"offset 64");
	elf_make();
	for (u32 n = 0; n < ELF_HEADERS; n++)
		put32(bytes + PHDR(n, P_TYPE), 4);
	load_bad(bytes, ELF_SIZE, -EINVAL,
		PATH ": expected an ELF kernel with a segment to load, found none");
}

static void test_elf_many(void **state)
{
	(void)state;
	for (u32 count = 16; count <= 17; count++) {
		elf_make();
		put16(bytes + E_PHNUM, count);
		for (u32 n = 0; n < count; n++)
			phdr_put(n, 1, ELF_DATA + n, RAM_BASE + MiB(1) + n * 0x100, 0x100,
				0x100);
		if (count == 16)
			load_good(bytes, ELF_SIZE);
		else
			load_bad(bytes, ELF_SIZE, -EINVAL,
				PATH
				": expected an ELF kernel with at most 16 segments to load, "
				"found more");
	}
}

/* Damaged headers give an error in one line, or an image inside of RAM. */
static void test_elf_random(void **state)
{
	u64 random = 1;
	u32 good = 0, rounds = 3000;

	(void)state;
	for (u32 i = 0; i < rounds; i++) {
		struct fat_file file;
		int ret;

		elf_make();
		for (u32 n = 0; n < 3; n++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			bytes[4 + (random >> 33) % (ELF_PHOFF - 4 + 3 * 56)] =
				(random >> 20) % 2 ? (u8)(random >> 24) : 0xff;
		}
		file = file_make(bytes, ELF_SIZE);
		ret = image_load(vm, &board, &file, PATH, &image);
		assert_true(ret == 0 || ret == -EINVAL || ret == -E2BIG);
		if (ret) {
			assert_ptr_equal(strchr(fake_output, '\n'),
				fake_output + strlen(fake_output) - 1);
			continue;
		}
		good++;
		assert_true(range_inside(image.start.raw, image.end.raw - image.start.raw,
			RAM_BASE, RAM_SIZE));
		assert_in_range(image.entry.raw, image.start.raw, image.end.raw - 1);
	}
	assert_in_range(good, 1, rounds - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_elf, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_elf_bad, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_elf_short, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_elf_many, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_elf_random, vm_setup, vm_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
