// SPDX-License-Identifier: Apache-2.0
// fs/: the FAT reader on good disks that mkfs.fat and mtools have made: every FAT type,
// sector size and way of partitioning, names, fragments, and what reaches the block
// device.
#include "fat_disk.h"

/* ---- The volumes ---- */

struct layout {
	u32 type, sector_size, sectors_per_cluster, sectors;
	const char *options; /* more of them for mkfs.fat */
};

static const struct layout layouts[] = {
	{12, 512, 1, 2880, ""},
	{12, 512, 4, 8000, "-f 1"},
	{12, 1024, 1, 2600, "-r 64"},
	{12, 2048, 1, 2000, ""},
	{12, 4096, 1, 2000, ""},
	{12, 4096, 128, 40000, ""},
	{16, 512, 1, 4500, ""},
	{16, 512, 8, 36000, "-R 8"},
	{16, 1024, 2, 9000, ""},
	{16, 2048, 1, 4500, "-f 1"},
	{16, 4096, 1, 4500, ""},
	{16, 512, 128, 580000, ""},
	{32, 512, 1, 67000, ""},
	{32, 512, 8, 530000, "-f 1"},
	{32, 1024, 1, 67000, ""},
	{32, 2048, 2, 134000, ""},
	{32, 4096, 1, 67000, ""},
};

#define MANY       120 /* files in the folder "many" */
#define HOLES      24  /* freed clusters that "frag.bin" must do with */
#define LONG_NAME  "A long file name, with spaces & more.text"
#define LATIN_NAME "Übergröße – Größe.dat"
#define WIDE_NAME  "日本語のファイル名.txt"
#define DEEP       "a/bb/ccc/dddd/eeeee/ffffff/g g/h.h.h"
#define FIFTY      "12345678901234567890123456789012345678901234567890"
#define LONGEST    FIFTY FIFTY FIFTY FIFTY FIFTY ".long" /* 255 characters */

/* What is on each volume; sizes in clusters plus bytes. */
static const struct {
	const char *path;
	u32 clusters;
	int bytes;
} files[] = {
	{"empty.txt", 0, 0},
	{"hello.txt", 0, 5},
	{"one.bin", 1, 0},
	{"almost.bin", 1, -1},
	{"two.bin", 2, 0},
	{"odd.bin", 3, 77},
	{LONG_NAME, 0, 1000},
	{LATIN_NAME, 0, 300},
	{WIDE_NAME, 0, 20},
	{LONGEST, 0, 1},
	{"sbin/gkernel", 5, 123},
	{DEEP "/deep.txt", 1, 1},
	{"MiXeD.TxT", 0, 9},
};

static u64 file_size(const struct layout *layout, u32 i)
{
	u32 cluster = layout->sector_size * layout->sectors_per_cluster;

	return (u64)((s64)files[i].clusters * cluster + files[i].bytes);
}

static const char *many_name(u32 i)
{
	static char name[64];

	snprintf(name, sizeof(name), "many/file number %03u of many.txt", i);
	return name;
}

/*
 * Frees every other cluster of a row and puts a file there. mtools takes the first free
 * clusters, on FAT32 from where the FSInfo sector says (BPB_FSInfo 1, FSI_Nxt_Free 492).
 */
static void image_fragment(struct fat_image *image, const struct layout *layout)
{
	u32 cluster = layout->sector_size * layout->sectors_per_cluster;

	for (u32 i = 0; i < 2 * HOLES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "holes/%02u", i);
		image_file(image, name, cluster);
	}
	image_file(image, "frag.bin", HOLES * cluster - 100);
	image_run(image, "mmd -i img ::/holes; mcopy -i img tree/holes/* ::/holes");
	image_run(image, "mdel -i img $(seq -f ::/holes/%%02.0f 0 2 %u)", 2 * HOLES - 1);
	if (layout->type == 32)
		image_run(image,
			"printf '\\2\\0\\0\\0' | dd of=img bs=1 seek=%u conv=notrunc",
			layout->sector_size + 492);
	image_run(image, "mcopy -i img tree/frag.bin ::");
}

