// SPDX-License-Identifier: Apache-2.0
// For the tests that damage a FAT volume: one small volume of each type, and where on it
// the numbers are. Clusters have one sector of 512 bytes.
#pragma once

#include "fat_disk.h"

#define VICTIM_CLUSTERS 8
#define SMALL_LONG      "A long name.text" /* two pieces */
#define SMALL_DIR_FILES 20                 /* long names: "dir" has several clusters */

static const struct small_kind {
	enum fat_type type;
	u32 sectors;
} small_kinds[] = {{FAT12, 400}, {FAT16, 4480}, {FAT32, 67008}};

struct small {
	enum fat_type type;
	struct fat_image image;
	u64 fat_at;       /* byte offsets: the first FAT ... */
	u64 data_at;      /* ... and cluster 2 */
	u32 last;         /* cluster */
	u8 *victim, *dir; /* the short entries of victim.bin and dir */
	u8 *long_entry;   /* and of SMALL_LONG */
};

static inline u8 *small_entry(struct small *small, const char *short_name)
{
	for (u64 at = 0; at < small->image.size; at += 32) {
		if (memcmp(small->image.data + at, short_name, 11) == 0)
			return small->image.data + at;
	}
	fail_msg("no entry %s", short_name);
	return NULL;
}

static inline void small_make(struct small *small, const struct small_kind *kind)
{
	struct fat_image *image = &small->image;
	struct memdisk disk;
	struct fat fat;

	image_begin(image);
	image_file(image, "victim.bin", VICTIM_CLUSTERS * SECTOR_SIZE);
	image_file(image, SMALL_LONG, 700);
	for (u32 i = 0; i < SMALL_DIR_FILES; i++) {
		char name[64];

		snprintf(name, sizeof(name), "dir/Another long name %02u.text", i);
		image_file(image, name, i);
	}
	image_run(image, "truncate -s %lu img", kind->sectors * SECTOR_SIZE);
	image_run(image, "mkfs.fat -F %d -s 1 img", kind->type);
	image_run(image, "mcopy -i img tree/victim.bin ::; mmd -i img ::/dir");
	image_run(image, "mcopy -i img tree/dir/* ::/dir; mcopy -i img tree/A* ::");
	image_end(image);

	memdisk_init(&disk, &fat, image->data, image->size, SECTOR_SIZE);
	assert_int_equal(fat_mount(&fat, &disk.dev), 0);
	small->type = fat.type;
	assert_int_equal(small->type, kind->type);
	small->fat_at = fat.fat_start * SECTOR_SIZE;
	small->data_at = fat.data_start * SECTOR_SIZE;
	small->last = fat.cluster_count + 1;
	small->victim = small_entry(small, "VICTIM  BIN");
	small->dir = small_entry(small, "DIR        ");
	small->long_entry = small_entry(small, "ALONGN~1TEX");
}

static inline u32 small_first(const u8 *entry)
{
	return (u32)(entry[26] | entry[27] << 8 | entry[20] << 16 | entry[21] << 24);
}

static inline void small_set_first(u8 *entry, u32 cluster)
{
	entry[26] = (u8)cluster;
	entry[27] = (u8)(cluster >> 8);
	entry[20] = (u8)(cluster >> 16);
	entry[21] = (u8)(cluster >> 24);
}

/* A cluster's entry in the first FAT. */
static inline void small_set_link(struct small *small, u32 cluster, u32 value)
{
	u8 *at = small->image.data + small->fat_at + (u64)cluster * small->type / 8;

	switch (small->type) {
	case FAT12:
		if (cluster % 2) {
			at[0] = (u8)((at[0] & 0x0f) | value << 4);
			at[1] = (u8)(value >> 4);
		} else {
			at[0] = (u8)value;
			at[1] = (u8)((at[1] & 0xf0) | (value >> 8 & 0x0f));
		}
		break;
	case FAT32:
		at[2] = (u8)(value >> 16);
		/* The reserved bits must not matter. */
		at[3] = (u8)(value >> 24 | 0x50);
		/* fall through */
	case FAT16:
		at[0] = (u8)value;
		at[1] = (u8)(value >> 8);
		break;
	}
}

/* A little-endian number. */
static inline void small_poke(u8 *at, u32 size, u32 value)
{
	for (u32 i = 0; i < size; i++)
		at[i] = (u8)(value >> (8 * i));
}

/* Mounts, expecting this return value and these lines. */
static inline void small_mount(struct memdisk *disk, int expected, const char *line)
{
	int ret;

	fake_output_clear();
	ret = fat_mount(disk->fat, &disk->dev);
	assert_string_equal(fake_output, line);
	assert_int_equal(ret, expected);
}
