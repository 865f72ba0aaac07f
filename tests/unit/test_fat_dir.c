// SPDX-License-Identifier: Apache-2.0
// fs/fat_dir.c: directories with wrong pieces of long names, without an end, and too
// long.
#include "fat_small.h"

#define LINK_END 0x0fffffffU

static struct small smalls[ARRAY_LEN(small_kinds)];

static bool each_count(void *arg, const struct fat_entry *entry)
{
	(void)entry;
	++*(u32 *)arg;
	return true;
}

/* A directory as long as a small disk, all of it deleted entries. */
static void test_endless_directory(void **state)
{
	u32 clusters = 65536 / 16 + 1, from = 20000, count = 0;
	struct small *small = &smalls[2];
	struct memdisk disk;
	struct fat fat;

	(void)state;
	memset(small->image.data + small->data_at + (from - 2) * SECTOR_SIZE, 0xe5,
		clusters * SECTOR_SIZE);
	for (u32 i = 0; i < clusters; i++)
		small_set_link(small, from + i,
			i + 1 < clusters ? from + i + 1 : LINK_END);
	small_set_first(small->dir, from);
	memdisk_init(&disk, &fat, small->image.data, small->image.size, SECTOR_SIZE);
	small_mount(&disk, 0, "");
	assert_int_equal(fat_list(&fat, "/dir", each_count, &count), -EIO);
	assert_string_equal(fake_output,
		"error: disk0: /dir: a directory has more than 65536 entries\n");
	small_set_link(small, from + clusters - 2, LINK_END);
	fake_output_clear();
	assert_int_equal(fat_list(&fat, "/dir", each_count, &count), 0);
	assert_string_equal(fake_output, "");
	assert_int_equal(count, 0);
}

static bool each_name(void *arg, const struct fat_entry *entry)
{
	const char **names = arg;

	for (; *names; names++) {
		if (strcmp(*names, entry->name) == 0)
			*names = "";
	}
	return true;
}

/* A long name with something wrong in its pieces is no name; the short one stays. */
static void test_long_names(void **state)
{
	/* Bytes before the short entry, which the name's first piece precedes. */
	static const struct {
		int at;
		u8 value;
	} pokes[] = {
		{-64, 0x41},      /* the second piece says it is the first */
		{-64, 0x43},      /* or the third */
		{-64, 0x02},      /* or is not marked as the last */
		{-64, 0x40},      /* ordinals out of range */
		{-64, 0x55},      /* */
		{-64, 0x7f},      /* */
		{-64, 0xe5},      /* deleted */
		{-64 + 13, 0x11}, /* a checksum not like the other's */
		{-64 + 11, 0x20}, /* no piece at all */
		{-32, 0x02},      /* a piece twice */
		{-32, 0x03},      /* */
		{-32, 0xe5},      /* */
		{-32 + 13, 0x11}, /* */
		{0, 'B'},         /* another short name has taken the entry */
	};
	struct small *small = &smalls[1];
	struct memdisk disk;
	struct fat_file file;
	struct fat fat;

	(void)state;
	memdisk_init(&disk, &fat, small->image.data, small->image.size, SECTOR_SIZE);
	small_mount(&disk, 0, "");
	assert_int_equal(fat_open(&fat, "/" SMALL_LONG, &file), 0);
	assert_int_equal(small->long_entry[-64], 0x42);
	for (u32 i = 0; i < ARRAY_LEN(pokes); i++) {
		u8 *at = small->long_entry + pokes[i].at, good = *at;
		const char *name = pokes[i].at == 0 ? "BLONGN~1.TEX" : "ALONGN~1.TEX";
		const char *names[] = {name, NULL};

		*at = pokes[i].value;
		fat.cached = ~0UL;
		if (fat_open(&fat, "/" SMALL_LONG, &file) != -ENOENT)
			fail_msg("poke %u: the long name is still there", i);
		assert_int_equal(fat_open(&fat, name, &file), 0);
		assert_int_equal(fat_list(&fat, "/", each_name, names), 0);
		if (*names[0])
			fail_msg("poke %u: the short name is not listed", i);
		*at = good;
	}
	assert_string_equal(fake_output, "");
}

struct tally {
	u32 entries, long_names, short_names;
};

static bool each_tally(void *arg, const struct fat_entry *entry)
{
	struct tally *tally = arg;

	tally->entries++;
	tally->long_names += strcmp(entry->name, SMALL_LONG) == 0;
	tally->short_names += strcmp(entry->name, "ALONGN~1.TEX") == 0;
	return true;
}

static void expect_tally(struct fat *fat, struct tally expected)
{
	struct tally tally = {0};

	fat->cached = ~0UL;
	assert_int_equal(fat_list(fat, "/", each_tally, &tally), 0);
	assert_int_equal(tally.entries, expected.entries);
	assert_int_equal(tally.long_names, expected.long_names);
	assert_int_equal(tally.short_names, expected.short_names);
}

/* One entry more than the name's pieces belong to, behind or between. */
static void test_long_name_leftovers(void **state)
{
	u8 *entry = smalls[0].long_entry, good[4 * 32];
	struct memdisk disk;
	struct fat fat;

	(void)state;
	memcpy(good, entry - 64, sizeof(good));
	memdisk_init(&disk, &fat, smalls[0].image.data, smalls[0].image.size,
		SECTOR_SIZE);
	small_mount(&disk, 0, "");
	expect_tally(&fat, (struct tally){3, 1, 0});
	memcpy(entry + 32, entry, 32);
	expect_tally(&fat, (struct tally){4, 1, 1});
	memcpy(entry - 32, entry, 32);
	expect_tally(&fat, (struct tally){5, 0, 3});
	memcpy(entry - 64, good, sizeof(good));
}

/* FAT12's and FAT16's root directory has no end mark when it is full. */
static void test_full_root(void **state)
{
	struct small *small = &smalls[0];
	u8 *root = small->victim, *end = small->image.data + small->data_at;
	size_t len = (size_t)(end - root);
	u8 *good = malloc(len);
	struct memdisk disk;
	struct fat fat;

	(void)state;
	memcpy(good, root, len);
	for (u8 *entry = root; entry < end; entry += 32) {
		if (!entry[0])
			entry[0] = 0xe5;
	}
	memdisk_init(&disk, &fat, small->image.data, small->image.size, SECTOR_SIZE);
	small_mount(&disk, 0, "");
	expect_tally(&fat, (struct tally){3, 1, 0});
	memcpy(root, good, len);
	free(good);
}

static int setup(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(smalls); i++)
		small_make(&smalls[i], &small_kinds[i]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_long_name_leftovers),
		cmocka_unit_test(test_full_root),
		cmocka_unit_test(test_endless_directory),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
