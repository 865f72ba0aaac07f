// SPDX-License-Identifier: Apache-2.0
// Bytes one after the other, as firmware tables are made of (vtables.c). Pure.
#pragma once

#include <hv/types.h>

struct vbytes {
	u8 *buf;
	u32 size;
	u32 used;
	bool full; /* something did not fit: then nothing more is written */
};

/* Appends `count` zeroes, and gives their place; NULL if they do not fit. */
u8 *vbytes_grow(struct vbytes *w, u32 count);
/* Appends the lowest `count` bytes of `value`, at most 8, the lowest first. */
void vbytes_put(struct vbytes *w, u64 value, u32 count);
/* Appends a text in `count` bytes, filled up with blanks, or cut. */
void vbytes_text(struct vbytes *w, const char *text, u32 count);
/* Zeroes up to a multiple of a power of two. */
void vbytes_align(struct vbytes *w, u32 align);
/* Writes over the `count` bytes at `at`, which must have been appended, or be lost. */
void vbytes_set(struct vbytes *w, u32 at, u64 value, u32 count);
/* Makes all bytes in [from, to) add up to 0 by the one at `at`. */
void vbytes_sum(struct vbytes *w, u32 from, u32 to, u32 at);
