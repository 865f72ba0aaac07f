// SPDX-License-Identifier: Apache-2.0
// Memory and string functions. Plain loops: guests move little, and the compiler calls
// the mem* ones by name for struct copies.
#include <guest/string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
	u8 *t = to;
	const u8 *f = from;

	while (len--)
		*t++ = *f++;
	return to;
}

void *memmove(void *to, const void *from, size_t len)
{
	u8 *t = to;
	const u8 *f = from;

	if (t <= f)
		return memcpy(to, from, len);
	while (len--)
		t[len] = f[len];
	return to;
}

void *memset(void *to, int byte, size_t len)
{
	u8 *t = to;

	/* Whole words where it can: clearing pages is the one long job here. */
	if (IS_ALIGNED((u64)t, sizeof(u64))) {
		u64 word = (u8)byte * 0x0101010101010101UL;

		for (; len >= sizeof(u64); len -= sizeof(u64), t += sizeof(u64))
			*(u64 *)t = word;
	}
	while (len--)
		*t++ = (u8)byte;
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
	size_t len = 0;

	while (s[len])
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
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
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
