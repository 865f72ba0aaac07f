// SPDX-License-Identifier: Apache-2.0
// load/elf.c with files of 32 bits, which one board takes beside those of 64.
#include "image_world.h"

#define MACHINE_32 3
#define MACHINE_64 62

enum {
	ELF_HEADERS = 4,
	ELF_PHOFF = 52,
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
	E_PHOFF = 28,
	E_PHENTSIZE = 42,
	E_PHNUM = 44,
};
enum {
	P_TYPE = 0,
	P_OFFSET = 4,
	P_VADDR = 8,
	P_PADDR = 12,
	P_FILESZ = 16,
	P_MEMSZ = 20,
	P_BYTES = 32,
};

#define PHDR(n, field) (ELF_PHOFF + (n) * P_BYTES + (field))

#define TEXT_AT   MiB(1)
#define TEXT_SIZE 0x301
#define DATA_PART (ELF_DATA + 0x333)
#define DATA_PUT  (TEXT_AT + TEXT_SIZE)
#define DATA_SIZE 0x200
#define DATA_MEM  0x5000
#define NOTE_PART 0x1600
#define VIRTUAL   0xc0000000U

static void phdr_put(u32 n, u32 type, u32 offset, u32 paddr, u32 filesz, u32 memsz)
{
	put32(bytes + PHDR(n, P_TYPE), type);
	put32(bytes + PHDR(n, P_OFFSET), offset);
	put32(bytes + PHDR(n, P_VADDR), paddr + VIRTUAL);
	put32(bytes + PHDR(n, P_PADDR), paddr);
	put32(bytes + PHDR(n, P_FILESZ), filesz);
	put32(bytes + PHDR(n, P_MEMSZ), memsz);
}

/*
 * Text at 1 MiB, data with a bss right behind it, an entry in the text, all linked 3 GiB above;
 * 0x200 bytes for notes, zero, and an empty segment.
 */
static void elf32_make(void)
{
	bytes_fill(ELF_SIZE);
	memset(bytes, 0, ELF_PHOFF + ELF_HEADERS * P_BYTES);
	memcpy(bytes, "\177ELF\1\1\1", 7);
	put16(bytes + E_TYPE, 2);
	put16(bytes + E_MACHINE, MACHINE_32);
	put32(bytes + E_ENTRY, VIRTUAL + TEXT_AT + 0x10);
	put32(bytes + E_PHOFF, ELF_PHOFF);
	put16(bytes + E_PHENTSIZE, P_BYTES);
	put16(bytes + E_PHNUM, ELF_HEADERS);
	phdr_put(TEXT, 1, ELF_DATA, TEXT_AT, TEXT_SIZE, TEXT_SIZE);
	phdr_put(NOTE, 4, NOTE_PART, 0, 0x200, 0);
	phdr_put(DATA, 1, DATA_PART, DATA_PUT, DATA_SIZE, DATA_MEM);
	phdr_put(EMPTY, 1, 0, 0, 0, 0);
	memset(bytes + NOTE_PART, 0, 0x200);
}

static void check_elf32_ram(void)
{
	check_zero(0, TEXT_AT);
	check_ram(TEXT_AT, bytes + ELF_DATA, TEXT_SIZE);
	check_ram(DATA_PUT, bytes + DATA_PART, DATA_SIZE);
	check_zero(DATA_PUT + DATA_SIZE, RAM_SIZE);
}

static int setup(void **state)
{
	static const struct image_format *const elf_only[] = {&elf_format, NULL};

	pc_setup(state);
	board.formats = elf_only;
	return 0;
}

static void test_good(void **state)
{
	/* Virtual in the text, virtual at the end of the bss, physical. */
	static const u32 entries[][2] = {
		{VIRTUAL + 0x100010, 0x100010},
		{VIRTUAL + 0x105300, 0x105300},
		{0x100000, 0x100000},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(entries); i++) {
		elf32_make();
		put16(bytes + E_TYPE, i ? 2 : 3);
		put32(bytes + E_ENTRY, entries[i][0]);
		load_good(bytes, ELF_SIZE);
		check_image(IMAGE_ELF, entries[i][1], TEXT_AT, DATA_PUT + DATA_MEM);
		check_elf32_ram();
	}
	/* The headers elsewhere, not aligned, at the very end. */
	elf32_make();
	memcpy(bytes + 0x1801, bytes + ELF_PHOFF, ELF_HEADERS * P_BYTES);
	put32(bytes + E_PHOFF, 0x1801);
	memset(bytes + ELF_PHOFF, 0xff, ELF_HEADERS * P_BYTES);
	load_good(bytes, 0x1801 + ELF_HEADERS * P_BYTES);
	check_elf32_ram();
	/* All of the RAM that is left. */
	elf32_make();
	put32(bytes + PHDR(DATA, P_MEMSZ), MiB(3) - TEXT_SIZE);
	load_good(bytes, ELF_SIZE);
	assert_int_equal(image.end.raw, RAM_SIZE);
}

