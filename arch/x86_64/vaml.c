// SPDX-License-Identifier: Apache-2.0
// AML by its grammar (ACPI 6.4, 20.2). Whatever is counted in bytes is written first and its
// length then put before it.
#include "vaml.h"

#include <hv/bits.h>
#include <hv/string.h>

enum opcode {
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_WORD = 0x0b,
	AML_DWORD = 0x0c,
	AML_QWORD = 0x0e,
	AML_SCOPE = 0x10,
	AML_BUFFER = 0x11,
	AML_PACKAGE = 0x12,
	AML_EXTENDED = 0x5b,
	AML_EXTENDED_DEVICE = 0x82,
};

#define NAME_SIZE 4

/* ---- Lengths (20.2.4) ---- */

#define LENGTH_MORE   BITS(7, 6) /* how many bytes follow the first one */
#define LENGTH_SHORT  BITS(5, 0) /* if none does */
#define LENGTH_NIBBLE BITS(3, 0) /* else the lowest bits */
#define LENGTH_BYTES  4

/* How many bytes the length takes if `size` bytes follow it, for it counts itself. */
static u32 length_bytes(u32 size)
{
	u32 bytes = 1;

	if (size + bytes > LENGTH_SHORT)
		for (bytes = 2; (size + bytes) >> (4 + 8 * (bytes - 1)); bytes++)
			;
	return bytes;
}

/* Puts the length before what was written from `open` on. */
static void length_insert(struct vbytes *w, u32 open)
{
	u32 size = w->used - open, bytes = length_bytes(size), length = size + bytes;

	if (!vbytes_grow(w, bytes))
		return;
	memmove(w->buf + open + bytes, w->buf + open, size);
	if (bytes == 1) {
		vbytes_set(w, open, length, 1);
		return;
	}
	vbytes_set(w, open, field_put(LENGTH_MORE, bytes - 1) | (length & LENGTH_NIBBLE),
		1);
	vbytes_set(w, open + 1, length >> 4, bytes - 1);
}

void vaml_close(struct vbytes *w, u32 open)
{
	length_insert(w, open);
}

/* ---- Objects ---- */

static void put_name(struct vbytes *w, const char *name)
{
	if (*name == '\\')
		vbytes_put(w, (u8)*name++, 1);
	vbytes_text(w, name, NAME_SIZE);
}

u32 vaml_open_scope(struct vbytes *w, const char *name)
{
	u32 open;

	vbytes_put(w, AML_SCOPE, 1);
	open = w->used;
	put_name(w, name);
	return open;
}

u32 vaml_open_device(struct vbytes *w, const char *name)
{
	u32 open;

	vbytes_put(w, AML_EXTENDED, 1);
	vbytes_put(w, AML_EXTENDED_DEVICE, 1);
	open = w->used;
	put_name(w, name);
	return open;
}

u32 vaml_open_package(struct vbytes *w, u8 count)
{
	u32 open;

	vbytes_put(w, AML_PACKAGE, 1);
	open = w->used;
	vbytes_put(w, count, 1);
	return open;
}

void vaml_name(struct vbytes *w, const char *name)
{
	vbytes_put(w, AML_NAME, 1);
	put_name(w, name);
}

void vaml_integer(struct vbytes *w, u64 value)
{
	if (value <= 1) {
		vbytes_put(w, value ? AML_ONE : AML_ZERO, 1);
	} else if (value <= UINT8_MAX) {
		vbytes_put(w, AML_BYTE, 1);
		vbytes_put(w, value, sizeof(u8));
	} else if (value <= UINT16_MAX) {
		vbytes_put(w, AML_WORD, 1);
		vbytes_put(w, value, sizeof(u16));
	} else if (value <= UINT32_MAX) {
		vbytes_put(w, AML_DWORD, 1);
		vbytes_put(w, value, sizeof(u32));
	} else {
		vbytes_put(w, AML_QWORD, 1);
		vbytes_put(w, value, sizeof(u64));
	}
}

static u32 hex_digit(char c)
{
	return (u32)(c <= '9' ? c - '0' : c - 'A' + 10);
}

/* Three letters of five bits and four hexadecimal digits; the bytes in turned order. */
void vaml_eisa_id(struct vbytes *w, const char *id)
{
	u32 value = 0;

	for (u32 i = 0; i < 3; i++)
		value = value << 5 | (u32)(id[i] - '@');
	for (u32 i = 3; i < 7; i++)
		value = value << 4 | hex_digit(id[i]);
	vbytes_put(w, AML_DWORD, 1);
	vbytes_put(w, __builtin_bswap32(value), sizeof(value));
}

