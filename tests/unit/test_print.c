// SPDX-License-Identifier: Apache-2.0
// lib/print.c: every conversion against the text C11 7.21.6.1 asks for, and against the
// build machine's own snprintf().
#include "unit.h"

#include <limits.h>
#include <stdio.h>

static void expect(const char *expected, const char *fmt, ...)
{
	char text[256];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprint(text, sizeof(text), fmt, args);
	va_end(args);
	assert_string_equal(text, expected);
	assert_int_equal(len, strlen(expected));
}

static void test_integers(void **state)
{
	(void)state;
	expect("0 -1 42", "%d %i %d", 0, -1, 42);
	expect("-2147483648 2147483647", "%d %d", INT_MIN, INT_MAX);
	expect("-9223372036854775808", "%ld", LONG_MIN);
	expect("18446744073709551615", "%lu", ULONG_MAX);
	expect("18446744073709551615 -1", "%llu %lld", ULLONG_MAX, -1LL);
	expect("deadbeef DEADBEEF", "%x %X", 0xdeadbeefU, 0xdeadbeefU);
	expect("ffffffffffffffff", "%lx", ~0UL);
	expect("44 -56 65535", "%hhu %hhd %hu", 300, 200, -1);
	expect("-1 18446744073709551615", "%zd %zu", (ssize_t)-1, SIZE_MAX);
}

static void test_flags_and_widths(void **state)
{
	(void)state;
	expect("[   42] [42   ] [00042]", "[%5d] [%-5d] [%05d]", 42, 42, 42);
	expect("[-0042] [+42] [ 42]", "[%05d] [%+d] [% d]", -42, 42, 42);
	expect("[42   ]", "[%-05d]", 42);
	expect("[   007] [007   ]", "[%6.3d] [%-6.3d]", 7, 7);
	expect("[   007]", "[%06.3d]", 7);
	expect("[]", "[%.0d]", 0);
	expect("[  0x2a] [0x002a] [0X2A] [0]", "[%#6x] [%#06x] [%#X] [%#x]", 42, 42, 42,
		0);
	expect("[   42] [42   ] [007]", "[%*d] [%*d] [%.*d]", 5, 42, -5, 42, 3, 7);
	expect("[7]", "[%.*d]", -3, 7);
}

static void test_text(void **state)
{
	static const char unterminated[] = {'a', 'b', 'c'};

	(void)state;
	expect("plain", "plain");
	expect("[abc] [  abc] [abc  ]", "[%s] [%5s] [%-5s]", "abc", "abc", "abc");
	expect("[ab] [  ab]", "[%.2s] [%4.2s]", "abc", "abc");
	expect("[abc]", "[%.3s]", unterminated);
	expect("[abc] [ab]", "[%.*s] [%.*s]", 3, unterminated, 2, unterminated);
	expect("(null)", "%s", (char *)NULL);
	expect("[x] [  x] [x  ]", "[%c] [%3c] [%-3c]", 'x', 'x', 'x');
	expect("100%", "%d%%", 100);
	expect("0x1234 0x0", "%p %p", (void *)0x1234, NULL);
}

/* A format this one does not know shows itself, and takes no argument. */
static void test_unknown(void **state)
{
	(void)state;
	expect("%q 7", "%q %d", 7);
	expect("%-5y", "%-5y");
	expect("%", "%");
	expect("%5", "%5");
	expect("%l", "%l");
}

static void test_truncation(void **state)
{
	char text[8] = "1234567";

	(void)state;
	assert_int_equal(snprint(text, 0, "abc"), 3);
	assert_string_equal(text, "1234567");
	assert_int_equal(snprint(text, 1, "abc"), 3);
	assert_string_equal(text, "");
	assert_int_equal(snprint(text, 4, "abcdef"), 6);
	assert_string_equal(text, "abc");
	assert_int_equal(text[4], '5');
	assert_int_equal(snprint(text, 8, "%s", "abcdefg"), 7);
	assert_string_equal(text, "abcdefg");
	assert_int_equal(snprint(text, 8, "%s%d", "abcdefg", 12), 9);
	assert_string_equal(text, "abcdefg");
	assert_int_equal(snprint(NULL, 0, "%d", 12345), 5);
}

/* Absurd widths cost nothing, and the length does not wrap. */
static void test_absurd_width(void **state)
{
	char text[8];

	(void)state;
	assert_int_equal(snprint(text, sizeof(text), "%*d", INT_MAX, 1), INT_MAX);
	assert_string_equal(text, "       ");
	assert_int_equal(snprint(text, sizeof(text), "%*d", INT_MIN, 1), INT_MAX);
	assert_string_equal(text, "1      ");
	assert_int_equal(snprint(text, sizeof(text), "%99999999999d%99999999999d", 1, 1),
		INT_MAX);
	assert_int_equal(snprint(text, sizeof(text), "%.*d", INT_MAX, 1), INT_MAX);
	assert_string_equal(text, "0000000");
	assert_int_equal(snprint(text, sizeof(text), "%+.*d", INT_MAX, 1), INT_MAX);
	assert_string_equal(text, "+000000");
}

/* All flags, widths, precisions and lengths against the libc's opinion. */
static void test_same_as_libc(void **state)
{
	static const long values[] = {
		0, 1, -1, 9, 10, 255, -256, INT_MIN, INT_MAX, LONG_MIN, LONG_MAX};
	static const char *const flags[] = {
		"", "-", "0", "+", " ", "-0", "+0", " 0", "-+", "+ ", "-+ 0"};
	static const char *const sizes[] = {
		"", "1", "7", "24", ".0", ".1", ".5", ".22", "9.4", "4.9"};
	static const char *const convs[] = {"d", "i", "hd", "hhd", "ld", "lld", "zd"};
	static const char *const unsigned_convs[] = {
		"u", "x", "X", "hx", "hhu", "lx", "zX"};
	char fmt[24], ours[64], libcs[64];

	(void)state;
	for (u32 f = 0; f < ARRAY_LEN(flags); f++) {
		for (u32 i = 0; i < ARRAY_LEN(sizes) * ARRAY_LEN(convs) * 2; i++) {
			u32 conv = i / 2 % ARRAY_LEN(convs);
			const char *size = sizes[i / 2 / ARRAY_LEN(convs)];

			if (i % 2)
				snprintf(fmt, sizeof(fmt), "%%%s%s%s", flags[f], size,
					convs[conv]);
			else
				snprintf(fmt, sizeof(fmt), "%%#%s%s%s", flags[f], size,
					unsigned_convs[conv]);
			for (u32 v = 0; v < ARRAY_LEN(values); v++) {
				int len = snprintf(libcs, sizeof(libcs), fmt, values[v]);

				assert_int_equal(snprint(ours, sizeof(ours), fmt,
							 values[v]),
					len);
				assert_string_equal(ours, libcs);
			}
		}
	}
}

static void test_error_name(void **state)
{
	(void)state;
	assert_string_equal(error_name(-ENOMEM), "ENOMEM");
	assert_string_equal(error_name(ENOSYS), "ENOSYS");
	assert_string_equal(error_name(-1000), "E?");
	assert_string_equal(error_name(INT_MIN), "E?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_flags_and_widths),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_absurd_width),
		cmocka_unit_test(test_same_as_libc),
		cmocka_unit_test(test_error_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
