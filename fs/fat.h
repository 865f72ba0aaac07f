// SPDX-License-Identifier: Apache-2.0
// What the files of the FAT reader share: fat_mount.c finds the volume, fat_boot.c checks
// its boot sector, fat32.c reads sectors, cluster chains and files, fat_dir.c
// directories, fat_name.c their names. Section numbers in all of them are of Microsoft's
// "FAT: General Overview of On-Disk Format", 1.03.
#pragma once

#include <hv/fat32.h>

/* Numbers on the disk are little-endian and at any offset. */
static inline u16 get_le16(const u8 *p)
{
	return (u16)(p[0] | p[1] << 8);
}

static inline u32 get_le32(const u8 *p)
{
	return get_le16(p) | (u32)get_le16(p + 2) << 16;
}

#define FAT_CLUSTER_FIRST 2U /* numbers 0 and 1 mean something else */

static inline u32 fat_sector_size(const struct fat *fat)
{
	return fat->unit * (u32)SECTOR_SIZE;
}

static inline u32 fat_cluster_last(const struct fat *fat)
{
	return fat->cluster_count + FAT_CLUSTER_FIRST - 1;
}

static inline bool fat_cluster_valid(const struct fat *fat, u32 cluster)
{
	return cluster >= FAT_CLUSTER_FIRST && cluster <= fat_cluster_last(fat);
}

/* The FAT sector where a valid cluster begins. */
static inline u64 fat_cluster_sector(const struct fat *fat, u32 cluster)
{
	return fat->data_start +
		(u64)(cluster - FAT_CLUSTER_FIRST) * fat->sectors_per_cluster;
}

/* ---- The boot sector ---- */

#define FAT_SIGNATURE_AT 510 /* a word in boot sectors and MBRs alike */
#define FAT_SIGNATURE    0xaa55

/* Why a volume was refused, kept until it is clear that no other will do. */
struct fat_reason {
	char text[128];
};

/* Writes the reason and returns -EIO. */
int fat_refuse(struct fat_reason *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Fills in `fat` for the volume at sector `start`, whose boot sector is in fat->cache and
 * which may have `limit` sectors, both in SECTOR_SIZE: 0, or -EIO with the reason in
 * `why`.
 */
int fat_boot_try(struct fat *fat, u64 start, u64 limit, struct fat_reason *why);

/* A boot sector in fat->cache that calls itself FAT, right or wrong. */
bool fat_boot_claims(const struct fat *fat);

/* ---- Sectors and chains ---- */

/* Prints the line "<disk>: <fat->about>: ..." and returns -EIO. */
int fat_broken(struct fat *fat, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Makes fat->cache hold a sector of the volume: 0, or -EIO with a line. */
int fat_load(struct fat *fat, u64 sector);

/* A chain at its first cluster, which is valid. */
struct fat_chain fat_chain_start(u32 first);

/* Goes on to the next cluster: 0; -ENOENT at the end of the chain; -EIO with a line. */
int fat_chain_step(struct fat *fat, struct fat_chain *chain);

/* ---- Names: UTF-16 code units while they come from the disk ---- */

#define FAT_DIRENT_SIZE    32  /* section 6 */
#define FAT_NAME_MAX       255 /* units of a long name */
#define FAT_SHORT_NAME_MAX 12  /* "ABCDEFGH.EXT" */

/* Pieces of a long name come before the short entry, the last piece first (section 7). */
struct fat_long_name {
	u16 units[260]; /* 20 pieces of 13, a terminator only if there is room */
	u32 expected;   /* ordinal of the next piece; 0: complete */
	u8 checksum;    /* of the short name that all pieces must carry */
	bool valid;     /* the pieces so far fit together */
};

/* Takes one piece, a raw directory entry. What does not fit makes the name invalid. */
void fat_long_name_add(struct fat_long_name *name, const u8 *raw);

/* The length of the long name if it is complete and this short entry's, else 0. */
u32 fat_long_name_length(const struct fat_long_name *name, const u8 *raw);

/* The short entry's name in at most FAT_SHORT_NAME_MAX units; returns how many. */
u32 fat_short_name(const u8 *raw, u16 *units);

/* Whether a name is the `len` bytes of UTF-8 at `text`, letters compared without case. */
bool fat_name_equal(const u16 *units, u32 count, const char *text, size_t len);

/* As UTF-8 with NUL, cut after a whole character if it does not fit. */
void fat_name_utf8(const u16 *units, u32 count, char *text, size_t size);
