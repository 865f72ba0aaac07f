// SPDX-License-Identifier: Apache-2.0
// For the tests of the FAT reader: a disk in memory that watches what is asked of it, and
// images made by mkfs.fat and mtools in a folder of their own. A broken rule of the block
// layer is an assertion of the hypervisor, so the fuzzer's program can use it too.
#pragma once

#include "unit.h"

#include <hv/fat32.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- The disk ---- */

struct memdisk {
	struct blockdev dev;
	const u8 *head; /* the sectors before `data`: a partition table */
	u64 head_sectors;
	const u8 *data; /* behind it there are zeros */
	u64 data_sectors;
	struct fat *fat; /* whose cache may be read into ... */
	u8 *to;          /* ... besides these bytes */
	u64 to_len;
	struct block_request *pending; /* at most one: all reads are polled */
	u32 polls;                     /* before it is done */
	u64 bad_sector;                /* cannot be read */
	u64 sectors_max;               /* reading more in all is taken for a hang */
	u64 sectors_read;
	u64 direct; /* requests that went to `to` */
};

static void memdisk_submit(struct blockdev *dev, struct block_request *req)
{
	struct memdisk *disk = container_of(dev, struct memdisk, dev);
	u64 per_block = dev->block_size / SECTOR_SIZE, len = req->sectors * SECTOR_SIZE;
	bool to_cache = range_inside((uintptr_t)req->data, len,
		(uintptr_t)disk->fat->cache, sizeof(disk->fat->cache));
	bool to_caller = disk->to &&
		range_inside((uintptr_t)req->data, len, (uintptr_t)disk->to,
			disk->to_len);

	assert(!disk->pending);
	assert(!req->write || !dev->read_only);
	assert(req->sectors > 0);
	assert(range_inside(req->sector, req->sectors, 0, dev->sectors));
	assert(req->sector % per_block == 0 && req->sectors % per_block == 0);
	assert(to_cache || to_caller);
	disk->direct += to_caller;
	disk->sectors_read += req->sectors;
	assert(disk->sectors_read <= disk->sectors_max);
	disk->pending = req;
	disk->polls = 2;
}

static void memdisk_read(const struct memdisk *disk, u64 sector, u8 *to)
{
	if (sector < disk->head_sectors)
		memcpy(to, disk->head + sector * SECTOR_SIZE, SECTOR_SIZE);
	else if (sector - disk->head_sectors < disk->data_sectors)
		memcpy(to, disk->data + (sector - disk->head_sectors) * SECTOR_SIZE,
			SECTOR_SIZE);
	else
		memset(to, 0, SECTOR_SIZE);
}

static void memdisk_poll(struct blockdev *dev)
{
	struct memdisk *disk = container_of(dev, struct memdisk, dev);
	struct block_request *req = disk->pending;

	if (!req || --disk->polls)
		return;
	disk->pending = NULL;
	if (disk->bad_sector - req->sector < req->sectors) {
		memset(req->data, 0xdd, req->sectors * SECTOR_SIZE);
		req->done(req, -EIO);
		return;
	}
	if (req->write)
		memcpy((u8 *)disk->data + req->sector * SECTOR_SIZE, req->data,
			req->sectors * SECTOR_SIZE);
	for (u64 i = 0; !req->write && i < req->sectors; i++)
		memdisk_read(disk, req->sector + i, (u8 *)req->data + i * SECTOR_SIZE);
	req->done(req, 0);
}

static const struct blockdev_ops memdisk_ops = {memdisk_submit, memdisk_poll};

static inline void memdisk_init(struct memdisk *disk, struct fat *fat, const u8 *data,
	u64 size, u32 block_size)
{
	*disk = (struct memdisk){
		.dev = {&memdisk_ops, "disk0", size / SECTOR_SIZE, block_size, true},
		.data = data,
		.data_sectors = size / SECTOR_SIZE,
		.fat = fat,
		.bad_sector = ~0UL,
		.sectors_max = ~0UL,
	};
}

/* ---- Contents: a byte follows from the file's name and its offset ---- */

static inline u32 content_seed(const char *path)
{
	u32 seed = 2166136261U;

	for (; *path; path++)
		seed = (seed ^ (u8)*path) * 16777619U;
	return seed;
}

static inline u8 content_byte(u32 seed, u64 offset)
{
	return (u8)(((u32)offset * 2654435761U ^ seed) >> 13);
}

/* ---- Images ---- */

struct fat_image {
	char dir[32]; /* the folder where it is made */
	u8 *data;
	u64 size;
};

static inline void image_begin(struct fat_image *image)
{
	str_copy(image->dir, sizeof(image->dir), "/tmp/lodge-fat-XXXXXX");
	assert_non_null(mkdtemp(image->dir));
}

/* A command for sh in the image's folder. */
static inline void image_run(struct fat_image *image, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline void image_run(struct fat_image *image, const char *fmt, ...)
{
	static const char setup[] =
		"set -e; exec >log 2>&1; PATH=$PATH:/usr/sbin:/sbin; LC_ALL=C.UTF-8;"
		"MTOOLS_SKIP_CHECK=1; MTOOLSRC=/dev/null;"
		"export LC_ALL MTOOLS_SKIP_CHECK MTOOLSRC";
	char command[2048], text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(command, sizeof(command), "cd %s; %s; %s", image->dir, setup, text);
	if (system(command) != 0) {
		snprintf(command, sizeof(command), "cat %s/log >&2", image->dir);
		(void)!system(command);
		fail_msg("failed: %s", text);
	}
}

/* A file for the image, `path` below the folder tree/, with its proper contents. */
static inline void image_file(struct fat_image *image, const char *path, u64 size)
{
	u32 seed = content_seed(path);
	char name[512];
	FILE *file;

	snprintf(name, sizeof(name), "%s/tree/%s", image->dir, path);
	for (char *slash = name + strlen(image->dir) + 1; (slash = strchr(slash, '/'));
		slash++) {
		*slash = '\0';
		mkdir(name, 0700);
		*slash = '/';
	}
	file = fopen(name, "wb");
	assert_non_null(file);
	for (u64 i = 0; i < size; i++)
		putc(content_byte(seed, i), file);
	assert_int_equal(fclose(file), 0);
}

/* Maps the finished image, which may have large holes, and removes the folder. */
static inline void image_end(struct fat_image *image)
{
	char name[64];
	struct stat st;
	int fd;

	snprintf(name, sizeof(name), "%s/img", image->dir);
	fd = open(name, O_RDONLY);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	image->size = (u64)st.st_size;
	image->data = mmap(NULL, image->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(image->data, MAP_FAILED);
	close(fd);
	snprintf(name, sizeof(name), "rm -r %s", image->dir);
	assert_int_equal(system(name), 0);
}

static inline void image_free(struct fat_image *image)
{
	munmap(image->data, image->size);
}
