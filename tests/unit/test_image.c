// SPDX-License-Identifier: Apache-2.0
// load/: kernels of each format from a FAT16 disk in memory into a VM's RAM; where they end
// up, and what is said about those that cannot be loaded.
#include "unit.h"

#include <hv/fat32.h>
#include <hv/load.h>
#include <hv/vdev.h>

#include <stdlib.h>

#define RAM_BASE    0x80000000UL
#define RAM_SIZE    MiB(4)
#define FLAT_AT     (RAM_BASE + MiB(2))
#define MACHINE     243
#define OTHER       62
#define LINUX_MAGIC 0x05435352U
#define OTHER_MAGIC 0x644d5241U
#define PATH        "/kernel"

static struct vm *vm;
static struct image_board board;

static int vm_setup(void **state)
{
	(void)state;
	vm = fake_vm(RAM_BASE, RAM_SIZE);
	board = (struct image_board){
		.elf_machine = MACHINE,
		.ram_base = RAM_BASE,
		.ram_size = RAM_SIZE,
		.flat_offset = MiB(2),
		.linux_magic = LINUX_MAGIC,
	};
	return 0;
}

static int vm_teardown(void **state)
{
	(void)state;
	fake_vm_free(vm);
	return 0;
}

/* ---- A disk with one file ---- */

/*
 * The smallest FAT16 layout: boot sector, one FAT, a root directory of 16 entries, and
 * clusters of one sector.
 */
enum {
	CLUSTERS = 6000,
	FAT_SECTORS = 24,
	FAT_AT = 1,
	ROOT_AT = FAT_AT + FAT_SECTORS,
	DATA_AT = ROOT_AT + 1,
	SECTORS = DATA_AT + CLUSTERS,
	FILE_MAX = CLUSTERS * 512,
};

static u8 disk_data[SECTORS][SECTOR_SIZE];
static u64 disk_bad; /* this sector cannot be read */

static void disk_submit(struct blockdev *dev, struct block_request *req)
{
	bool bad = disk_bad - req->sector < req->sectors;

	(void)dev;
	assert_false(req->write);
	assert_true(range_inside(req->sector, req->sectors, 0, SECTORS));
	if (!bad)
		memcpy(req->data, disk_data[req->sector], req->sectors * SECTOR_SIZE);
	req->done(req, bad ? -EIO : 0);
}

static void disk_poll(struct blockdev *dev)
{
	(void)dev;
}

static const struct blockdev_ops disk_ops = {disk_submit, disk_poll};
static struct blockdev disk = {&disk_ops, "disk0", SECTORS, SECTOR_SIZE, true};
static struct fat fat;

static void put16(u8 *to, u32 value)
{
	to[0] = (u8)value;
	to[1] = (u8)(value >> 8);
}

static void put32(u8 *to, u32 value)
{
	put16(to, value);
	put16(to + 2, value >> 16);
}

static void put64(u8 *to, u64 value)
{
	put32(to, (u32)value);
	put32(to + 4, (u32)(value >> 32));
}

static void link_put(u32 cluster, u32 link)
{
	put16(&disk_data[FAT_AT][0] + 2 * cluster, link);
}

static void disk_format(void)
{
	u8 *boot = disk_data[0];

	memset(disk_data, 0, sizeof(disk_data));
	memcpy(boot, "\xeb\x3c\x90LODGE   ", 11);
	put16(boot + 11, SECTOR_SIZE);
	boot[13] = 1; /* sectors per cluster */
	put16(boot + 14, FAT_AT);
	boot[16] = 1; /* FATs */
	put16(boot + 17, 16);
	put16(boot + 19, SECTORS);
	boot[21] = 0xf8;
	put16(boot + 22, FAT_SECTORS);
	memcpy(boot + 54, "FAT16   ", 8);
	put16(boot + 510, 0xaa55);
	link_put(0, 0xfff8);
	link_put(1, 0xffff);
}

/* The disk has this one file, in clusters from 2 on. */
static struct fat_file file_make(const void *data, u32 size)
{
	struct fat_file file = {0};
	u32 count = (u32)((size + SECTOR_SIZE - 1) / SECTOR_SIZE);
	u8 *entry = disk_data[ROOT_AT];

	assert_true(size <= FILE_MAX);
	disk_bad = ~0UL;
	disk_format();
	memcpy(entry, "KERNEL     ", 11);
	put16(entry + 26, size ? 2 : 0);
	put32(entry + 28, size);
	for (u32 i = 0; i < count; i++)
		link_put(2 + i, i + 1 < count ? 3 + i : 0xffff);
	memcpy(disk_data[DATA_AT], data, size);
	fake_output_clear();
	if (fat_mount(&fat, &disk) || fat_open(&fat, PATH, &file))
		fail_msg("%s", fake_output);
	return file;
}

/* ---- Loading ---- */

static struct image image;

static void ram_clear(void)
{
	memset(vm_ram(vm, GPA(RAM_BASE), RAM_SIZE), 0, RAM_SIZE);
}

static int load(const void *data, u32 size)
{
	struct fat_file file = file_make(data, size);

	ram_clear();
	return image_load(vm, &board, &file, PATH, &image);
}

static void load_good(const void *data, u32 size)
{
	if (load(data, size) != 0)
		fail_msg("%s", fake_output);
	assert_string_equal(fake_output, "");
	assert_int_equal(image.file_size, size);
}

static void load_bad(const void *data, u32 size, int error, const char *message)
{
	char expected[512];
	int ret = load(data, size);

	snprint(expected, sizeof(expected), "error: %s\n", message);
	assert_string_equal(fake_output, expected);
	assert_int_equal(ret, error);
}

static void check_image(enum image_kind kind, u64 entry, u64 start, u64 end)
{
	assert_int_equal(image.kind, kind);
	assert_int_equal(image.entry.raw, entry);
	assert_int_equal(image.start.raw, start);
	assert_int_equal(image.end.raw, end);
}

/* RAM holds these bytes at `gpa`. */
static void check_ram(u64 gpa, const void *data, u32 size)
{
	assert_memory_equal(vm_ram(vm, GPA(gpa), size), data, size);
}

static void check_zero(u64 from, u64 to)
{
	const u8 *ram = vm_ram(vm, GPA(from), to - from);

	for (u64 i = 0; i < to - from; i++) {
		if (ram[i])
			fail_msg("not zero: 0x%lx", from + i);
	}
}

static u8 bytes[FILE_MAX];

static void bytes_fill(u32 size)
{
	u32 x = 1;

	for (u32 i = 0; i < size; i++, x = x * 1664525 + 1013904223)
		bytes[i] = (u8)(x >> 24);
}

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

/* ---- ELF ---- */

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
		PATH
		": expected an ELF, Linux Image or flat kernel, found a Linux Image for arm64");
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
			PATH ": expected an ELF, Linux Image or flat kernel, found %s",
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
		cmocka_unit_test_setup_teardown(test_elf, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_elf_bad, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_elf_short, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_elf_many, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_elf_random, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_linux, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_linux_bad, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_foreign, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_disk, vm_setup, vm_teardown),
		cmocka_unit_test_setup_teardown(test_load_at, vm_setup, vm_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
