// SPDX-License-Identifier: Apache-2.0
// The FAT reader's lower half: sectors through the one-sector cache, cluster chains
// (section 4), and reading files. fat_mount.c has made sure that the volume lies on the
// disk and that its FAT covers all clusters; what the FAT says is checked here, link by
// link.
#include "fat.h"
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

int fat_broken(struct fat *fat, const char *fmt, ...)
{
	char text[160];
	va_list args;

	va_start(args, fmt);
	vsnprint(text, sizeof(text), fmt, args);
	va_end(args);
	error("%s: %s: %s", fat->dev->name, fat->about, text);
	return fail(-EIO);
}

/* Reads `sectors` FAT sectors of the volume. */
static int volume_read(struct fat *fat, u64 sector, u64 sectors, void *to)
{
	u64 at = fat->start + sector * fat->unit;
	int ret = blockdev_read(fat->dev, at, sectors * fat->unit, to);

	if (ret)
		return fat_broken(fat, "reading %lu sectors at sector %lu failed (%s)",
			sectors * fat->unit, at, error_name(ret));
	return 0;
}

int fat_load(struct fat *fat, u64 sector)
{
	int ret;

	if (fat->cached == sector)
		return 0;
	fat->cached = ~0UL;
	ret = volume_read(fat, sector, 1, fat->cache);
	if (ret == 0)
		fat->cached = sector;
	return ret;
}

/* ---- The FAT ---- */

/* Values of an entry, with those of FAT12 and FAT16 widened to FAT32's 28 bits. */
#define LINK_MASK 0x0fffffffU /* the upper four bits are reserved */
#define LINK_FREE 0U
#define LINK_BAD  0x0ffffff7U
#define LINK_END  0x0ffffff8U /* and above */

/* One byte of the FAT; `offset` is inside it. */
static int link_byte(struct fat *fat, u64 offset, u8 *byte)
{
	u32 size = fat_sector_size(fat);
	int ret = fat_load(fat, fat->fat_start + offset / size);

	if (ret == 0)
		*byte = fat->cache[offset % size];
	return ret;
}

/* Entries of 12 bits take turns: three bytes hold two, and a pair may cross a sector. */
static int link_read(struct fat *fat, u32 cluster, u32 *link)
{
	u64 offset = (u64)cluster * fat->type / 8;
	u32 bytes = fat->type == FAT32 ? 4 : 2, value = 0;
	u32 high = fat->type == FAT32 ? 0 : LINK_MASK & (LINK_MASK << fat->type);

	for (u32 i = 0; i < bytes; i++) {
		u8 byte;
		int ret = link_byte(fat, offset + i, &byte);

		if (ret)
			return ret;
		value |= (u32)byte << (8 * i);
	}
	if (fat->type == FAT12)
		value = cluster % 2 ? value >> 4 : value & 0xfff;
	value &= LINK_MASK;
	if ((value | high) >= LINK_BAD)
		value |= high;
	*link = value;
	return 0;
}

struct fat_chain fat_chain_start(u32 first)
{
	return (struct fat_chain){.at = first, .mark = first};
}

/*
 * A loop is found as Brent does it: the mark moves to where the chain is whenever the
 * number of steps is a power of two, so sooner or later it lies on the loop, and the
 * steps to come before it moves again lead around to it.
 */
int fat_chain_step(struct fat *fat, struct fat_chain *chain)
{
	u32 link;
	int ret = link_read(fat, chain->at, &link);

	if (ret)
		return ret;
	if (link >= LINK_END)
		return -ENOENT;
	if (link == LINK_BAD)
		return fat_broken(fat, "its cluster %u is marked bad", chain->at);
	if (link == LINK_FREE)
		return fat_broken(fat, "its cluster %u is marked free", chain->at);
	if (!fat_cluster_valid(fat, link))
		return fat_broken(fat,
			"cluster %u is followed by cluster %u, expected 2 to %u",
			chain->at, link, fat_cluster_last(fat));
	if (link == chain->mark)
		return fat_broken(fat, "its clusters form a loop through cluster %u",
			link);
	chain->at = link;
	chain->index++;
	if ((chain->index & (chain->index - 1)) == 0)
		chain->mark = chain->at;
	return 0;
}

/* ---- Files ---- */

#define RUN_MAX MiB(1) /* no more clusters are added to a request from here on */

/* One more cluster that the file's size promises. */
static int file_step(struct fat_file *file)
{
	u32 cluster_size = file->fat->cluster_size;
	int ret = fat_chain_step(file->fat, &file->chain);

	if (ret == -ENOENT)
		return fat_broken(file->fat,
			"its chain ends after %u clusters, expected %lu for %u bytes",
			file->chain.index + 1,
			((u64)file->size + cluster_size - 1) / cluster_size, file->size);
	return ret;
}

