// SPDX-License-Identifier: Apache-2.0
// lib/string.c, under other names because the libc has these: all alignments and lengths
// around its word loops, overlaps both ways, and nothing written outside. UBSan watches
// that no access is unaligned.
#include "unit.h"

#include <stdlib.h>

#define memcpy  hv_memcpy
#define memmove hv_memmove
#define memset  hv_memset
#define memcmp  hv_memcmp
#define strlen  hv_strlen
#define strnlen hv_strnlen
#define strcmp  hv_strcmp
#define strncmp hv_strncmp
#define strchr  hv_strchr
#define strstr  hv_strstr

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t len);
char *strchr(const char *s, int c);
char *strstr(const char *s, const char *part);

#include "lib/string.c"

#undef memcpy
#undef memcmp

#define ROOM  512 /* bytes in a buffer, with unused space on both sides */
#define START 128
#define LONG  220 /* three rounds of the unrolled loop and some */

static u8 from_room[ROOM] __attribute__((aligned(64)));
static u8 to_room[ROOM] __attribute__((aligned(64)));
static u8 expected[ROOM];

static void rooms_fill(void)
{
	for (u32 i = 0; i < ROOM; i++) {
		from_room[i] = (u8)(i * 37 + 11);
		to_room[i] = expected[i] = (u8)(i * 101 + 5);
	}
}

static void test_copy(void **state)
{
	(void)state;
	for (u32 i = 0; i < 64; i++) {
		u32 to = START + i / 8, from = START + i % 8;

		for (u32 len = 0; len <= LONG; len++) {
			rooms_fill();
			for (u32 n = 0; n < len; n++)
				expected[to + n] = from_room[from + n];
			assert_ptr_equal(hv_memcpy(to_room + to, from_room + from, len),
				to_room + to);
			assert_memory_equal(to_room, expected, ROOM);
		}
	}
}

static void test_move(void **state)
{
	(void)state;
	for (u32 from = START; from < START + 8; from++) {
		for (u32 to = START - 90; to < START + 90; to++) {
			for (u32 len = 0; len <= LONG; len += 1 + len / 16) {
				rooms_fill();
				for (u32 n = 0; n < ROOM; n++)
					expected[n] = to_room[n];
				for (u32 n = 0; n < len; n++)
					expected[to + n] = to_room[from + n];
				assert_ptr_equal(hv_memmove(to_room + to, to_room + from,
							 len),
					to_room + to);
				assert_memory_equal(to_room, expected, ROOM);
			}
		}
	}
}

static void test_set(void **state)
{
	(void)state;
	for (u32 to = START; to < START + 8; to++) {
		for (u32 len = 0; len <= LONG; len++) {
			rooms_fill();
			for (u32 n = 0; n < len; n++)
				expected[to + n] = 0xa5;
			assert_ptr_equal(hv_memset(to_room + to, 0x7a5, len),
				to_room + to);
			assert_memory_equal(to_room, expected, ROOM);
		}
	}
}

static void test_compare(void **state)
{
	(void)state;
	assert_int_equal(hv_memcmp("abc", "abd", 2), 0);
	assert_true(hv_memcmp("abc", "abd", 3) < 0);
	assert_true(hv_memcmp("\xff", "\x01", 1) > 0);
	assert_int_equal(hv_memcmp("a", "b", 0), 0);
	assert_int_equal(hv_strcmp("abc", "abc"), 0);
	assert_true(hv_strcmp("abc", "abcd") < 0);
	assert_true(hv_strcmp("abd", "abcd") > 0);
	assert_true(hv_strcmp("\xff", "a") > 0);
	assert_int_equal(hv_strncmp("abcx", "abcy", 3), 0);
	assert_true(hv_strncmp("abcx", "abcy", 4) < 0);
	assert_int_equal(hv_strncmp("ab", "ab", 100), 0);
}

static void test_search(void **state)
{
	static const char text[] = "hypervisor";
	static const char unterminated[] = {'a', 'b'};

	(void)state;
	assert_int_equal(hv_strlen(""), 0);
	assert_int_equal(hv_strlen(text), 10);
	assert_int_equal(hv_strnlen(text, 4), 4);
	assert_int_equal(hv_strnlen(unterminated, 2), 2);
	assert_ptr_equal(hv_strchr(text, 'r'), text + 4);
	assert_ptr_equal(hv_strchr(text, '\0'), text + 10);
	assert_null(hv_strchr(text, 'z'));
	assert_ptr_equal(hv_strstr(text, "visor"), text + 5);
	assert_ptr_equal(hv_strstr(text, ""), text);
	assert_null(hv_strstr(text, "visors"));
	assert_null(hv_strstr("", "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
