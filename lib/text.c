// SPDX-License-Identifier: Apache-2.0
// The helpers of <hv/string.h> that no libc has: bounded copying and parsing.
#include <hv/string.h>

bool str_copy(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size);

	if (size == 0)
		return false;
	if (len < size) {
		memcpy(to, from, len + 1);
		return true;
	}
	memcpy(to, from, size - 1);
	to[size - 1] = '\0';
	return false;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* The value of a digit, or more than any base has. */
static u32 digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (u32)(c - '0');
	c |= 'a' ^ 'A';
	if (c >= 'a' && c <= 'f')
		return (u32)(c - 'a') + 10;
	return UINT32_MAX;
}

/* The power of two that a suffix stands for, 0 if it is none. */
static u32 suffix_shift(char c)
{
	switch (c) {
	case 'k':
	case 'K': return 10;
	case 'm':
	case 'M': return 20;
	case 'g':
	case 'G': return 30;
	case 't':
	case 'T': return 40;
	default: return 0;
	}
}

bool parse_u64(const char *s, size_t len, bool suffix, u64 *value)
{
	u32 base = 10, shift = 0;
	u64 n = 0;

	if (suffix && len && (shift = suffix_shift(s[len - 1])))
		len--;
	if (len > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
		len -= 2;
	}
	if (len == 0)
		return false;
	for (; len; len--, s++) {
		u32 digit = digit_value(*s);

		if (digit >= base || n > (UINT64_MAX - digit) / base)
			return false;
		n = n * base + digit;
	}
	if (n > UINT64_MAX >> shift)
		return false;
	*value = n << shift;
	return true;
}