static int file_seek(struct fat_file *file, u32 index)
{
	int ret = 0;

	if (index < file->chain.index)
		file->chain = fat_chain_start(file->first);
	while (ret == 0 && file->chain.index < index)
		ret = file_step(file);
	return ret;
}

/* Part of one sector, by way of the cache. */
static s64 read_part(struct fat_file *file, u64 sector, u32 offset, void *to, u64 len)
{
	struct fat *fat = file->fat;
	int ret = fat_load(fat, sector);

	len = MIN(len, fat_sector_size(fat) - offset);
	if (ret)
		return ret;
	memcpy(to, fat->cache + offset, len);
	return (s64)len;
}

/*
 * Goes on while clusters lie side by side and fewer than `want` bytes are there; `have` counts
 * them. The chain ends up at the run's last cluster or the one behind it.
 */
static int run_extend(struct fat_file *file, u64 *have, u64 want)
{
	while (*have < want) {
		u32 before = file->chain.at;
		int ret = file_step(file);

		if (ret)
			return ret;
		if (file->chain.at != before + 1)
			break;
		*have += file->fat->cluster_size;
	}
	return 0;
}

/*
 * Whole sectors, at least one of `len` bytes, from `sector` on, which is `offset` bytes
 * into the current cluster.
 */
static s64 read_run(struct fat_file *file, u64 sector, u32 offset, void *to, u64 len)
{
	struct fat *fat = file->fat;
	u64 have = fat->cluster_size - offset;
	int ret;

	len = ALIGN_DOWN(len, fat_sector_size(fat));
	ret = run_extend(file, &have, MIN(len, RUN_MAX));
	if (ret)
		return ret;
	len = MIN(len, have);
	ret = volume_read(fat, sector, len / fat_sector_size(fat), to);
	return ret ? ret : (s64)len;
}

/* Reads at least one byte of what is at `offset`, and as much as one request can. */
static s64 read_some(struct fat_file *file, u64 offset, void *to, u64 len)
{
	struct fat *fat = file->fat;
	u32 sector_size = fat_sector_size(fat);
	u32 in_cluster = (u32)(offset % fat->cluster_size);
	int ret = file_seek(file, (u32)(offset / fat->cluster_size));
	u64 sector;

	if (ret)
		return ret;
	sector = fat_cluster_sector(fat, file->chain.at) + in_cluster / sector_size;
	if (in_cluster % sector_size || len < sector_size)
		return read_part(file, sector, in_cluster % sector_size, to, len);
	return read_run(file, sector, in_cluster, to, len);
}

/* A chain that has an end has no loop; one longer than the file is nobody's harm. */
static int check_tail(struct fat_file *file)
{
	struct fat_chain rest = file->chain;
	int ret;

	do {
		ret = fat_chain_step(file->fat, &rest);
	} while (ret == 0);
	return ret == -ENOENT ? 0 : ret;
}

s64 fat_read(struct fat_file *file, u64 offset, void *to, u64 len)
{
	u64 done = 0;
	int ret;

	if (offset >= file->size)
		return 0;
	file->fat->about = file->path;
	len = MIN(len, file->size - offset);
	while (done < len) {
		s64 got = read_some(file, offset + done, (u8 *)to + done, len - done);

		if (got < 0)
			return got;
		done += (u64)got;
	}
	if (done && offset + done == file->size) {
		ret = check_tail(file);
		if (ret)
			return ret;
	}
	return (s64)done;
}

int fat_map(struct fat_file *file, u64 offset, u64 *sector, u64 *sectors)
{
	struct fat *fat = file->fat;
	u64 in_cluster = offset % fat->cluster_size, left, have;
	int ret;

	if (offset >= file->size || !IS_ALIGNED(offset, SECTOR_SIZE))
		return fail(-EINVAL);
	fat->about = file->path;
	ret = file_seek(file, (u32)(offset / fat->cluster_size));
	if (ret)
		return ret;
	*sector = fat->start + fat_cluster_sector(fat, file->chain.at) * fat->unit +
		in_cluster / SECTOR_SIZE;
	left = file->size - offset;
	have = fat->cluster_size - in_cluster;
	ret = run_extend(file, &have, left);
	if (ret)
		return ret;
	*sectors = (MIN(have, left) + SECTOR_SIZE - 1) / SECTOR_SIZE;
	return have < left ? 0 : check_tail(file);
}