static void image_make(struct fat_image *image, const struct layout *layout)
{
	image_begin(image);
	for (u32 i = 0; i < ARRAY_LEN(files); i++)
		image_file(image, files[i].path, file_size(layout, i));
	for (u32 i = 0; i < MANY; i++)
		image_file(image, many_name(i), i);
	image_run(image, "truncate -s %u img", layout->sectors * layout->sector_size);
	image_run(image, "mkfs.fat -F %u -S %u -s %u %s img", layout->type,
		layout->sector_size, layout->sectors_per_cluster, layout->options);
	/* Entries in the shell's order, not the folder's. */
	image_run(image,
		"mmd -i img ::/many; mcopy -i img tree/many/* ::/many; rm -r tree/many");
	image_run(image, "mcopy -s -i img tree/* ::");
	image_fragment(image, layout);
	image_end(image);
}

/* ---- Checking ---- */

/* Opens a file, whose path has no leading '/' here, and expects its size. */
static void open_good(struct fat *fat, const char *path, u64 size, struct fat_file *file)
{
	char full[600];

	snprintf(full, sizeof(full), "/%s", path);
	if (fat_open(fat, full, file) != 0)
		fail_msg("cannot open %s: %s", full, fake_output);
	assert_int_equal(file->size, size);
}

/* Reads up to `len` bytes at `offset` into a buffer of just that size. */
static void read_good(struct memdisk *disk, struct fat_file *file, u32 seed, u64 offset,
	u64 len)
{
	u64 left = offset < file->size ? file->size - offset : 0;
	u8 *to = malloc(len + 1);

	disk->to = to;
	disk->to_len = len;
	to[len] = 0x5a;
	assert_int_equal(fat_read(file, offset, to, len), MIN(len, left));
	for (u64 i = 0; i < MIN(len, left); i++) {
		if (to[i] != content_byte(seed, offset + i))
			fail_msg("%s: byte %lu of %u is wrong", file->path, offset + i,
				file->size);
	}
	assert_int_equal(to[len], 0x5a);
	free(to);
	disk->to = NULL;
}

/* What fat_map() says is where the contents are, and the rest of the last sector is nothing. */
static void map_good(struct memdisk *disk, struct fat_file *file, u32 seed, u64 at,
	u64 sector, u64 sectors)
{
	assert_true(sectors > 0);
	assert_true(range_inside(at * SECTOR_SIZE, (sectors - 1) * SECTOR_SIZE + 1, 0,
		file->size));
	assert_true(range_inside(sector, sectors, 0, disk->dev.sectors));
	for (u64 i = 0; i < sectors; i++) {
		u8 data[SECTOR_SIZE];

		memdisk_read(disk, sector + i, data);
		for (u64 j = 0, offset = (at + i) * SECTOR_SIZE;
			j < SECTOR_SIZE && offset < file->size; j++, offset++)
			if (data[j] != content_byte(seed, offset))
				fail_msg("%s: byte %lu is not in sector %lu", file->path,
					offset, sector + i);
	}
}

/* All runs of a file, each as long as can be; returns how many. */
static u32 check_map(struct memdisk *disk, const char *path, u64 size)
{
	u32 seed = content_seed(path), runs = 0;
	u64 sector, sectors, end = 0, read = 0;
	struct fat_file file;

	open_good(disk->fat, path, size, &file);
	assert_int_equal(fat_map(&file, ALIGN_UP(size, SECTOR_SIZE), &sector, &sectors),
		-EINVAL);
	assert_int_equal(fat_map(&file, 1, &sector, &sectors), -EINVAL);
	for (u64 at = 0; at * SECTOR_SIZE < size; at += sectors, runs++) {
		read = disk->direct;
		assert_int_equal(fat_map(&file, at * SECTOR_SIZE, &sector, &sectors), 0);
		assert_int_equal(disk->direct, read);
		assert_int_not_equal(sector, end);
		end = sector + sectors;
		map_good(disk, &file, seed, at, sector, sectors);
	}
	/* From behind, not run by run. */
	for (u64 at = ALIGN_UP(size, SECTOR_SIZE) / SECTOR_SIZE; at-- > 0; at -= at / 4) {
		assert_int_equal(fat_map(&file, at * SECTOR_SIZE, &sector, &sectors), 0);
		map_good(disk, &file, seed, at, sector, sectors);
	}
	return runs;
}

