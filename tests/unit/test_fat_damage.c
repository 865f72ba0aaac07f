// SPDX-License-Identifier: Apache-2.0
// fs/: the FAT reader on damaged disks: each kind of damage gives its one line, and what
// can still be read is read.
#include "fat_small.h"

#define T12  1U
#define T16  2U
#define T32  4U
#define TALL (T12 | T16 | T32)

/* What a row damages. */
enum where {
	BOOT,       /* `size` bytes at offset `at` of the boot sector */
	LINK,       /* the FAT entry of the subject's `at`-th cluster */
	ENTRY,      /* `size` bytes at offset `at` of the subject's directory entry */
	FIRST,      /* the subject's first cluster */
	BAD_FAT,    /* the first FAT's sector `at` cannot be read */
	BAD_SECTOR, /* the subject's `at`-th cluster cannot be read */
	CUT,        /* the disk ends after `at` sectors */
};

/* Values of links, besides numbers. */
#define SUBJECT(n) (0x80000000U + (n)) /* the subject's n-th cluster */
#define LAST(n)    (0x40000000U + (n)) /* n behind the last cluster */
#define END        0x0fffffffU
#define END_LEAST  0x0ffffff8U
#define BAD        0x0ffffff7U
#define BELOW_BAD  0x0ffffff6U

/*
 * In `line`, @0 to @9 stand for the subject's clusters, @L for the volume's last one. The
 * subject is victim.bin if `path` is that, else dir.
 */
struct damage {
	const char *what;
	u32 types;
	enum where where;
	u32 at, size, value;
	const char *path; /* opened and read; NULL: mounting must fail */
	int ret;
	const char *line; /* after "error: disk0: "; NULL: nothing printed */
};

#define VICTIM "/victim.bin"
#define INSIDE "/dir/missing"
#define MOUNT  NULL

