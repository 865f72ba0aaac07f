// SPDX-License-Identifier: Apache-2.0
// Appending bytes to a buffer that may be too small: whoever writes looks at `full` once, in
// the end.
#include "vbytes.h"

#include <hv/string.h>

u8 *vbytes_grow(struct vbytes *w, u32 count)
{
	u8 *to = w->buf + w->used;

	if (w->full || count > w->size - w->used) {
		w->full = true;
		return NULL;
	}
	w->used += count;
	return memset(to, 0, count);
}

static void store(u8 *to, u64 value, u32 count)
{
	for (u32 i = 0; i < count; i++)
		to[i] = (u8)(value >> 8 * i);
}

void vbytes_put(struct vbytes *w, u64 value, u32 count)
{
	u8 *to = vbytes_grow(w, count);

	if (to)
		store(to, value, count);
}

void vbytes_text(struct vbytes *w, const char *text, u32 count)
{
	u8 *to = vbytes_grow(w, count);

	if (!to)
		return;
	memset(to, ' ', count);
	memcpy(to, text, MIN(strlen(text), (size_t)count));
}

void vbytes_align(struct vbytes *w, u32 align)
{
	vbytes_grow(w, (u32)(ALIGN_UP(w->used, align) - w->used));
}

void vbytes_set(struct vbytes *w, u32 at, u64 value, u32 count)
{
	if (!w->full)
		store(w->buf + at, value, count);
}

void vbytes_sum(struct vbytes *w, u32 from, u32 to, u32 at)
{
	u8 sum = 0;

	vbytes_set(w, at, 0, 1);
	for (u32 i = from; i < to && !w->full; i++)
		sum = (u8)(sum + w->buf[i]);
	vbytes_set(w, at, (u8)-sum, 1);
}
