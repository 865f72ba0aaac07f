// SPDX-License-Identifier: Apache-2.0
// For the tests of load/: a FAT16 disk in memory with one file, a VM to load it into, and
// checks of where the bytes went and of what was said.
#pragma once

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
static u64 ram_start;
static struct image_board board;
static const struct image_format *const formats[] = {&elf_format, &linux_format, NULL};

static inline int vm_setup(void **state)
{
	(void)state;
	ram_start = RAM_BASE;
	vm = fake_vm(RAM_BASE, RAM_SIZE);
	board = (struct image_board){
		.formats = formats,
		.elf_machine = MACHINE,
		.ram_base = RAM_BASE,
		.ram_size = RAM_SIZE,
		.flat_offset = MiB(2),
		.linux_magic = LINUX_MAGIC,
	};
	return 0;
}

/* A PC's: RAM begins at 0. */
static const struct image_format *const pc_formats[] = {
	&multiboot_format, &pvh_format, &bzimage_format, NULL};

#define PC_FLAT_AT 0x8000UL

static inline int pc_setup(void **state)
{
	(void)state;
	ram_start = 0;
	vm = fake_vm(0, RAM_SIZE);
	board = (struct image_board){
		.formats = pc_formats,
		.elf_machine = 62,
		.elf_machine_32 = 3,
		.ram_size = RAM_SIZE,
		.flat_offset = PC_FLAT_AT,
	};
	return 0;
}

static inline int vm_teardown(void **state)
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

static inline void disk_submit(struct blockdev *dev, struct block_request *req)
{
	bool bad = disk_bad - req->sector < req->sectors;

	(void)dev;
	assert_false(req->write);
	assert_true(range_inside(req->sector, req->sectors, 0, SECTORS));
	if (!bad)
		memcpy(req->data, disk_data[req->sector], req->sectors * SECTOR_SIZE);
	req->done(req, bad ? -EIO : 0);
}

static inline void disk_poll(struct blockdev *dev)
{
	(void)dev;
}

static const struct blockdev_ops disk_ops = {disk_submit, disk_poll};
static struct blockdev disk = {&disk_ops, "disk0", SECTORS, SECTOR_SIZE, true};
static struct fat fat;

static inline void put16(u8 *to, u32 value)
{
	to[0] = (u8)value;
	to[1] = (u8)(value >> 8);
}

static inline void put32(u8 *to, u32 value)
{
	put16(to, value);
	put16(to + 2, value >> 16);
}

static inline void put64(u8 *to, u64 value)
{
	put32(to, (u32)value);
	put32(to + 4, (u32)(value >> 32));
}

static inline void link_put(u32 cluster, u32 link)
{
	put16(&disk_data[FAT_AT][0] + 2 * cluster, link);
}

static inline void disk_format(void)
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
static inline struct fat_file file_make(const void *data, u32 size)
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

static inline void ram_clear(void)
{
	memset(vm_ram(vm, GPA(ram_start), RAM_SIZE), 0, RAM_SIZE);
}

static inline int load(const void *data, u32 size)
{
	struct fat_file file = file_make(data, size);

	ram_clear();
	return image_load(vm, &board, &file, PATH, &image);
}

static inline void load_good(const void *data, u32 size)
{
	if (load(data, size) != 0)
		fail_msg("%s", fake_output);
	assert_string_equal(fake_output, "");
	assert_int_equal(image.file_size, size);
}

static inline void load_bad(const void *data, u32 size, int error, const char *message)
{
	char expected[512];
	int ret = load(data, size);

	snprint(expected, sizeof(expected), "error: %s\n", message);
	assert_string_equal(fake_output, expected);
	assert_int_equal(ret, error);
}

static inline void check_image(enum image_kind kind, u64 entry, u64 start, u64 end)
{
	assert_int_equal(image.kind, kind);
	assert_int_equal(image.entry.raw, entry);
	assert_int_equal(image.start.raw, start);
	assert_int_equal(image.end.raw, end);
}

/* RAM holds these bytes at `gpa`. */
static inline void check_ram(u64 gpa, const void *data, u32 size)
{
	assert_memory_equal(vm_ram(vm, GPA(gpa), size), data, size);
}

static inline void check_zero(u64 from, u64 to)
{
	const u8 *ram = vm_ram(vm, GPA(from), to - from);

	for (u64 i = 0; i < to - from; i++) {
		if (ram[i])
			fail_msg("not zero: 0x%lx", from + i);
	}
}

static u8 bytes[FILE_MAX];

static inline void bytes_fill(u32 size)
{
	u32 x = 1;

	for (u32 i = 0; i < size; i++, x = x * 1664525 + 1013904223)
		bytes[i] = (u8)(x >> 24);
}
