// SPDX-License-Identifier: Apache-2.0
// lib/text.c: bounded copying and the number parser.
#include "unit.h"

static void test_copy(void **state)
{
	char to[5] = "....";

	(void)state;
	assert_true(str_copy(to, sizeof(to), "abcd"));
	assert_string_equal(to, "abcd");
	assert_false(str_copy(to, sizeof(to), "vwxyz"));
	assert_string_equal(to, "vwxy");
	assert_true(str_copy(to, 1, ""));
	assert_string_equal(to, "");
	assert_false(str_copy(to, 1, "a"));
	assert_string_equal(to, "");
	to[0] = 'k';
	assert_false(str_copy(to, 0, ""));
	assert_int_equal(to[0], 'k');
}

static void test_starts(void **state)
{
	(void)state;
	assert_true(str_starts("kernel=x", "kernel="));
	assert_true(str_starts("kernel", ""));
	assert_true(str_starts("", ""));
	assert_false(str_starts("kern", "kernel"));
	assert_false(str_starts("Kernel", "kernel"));
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool suffix;
		bool good;
		u64 value;
	} cases[] = {
		{"0", false, true, 0},
		{"42", false, true, 42},
		{"0042", false, true, 42},
		{"18446744073709551615", false, true, UINT64_MAX},
		{"18446744073709551616", false, false, 0},
		{"99999999999999999999", false, false, 0},
		{"0x2a", false, true, 42},
		{"0X2A", false, true, 42},
		{"0xffffffffffffffff", false, true, UINT64_MAX},
		{"0x10000000000000000", false, false, 0},
		{"", false, false, 0},
		{"0x", false, false, 0},
		{"x1", false, false, 0},
		{"-1", false, false, 0},
		{"+1", false, false, 0},
		{" 1", false, false, 0},
		{"1 ", false, false, 0},
		{"12a", false, false, 0},
		{"0xg", false, false, 0},
		{"4K", false, false, 0},
		{"4K", true, true, 4096},
		{"4k", true, true, 4096},
		{"256M", true, true, MiB(256)},
		{"3g", true, true, GiB(3)},
		{"2T", true, true, 2UL << 40},
		{"0x10M", true, true, MiB(16)},
		{"7", true, true, 7},
		{"K", true, false, 0},
		{"", true, false, 0},
		{"0xK", true, false, 0},
		{"4KM", true, false, 0},
		{"4KB", true, false, 0},
		{"16777215T", true, true, 16777215UL << 40},
		{"16777216T", true, false, 0},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		u64 value = 77;

		if (parse_u64(cases[i].text, strlen(cases[i].text), cases[i].suffix,
			    &value) != cases[i].good)
			fail_msg("parse_u64(\"%s\")", cases[i].text);
		assert_int_equal(value, cases[i].good ? cases[i].value : 77);
	}
}

/* The text need not end with NUL, and bytes behind it are not looked at. */
static void test_number_inside_text(void **state)
{
	u64 value;

	(void)state;
	assert_true(parse_u64("123456", 3, true, &value));
	assert_int_equal(value, 123);
	assert_true(parse_u64("12K6", 3, true, &value));
	assert_int_equal(value, 12288);
	assert_false(parse_u64("0x12", 2, false, &value));
	assert_true(parse_u64("0x12", 1, false, &value));
	assert_int_equal(value, 0);
	/* A NUL byte is not a digit either. */
	assert_false(parse_u64("1\0002", 3, false, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_starts),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_number_inside_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
