// SPDX-License-Identifier: Apache-2.0
// Read-only FAT32, FAT16 and FAT12 volumes over struct blockdev (Microsoft, "FAT: General
// Overview of On-Disk Format", 1.03). Every number on the disk is hostile until checked:
// a broken structure is one line through error() and -EIO, never a hang or a wild access.
#pragma once

#include <hv/blockdev.h>

enum fat_type { FAT12 = 12, FAT16 = 16, FAT32 = 32 };

#define FAT_SECTOR_MAX 4096

struct fat {
	struct blockdev *dev;
	enum fat_type type;
	u64 start;               /* of the volume, in SECTOR_SIZE */
	u32 unit;                /* SECTOR_SIZE per FAT sector: 1, 2, 4 or 8 */
	u32 sectors_per_cluster; /* in FAT sectors */
	u32 cluster_size;        /* bytes */
	u32 cluster_count;       /* valid numbers are 2 .. cluster_count + 1 */
	u64 fat_start;           /* the first FAT, in FAT sectors from start */
	u64 fat_sectors;         /* one FAT's length */
	u64 root_start;          /* FAT12/16: the root directory's region */
	u32 root_entries;        /* FAT12/16 */
	u32 root_cluster;        /* FAT32 */
	u64 data_start;          /* cluster 2 */
	const char *about;       /* a call's path, for its messages */
	u64 cached;              /* the FAT sector in `cache`, ~0 if none */
	u8 cache[FAT_SECTOR_MAX] __attribute__((aligned(8)));
};

/* A place in a chain of clusters. */
struct fat_chain {
	u32 at;    /* the cluster */
	u32 index; /* how many came before it */
	u32 mark;  /* an earlier cluster: seen again, the chain loops */
};

/* An open file. Plain data: nothing to close. */
struct fat_file {
	struct fat *fat;
	u32 first;              /* its first cluster; 0 if empty */
	u32 size;               /* bytes */
	struct fat_chain chain; /* where the last read stopped, so that streaming does not
				   walk from the start */
	char path[64];          /* for messages, cut to fit */
};

/*
 * Finds the volume: a FAT boot sector at sector 0, else the first partition of an MBR
 * that holds one. 0; -ENOENT (with a line) if there is none, -EIO if it is damaged.
 */
int fat_mount(struct fat *fat, struct blockdev *dev);

/*
 * Opens a regular file by absolute path ("/sbin/gkernel"): components separated by one or
 * more '/', compared without case, long names and 8.3 names. 0; -ENOENT without a line,
 * so that the caller can say what the file was wanted for; -EIO with a line.
 */
int fat_open(struct fat *fat, const char *path, struct fat_file *file);

/*
 * Reads up to `len` bytes at `offset` straight into `to`, with one disk request for each
 * contiguous run of clusters (of at most about 1 MiB). Returns how many bytes were read
 * (short only at the end of the file), or -EIO with a line. The chain is followed as far
 * as needed, and from the end of the file to its own end, which shows that it does not
 * loop.
 */
s64 fat_read(struct fat_file *file, u64 offset, void *to, u64 len);

/*
 * Where what is at `offset` (a multiple of SECTOR_SIZE, inside the file) lies on the disk, and
 * how many sectors follow each other there, all of the file's (the last one maybe in part),
 * both in SECTOR_SIZE. 0, or -EIO with a line. The chain is followed and checked as by
 * fat_read(), so that going through a whole file run by run walks it once. Nothing else of
 * the volume lies in these sectors unless the volume is damaged, so they may be written.
 */
int fat_map(struct fat_file *file, u64 offset, u64 *sector, u64 *sectors);

/*
 * Calls `each` for every entry of a directory (not ".", "..", volume labels) until it
 * returns false. 0, -ENOENT or -EIO.
 */
struct fat_entry {
	char name[256]; /* UTF-8, cut to fit; the long name if there is one */
	bool directory;
	u32 size;
};
int fat_list(struct fat *fat, const char *path,
	bool (*each)(void *arg, const struct fat_entry *entry), void *arg);
