// SPDX-License-Identifier: Apache-2.0
// The boot sector of a FAT volume (section 3): where everything is. It is believed only
// if all its numbers agree with each other and with the disk.
#include "fat.h"
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

/* Byte offsets in a boot sector. */
#define BPB_BytsPerSec 11
#define BPB_SecPerClus 13
#define BPB_RsvdSecCnt 14
#define BPB_NumFATs    16
#define BPB_RootEntCnt 17
#define BPB_TotSec16   19
#define BPB_Media      21
#define BPB_FATSz16    22
#define BPB_TotSec32   32
#define BPB_FATSz32    36 /* from here on FAT32 only */
#define BPB_ExtFlags   40
#define BPB_FSVer      42
#define BPB_RootClus   44
#define FILSYSTYPE_16  54 /* BS_FilSysType of FAT12/16: "FAT16   " */
#define FILSYSTYPE_32  82 /* and of FAT32 */

#define EXTFLAGS_SINGLE 0x80 /* only one FAT is kept up to date: */
#define EXTFLAGS_ACTIVE 0x0f /* this one */

#define CLUSTERS_FAT12_MAX 4084U
#define CLUSTERS_FAT16_MAX 65524U
#define CLUSTERS_FAT32_MAX 0x0ffffff5U

/* A boot sector's numbers, in FAT sectors. */
struct bpb {
	u32 sector_size; /* bytes */
	u32 sectors_per_cluster;
	u32 reserved; /* sectors before the first FAT */
	u32 fats;
	u32 root_entries;
	u32 media;
	u32 sectors; /* the whole volume */
	u32 fat_sectors;
	bool fat32; /* has the fields below */
	u32 flags;
	u32 version;
	u32 root_cluster;
};

int fat_refuse(struct fat_reason *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprint(why->text, sizeof(why->text), fmt, args);
	va_end(args);
	return -EIO;
}

static void bpb_read(struct bpb *bpb, const u8 *boot)
{
	*bpb = (struct bpb){
		.sector_size = get_le16(boot + BPB_BytsPerSec),
		.sectors_per_cluster = boot[BPB_SecPerClus],
		.reserved = get_le16(boot + BPB_RsvdSecCnt),
		.fats = boot[BPB_NumFATs],
		.root_entries = get_le16(boot + BPB_RootEntCnt),
		.media = boot[BPB_Media],
		.sectors = get_le16(boot + BPB_TotSec16),
		.fat_sectors = get_le16(boot + BPB_FATSz16),
	};
	if (!bpb->sectors)
		bpb->sectors = get_le32(boot + BPB_TotSec32);
	/* What sets FAT32 apart is that this field moved, whatever the size. */
	bpb->fat32 = !bpb->fat_sectors;
	if (bpb->fat32) {
		bpb->fat_sectors = get_le32(boot + BPB_FATSz32);
		bpb->flags = get_le16(boot + BPB_ExtFlags);
		bpb->version = get_le16(boot + BPB_FSVer);
		bpb->root_cluster = get_le32(boot + BPB_RootClus);
	}
}

static bool power_of_two(u32 n)
{
	return n && (n & (n - 1)) == 0;
}

/* Each number by itself. */
static int bpb_check(const struct bpb *bpb, struct fat_reason *why)
{
	u32 active = bpb->flags & EXTFLAGS_ACTIVE;

	if (!power_of_two(bpb->sector_size) || bpb->sector_size < SECTOR_SIZE ||
		bpb->sector_size > FAT_SECTOR_MAX)
		return fat_refuse(why,
			"%u bytes per sector, expected 512, 1024, 2048 or 4096",
			bpb->sector_size);
	if (!power_of_two(bpb->sectors_per_cluster))
		return fat_refuse(why, "%u sectors per cluster, expected a power of two",
			bpb->sectors_per_cluster);
	if (!bpb->reserved)
		return fat_refuse(why, "0 reserved sectors, expected at least 1");
	if (!bpb->fats)
		return fat_refuse(why, "0 FATs, expected 1 or 2");
	if (bpb->media != 0xf0 && bpb->media < 0xf8)
		return fat_refuse(why, "media type 0x%02x, expected 0xf0 or 0xf8 to 0xff",
			bpb->media);
	if (!bpb->sectors)
		return fat_refuse(why, "a volume of 0 sectors, expected more");
	if (!bpb->fat_sectors)
		return fat_refuse(why, "0 sectors per FAT, expected at least 1");
	if (bpb->fat32 != !bpb->root_entries)
		return fat_refuse(why, "%u root directory entries, expected %s",
			bpb->root_entries,
			bpb->fat32 ? "0 on FAT32" : "some on FAT12 or FAT16");
	if (bpb->version)
		return fat_refuse(why, "FAT32 version 0x%04x, expected 0", bpb->version);
	if (bpb->flags & EXTFLAGS_SINGLE && active >= bpb->fats)
		return fat_refuse(why, "active FAT %u, expected 0 to %u", active,
			bpb->fats - 1);
	return 0;
}