static void check_file(struct memdisk *disk, const char *path, u64 size)
{
	u32 seed = content_seed(path), random = seed;
	u64 step = MAX(1000, size / 100);
	struct fat_file file;

	open_good(disk->fat, path, size, &file);
	read_good(disk, &file, seed, 0, size);
	read_good(disk, &file, seed, 0, size + 1000);
	for (u64 at = 0; at < size; at += step)
		read_good(disk, &file, seed, at, step);
	for (u32 i = 0; i < 50; i++) {
		random = random * 1664525 + 1013904223;
		read_good(disk, &file, seed, random % (size + 10), random >> 20);
	}
	check_map(disk, path, size);
}

struct found {
	u32 entries, known, stop_after;
};

static bool each_in_root(void *arg, const struct fat_entry *entry)
{
	struct found *found = arg;

	found->entries++;
	for (u32 i = 0; i < ARRAY_LEN(files); i++) {
		const char *slash = strchr(files[i].path, '/');
		size_t len =
			slash ? (size_t)(slash - files[i].path) : strlen(files[i].path);

		if (strncmp(entry->name, files[i].path, len) == 0 && !entry->name[len]) {
			assert_int_equal(entry->directory, slash != NULL);
			found->known++;
		}
	}
	return true;
}

static bool each_in_many(void *arg, const struct fat_entry *entry)
{
	struct found *found = arg;
	char path[300];

	snprintf(path, sizeof(path), "many/%s", entry->name);
	assert_string_equal(path, many_name(found->entries));
	assert_int_equal(entry->size, found->entries);
	assert_false(entry->directory);
	return ++found->entries != found->stop_after;
}

static void check_lists(struct fat *fat)
{
	struct found found = {0};

	/* many, holes and frag.bin are not in the table. */
	assert_int_equal(fat_list(fat, "/", each_in_root, &found), 0);
	assert_int_equal(found.known, ARRAY_LEN(files));
	assert_int_equal(found.entries, ARRAY_LEN(files) + 3);
	found = (struct found){0};
	assert_int_equal(fat_list(fat, "//MANY/", each_in_many, &found), 0);
	assert_int_equal(found.entries, MANY);
	found = (struct found){.stop_after = 7};
	assert_int_equal(fat_list(fat, "/many", each_in_many, &found), 0);
	assert_int_equal(found.entries, 7);
	assert_int_equal(fat_list(fat, "/hello.txt", each_in_many, &found), -ENOENT);
	assert_int_equal(fat_list(fat, "/nothing", each_in_many, &found), -ENOENT);
}

static void check_paths(struct fat *fat)
{
	static const char *const good[] = {"/hello.txt", "/HELLO.TXT", "//hello.txt",
		"/" LONG_NAME, "/a LONG file NAME, with spaces & MORE.TEXT",
		"/ALONGF~1.TEX", "/" LATIN_NAME, "/übergröße – größe.dat",
		"/ÜBERGRÖße – GRÖße.DAT", "/" WIDE_NAME, "/Sbin///GKERNEL",
		"/" DEEP "/deep.txt", "/mixed.txt"};
	static const char *const none[] = {"/", "", "/hello", "/hello.tx", "/hello.txt0",
		"/hello.txt/x", "/sbin", "/sbin/", "/sbin/.", "/sbin/..",
		"/sbin/../hello.txt", "/sbin/gkernel/", "/A LONG FILE NAME", "/ ",
		"/ubergroße – größe.dat", "/\xff\xfe", "/\xe6\x97"};
	struct fat_file file;

	for (u32 i = 0; i < ARRAY_LEN(good); i++) {
		if (fat_open(fat, good[i], &file) != 0)
			fail_msg("cannot open %s", good[i]);
	}
	for (u32 i = 0; i < ARRAY_LEN(none); i++) {
		if (fat_open(fat, none[i], &file) != -ENOENT)
			fail_msg("there should be no %s", none[i]);
	}
}

static void check_fragmented(struct memdisk *disk, const struct layout *layout)
{
	u32 cluster = layout->sector_size * layout->sectors_per_cluster;
	u64 size = HOLES * cluster - 100;
	struct fat_file file;

	check_file(disk, "frag.bin", size);
	open_good(disk->fat, "frag.bin", size, &file);
	disk->direct = 0;
	read_good(disk, &file, content_seed("frag.bin"), 0, size);
	assert_true(disk->direct >= 3 * HOLES / 4);
	assert_true(check_map(disk, "frag.bin", size) >= 3 * HOLES / 4);
}

