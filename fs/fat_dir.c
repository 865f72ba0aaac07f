// SPDX-License-Identifier: Apache-2.0
// Directories of FAT volumes (section 6): walking their entries, and from there paths,
// opening files and listing.
#include "fat.h"
#include <hv/fail.h>
#include <hv/string.h>

/* Byte offsets in a directory entry. */
#define DIR_Name      0
#define DIR_Attr      11
#define DIR_FstClusHI 20 /* FAT32 only */
#define DIR_FstClusLO 26
#define DIR_FileSize  28

#define NAME_END     0x00 /* DIR_Name[0]: no entry from here on is used */
#define NAME_DELETED 0xe5

#define ATTR_VOLUME_ID 0x08
#define ATTR_DIRECTORY 0x10
#define ATTR_LONG_NAME 0x0f
#define ATTR_LONG_MASK 0x3f

#define DIR_ENTRIES_MAX 65536 /* section 6: a directory has at most 2 MiB */

/* What a path leads to. */
struct node {
	bool directory;
	bool root;
	u32 first; /* cluster; no cluster for the root of FAT12/16 */
	u32 size;
};

/* A walk through a directory. */
struct dir {
	struct fat *fat;
	struct fat_chain chain; /* at == 0: the root region of FAT12/16 */
	u32 offset;             /* of the next entry in this cluster, or in the region */
	u32 count;              /* entries seen */
	struct fat_long_name long_name;
};

/* One entry of it. */
struct item {
	struct node node;
	u32 long_units, short_units; /* lengths; 0: no long name */
	u16 short_name[FAT_SHORT_NAME_MAX];
};

static int dir_open(struct dir *dir, struct fat *fat, const struct node *node)
{
	bool region = node->root && fat->type != FAT32;

	if (!region && !fat_cluster_valid(fat, node->first))
		return fat_broken(fat,
			"a directory's first cluster is %u, expected 2 to %u",
			node->first, fat_cluster_last(fat));
	dir->fat = fat;
	dir->chain = fat_chain_start(region ? 0 : node->first);
	dir->offset = 0;
	dir->count = 0;
	dir->long_name.valid = false;
	return 0;
}

/*
 * The next entry as it is on the disk, in fat->cache: 1; 0 at the end; -EIO with a line.
 */
static int dir_raw(struct dir *dir, const u8 **raw)
{
	struct fat *fat = dir->fat;
	u32 sector_size = fat_sector_size(fat);
	u64 sector = fat->root_start;
	int ret;

	if (dir->chain.at == 0) {
		if (dir->offset == fat->root_entries * FAT_DIRENT_SIZE)
			return 0;
	} else if (dir->offset == fat->cluster_size) {
		ret = fat_chain_step(fat, &dir->chain);
		if (ret)
			return ret == -ENOENT ? 0 : ret;
		dir->offset = 0;
	}
	if (dir->count++ == DIR_ENTRIES_MAX)
		return fat_broken(fat, "a directory has more than %d entries",
			DIR_ENTRIES_MAX);
	if (dir->chain.at)
		sector = fat_cluster_sector(fat, dir->chain.at);
	ret = fat_load(fat, sector + dir->offset / sector_size);
	if (ret)
		return ret;
	*raw = fat->cache + dir->offset % sector_size;
	dir->offset += FAT_DIRENT_SIZE;
	return (*raw)[DIR_Name] != NAME_END;
}

/* "." and ".." are there for DOS; volume labels are files to nobody. */
static bool raw_hidden(const u8 *raw)
{
	return raw[DIR_Name] == '.' || raw[DIR_Attr] & ATTR_VOLUME_ID;
}

static void item_fill(struct item *item, const struct dir *dir, const u8 *raw)
{
	u32 first = get_le16(raw + DIR_FstClusLO);

	if (dir->fat->type == FAT32)
		first |= (u32)get_le16(raw + DIR_FstClusHI) << 16;
	item->node.directory = raw[DIR_Attr] & ATTR_DIRECTORY;
	item->node.root = false;
	item->node.first = first;
	item->node.size = get_le32(raw + DIR_FileSize);
	item->long_units = fat_long_name_length(&dir->long_name, raw);
	item->short_units = fat_short_name(raw, item->short_name);
}

