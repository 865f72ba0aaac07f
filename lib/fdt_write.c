// SPDX-License-Identifier: Apache-2.0
// Writing a flattened device tree, version 17 (Devicetree Specification 0.4, chapter 5). While
// it is written, tokens grow up and names grow down:
//
//	header | end of reservations | tokens ->            <- names |
//
// so a name is known by its distance from the buffer's end; fdt_finish() moves the names
// behind the tokens and turns the distances into offsets.
#include <hv/fdt.h>

#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

#include "fdt_format.h"

#define RSVMAP_AT     ALIGN_UP(FDT_HEADER_SIZE, FDT_ALIGN_RSVMAP)
#define STRUCTS_AT    ((u32)(RSVMAP_AT + FDT_RSVMAP_ENTRY))
#define NODE_NAME_MAX 64

static void writer_fail(struct fdt_writer *w, int error)
{
	if (!w->error)
		w->error = fail(error);
}

/* Room for `len` bytes of tokens, with zeros up to the alignment, or NULL. */
static u8 *tokens_grow(struct fdt_writer *w, u64 len)
{
	u64 padded = ALIGN_UP(len, FDT_ALIGN_TOKEN);
	u8 *to = w->buf + w->structs_at;

	if (w->error)
		return NULL;
	if (padded > w->strings_at - w->structs_at) {
		writer_fail(w, -ENOSPC);
		return NULL;
	}
	memset(to + len, 0, padded - len);
	w->structs_at += (u32)padded;
	return to;
}

static void put_tag(struct fdt_writer *w, enum fdt_tag tag)
{
	u8 *to = tokens_grow(w, sizeof(u32));

	if (to)
		be32_put(to, tag);
}

/* The distance of a name from the buffer's end, added if it is not there; 0 if it is full. */
static u32 put_name(struct fdt_writer *w, const char *name)
{
	const char *end = (const char *)w->buf + w->size;
	const char *known = end - (w->size - w->strings_at);
	u64 len = strlen(name) + 1;

	for (; known < end; known += strlen(known) + 1) {
		if (strcmp(known, name) == 0)
			return (u32)(end - known);
	}
	if (len > w->strings_at - w->structs_at) {
		writer_fail(w, -ENOSPC);
		return 0;
	}
	w->strings_at -= (u32)len;
	memcpy(w->buf + w->strings_at, name, len);
	return w->size - w->strings_at;
}

/* A property's token with room for its value, or NULL. */
static u8 *put_prop(struct fdt_writer *w, const char *name, u64 len)
{
	u32 distance;
	u8 *to;

	if (w->depth == 0 || w->closed || len > INT32_MAX)
		writer_fail(w, -EINVAL);
	if (w->error)
		return NULL;
	distance = put_name(w, name);
	to = tokens_grow(w, sizeof(u32) + FDT_PROP_HEAD + len);
	if (!to)
		return NULL;
	be32_put(to, FDT_PROP);
	be32_put(to + sizeof(u32), (u32)len);
	be32_put(to + 2 * sizeof(u32), distance);
	return to + sizeof(u32) + FDT_PROP_HEAD;
}

void fdt_start(struct fdt_writer *w, void *buf, u32 size)
{
	*w = (struct fdt_writer){
		.buf = buf,
		.size = size,
		.structs_at = STRUCTS_AT,
		.strings_at = size,
	};
	if (size < STRUCTS_AT || size > INT32_MAX)
		writer_fail(w, -ENOSPC);
}

void fdt_node(struct fdt_writer *w, const char *name)
{
	u64 len = strlen(name) + 1;
	bool root = w->structs_at == STRUCTS_AT;
	u8 *to;

	if (root != (w->depth == 0) || root != (len == 1))
		writer_fail(w, -EINVAL);
	to = tokens_grow(w, sizeof(u32) + len);
	if (!to)
		return;
	be32_put(to, FDT_BEGIN_NODE);
	memcpy(to + sizeof(u32), name, len);
	w->depth++;
	w->closed = false;
}