static void check_volume(struct memdisk *disk, const struct layout *layout)
{
	struct fat *fat = disk->fat;

	fake_output_clear();
	if (fat_mount(fat, &disk->dev) != 0)
		fail_msg("cannot mount: %s", fake_output);
	assert_int_equal(fat->type, layout->type);
	assert_int_equal(fat->unit * SECTOR_SIZE, layout->sector_size);
	assert_int_equal(fat->sectors_per_cluster, layout->sectors_per_cluster);
	for (u32 i = 0; i < ARRAY_LEN(files); i++)
		check_file(disk, files[i].path, file_size(layout, i));
	for (u32 i = 0; i < MANY; i++)
		check_file(disk, many_name(i), i);
	check_fragmented(disk, layout);
	check_lists(fat);
	check_paths(fat);
	assert_string_equal(fake_output, "");
}

/* ---- Partitions ---- */

static void put_le32(u8 *to, u64 value)
{
	for (u32 i = 0; i < 4; i++)
		to[i] = (u8)(value >> (8 * i));
}

/* Entry `n`, counted from 0; numbers in the medium's blocks. */
static void mbr_entry(u8 *disk, u32 n, u8 type, u64 start, u64 blocks)
{
	u8 *entry = disk + 446 + 16 * n;

	entry[0] = n == 0 ? 0x80 : 0;
	entry[4] = type;
	put_le32(entry + 8, start);
	put_le32(entry + 12, blocks);
	disk[510] = 0x55;
	disk[511] = 0xaa;
}

/* The image as a partition at 1 MiB, behind one that holds something else. */
static void check_partitioned(const struct fat_image *image, const struct layout *layout,
	u32 n, u8 type, u32 block_size)
{
	static u8 head[MiB(1)];
	u64 size = sizeof(head) + image->size + 8 * block_size;
	struct memdisk disk;
	struct fat fat;

	memset(head, 0, sizeof(head));
	mbr_entry(head, 0, 0x83, 1, 100);
	mbr_entry(head, n, type, sizeof(head) / block_size, image->size / block_size);
	memdisk_init(&disk, &fat, image->data, image->size, block_size);
	disk.dev.sectors = size / SECTOR_SIZE;
	disk.head = head;
	disk.head_sectors = sizeof(head) / SECTOR_SIZE;
	check_volume(&disk, layout);
	assert_int_equal(fat.start, disk.head_sectors);
}

static void test_layouts(void **state)
{
	static const u8 types[] = {0x01, 0x04, 0x06, 0x0b, 0x0c, 0x0e};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(layouts); i++) {
		struct fat_image image;
		struct memdisk disk;
		struct fat fat;

		image_make(&image, &layouts[i]);
		memdisk_init(&disk, &fat, image.data, image.size, SECTOR_SIZE);
		check_volume(&disk, &layouts[i]);
		/* The same on a medium with blocks as large as the FAT's sectors. */
		check_partitioned(&image, &layouts[i], i % 4, types[i % ARRAY_LEN(types)],
			layouts[i].sector_size);
		image_free(&image);
	}
}

static void test_partition_choice(void **state)
{
	static const struct layout small = {12, 512, 1, 400, ""};
	u64 start = 64, size = KiB(512);
	u8 *data = calloc(1, size);
	struct fat_image image;
	struct memdisk disk;
	struct fat fat;

	(void)state;
	image_begin(&image);
	image_run(&image, "truncate -s %u img; mkfs.fat -F 12 -s 1 img",
		small.sectors * small.sector_size);
	image_end(&image);
	memcpy(data + start * SECTOR_SIZE, image.data, image.size);
	memdisk_init(&disk, &fat, data, size, SECTOR_SIZE);

	/* An empty FAT partition is passed over, and so is one off the disk. */
	mbr_entry(data, 0, 0x06, 2, 10);
	mbr_entry(data, 1, 0x0c, 0xffffffff, 10);
	mbr_entry(data, 2, 0x01, start, image.size / SECTOR_SIZE);
	assert_int_equal(fat_mount(&fat, &disk.dev), 0);
	assert_int_equal(fat.start, start);

	/* The table says more than the disk has; the volume itself fits. */
	mbr_entry(data, 2, 0x01, start, 0xffffffff);
	assert_int_equal(fat_mount(&fat, &disk.dev), 0);

	/* A volume in sector 0 wins. */
	memcpy(data, image.data, 440);
	assert_int_equal(fat_mount(&fat, &disk.dev), 0);
	assert_int_equal(fat.start, 0);
	image_free(&image);
	free(data);
}

