// SPDX-License-Identifier: Apache-2.0
// fs/fat_name.c: names that mtools does not write, and the characters in them.
#include "unit.h"

#include "fs/fat.h"

static void expect_utf8(const u16 *units, u32 count, size_t size, const char *expected)
{
	char text[32];

	assert_true(size <= sizeof(text));
	fat_name_utf8(units, count, text, size);
	assert_string_equal(text, expected);
}

static void test_characters(void **state)
{
	static const u16 pair[] = {'a', 0xd83d, 0xde00, 'z'};
	static const u16 halves[] = {0xde00, 'a', 0xd83d, 'b', 0xd83d};
	static const u16 control[] = {27, '[', 0x7f, 0x9b, 0xa0};
	static const char cut[] = {'\xe2', '\x82'};
	static const u16 han[] = {0x6862};
	static const u16 euro[] = {0x20ac, 0x20ac};

	(void)state;
	expect_utf8(pair, 4, 32, "a\xf0\x9f\x98\x80z");
	expect_utf8(pair, 4, 6, "a\xf0\x9f\x98\x80");
	expect_utf8(pair, 4, 5, "a");
	expect_utf8(pair, 4, 1, "");
	expect_utf8(halves, 5, 32,
		"\xef\xbf\xbd"
		"a\xef\xbf\xbd"
		"b\xef\xbf\xbd");
	expect_utf8(control, 5, 32, "\xef\xbf\xbd[\xef\xbf\xbd\xef\xbf\xbd\xc2\xa0");
	expect_utf8(euro, 2, 6, "\xe2\x82\xac");
	assert_true(fat_name_equal(pair, 4, "A\xf0\x9f\x98\x80Z", 6));
	assert_false(fat_name_equal(pair, 4, "A\xf0\x9f\x98\x80", 5));
	assert_false(fat_name_equal(pair, 3, "A\xf0\x9f\x98\x80Z", 6));
	assert_false(fat_name_equal(pair, 0, "", 1));
	/* Bytes that do not go on with the character, though their low bits would. */
	assert_false(fat_name_equal(han, 1,
		"\xe6"
		"ab",
		3));
	/* An overlong way to write 'a' is not an 'a'. */
	assert_false(fat_name_equal(pair, 1, "\xc1\xa1", 2));
	/* A character cut off by `len` is not read. */
	assert_false(fat_name_equal(euro, 1, cut, sizeof(cut)));
}

static void test_short_names(void **state)
{
	static const struct {
		const char *raw;
		u8 flags;
		const char *name;
	} cases[] = {
		{"HELLO   TXT", 0, "HELLO.TXT"},
		{"HELLO   TXT", 0x08, "hello.TXT"},
		{"HELLO   TXT", 0x10, "HELLO.txt"},
		{"HELLO   TXT", 0x18, "hello.txt"},
		{"EIGHT888EXT", 0, "EIGHT888.EXT"},
		{"NOEXT      ", 0, "NOEXT"},
		{"A B     C D", 0, "A B.C D"},
		{"\x05"
		 "AB     X  ",
			0,
			"\xef\xbf\xbd"
			"AB.X"},
		{"A\x90      X  ", 0x18, "a\xef\xbf\xbd.x"},
		{"           ", 0, ""},
	};
	u16 units[FAT_SHORT_NAME_MAX];
	u8 raw[FAT_DIRENT_SIZE] = {0};
	char text[32];

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		memcpy(raw, cases[i].raw, 11);
		raw[12] = cases[i].flags;
		fat_name_utf8(units, fat_short_name(raw, units), text, sizeof(text));
		assert_string_equal(text, cases[i].name);
	}
}

/* As many pieces as there can be, with more characters than a name may have. */
static void test_longest_name(void **state)
{
	static struct fat_long_name name;
	u8 raw[FAT_DIRENT_SIZE], short_entry[FAT_DIRENT_SIZE] = "           ";

	(void)state;
	memset(raw, 'x', sizeof(raw));
	raw[13] = 0xf7; /* the checksum of eleven spaces */
	for (u32 ordinal = 20; ordinal; ordinal--) {
		raw[0] = (u8)(ordinal == 20 ? 0x40 | ordinal : ordinal);
		assert_int_equal(fat_long_name_length(&name, short_entry), 0);
		fat_long_name_add(&name, raw);
	}
	assert_int_equal(fat_long_name_length(&name, short_entry), 0);
	name.units[256] = 0;
	assert_int_equal(fat_long_name_length(&name, short_entry), 0);
	name.units[255] = 0;
	assert_int_equal(fat_long_name_length(&name, short_entry), 255);
}

/* What an earlier name has left behind does not complete a later one. */
static void test_missing_piece(void **state)
{
	struct fat_long_name name;
	u8 raw[FAT_DIRENT_SIZE] = {0}, short_entry[FAT_DIRENT_SIZE] = "           ";

	(void)state;
	memset(&name, 'x', sizeof(name));
	raw[13] = 0xf7;
	raw[0] = 0x42;
	raw[1] = 'y';
	fat_long_name_add(&name, raw);
	assert_int_equal(fat_long_name_length(&name, short_entry), 0);
	memset(raw + 1, 'z', 10);
	memset(raw + 14, 'z', 18);
	raw[0] = 1;
	fat_long_name_add(&name, raw);
	assert_int_equal(fat_long_name_length(&name, short_entry), 14);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_short_names),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_missing_piece),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