/* clang-format off */
static const struct damage damages[] = {
	{"no damage", TALL, ENTRY, 0, 0, 0, VICTIM, 0, NULL},
	{"no damage", TALL, ENTRY, 0, 0, 0, INSIDE, -ENOENT, NULL},

	{"signature", TALL, BOOT, 510, 2, 0, MOUNT, -EIO,
		"FAT volume: boot sector's signature is 0x0000, expected 0xaa55"},
	{"sector size", TALL, BOOT, 11, 2, 513, MOUNT, -EIO,
		"FAT volume: 513 bytes per sector, expected 512, 1024, 2048 or 4096"},
	{"sector size", TALL, BOOT, 11, 2, 0, MOUNT, -EIO,
		"FAT volume: 0 bytes per sector, expected 512, 1024, 2048 or 4096"},
	{"sector size", T16, BOOT, 11, 2, 256, MOUNT, -EIO,
		"FAT volume: 256 bytes per sector, expected 512, 1024, 2048 or 4096"},
	{"sector size", T16, BOOT, 11, 2, 8192, MOUNT, -EIO,
		"FAT volume: 8192 bytes per sector, expected 512, 1024, 2048 or 4096"},
	{"cluster size", T16, BOOT, 13, 1, 0, MOUNT, -EIO,
		"FAT volume: 0 sectors per cluster, expected a power of two"},
	{"cluster size", T32, BOOT, 13, 1, 3, MOUNT, -EIO,
		"FAT volume: 3 sectors per cluster, expected a power of two"},
	{"reserved", TALL, BOOT, 14, 2, 0, MOUNT, -EIO,
		"FAT volume: 0 reserved sectors, expected at least 1"},
	{"FATs", TALL, BOOT, 16, 1, 0, MOUNT, -EIO,
		"FAT volume: 0 FATs, expected 1 or 2"},
	{"root entries", T12 | T16, BOOT, 17, 2, 0, MOUNT, -EIO,
		"FAT volume: 0 root directory entries, expected some on FAT12 or FAT16"},
	{"root entries", T32, BOOT, 17, 2, 512, MOUNT, -EIO,
		"FAT volume: 512 root directory entries, expected 0 on FAT32"},
	{"root too large", T12, BOOT, 17, 2, 0xffff, MOUNT, -EIO,
		"FAT volume: a volume of 400 sectors, "
		"expected more than the 4101 before its clusters"},
	{"media", TALL, BOOT, 21, 1, 0xf7, MOUNT, -EIO,
		"FAT volume: media type 0xf7, expected 0xf0 or 0xf8 to 0xff"},
	{"volume size", T12, BOOT, 19, 2, 0, MOUNT, -EIO,
		"FAT volume: a volume of 0 sectors, expected more"},
	{"volume size", T12, BOOT, 19, 2, 401, MOUNT, -EIO,
		"FAT volume: a volume of 401 sectors of 512 bytes, expected at most 400"},
	{"volume size", T32, BOOT, 32, 4, 0xffffffff, MOUNT, -EIO,
		"FAT volume: a volume of 4294967295 sectors of 512 bytes, expected at most 67008"},
	{"volume size", T16, BOOT, 19, 2, 30, MOUNT, -EIO,
		"FAT volume: a volume of 30 sectors, "
		"expected more than the 69 before its clusters"},
	{"volume size", T32, BOOT, 32, 4, 1064, MOUNT, -EIO,
		"FAT volume: a volume of 1064 sectors, "
		"expected more than the 1064 before its clusters"},
	{"disk size", T16, CUT, 4400, 0, 0, MOUNT, -EIO,
		"FAT volume: a volume of 4480 sectors of 512 bytes, expected at most 4400"},
	{"disk size", T32, CUT, 1, 0, 0, MOUNT, -EIO,
		"FAT volume: a volume of 67008 sectors of 512 bytes, expected at most 1"},
	{"no disk", T12, CUT, 0, 0, 0, MOUNT, -EIO,
		"reading the first of 0 sectors failed (EINVAL)"},
	{"FAT size", T12, BOOT, 22, 2, 1, MOUNT, -EIO,
		"FAT volume: a FAT of 1 sectors, expected at least 2 for 365 clusters"},
	{"FAT size", T16, BOOT, 22, 2, 0xffff, MOUNT, -EIO,
		"FAT volume: a volume of 4480 sectors, "
		"expected more than the 131103 before its clusters"},
	{"FAT size", T32, BOOT, 36, 4, 3, MOUNT, -EIO,
		"FAT volume: a FAT of 3 sectors, expected at least 524 for 66970 clusters"},
	{"FAT size", T32, BOOT, 36, 4, 0xffffffff, MOUNT, -EIO,
		"FAT volume: a volume of 67008 sectors, "
		"expected more than the 8589934622 before its clusters"},
	{"FAT size", T32, BOOT, 36, 4, 0, MOUNT, -EIO,
		"FAT volume: 0 sectors per FAT, expected at least 1"},
	{"version", T32, BOOT, 42, 2, 0x0100, MOUNT, -EIO,
		"FAT volume: FAT32 version 0x0100, expected 0"},
	{"active FAT", T32, BOOT, 40, 2, 0x82, MOUNT, -EIO,
		"FAT volume: active FAT 2, expected 0 to 1"},
	{"active FAT", T32, BOOT, 40, 2, 0x81, VICTIM, 0, NULL},
	{"root cluster", T32, BOOT, 44, 4, 1, MOUNT, -EIO,
		"FAT volume: root directory at cluster 1, expected 2 to @L"},
	{"root cluster", T32, BOOT, 44, 4, LAST(1), MOUNT, -EIO,
		"FAT volume: root directory at cluster @M, expected 2 to @L"},

	{"chain cut", TALL, LINK, 2, 0, END, VICTIM, -EIO,
		"/victim.bin: its chain ends after 3 clusters, expected 8 for 4096 bytes"},
	{"chain cut", TALL, LINK, 0, 0, END_LEAST, VICTIM, -EIO,
		"/victim.bin: its chain ends after 1 clusters, expected 8 for 4096 bytes"},
	{"free cluster", TALL, LINK, 5, 0, 0, VICTIM, -EIO,
		"/victim.bin: its cluster @5 is marked free"},
	{"free cluster at the end", TALL, LINK, 7, 0, 0, VICTIM, -EIO,
		"/victim.bin: its cluster @7 is marked free"},
	{"bad cluster", TALL, LINK, 3, 0, BAD, VICTIM, -EIO,
		"/victim.bin: its cluster @3 is marked bad"},
	{"cluster 1", TALL, LINK, 4, 0, 1, VICTIM, -EIO,
		"/victim.bin: cluster @4 is followed by cluster 1, expected 2 to @L"},
	{"no such cluster", TALL, LINK, 4, 0, LAST(1), VICTIM, -EIO,
		"/victim.bin: cluster @4 is followed by cluster @M, expected 2 to @L"},
	{"reserved value", T12, LINK, 4, 0, BELOW_BAD, VICTIM, -EIO,
		"/victim.bin: cluster @4 is followed by cluster 4086, expected 2 to @L"},
	{"reserved value", T16, LINK, 4, 0, BELOW_BAD, VICTIM, -EIO,
		"/victim.bin: cluster @4 is followed by cluster 65526, expected 2 to @L"},
	{"reserved value", T32, LINK, 4, 0, BELOW_BAD, VICTIM, -EIO,
		"/victim.bin: cluster @4 is followed by cluster 268435446, expected 2 to @L"},
	{"loop", TALL, LINK, 0, 0, SUBJECT(0), VICTIM, -EIO,
		"/victim.bin: its clusters form a loop through cluster @0"},
	{"loop", TALL, LINK, 4, 0, SUBJECT(2), VICTIM, -EIO,
		"/victim.bin: its clusters form a loop through cluster @4"},
	{"loop of the last", TALL, LINK, 7, 0, SUBJECT(7), VICTIM, -EIO,
		"/victim.bin: its clusters form a loop through cluster @7"},
	{"loop behind the end", TALL, LINK, 7, 0, SUBJECT(0), VICTIM, -EIO,
		"/victim.bin: its clusters form a loop through cluster @0"},
	{"longer than needed", TALL, ENTRY, 28, 4, 1000, VICTIM, 0, NULL},
	{"longer than needed", TALL, ENTRY, 28, 4, 1, VICTIM, 0, NULL},
	{"empty with clusters", TALL, ENTRY, 28, 4, 0, VICTIM, 0, NULL},
	{"size", TALL, ENTRY, 28, 4, 4097, VICTIM, -EIO,
		"/victim.bin: its chain ends after 8 clusters, expected 9 for 4097 bytes"},
	{"size", T12, ENTRY, 28, 4, 0xffffffff, VICTIM, -EIO,
		"/victim.bin: it has 4294967295 bytes, expected at most 185856 on this volume"},
	{"size", T16, ENTRY, 28, 4, 0x7fffffff, VICTIM, -EIO,
		"/victim.bin: it has 2147483647 bytes, expected at most 2258432 on this volume"},
	{"no first cluster", TALL, FIRST, 0, 0, 0, VICTIM, -EIO,
		"/victim.bin: its first cluster is 0, expected 2 to @L"},
	{"first cluster 1", TALL, FIRST, 0, 0, 1, VICTIM, -EIO,
		"/victim.bin: its first cluster is 1, expected 2 to @L"},
	{"first cluster outside", TALL, FIRST, 0, 0, LAST(1), VICTIM, -EIO,
		"/victim.bin: its first cluster is @M, expected 2 to @L"},
	{"first cluster the last", TALL, FIRST, 0, 0, LAST(0), VICTIM, -EIO,
		"/victim.bin: its cluster @L is marked free"},
	{"high half of FAT32's cluster", T16, ENTRY, 20, 2, 0xffff, VICTIM, 0, NULL},
	{"deleted", TALL, ENTRY, 0, 1, 0xe5, VICTIM, -ENOENT, NULL},
	{"end of directory", TALL, ENTRY, 0, 1, 0, VICTIM, -ENOENT, NULL},
	{"volume label", TALL, ENTRY, 11, 1, 0x08, VICTIM, -ENOENT, NULL},
	{"now a directory", TALL, ENTRY, 11, 1, 0x10, VICTIM, -ENOENT, NULL},

	{"directory's chain", TALL, LINK, 0, 0, 0, INSIDE, -EIO,
		"/dir/missing: its cluster @0 is marked free"},
	{"directory's chain", TALL, LINK, 0, 0, LAST(1), INSIDE, -EIO,
		"/dir/missing: cluster @0 is followed by cluster @M, expected 2 to @L"},
	{"directory's loop", TALL, LINK, 0, 0, SUBJECT(0), INSIDE, -EIO,
		"/dir/missing: its clusters form a loop through cluster @0"},
	{"directory cut", TALL, LINK, 0, 0, END, INSIDE, -ENOENT, NULL},
	{"directory nowhere", TALL, FIRST, 0, 0, 0, INSIDE, -EIO,
		"/dir/missing: a directory's first cluster is 0, expected 2 to @L"},
	{"directory outside", TALL, FIRST, 0, 0, LAST(1), INSIDE, -EIO,
		"/dir/missing: a directory's first cluster is @M, expected 2 to @L"},

	{"bad boot sector", T16, BAD_FAT, -1U, 0, 0, MOUNT, -EIO,
		"reading the first of 4480 sectors failed (EIO)"},
	{"bad FAT", T12, BAD_FAT, 0, 0, 0, VICTIM, -EIO,
		"/victim.bin: reading 1 sectors at sector 1 failed (EIO)"},
	{"bad FAT", T32, BAD_FAT, 0, 0, 0, VICTIM, -EIO,
		"/victim.bin: reading 1 sectors at sector 32 failed (EIO)"},
	{"bad data", T12, BAD_SECTOR, 3, 0, 0, VICTIM, -EIO,
		"/victim.bin: reading 8 sectors at sector 37 failed (EIO)"},
	{"bad directory", T12, BAD_SECTOR, 0, 0, 0, INSIDE, -EIO,
		"/dir/missing: reading 1 sectors at sector 45 failed (EIO)"},
};
/* clang-format on */

