// SPDX-License-Identifier: Apache-2.0
// The libc-named memory and string functions (C11 7.24): the compiler calls the first
// four on its own account, so they must exist, and must not be compiled into calls of
// themselves. -ffreestanding sees to that: it implies -fno-builtin, without which clang
// would recognise the loops below. Unit tests use the libc's; tests/unit/test_string.c
// renames these.
//
// Copies and fills move aligned 64-bit words, eight in a row, and never make an access
// that is not aligned. An aligned word holding one byte of a buffer may be read whole: it
// cannot cross into another page.
#include <hv/string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are merged by shifting");

/* A word of somebody's object of any type. */
typedef u64 __attribute__((may_alias)) word;

#define WORD   sizeof(word)
#define UNROLL 8

static bool word_aligned(const void *p)
{
	return ((uintptr_t)p & (WORD - 1)) == 0;
}

/* `to` and `from` are aligned. Reads all eight words first: the buffers may overlap. */
static void copy_unrolled(word *to, const word *from)
{
	word a = from[0], b = from[1], c = from[2], d = from[3];
	word e = from[4], f = from[5], g = from[6], h = from[7];

	to[0] = a, to[1] = b, to[2] = c, to[3] = d;
	to[4] = e, to[5] = f, to[6] = g, to[7] = h;
}

/* Both aligned; `len` in words. */
static void copy_words(word *to, const word *from, size_t len)
{
	for (; len >= UNROLL; len -= UNROLL, to += UNROLL, from += UNROLL)
		copy_unrolled(to, from);
	while (len--)
		*to++ = *from++;
}

static word merge(word low, word high, u32 shift)
{
	return low >> shift | high << (8 * WORD - shift);
}

/*
 * `to` is aligned, `from` is not; `len` in words. Each aligned word of the source is read
 * once and serves two of the target's.
 */
static void copy_shifted(word *to, const u8 *from, size_t len)
{
	u32 skew = (uintptr_t)from & (WORD - 1), shift = 8 * skew;
	const word *next = (const word *)(from - skew);
	word last = *next++;

	for (; len >= UNROLL; len -= UNROLL, to += UNROLL, next += UNROLL) {
		word a = next[0], b = next[1], c = next[2], d = next[3];
		word e = next[4], f = next[5], g = next[6], h = next[7];

		to[0] = merge(last, a, shift), to[1] = merge(a, b, shift);
		to[2] = merge(b, c, shift), to[3] = merge(c, d, shift);
		to[4] = merge(d, e, shift), to[5] = merge(e, f, shift);
		to[6] = merge(f, g, shift), to[7] = merge(g, h, shift);
		last = h;
	}
	while (len--) {
		word w = *next++;

		*to++ = merge(last, w, shift);
		last = w;
	}
}

/* Upwards: right for apart buffers and for to < from. */
static void copy_up(u8 *to, const u8 *from, size_t len)
{
	size_t words;

	while (len && !word_aligned(to)) {
		*to++ = *from++;
		len--;
	}
	words = len / WORD;
	if (words && word_aligned(from))
		copy_words((word *)to, (const word *)from, words);
	else if (words)
		copy_shifted((word *)to, from, words);
	to += words * WORD;
	from += words * WORD;
	for (len %= WORD; len; len--)
		*to++ = *from++;
}

/* Downwards, for to > from; rare, so words only if both can be aligned together. */
static void copy_down(u8 *to, const u8 *from, size_t len)
{
	bool together = word_aligned((const void *)((uintptr_t)to ^ (uintptr_t)from));

	to += len;
	from += len;
	while (len && !(together && word_aligned(to))) {
		*--to = *--from;
		len--;
	}
	for (; len >= UNROLL * WORD; len -= UNROLL * WORD) {
		to -= UNROLL * WORD;
		from -= UNROLL * WORD;
		copy_unrolled((word *)to, (const word *)from);
	}
	while (len--)
		*--to = *--from;
}

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
	copy_up(to, from, len);
	return to;
}

void *memmove(void *to, const void *from, size_t len)
{
	if ((uintptr_t)to - (uintptr_t)from >= len)
		copy_up(to, from, len);
	else
		copy_down(to, from, len);
	return to;
}

void *memset(void *to, int byte, size_t len)
{
	word fill = (u8)byte * (~0UL / UINT8_MAX);
	u8 *at = to;
	word *w;

	for (; len && !word_aligned(at); len--)
		*at++ = (u8)byte;
	for (w = (word *)at; len >= UNROLL * WORD; len -= UNROLL * WORD, w += UNROLL) {
		w[0] = fill, w[1] = fill, w[2] = fill, w[3] = fill;
		w[4] = fill, w[5] = fill, w[6] = fill, w[7] = fill;
	}
	for (; len >= WORD; len -= WORD)
		*w++ = fill;
	for (at = (u8 *)w; len; len--)
		*at++ = (u8)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const u8 *x = a, *y = b;

	for (; len; len--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

size_t strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

size_t strnlen(const char *s, size_t max)
{
	size_t len = 0;

	while (len < max && s[len])
		len++;
	return len;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t len)
{
	for (; len; len--, a++, b++) {
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (!*s)
			return NULL;
	}
	return (char *)s;
}

char *strstr(const char *s, const char *part)
{
	size_t len = strlen(part);

	for (;; s++) {
		if (strncmp(s, part, len) == 0)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}
