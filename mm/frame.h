// SPDX-License-Identifier: Apache-2.0
// A frame: 2 MiB of RAM as the page allocator sees it. It knows which of its pages are free
// and nothing of other frames.
#pragma once

#include <hv/mm.h>
#include <hv/types.h>

#define FRAME_SHIFT 21
#define FRAME_PAGES 512U
#define WORD_PAGES  64U /* pages in one word of the bitmap */
#define FRAME_WORDS (FRAME_PAGES / WORD_PAGES)

struct frame {
	u64 free[FRAME_WORDS]; /* a bit for each page, set if it is free */
	u32 number;            /* its address >> FRAME_SHIFT */
	u32 next, prev;        /* indices, while in the list of partial frames */
	u32 count;             /* bits set in free[] */
};

_Static_assert(sizeof(struct frame) == 80, "memory for 16 GiB: 640 KiB");
_Static_assert(1UL << FRAME_SHIFT == FRAME_SIZE, "frames");

/* Some of its pages are free and some are not. */
static inline bool frame_partial(const struct frame *f)
{
	return f->count > 0 && f->count < FRAME_PAGES;
}

/* Whether `count` pages from `first` on are all free, or all taken. */
bool frame_all(const struct frame *f, u32 first, u32 count, bool free);
/* Makes `count` pages from `first` on, which are all the opposite, free or taken. */
void frame_flip(struct frame *f, u32 first, u32 count, bool free);
/* The first free run of `count` pages at a multiple of `align`; FRAME_PAGES if none. */
u32 frame_find(const struct frame *f, u32 count, u32 align);
/* The longest free run, in pages. */
u32 frame_longest(const struct frame *f);
/* The part of [at, end) that lies in the frame of `at`: its first page, and how many. */
u32 frame_part(u64 at, u64 end, u32 *count);