static struct small smalls[ARRAY_LEN(small_kinds)];

/* The line with its @ filled in. */
static void expected_line(const struct small *small, u32 first, const char *line,
	char *text, size_t size)
{
	size_t used = 0;

	used += (size_t)snprintf(text, size, "error: disk0: ");
	for (; *line; line++) {
		u32 cluster;

		if (*line != '@') {
			text[used++] = *line;
			continue;
		}
		line++;
		if (*line == 'L' || *line == 'M')
			cluster = small->last + (*line == 'M');
		else
			cluster = first + (u32)(*line - '0');
		used += (size_t)snprintf(text + used, size - used, "%u", cluster);
	}
	snprintf(text + used, size - used, "\n");
}

static u32 resolve(const struct small *small, u32 first, u32 value)
{
	if (value >= SUBJECT(0) && value < SUBJECT(100))
		return first + value - SUBJECT(0);
	if (value >= LAST(0) && value < LAST(100))
		return small->last + value - LAST(0);
	return value;
}

static void damage_do(struct small *small, const struct damage *damage,
	struct memdisk *disk, u32 first)
{
	u8 *entry = damage->path && strcmp(damage->path, VICTIM) == 0 ? small->victim
								      : small->dir;
	u32 value = resolve(small, first, damage->value);
	u64 sector = small->data_at / SECTOR_SIZE + first - 2 + damage->at;