/* ---- The block device's view ---- */

/* Contiguous clusters come in large requests; the cache has the FAT and the ends. */
static void test_streaming(void **state)
{
	u64 size = MiB(5) + 123;
	struct fat_file file;
	struct fat_image image;
	struct memdisk disk;
	struct fat fat;

	(void)state;
	image_begin(&image);
	image_file(&image, "big.bin", size);
	image_run(&image, "truncate -s 70M img; mkfs.fat -F 32 -s 2 img");
	image_run(&image, "mcopy -i img tree/big.bin ::");
	image_end(&image);
	memdisk_init(&disk, &fat, image.data, image.size, SECTOR_SIZE);
	assert_int_equal(fat_mount(&fat, &disk.dev), 0);
	open_good(&fat, "big.bin", size, &file);
	disk.sectors_read = 0;
	read_good(&disk, &file, content_seed("big.bin"), 0, size);
	assert_int_equal(disk.direct, 5);
	/* 5121 clusters have 41 sectors of FAT; only the end is in the cache, too. */
	assert_true(disk.sectors_read <= size / SECTOR_SIZE + 41 + 3);

	/* Going on where the last read stopped does not walk from the start again. */
	read_good(&disk, &file, content_seed("big.bin"), 0, MiB(4));
	disk.sectors_read = 0;
	read_good(&disk, &file, content_seed("big.bin"), MiB(4), 2048);
	assert_true(disk.sectors_read <= 6);
	image_free(&image);
}

static void test_blockdev(void **state)
{
	static struct blockdev devs[9];
	static u8 data[KiB(4)], to[KiB(4)];
	struct memdisk disk;
	struct fat fat;
	u32 n = 0;

	(void)state;
	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = content_byte(1, i);
	memdisk_init(&disk, &fat, data, sizeof(data), SECTOR_SIZE);
	disk.to = to;
	disk.to_len = sizeof(to);
	assert_int_equal(blockdev_read(&disk.dev, 1, 3, to), 0);
	assert_memory_equal(to, data + SECTOR_SIZE, 3 * SECTOR_SIZE);
	assert_int_equal(blockdev_read(&disk.dev, 8, 1, to), -EINVAL);
	assert_int_equal(blockdev_read(&disk.dev, 7, 2, to), -EINVAL);
	assert_int_equal(blockdev_read(&disk.dev, 0, 0, to), -EINVAL);
	assert_int_equal(blockdev_read(&disk.dev, 2, ~0UL, to), -EINVAL);
	assert_int_equal(blockdev_read(&disk.dev, ~0UL, 2, to), -EINVAL);
	disk.bad_sector = 4;
	assert_int_equal(blockdev_read(&disk.dev, 3, 2, to), -EIO);
	assert_int_equal(blockdev_read(&disk.dev, 2, 2, to), 0);

	disk.dev.read_only = false;
	assert_int_equal(blockdev_write(&disk.dev, 6, 2, to), 0);
	assert_memory_equal(data + 6 * SECTOR_SIZE, to, 2 * SECTOR_SIZE);
	assert_int_equal(blockdev_write(&disk.dev, 7, 2, to), -EINVAL);
	assert_int_equal(blockdev_write(&disk.dev, 4, 1, to), -EIO);

	assert_null(blockdev_get(0));
	while (n < ARRAY_LEN(devs) && blockdev_register(&devs[n]) == 0)
		n++;
	assert_int_equal(n, 8);
	assert_int_equal(blockdev_register(&devs[n]), -ENOSPC);
	assert_ptr_equal(blockdev_get(0), &devs[0]);
	assert_ptr_equal(blockdev_get(7), &devs[7]);
	assert_null(blockdev_get(8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blockdev),
		cmocka_unit_test(test_streaming),
		cmocka_unit_test(test_partition_choice),
		cmocka_unit_test(test_layouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
