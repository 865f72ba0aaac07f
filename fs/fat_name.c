// SPDX-License-Identifier: Apache-2.0
// Names in FAT directories: long names from their pieces (section 7), short names, and
// both as UTF-8. Characters that no name may hold, halves of surrogate pairs, and bytes
// of short names whose code page is unknown all become U+FFFD, so nothing on a disk can
// play with a terminal.
#include "fat.h"

#define UNKNOWN 0xfffdU /* U+FFFD REPLACEMENT CHARACTER */

/* ---- Long names ---- */

#define LDIR_ORD     0
#define LDIR_CHKSUM  13
#define LDIR_LAST    0x40 /* in LDIR_ORD: the first piece on disk, the name's last */
#define LDIR_UNITS   13
#define LDIR_ORD_MAX 20

/* Where a piece keeps its units: LDIR_Name1, LDIR_Name2, LDIR_Name3. */
static const u8 piece_offsets[LDIR_UNITS] = {
	1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};

void fat_long_name_add(struct fat_long_name *name, const u8 *raw)
{
	u32 ordinal = raw[LDIR_ORD] & ~(u32)LDIR_LAST;

	if (raw[LDIR_ORD] & LDIR_LAST) {
		name->valid = ordinal >= 1 && ordinal <= LDIR_ORD_MAX;
		name->expected = ordinal;
		name->checksum = raw[LDIR_CHKSUM];
		if (name->valid && ordinal < LDIR_ORD_MAX)
			name->units[ordinal * LDIR_UNITS] = 0;
	}
	if (!name->valid || ordinal == 0 || ordinal != name->expected ||
		raw[LDIR_CHKSUM] != name->checksum) {
		name->valid = false;
		return;
	}
	name->expected--;
	for (u32 i = 0; i < LDIR_UNITS; i++)
		name->units[name->expected * LDIR_UNITS + i] =
			get_le16(raw + piece_offsets[i]);
}

#define SHORT_BASE  8
#define SHORT_BYTES 11 /* the base and three of the extension, padded with spaces */

static u8 short_checksum(const u8 *raw)
{
	u8 sum = 0;

	for (u32 i = 0; i < SHORT_BYTES; i++)
		sum = (u8)((sum << 7 | sum >> 1) + raw[i]);
	return sum;
}

u32 fat_long_name_length(const struct fat_long_name *name, const u8 *raw)
{
	u32 length = 0;

	if (!name->valid || name->expected != 0 || name->checksum != short_checksum(raw))
		return 0;
	while (length < ARRAY_LEN(name->units) && name->units[length])
		length++;
	return length <= FAT_NAME_MAX ? length : 0;
}

/* ---- Short names ---- */

#define DIR_NTRes        12   /* byte with two more flags */
#define NTRES_LOWER_BASE 0x08 /* show the base in lower case */
#define NTRES_LOWER_EXT  0x10

/* A first byte 0x05, which stands for 0xe5, is unknown later as a control character. */
static u16 short_unit(u8 byte, bool lower)
{
	if (byte >= 0x80)
		return UNKNOWN;
	if (lower && byte >= 'A' && byte <= 'Z')
		return byte + ('a' - 'A');
	return byte;
}

static u32 short_part(const u8 *bytes, u32 len, bool lower, u16 *units)
{
	while (len && bytes[len - 1] == ' ')
		len--;
	for (u32 i = 0; i < len; i++)
		units[i] = short_unit(bytes[i], lower);
	return len;
}

u32 fat_short_name(const u8 *raw, u16 *units)
{
	u32 base = short_part(raw, SHORT_BASE, raw[DIR_NTRes] & NTRES_LOWER_BASE, units);
	u32 ext = short_part(raw + SHORT_BASE, SHORT_BYTES - SHORT_BASE,
		raw[DIR_NTRes] & NTRES_LOWER_EXT, units + base + 1);

	if (!ext)
		return base;
	units[base] = '.';
	return base + 1 + ext;
}

/* ---- Characters ---- */

#define SURROGATE_FIRST 0xd800U /* high halves, 1024 of them, then the low ones */
#define SURROGATE_LOW   0xdc00U
#define SURROGATE_END   0xe000U

/* Takes one character, of one or two units, off a name that has one. */
static u32 utf16_take(const u16 **units, u32 *count)
{
	u32 c = *(*units)++;

	--*count;
	if (c >= SURROGATE_FIRST && c < SURROGATE_END) {
		u32 low = *count ? **units : 0;

		if (c >= SURROGATE_LOW || low < SURROGATE_LOW || low >= SURROGATE_END)
			return UNKNOWN;
		++*units;
		--*count;
		return 0x10000 + ((c - SURROGATE_FIRST) << 10 | (low - SURROGATE_LOW));
	}
	/* Control characters: C0, DEL and C1. */
	return c < 0x20 || (c >= 0x7f && c < 0xa0) ? UNKNOWN : c;
}

/* Takes one character off a text that has one; a stray byte is UNKNOWN. */
static u32 utf8_take(const char **text, size_t *len)
{
	static const u32 smallest[] = {0, 0x80, 0x800, 0x10000};
	u8 first = (u8)(*text)[0];
	u32 more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	u32 c = more ? first & (0x3fU >> more) : first;

	++*text;
	--*len;
	if (first < 0x80)
		return c;
	if (more == 0 || more > *len)
		return UNKNOWN;
	for (u32 i = 0; i < more; i++) {
		u8 next = (u8)(*text)[i];

		if ((next & 0xc0) != 0x80)
			return UNKNOWN;
		c = c << 6 | (next & 0x3f);
	}
	*text += more;
	*len -= more;
	return c < smallest[more] ? UNKNOWN : c;
}

static size_t utf8_put(u32 c, char to[4])
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* For the letters people name files with: ASCII, Latin-1, Greek and Cyrillic. */
static u32 upper_case(u32 c)
{
	static const struct {
		u32 first, last, down;
	} ranges[] = {
		{'a', 'z', 0x20},
		{0xe0, 0xf6, 0x20},
		{0xf8, 0xfe, 0x20},
		{0x3b1, 0x3c1, 0x20},
		{0x3c3, 0x3c9, 0x20},
		{0x430, 0x44f, 0x20},
		{0x450, 0x45f, 0x50},
	};

	for (u32 i = 0; i < ARRAY_LEN(ranges); i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return c - ranges[i].down;
	}
	return c;
}

bool fat_name_equal(const u16 *units, u32 count, const char *text, size_t len)
{
	while (count && len) {
		u32 a = utf16_take(&units, &count), b = utf8_take(&text, &len);

		if (a != b && upper_case(a) != upper_case(b))
			return false;
	}
	return count == 0 && len == 0;
}

void fat_name_utf8(const u16 *units, u32 count, char *text, size_t size)
{
	size_t used = 0;

	while (count) {
		char bytes[4];
		size_t len = utf8_put(utf16_take(&units, &count), bytes);

		if (used + len >= size)
			break;
		for (size_t i = 0; i < len; i++)
			text[used++] = bytes[i];
	}
	text[used] = '\0';
}