	switch (damage->where) {
	case BOOT: small_poke(small->image.data + damage->at, damage->size, value); break;
	case LINK: small_set_link(small, first + damage->at, value); break;
	case ENTRY: small_poke(entry + damage->at, damage->size, value); break;
	case FIRST: small_set_first(entry, value); break;
	case BAD_FAT:
		disk->bad_sector = (u32)(small->fat_at / SECTOR_SIZE + damage->at);
		break;
	case BAD_SECTOR: disk->bad_sector = sector; break;
	case CUT: disk->dev.sectors = damage->at; break;
	}
}

/* Opens and reads a whole file as a loader would: 0 or an error. */
static int read_all(struct memdisk *disk, const char *path)
{
	static u8 to[KiB(64)];
	struct fat_file file;
	int ret = fat_open(disk->fat, path, &file);
	s64 got;

	if (ret)
		return ret;
	disk->to = to;
	disk->to_len = sizeof(to);
	got = fat_read(&file, 0, to, sizeof(to));
	if (got < 0)
		return (int)got;
	assert_int_equal(got, file.size);
	return 0;
}

/* Opens a file and looks up where it lies, as for a disk of a guest. */
static int map_all(struct memdisk *disk, const char *path)
{
	struct fat_file file;
	u64 sector, sectors;
	int ret = fat_open(disk->fat, path, &file);

	for (u64 at = 0; ret == 0 && at < file.size; at += sectors * SECTOR_SIZE) {
		ret = fat_map(&file, at, &sector, &sectors);
		if (ret == 0)
			assert_true(range_inside(sector, sectors, 0, disk->dev.sectors));
	}
	return ret;
}

/* Says what was expected, if it is not what was found. */
static void damage_check(const struct small *small, const struct damage *damage, int ret,
	const char *line)
{
	if (ret != damage->ret || strcmp(fake_output, line) != 0)
		fail_msg("FAT%d, %s: returned %d, expected %d; said:\n%sexpected:\n%s",
			small->type, damage->what, ret, damage->ret, fake_output, line);
}

