// SPDX-License-Identifier: Apache-2.0
// fs/: the FAT reader on thousands of volumes with random damage where it hurts: boot
// sector, FAT and directories. ASan and UBSan watch memory, the disk counts what is read,
// and whatever fails must have said so in one line. FAT_FUZZ_SEED and FAT_FUZZ_ROUNDS
// change the run.
#include "fat_small.h"

#define ROUNDS       20000
#define MUTATIONS    6 /* at most, each of up to four bytes */
#define SPOTS        6
#define LOOPS_MAX    40 /* reading all of the disk so often is taken for a hang */
#define UNKNOWN_READ KiB(300)

/* A range of bytes worth damaging. */
struct spot {
	u64 at, len;
};

static struct small smalls[ARRAY_LEN(small_kinds)];
static u64 random_state;

static u64 random_next(u64 below)
{
	random_state = random_state * 6364136223846793005UL + 1442695040888963407UL;
	return (random_state >> 33) % below;
}

static u64 spot_of(const struct small *small, const u8 *entry, u64 before)
{
	return (u64)(entry - small->image.data) - before;
}

static void spots_find(const struct small *small, struct spot spots[SPOTS])
{
	u32 dir = small_first(small->dir);

	spots[0] = (struct spot){11, 80};
	spots[1] = (struct spot){446, 66};
	spots[2] = (struct spot){small->fat_at, (u64)(dir + 50) * small->type / 8};
	spots[3] =
		(struct spot){small->data_at + (dir - 2) * SECTOR_SIZE, 4 * SECTOR_SIZE};
	spots[4] = (struct spot){spot_of(small, small->victim, 0), 5 * 32};
	spots[5] = (struct spot){spot_of(small, small->long_entry, 64), 3 * 32};
}

/* Bytes like those that are there, or like those that mean something. */
static u8 random_byte(u8 old)
{
	static const u8 special[] = {
		0x00, 0x01, 0x02, 0x0f, 0x10, 0x7f, 0x80, 0xe5, 0xf7, 0xf8, 0xff};

	switch (random_next(4)) {
	case 0: return (u8)random_next(256);
	case 1: return special[random_next(ARRAY_LEN(special))];
	case 2: return (u8)(old + random_next(9) - 4);
	default: return old ^ (u8)(1 << random_next(8));
	}
}

static void mutate(struct small *small, const struct spot *spots)
{
	for (u64 n = 1 + random_next(MUTATIONS); n; n--) {
		const struct spot *spot = &spots[random_next(SPOTS)];
		u64 at = spot->at + random_next(spot->len), len = 1 + random_next(4);

		for (; len && at < spot->at + spot->len; len--, at++)
			small->image.data[at] = random_byte(small->image.data[at]);
	}
}

/* After a call: a line if and only if it found the disk broken. */
static void check_said(s64 ret)
{
	const char *newline = strchr(fake_output, '\n');

	if (ret >= 0 || ret == -ENOENT) {
		assert_string_equal(fake_output, "");
		return;
	}
	assert_int_equal(ret, -EIO);
	assert_true(str_starts(fake_output, "error: disk0: "));
	assert_non_null(newline);
	assert_string_equal(newline, "\n");
	fake_output_clear();
}

static bool each_checked(void *arg, const struct fat_entry *entry)
{
	size_t len = strnlen(entry->name, sizeof(entry->name));

	assert_true(len < sizeof(entry->name));
	for (size_t i = 0; i < len; i++)
		assert_true((u8)entry->name[i] >= ' ');
	return ++*(u32 *)arg < 2000;
}

static void list(struct fat *fat, const char *path)
{
	u32 count = 0;

	check_said(fat_list(fat, path, each_checked, &count));
}

static void read_from(struct memdisk *disk, struct fat_file *file, u64 offset, u64 len,
	bool exact)
{
	u8 *to = malloc(len);
	s64 got;

	disk->to = to;
	disk->to_len = len;
	got = fat_read(file, offset, to, len);
	disk->to = NULL;
	free(to);
	check_said(got);
	if (got >= 0 && exact)
		assert_int_equal(got,
			offset < file->size ? MIN(len, file->size - offset) : 0);
}

static void open_and_read(struct memdisk *disk, const char *path)
{
	struct fat_file file;
	int ret = fat_open(disk->fat, path, &file);

	check_said(ret);
	if (ret)
		return;
	read_from(disk, &file, 0, UNKNOWN_READ, true);
	read_from(disk, &file, random_next((u64)file.size + 1), 1 + random_next(5000),
		true);
	read_from(disk, &file, random_next(5000), 1 + random_next(5000), true);
}

/* Everything there is to do with a volume. */
static void use(struct small *small)
{
	struct memdisk disk;
	struct fat fat;
	int ret;

	memdisk_init(&disk, &fat, small->image.data, small->image.size, SECTOR_SIZE);
	disk.sectors_max = LOOPS_MAX * disk.dev.sectors;
	fake_output_clear();
	ret = fat_mount(&fat, &disk.dev);
	if (ret == -ENOENT) {
		assert_true(str_starts(fake_output, "error: disk0: no FAT volume"));
		return;
	}
	check_said(ret);
	if (ret)
		return;
	list(&fat, "/");
	list(&fat, "/dir");
	open_and_read(&disk, "/victim.bin");
	open_and_read(&disk, "/" SMALL_LONG);
	open_and_read(&disk, "/dir/another long name 17.text");
}

static u64 setting(const char *name, u64 otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static void test_random_damage(void **state)
{
	u64 rounds = setting("FAT_FUZZ_ROUNDS", ROUNDS),
	    seed = setting("FAT_FUZZ_SEED", 1);
	struct spot spots[SPOTS];
	u8 *good[SPOTS];

	(void)state;
	for (u32 k = 0; k < ARRAY_LEN(smalls); k++) {
		struct small *small = &smalls[k];

		spots_find(small, spots);
		for (u32 i = 0; i < SPOTS; i++) {
			good[i] = malloc(spots[i].len);
			memcpy(good[i], small->image.data + spots[i].at, spots[i].len);
		}
		for (u64 round = 0; round < rounds / ARRAY_LEN(smalls); round++) {
			random_state = seed + round;
			mutate(small, spots);
			use(small);
			for (u32 i = 0; i < SPOTS; i++)
				memcpy(small->image.data + spots[i].at, good[i],
					spots[i].len);
		}
		for (u32 i = 0; i < SPOTS; i++)
			free(good[i]);
	}
}

static int setup(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(smalls); i++)
		small_make(&smalls[i], &small_kinds[i]);
	/* A hang is a failure. */
	alarm(300);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_damage),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
