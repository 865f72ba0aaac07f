// SPDX-License-Identifier: Apache-2.0
// A libFuzzer program, run by hand: the input is a disk. Not part of the tests; to build
// it after `make unit`, and to run it on a folder with small images to start from:
//   clang-19 -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude -Itests/unit
//     -Iarch/fake/include tests/unit/fuzz_fat.c build/unit/libhv.a -lcmocka
//     -o build/fuzz_fat
//   build/fuzz_fat -max_len=300000 FOLDER
#include "fat_disk.h"

#define READ_MAX  KiB(64)
#define LOOPS_MAX 100 /* reading all of the disk so often is taken for a hang */

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

struct walk {
	struct memdisk *disk;
	u32 entries;
};

static void try_path(struct memdisk *disk, const char *path)
{
	static u8 to[READ_MAX];
	struct fat_file file;

	if (fat_open(disk->fat, path, &file) != 0)
		return;
	disk->to = to;
	disk->to_len = sizeof(to);
	fat_read(&file, 0, to, sizeof(to));
	fat_read(&file, file.size / 2 + 1, to, 3000);
	disk->to = NULL;
}

static bool each(void *arg, const struct fat_entry *entry)
{
	struct walk *walk = arg;
	char path[sizeof(entry->name) + 8];

	if (entry->directory) {
		snprintf(path, sizeof(path), "/%s/x", entry->name);
		try_path(walk->disk, path);
	}
	snprintf(path, sizeof(path), "/%s", entry->name);
	try_path(walk->disk, path);
	return ++walk->entries < 20;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct memdisk disk;
	struct fat fat;
	struct walk walk = {&disk, 0};

	memdisk_init(&disk, &fat, data, size & ~(SECTOR_SIZE - 1), SECTOR_SIZE);
	disk.sectors_max = LOOPS_MAX * (disk.dev.sectors + 100);
	fake_output_clear();
	if (fat_mount(&fat, &disk.dev) == 0)
		fat_list(&fat, "/", each, &walk);
	return 0;
}