static void damage_try(struct small *small, const struct damage *damage)
{
	const u8 *entry = damage->path && strcmp(damage->path, VICTIM) == 0
		? small->victim
		: small->dir;
	u64 head = small->data_at + KiB(64);
	u32 first = small_first(entry);
	u8 *good = malloc(head);
	struct memdisk disk;
	char line[256] = "";
	struct fat fat;
	int ret;

	memcpy(good, small->image.data, head);
	memdisk_init(&disk, &fat, small->image.data, small->image.size, SECTOR_SIZE);
	disk.sectors_max = 20000;
	damage_do(small, damage, &disk, first);
	if (damage->line)
		expected_line(small, first, damage->line, line, sizeof(line));
	fake_output_clear();
	ret = fat_mount(&fat, &disk.dev);
	if (damage->path && ret == 0)
		ret = read_all(&disk, damage->path);
	damage_check(small, damage, ret, line);
	/* The data itself is not looked at then. */
	if (damage->path && damage->where != BAD_SECTOR &&
		fat_mount(&fat, &disk.dev) == 0) {
		fake_output_clear();
		damage_check(small, damage, map_all(&disk, damage->path), line);
	}
	memcpy(small->image.data, good, head);
	free(good);
}

static void test_damages(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(damages); i++) {
		for (u32 t = 0; t < ARRAY_LEN(smalls); t++) {
			if (damages[i].types & 1U << t)
				damage_try(&smalls[t], &damages[i]);
		}
	}
}

/* ---- Disks without a volume, or with an impossible one ---- */

static void test_no_volume(void **state)
{
	static u8 data[KiB(64)];
	struct memdisk disk;
	struct fat fat;

	(void)state;
	memdisk_init(&disk, &fat, data, sizeof(data), SECTOR_SIZE);
	small_mount(&disk, -ENOENT,
		"error: disk0: no FAT volume: sector 0 ends in 0x0000, expected 0xaa55\n");
	data[510] = 0x55;
	data[511] = 0xaa;
	data[446 + 4] = 0x83;
	data[446 + 16 + 4] = 0xee;
	small_mount(&disk, -ENOENT,
		"error: disk0: no FAT volume: sector 0 is no FAT boot sector, and partition "
		"types are 83 ee 00 00, expected 01 04 06 0b 0c or 0e\n");
	data[446 + 32 + 4] = 0x0c;
	small_mount(&disk, -EIO,
		"error: disk0: FAT partition 3: starts at sector 0, expected 1 to 127\n");
	data[446 + 32 + 8] = 128;
	small_mount(&disk, -EIO,
		"error: disk0: FAT partition 3: starts at sector 128, expected 1 to 127\n");
	data[446 + 32 + 8] = 127;
	small_mount(&disk, -EIO,
		"error: disk0: FAT partition 3: boot sector's signature is 0x0000, "
		"expected 0xaa55\n");
	/* Of several bad ones the first is told. */
	data[446 + 48 + 4] = 0x06;
	disk.bad_sector = 127;
	small_mount(&disk, -EIO,
		"error: disk0: FAT partition 3: reading its boot sector (127) failed\n");
	/* No partition table after all. */
	data[446] = 0x33;
	small_mount(&disk, -ENOENT,
		"error: disk0: no FAT volume: sector 0 is no FAT boot sector, and partition "
		"types are 83 ee 0c 06, expected 01 04 06 0b 0c or 0e\n");
	disk.dev.block_size = 8192;
	small_mount(&disk, -EIO,
		"error: disk0: blocks of 8192 bytes, expected 512 to 4096 for a FAT volume\n");
}

static void test_partition_too_small(void **state)
{
	static u8 head[SECTOR_SIZE];
	struct small *small = &smalls[0];
	struct memdisk disk;
	struct fat fat;

	(void)state;
	head[446 + 4] = 0x01;
	head[446 + 8] = 1;
	small_poke(head + 446 + 12, 2, 399);
	head[510] = 0x55;
	head[511] = 0xaa;
	memdisk_init(&disk, &fat, small->image.data, small->image.size, SECTOR_SIZE);
	disk.head = head;
	disk.head_sectors = 1;
	disk.dev.sectors++;
	small_mount(&disk, -EIO,
		"error: disk0: FAT partition 1: a volume of 400 sectors of 512 bytes, "
		"expected at most 399\n");
	small_poke(head + 446 + 12, 2, 400);
	small_mount(&disk, 0, "");
	/* The table may exaggerate, but the volume must lie on the disk. */
	small_poke(head + 446 + 12, 4, 0xffffffff);
	small_mount(&disk, 0, "");
	disk.dev.sectors--;
	small_mount(&disk, -EIO,
		"error: disk0: FAT partition 1: a volume of 400 sectors of 512 bytes, "
		"expected at most 399\n");
}