/* ---- Resources ---- */

/* The first byte; small ones have their length in it. */
enum resource {
	RESOURCE_IRQ = 0x22,
	RESOURCE_PORTS = 0x47,
	RESOURCE_END = 0x79,
	RESOURCE_MEMORY = 0x86,
	RESOURCE_RANGE32 = 0x87,
	RESOURCE_RANGE16 = 0x88,
};

/* Lengths of large ones. */
enum { MEMORY_LENGTH = 9, RANGE32_LENGTH = 23, RANGE16_LENGTH = 13 };

enum range_type { RANGE_MEMORY, RANGE_PORTS, RANGE_BUSES };

#define PORTS_DECODE16  BIT(0)
#define MEMORY_WRITABLE BIT(0)
#define RANGE_MAX_FIXED BIT(3)
#define RANGE_MIN_FIXED BIT(2)
#define RANGE_WRITABLE  BIT(0)     /* type-specific, of memory */
#define RANGE_ALL_PORTS BITS(1, 0) /* likewise, of ports: not only those of ISA */
#define RANGE_FIXED     (RANGE_MAX_FIXED | RANGE_MIN_FIXED)

void vaml_resources_start(struct vaml_resources *r)
{
	r->w = (struct vbytes){.buf = r->bytes, .size = sizeof(r->bytes)};
}

void vaml_ports(struct vaml_resources *r, u16 base, u8 count)
{
	vbytes_put(&r->w, RESOURCE_PORTS, 1);
	vbytes_put(&r->w, PORTS_DECODE16, 1);
	vbytes_put(&r->w, base, sizeof(u16)); /* it can be nowhere but there */
	vbytes_put(&r->w, base, sizeof(u16));
	vbytes_put(&r->w, 1, sizeof(u8)); /* alignment */
	vbytes_put(&r->w, count, sizeof(u8));
}

void vaml_isa_irq(struct vaml_resources *r, u8 irq)
{
	vbytes_put(&r->w, RESOURCE_IRQ, 1);
	vbytes_put(&r->w, BIT(irq), sizeof(u16));
}

void vaml_memory(struct vaml_resources *r, u32 base, u32 size)
{
	vbytes_put(&r->w, RESOURCE_MEMORY, 1);
	vbytes_put(&r->w, MEMORY_LENGTH, sizeof(u16));
	vbytes_put(&r->w, MEMORY_WRITABLE, 1);
	vbytes_put(&r->w, base, sizeof(u32));
	vbytes_put(&r->w, size, sizeof(u32));
}

/* An address space descriptor whose numbers have `width` bytes. */
static void put_range(struct vaml_resources *r, enum range_type type, u64 specific,
	u64 first, u64 last, u32 width)
{
	bool wide = width == sizeof(u32);

	vbytes_put(&r->w, wide ? RESOURCE_RANGE32 : RESOURCE_RANGE16, 1);
	vbytes_put(&r->w, wide ? RANGE32_LENGTH : RANGE16_LENGTH, sizeof(u16));
	vbytes_put(&r->w, type, 1);
	vbytes_put(&r->w, RANGE_FIXED, 1);
	vbytes_put(&r->w, specific, 1);
	vbytes_put(&r->w, 0, width); /* granularity */
	vbytes_put(&r->w, first, width);
	vbytes_put(&r->w, last, width);
	vbytes_put(&r->w, 0, width); /* translation */
	vbytes_put(&r->w, last - first + 1, width);
}

void vaml_bus_range(struct vaml_resources *r, u16 first, u16 last)
{
	put_range(r, RANGE_BUSES, 0, first, last, sizeof(u16));
}

void vaml_port_range(struct vaml_resources *r, u16 first, u16 last)
{
	put_range(r, RANGE_PORTS, RANGE_ALL_PORTS, first, last, sizeof(u16));
}

void vaml_memory_range(struct vaml_resources *r, u32 first, u32 last)
{
	put_range(r, RANGE_MEMORY, RANGE_WRITABLE, first, last, sizeof(u32));
}

void vaml_crs(struct vbytes *w, struct vaml_resources *r)
{
	u32 open;
	u8 *to;

	vbytes_put(&r->w, RESOURCE_END, 1);
	vbytes_put(&r->w, 0, 1); /* no checksum */
	vaml_name(w, "_CRS");
	vbytes_put(w, AML_BUFFER, 1);
	open = w->used;
	vaml_integer(w, r->w.used);
	to = vbytes_grow(w, r->w.used);
	if (to)
		memcpy(to, r->bytes, r->w.used);
	w->full |= r->w.full;
	length_insert(w, open);
}
