// SPDX-License-Identifier: Apache-2.0
// Finding a FAT volume on a disk: the whole disk, else a partition of an MBR. A good boot
// sector in sector 0 wins over what looks like a partition table behind it.
#include "fat.h"
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

/* The same sector as an MBR: four partitions, numbers in the medium's blocks. */
#define MBR_TABLE       446
#define MBR_ENTRY_SIZE  16
#define MBR_ENTRIES     4
#define MBR_Status      0
#define MBR_Type        4
#define MBR_Start       8
#define MBR_Sectors     12
#define MBR_STATUS_BOOT 0x80

/* The medium's block at `start` into the cache; numbers in SECTOR_SIZE. */
static int block_read(struct fat *fat, u64 start)
{
	fat->cached = ~0UL;
	return blockdev_read(fat->dev, start, fat->dev->block_size / SECTOR_SIZE,
		fat->cache);
}

/* An MBR in `boot`, rather than anything else that ends in the same signature. */
static bool mbr_plausible(const u8 *boot)
{
	if (get_le16(boot + FAT_SIGNATURE_AT) != FAT_SIGNATURE)
		return false;
	for (u32 i = 0; i < MBR_ENTRIES; i++) {
		u8 status = boot[MBR_TABLE + i * MBR_ENTRY_SIZE + MBR_Status];

		if (status != 0 && status != MBR_STATUS_BOOT)
			return false;
	}
	return true;
}

static bool mbr_type_fat(u8 type)
{
	switch (type) {
	case 0x01: /* FAT12 */
	case 0x04: /* FAT16, small */
	case 0x06: /* FAT16 */
	case 0x0b: /* FAT32 */
	case 0x0c: /* FAT32, LBA */
	case 0x0e: /* FAT16, LBA */ return true;
	default: return false;
	}
}

static int partition_try(struct fat *fat, const u8 *entry, struct fat_reason *why)
{
	u64 scale = fat->dev->block_size / SECTOR_SIZE;
	u64 start = get_le32(entry + MBR_Start) * scale;
	u64 limit = get_le32(entry + MBR_Sectors) * scale;

	if (start == 0 || start >= fat->dev->sectors)
		return fat_refuse(why, "starts at sector %lu, expected 1 to %lu", start,
			fat->dev->sectors - 1);
	limit = MIN(limit, fat->dev->sectors - start);
	if (block_read(fat, start))
		return fat_refuse(why, "reading its boot sector (%lu) failed", start);
	return fat_boot_try(fat, start, limit, why);
}

/*
 * The first good partition: 0. -EIO with a line if those marked as FAT are all bad;
 * -ENOENT without if there is none.
 */
static int partitions_try(struct fat *fat, const u8 *boot)
{
	struct fat_reason why, first;
	u32 first_number = 0;

	if (!mbr_plausible(boot))
		return -ENOENT;
	for (u32 i = 0; i < MBR_ENTRIES; i++) {
		const u8 *entry = boot + MBR_TABLE + i * MBR_ENTRY_SIZE;

		if (!mbr_type_fat(entry[MBR_Type]))
			continue;
		if (partition_try(fat, entry, &why) == 0)
			return 0;
		if (!first_number) {
			first_number = i + 1;
			first = why;
		}
	}
	if (!first_number)
		return -ENOENT;
	error("%s: FAT partition %u: %s", fat->dev->name, first_number, first.text);
	return fail(-EIO);
}

static int no_volume(const struct fat *fat, const u8 *boot)
{
	const u8 *types = boot + MBR_TABLE + MBR_Type;

	if (get_le16(boot + FAT_SIGNATURE_AT) != FAT_SIGNATURE)
		error("%s: no FAT volume: sector 0 ends in 0x%04x, expected 0x%04x",
			fat->dev->name, get_le16(boot + FAT_SIGNATURE_AT), FAT_SIGNATURE);
	else
		error("%s: no FAT volume: sector 0 is no FAT boot sector, and partition "
		      "types are %02x %02x %02x %02x, expected 01 04 06 0b 0c or 0e",
			fat->dev->name, types[0], types[MBR_ENTRY_SIZE],
			types[2 * MBR_ENTRY_SIZE], types[3 * MBR_ENTRY_SIZE]);
	return fail(-ENOENT);
}

int fat_mount(struct fat *fat, struct blockdev *dev)
{
	u8 boot[SECTOR_SIZE];
	struct fat_reason why;
	bool claims;
	int ret;

	memset(fat, 0, sizeof(*fat));
	fat->dev = dev;
	if (dev->block_size < SECTOR_SIZE || dev->block_size > FAT_SECTOR_MAX) {
		error("%s: blocks of %u bytes, expected 512 to %d for a FAT volume",
			dev->name, dev->block_size, FAT_SECTOR_MAX);
		return fail(-EIO);
	}
	ret = block_read(fat, 0);
	if (ret) {
		error("%s: reading the first of %lu sectors failed (%s)", dev->name,
			dev->sectors, error_name(ret));
		return fail(-EIO);
	}
	memcpy(boot, fat->cache, sizeof(boot));
	claims = fat_boot_claims(fat);
	if (fat_boot_try(fat, 0, dev->sectors, &why) == 0)
		return 0;
	ret = partitions_try(fat, boot);
	if (ret != -ENOENT)
		return ret;
	if (!claims)
		return no_volume(fat, boot);
	error("%s: FAT volume: %s", dev->name, why.text);
	return fail(-EIO);
}