/* Disks so large that only the number of clusters is wrong. */
static void test_too_many_clusters(void **state)
{
	u8 good[SECTOR_SIZE];
	struct small *small = &smalls[1];
	struct memdisk disk;
	struct fat fat;

	(void)state;
	memcpy(good, small->image.data, sizeof(good));
	memdisk_init(&disk, &fat, small->image.data, small->image.size, SECTOR_SIZE);
	disk.dev.sectors = 1UL << 33;
	small_poke(small->image.data + 19, 2, 0);
	small_poke(small->image.data + 32, 4, 70000);
	small_mount(&disk, -EIO,
		"error: disk0: FAT volume: 69931 clusters, expected at most 65524\n");
	memcpy(small->image.data, good, sizeof(good));

	small = &smalls[2];
	memcpy(good, small->image.data, sizeof(good));
	disk.data = small->image.data;
	small_poke(small->image.data + 32, 4, 0xffffffff);
	small_mount(&disk, -EIO,
		"error: disk0: FAT volume: 4294966231 clusters, expected at most 268435445\n");
	memcpy(small->image.data, good, sizeof(good));
}

static void test_block_size(void **state)
{
	struct memdisk disk;
	struct fat fat;

	(void)state;
	memdisk_init(&disk, &fat, smalls[1].image.data, smalls[1].image.size,
		2 * SECTOR_SIZE);
	small_mount(&disk, -EIO,
		"error: disk0: FAT volume: 512 bytes per sector, expected at least the disk's "
		"1024\n");
}

/* FAT32 can say that only one of its FATs is right. */
static void test_active_fat(void **state)
{
	struct small *small = &smalls[2];
	u8 *first_fat = small->image.data + small->fat_at, good[SECTOR_SIZE];
	struct memdisk disk;
	struct fat fat;

	(void)state;
	memcpy(good, first_fat, sizeof(good));
	memset(first_fat, 0, sizeof(good));
	memdisk_init(&disk, &fat, small->image.data, small->image.size, SECTOR_SIZE);
	small_poke(small->image.data + 40, 2, 0x81);
	small_mount(&disk, 0, "");
	assert_int_equal(read_all(&disk, VICTIM), 0);
	small_poke(small->image.data + 40, 2,
		0x01); /* all are right, whatever the number */
	small_mount(&disk, 0, "");
	assert_int_equal(read_all(&disk, VICTIM), -EIO);
	small_poke(small->image.data + 40, 2, 0);
	memcpy(first_fat, good, sizeof(good));
}

/* A sector that could not be read is not taken for the one that was there before. */
static void test_failed_read(void **state)
{
	struct small *small = &smalls[1];
	struct fat_file file;
	struct memdisk disk;
	struct fat fat;
	u8 byte;

	(void)state;
	memdisk_init(&disk, &fat, small->image.data, small->image.size, SECTOR_SIZE);
	small_mount(&disk, 0, "");
	assert_int_equal(fat_open(&fat, VICTIM, &file), 0);
	assert_int_equal(fat_read(&file, 10, &byte, 1), 1);
	disk.bad_sector = small->data_at / SECTOR_SIZE + small_first(small->victim) - 1;
	assert_int_equal(fat_read(&file, SECTOR_SIZE, &byte, 1), -EIO);
	disk.bad_sector = ~0UL;
	assert_int_equal(fat_read(&file, 2 * SECTOR_SIZE, &byte, 1), 1);
	assert_int_equal(byte, content_byte(content_seed("victim.bin"), 2 * SECTOR_SIZE));
	for (u32 i = 2 * SECTOR_SIZE; i--;) {
		assert_int_equal(fat_read(&file, i, &byte, 1), 1);
		assert_int_equal(byte, content_byte(content_seed("victim.bin"), i));
	}
}

static int setup(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(smalls); i++)
		small_make(&smalls[i], &small_kinds[i]);
	/* A hang is a failure. */
	alarm(120);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damages),
		cmocka_unit_test(test_no_volume),
		cmocka_unit_test(test_partition_too_small),
		cmocka_unit_test(test_too_many_clusters),
		cmocka_unit_test(test_block_size),
		cmocka_unit_test(test_active_fat),
		cmocka_unit_test(test_failed_read),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