/* One field is changed. */
static void test_bad(void **state)
{
	static const struct {
		u32 offset, width, value;
		int error;
		const char *message;
	} cases[] = {
		{E_DATA, 1, 2, -EINVAL,
			"expected an ELF kernel with little-endian data, found big-endian"},
		{E_MACHINE, 2, MACHINE_64, -EINVAL,
			"expected an ELF kernel for machine 3 (i386), found one for machine 62 "
			"(x86-64)"},
		{E_MACHINE, 2, 40, -EINVAL,
			"expected an ELF kernel for machine 3 (i386), found one for machine 40 "
			"(Arm)"},
		{E_CLASS, 1, 2, -EINVAL,
			"expected an ELF kernel for machine 62 (x86-64), found one for machine 3 "
			"(i386)"},
		{E_CLASS, 1, 0, -EINVAL,
			"expected an ELF kernel of 64 bits, found an unknown class"},
		{E_TYPE, 2, 1, -EINVAL,
			"expected an ELF kernel that is linked (type 2 or 3), found type 1"},
		{E_PHENTSIZE, 2, 56, -EINVAL,
			"expected an ELF kernel with program headers of 32 bytes, found 56"},
		{E_PHNUM, 2, 0, -EINVAL,
			"expected an ELF kernel with 1 to 64 program headers, found 0"},
		{E_PHNUM, 2, 65, -EINVAL,
			"expected an ELF kernel with 1 to 64 program headers, found 65"},
		{E_PHOFF, 4, ELF_SIZE - 4 * 32 + 1, -EINVAL,
			"expected an ELF kernel whose program headers are inside the file, found "
			"offset 6017"},
		{E_PHOFF, 4, ~0U, -EINVAL,
			"expected an ELF kernel whose program headers are inside the file, found "
			"offset 4294967295"},
		{E_ENTRY, 4, VIRTUAL + 0x105301, -EINVAL,
			"expected an ELF kernel whose entry is in a segment, found 0xc0105301"},
		{E_ENTRY, 4, 0, -EINVAL,
			"expected an ELF kernel whose entry is in a segment, found 0x0"},
		{PHDR(TEXT, P_FILESZ), 4, 0x302, -EINVAL,
			"expected an ELF kernel whose segments are not smaller in memory than in the "
			"file, found 769 and 770 bytes at 0x100000"},
		{PHDR(TEXT, P_OFFSET), 4, ELF_SIZE - 0x300, -EINVAL,
			"expected an ELF kernel whose segments are inside the file, found 769 bytes at "
			"offset 5376"},
		{PHDR(TEXT, P_OFFSET), 4, ~0U - 0x100, -EINVAL,
			"expected an ELF kernel whose segments are inside the file, found 769 bytes at "
			"offset 4294967039"},
		{PHDR(DATA, P_PADDR), 4, 0x100300, -EINVAL,
			"expected an ELF kernel whose segments do not overlap, found two at 0x100000 "
			"and 0x100300"},
		{PHDR(DATA, P_PADDR), 4, 0x400000, -EINVAL,
			"expected an address in RAM (0x0 to 0x3fffff), found 0x400000"},
		/* 32 bits would wrap. */
		{PHDR(DATA, P_PADDR), 4, 0xfffff000, -EINVAL,
			"expected an address in RAM (0x0 to 0x3fffff), found 0xfffff000"},
		{PHDR(DATA, P_PADDR), 4, 0x3fb001, -E2BIG,
			"expected at most 20479 bytes, as much as RAM has from 0x3fb001 on, found "
			"20480"},
		{PHDR(DATA, P_MEMSZ), 4, ~0U, -E2BIG,
			"expected at most 3144959 bytes, as much as RAM has from 0x100301 on, found "
			"4294967295"},
	};
	char message[512];

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		elf32_make();
		for (u32 b = 0; b < cases[i].width; b++)
			bytes[cases[i].offset + b] = (u8)(cases[i].value >> (8 * b));
		snprint(message, sizeof(message), PATH ": %s", cases[i].message);
		load_bad(bytes, ELF_SIZE, cases[i].error, message);
	}
}

static void test_not_here(void **state)
{
	(void)state;
	elf32_make();
	board.elf_machine_32 = 0;
	load_bad(bytes, ELF_SIZE, -EINVAL,
		PATH ": expected an ELF kernel of 64 bits, found 32 bits");
}

static void test_short(void **state)
{
	(void)state;
	elf32_make();
	for (u32 size = 5; size < 64; size++) {
		char message[128];

		snprint(message, sizeof(message),
			PATH ": expected an ELF kernel of at least 64 bytes, found %u",
			size);
		load_bad(bytes, size, -EINVAL, message);
	}
	load_bad(bytes, ELF_PHOFF + ELF_HEADERS * P_BYTES - 1, -EINVAL,
		PATH
		": expected an ELF kernel whose program headers are inside the file, found "
		"offset 52");
}

/* Damaged headers give an error in one line, or an image inside of RAM. */
static void test_random(void **state)
{
	u64 random = 1;
	u32 good = 0, rounds = 3000;

	(void)state;
	for (u32 i = 0; i < rounds; i++) {
		int ret;

		elf32_make();
		for (u32 n = 0; n < 3; n++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			bytes[5 + (random >> 33) % (ELF_PHOFF - 5 + 3 * P_BYTES)] =
				(random >> 20) % 2 ? (u8)(random >> 24) : 0xff;
		}
		ret = load(bytes, ELF_SIZE);
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
		cmocka_unit_test_setup_teardown(test_good, setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_bad, setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_not_here, setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_short, setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_random, setup, vm_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