/* Fills in where things are; `limit` is how much of the disk the volume may have. */
static int volume_layout(struct fat *fat, const struct bpb *bpb, u64 limit,
	struct fat_reason *why)
{
	u64 root_sectors =
		((u64)bpb->root_entries * FAT_DIRENT_SIZE + bpb->sector_size - 1) /
		bpb->sector_size;
	u64 active = bpb->flags & EXTFLAGS_SINGLE ? bpb->flags & EXTFLAGS_ACTIVE : 0;

	fat->unit = bpb->sector_size / (u32)SECTOR_SIZE;
	if (bpb->sector_size < fat->dev->block_size)
		return fat_refuse(why,
			"%u bytes per sector, expected at least the disk's %u",
			bpb->sector_size, fat->dev->block_size);
	if (bpb->sectors > limit / fat->unit)
		return fat_refuse(why,
			"a volume of %u sectors of %u bytes, expected at most %lu",
			bpb->sectors, bpb->sector_size, limit / fat->unit);
	fat->sectors_per_cluster = bpb->sectors_per_cluster;
	fat->cluster_size = bpb->sectors_per_cluster * bpb->sector_size;
	fat->fat_sectors = bpb->fat_sectors;
	fat->fat_start = bpb->reserved + active * fat->fat_sectors;
	fat->root_start = bpb->reserved + bpb->fats * fat->fat_sectors;
	fat->root_entries = bpb->root_entries;
	fat->root_cluster = bpb->root_cluster;
	fat->data_start = fat->root_start + root_sectors;
	if (bpb->sectors < fat->data_start + fat->sectors_per_cluster)
		return fat_refuse(why,
			"a volume of %u sectors, expected more than the %lu before its clusters",
			bpb->sectors, fat->data_start);
	fat->cluster_count =
		(u32)((bpb->sectors - fat->data_start) / fat->sectors_per_cluster);
	return 0;
}

/* What depends on how many clusters there are. */
static int volume_check(struct fat *fat, const struct bpb *bpb, struct fat_reason *why)
{
	u32 max = bpb->fat32 ? CLUSTERS_FAT32_MAX : CLUSTERS_FAT16_MAX;
	u64 needed;

	if (fat->cluster_count > max)
		return fat_refuse(why, "%u clusters, expected at most %u",
			fat->cluster_count, max);
	if (bpb->fat32)
		fat->type = FAT32;
	else
		fat->type = fat->cluster_count > CLUSTERS_FAT12_MAX ? FAT16 : FAT12;
	needed = (((u64)fat->cluster_count + FAT_CLUSTER_FIRST) * fat->type + 7) / 8;
	needed = (needed + bpb->sector_size - 1) / bpb->sector_size;
	if (fat->fat_sectors < needed)
		return fat_refuse(why,
			"a FAT of %lu sectors, expected at least %lu for %u clusters",
			fat->fat_sectors, needed, fat->cluster_count);
	if (bpb->fat32 && !fat_cluster_valid(fat, bpb->root_cluster))
		return fat_refuse(why, "root directory at cluster %u, expected 2 to %u",
			bpb->root_cluster, fat_cluster_last(fat));
	return 0;
}

int fat_boot_try(struct fat *fat, u64 start, u64 limit, struct fat_reason *why)
{
	struct bpb bpb;
	int ret;

	if (get_le16(fat->cache + FAT_SIGNATURE_AT) != FAT_SIGNATURE)
		return fat_refuse(why,
			"boot sector's signature is 0x%04x, expected 0x%04x",
			get_le16(fat->cache + FAT_SIGNATURE_AT), FAT_SIGNATURE);
	bpb_read(&bpb, fat->cache);
	fat->start = start;
	ret = bpb_check(&bpb, why);
	if (ret)
		return ret;
	ret = volume_layout(fat, &bpb, limit, why);
	return ret ? ret : volume_check(fat, &bpb, why);
}

bool fat_boot_claims(const struct fat *fat)
{
	return memcmp(fat->cache + FILSYSTYPE_16, "FAT", 3) == 0 ||
		memcmp(fat->cache + FILSYSTYPE_32, "FAT", 3) == 0;
}
