// SPDX-License-Identifier: Apache-2.0
// The sleep types of \_S5 (ACPI 6.4, 7.4.2), found without an interpreter: a name and a package
// of constants, whose encoding (20.2) leaves no choice but the size of each number.
//
//	08 [5c] "_S5_" 12 <length> <count> <number> <number> ...
#include "acpi_s5.h"

#include <hv/bits.h>
#include <hv/string.h>

enum aml {
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_WORD = 0x0b,
	AML_DWORD = 0x0c,
	AML_PACKAGE = 0x12,
	AML_ROOT = '\\',
};

#define NAME_SIZE 4U

/* The first byte of a package's length: how many more there are (20.2.4). */
#define LENGTH_MORE BITS(7, 6)

#define SLP_TYP_MAX 7

/* A number at *at, which moves on. -1: none that could be a sleep type. */
static int read_number(const u8 *code, u32 size, u32 *at)
{
	u32 bytes = 0;
	int value;

	if (*at >= size)
		return -1;
	switch (code[(*at)++]) {
	case AML_ZERO: return 0;
	case AML_ONE: return 1;
	case AML_BYTE: bytes = sizeof(u8); break;
	case AML_WORD: bytes = sizeof(u16); break;
	case AML_DWORD: bytes = sizeof(u32); break;
	}
	if (bytes == 0 || bytes > size - *at)
		return -1;
	value = code[*at];
	*at += bytes;
	return value <= SLP_TYP_MAX ? value : -1;
}

/* The package behind the name. */
static bool read_package(const u8 *code, u32 size, u32 at, u8 *type_a, u8 *type_b)
{
	int a, b;
	u8 count;

	if (size - at < 2 || code[at] != AML_PACKAGE)
		return false;
	at += 2 + (u32)field_get(LENGTH_MORE, code[at + 1]);
	if (at >= size)
		return false;
	count = code[at++];
	a = count > 0 ? read_number(code, size, &at) : -1;
	b = count > 1 ? read_number(code, size, &at) : 0;
	if (a < 0 || b < 0)
		return false;
	*type_a = (u8)a;
	*type_b = (u8)b;
	return true;
}

static bool is_named(const u8 *code, u32 at)
{
	return (at >= 1 && code[at - 1] == AML_NAME) ||
		(at >= 2 && code[at - 1] == AML_ROOT && code[at - 2] == AML_NAME);
}

bool acpi_s5_find(const u8 *code, u32 size, u8 *type_a, u8 *type_b)
{
	for (u32 at = 0; at < size && size - at > NAME_SIZE; at++) {
		if (memcmp(code + at, "_S5_", NAME_SIZE) == 0 && is_named(code, at) &&
			read_package(code, size, at + NAME_SIZE, type_a, type_b))
			return true;
	}
	return false;
}