/* The next file or directory: 1; 0 at the end; -EIO with a line. */
static int dir_next(struct dir *dir, struct item *item)
{
	for (;;) {
		const u8 *raw;
		int ret = dir_raw(dir, &raw);
		bool found;

		if (ret <= 0)
			return ret;
		/* A deleted piece's ordinal is out of range. */
		if ((raw[DIR_Attr] & ATTR_LONG_MASK) == ATTR_LONG_NAME) {
			fat_long_name_add(&dir->long_name, raw);
			continue;
		}
		found = raw[DIR_Name] != NAME_DELETED && !raw_hidden(raw);
		if (found)
			item_fill(item, dir, raw);
		dir->long_name.valid = false;
		if (found)
			return 1;
	}
}

/* Replaces `node`, a directory, by its entry of that name: 0, -ENOENT or -EIO. */
static int node_child(struct fat *fat, struct node *node, const char *name, size_t len)
{
	struct dir dir;
	struct item item;
	int ret = dir_open(&dir, fat, node);

	if (ret)
		return ret;
	while ((ret = dir_next(&dir, &item)) > 0) {
		if (fat_name_equal(dir.long_name.units, item.long_units, name, len) ||
			fat_name_equal(item.short_name, item.short_units, name, len)) {
			*node = item.node;
			return 0;
		}
	}
	return ret ? ret : -ENOENT;
}

static int node_find(struct fat *fat, const char *path, struct node *node)
{
	*node = (struct node){
		.directory = true, .root = true, .first = fat->root_cluster};
	fat->about = path;
	for (;;) {
		size_t len = 0;
		int ret;

		if (*path == '/' && !node->directory)
			return -ENOENT;
		while (*path == '/')
			path++;
		while (path[len] && path[len] != '/')
			len++;
		if (len == 0)
			return 0;
		ret = node_child(fat, node, path, len);
		if (ret)
			return ret;
		path += len;
	}
}

int fat_open(struct fat *fat, const char *path, struct fat_file *file)
{
	u64 largest = (u64)fat->cluster_count * fat->cluster_size;
	struct node node;
	int ret = node_find(fat, path, &node);

	if (ret)
		return ret;
	if (node.directory)
		return -ENOENT;
	if (node.size > largest)
		return fat_broken(fat,
			"it has %u bytes, expected at most %lu on this volume", node.size,
			largest);
	if (node.size && !fat_cluster_valid(fat, node.first))
		return fat_broken(fat, "its first cluster is %u, expected 2 to %u",
			node.first, fat_cluster_last(fat));
	file->fat = fat;
	file->first = node.size ? node.first : 0;
	file->size = node.size;
	file->chain = fat_chain_start(file->first);
	str_copy(file->path, sizeof(file->path), path);
	return 0;
}

int fat_list(struct fat *fat, const char *path,
	bool (*each)(void *arg, const struct fat_entry *entry), void *arg)
{
	struct fat_entry entry;
	struct node node;
	struct item item;
	struct dir dir;
	int ret = node_find(fat, path, &node);

	if (ret)
		return ret;
	if (!node.directory)
		return -ENOENT;
	ret = dir_open(&dir, fat, &node);
	if (ret)
		return ret;
	while ((ret = dir_next(&dir, &item)) > 0) {
		if (item.long_units)
			fat_name_utf8(dir.long_name.units, item.long_units, entry.name,
				sizeof(entry.name));
		else
			fat_name_utf8(item.short_name, item.short_units, entry.name,
				sizeof(entry.name));
		entry.directory = item.node.directory;
		entry.size = item.node.size;
		if (!each(arg, &entry))
			return 0;
		/* each() may have read a file. */
		fat->about = path;
	}
	return ret;
}