void fdt_node_at(struct fdt_writer *w, const char *name, u64 address)
{
	char text[NODE_NAME_MAX];

	if (snprint(text, sizeof(text), "%s@%lx", name, address) >= (int)sizeof(text))
		writer_fail(w, -EINVAL);
	fdt_node(w, text);
}

void fdt_end_node(struct fdt_writer *w)
{
	if (w->error)
		return;
	if (w->depth == 0) {
		writer_fail(w, -EINVAL);
		return;
	}
	put_tag(w, FDT_END_NODE);
	w->depth--;
	w->closed = true;
}

void fdt_put(struct fdt_writer *w, const char *name, const void *value, u32 len)
{
	u8 *to = put_prop(w, name, len);

	if (to && len)
		memcpy(to, value, len);
}

void fdt_put_empty(struct fdt_writer *w, const char *name)
{
	put_prop(w, name, 0);
}

void fdt_put_string(struct fdt_writer *w, const char *name, const char *value)
{
	fdt_put_strings(w, name, value, (u32)strlen(value));
}

void fdt_put_strings(struct fdt_writer *w, const char *name, const char *values, u32 len)
{
	u8 *to = put_prop(w, name, (u64)len + 1);

	if (!to)
		return;
	memcpy(to, values, len);
	to[len] = '\0';
}

void fdt_put_cell(struct fdt_writer *w, const char *name, u32 value)
{
	fdt_put_cells(w, name, &value, 1);
}

void fdt_put_cells(struct fdt_writer *w, const char *name, const u32 *values, u32 count)
{
	u8 *to = put_prop(w, name, count * (u64)sizeof(u32));

	for (; to && count; count--, to += sizeof(u32))
		be32_put(to, *values++);
}

void fdt_put_u64(struct fdt_writer *w, const char *name, u64 value)
{
	fdt_put_cells(w, name, (u32[]){(u32)(value >> 32), (u32)value}, 2);
}

void fdt_put_reg(struct fdt_writer *w, u64 address, u64 size)
{
	u32 cells[] = {(u32)(address >> 32), (u32)address, (u32)(size >> 32), (u32)size};

	fdt_put_cells(w, "reg", cells, ARRAY_LEN(cells));
}

/* Turns the names' distances from the end of `size` bytes of them into offsets. */
static void names_settle(struct fdt_writer *w, u32 size)
{
	struct fdt fdt = {
		.blob = w->buf,
		.structs = STRUCTS_AT,
		.structs_size = w->structs_at - STRUCTS_AT,
	};
	u32 at = STRUCTS_AT, next, tag;

	for (; (tag = fdt_token(&fdt, at, &next)) != FDT_END; at = next) {
		u8 *offset = w->buf + at + 2 * sizeof(u32);

		if (tag == FDT_PROP)
			be32_put(offset, size - be32_get(offset));
	}
}

int fdt_finish(struct fdt_writer *w)
{
	u32 strings_size = w->size - w->strings_at, total;

	if (w->depth || w->structs_at == STRUCTS_AT)
		writer_fail(w, -EINVAL);
	put_tag(w, FDT_END);
	if (w->error)
		return w->error;
	names_settle(w, strings_size);
	memmove(w->buf + w->structs_at, w->buf + w->strings_at, strings_size);
	total = w->structs_at + strings_size;

	memset(w->buf, 0, STRUCTS_AT);
	be32_put(w->buf + FDT_H_MAGIC, FDT_MAGIC);
	be32_put(w->buf + FDT_H_TOTALSIZE, total);
	be32_put(w->buf + FDT_H_OFF_DT_STRUCT, STRUCTS_AT);
	be32_put(w->buf + FDT_H_OFF_DT_STRINGS, w->structs_at);
	be32_put(w->buf + FDT_H_OFF_MEM_RSVMAP, RSVMAP_AT);
	be32_put(w->buf + FDT_H_VERSION, FDT_VERSION);
	be32_put(w->buf + FDT_H_LAST_COMP_VERSION, FDT_VERSION_16);
	be32_put(w->buf + FDT_H_SIZE_DT_STRINGS, strings_size);
	be32_put(w->buf + FDT_H_SIZE_DT_STRUCT, w->structs_at - STRUCTS_AT);
	return (int)total;
}
