// SPDX-License-Identifier: Apache-2.0
// The bitmap of one 2 MiB frame (frame.h), worked on a word at a time.
#include "frame.h"

#include <hv/bits.h>

/* The bits of word `word` that stand for pages of [first, end). */
static u64 word_mask(u32 word, u32 first, u32 end)
{
	u32 base = word * WORD_PAGES;
	u32 low = MAX(first, base), high = MIN(end, base + WORD_PAGES);

	return low < high ? BITS(high - 1 - base, low - base) : 0;
}

bool frame_all(const struct frame *f, u32 first, u32 count, bool free)
{
	for (u32 w = first / WORD_PAGES; w * WORD_PAGES < first + count; w++) {
		u64 mask = word_mask(w, first, first + count);

		if ((f->free[w] & mask) != (free ? mask : 0))
			return false;
	}
	return true;
}

void frame_flip(struct frame *f, u32 first, u32 count, bool free)
{
	for (u32 w = first / WORD_PAGES; w * WORD_PAGES < first + count; w++)
		f->free[w] ^= word_mask(w, first, first + count);
	f->count += free ? count : -count;
}

u32 frame_find(const struct frame *f, u32 count, u32 align)
{
	for (u32 at = 0; at + count <= FRAME_PAGES;) {
		u64 word = f->free[at / WORD_PAGES] >> at % WORD_PAGES;

		if ((word & 1) && frame_all(f, at, count, true))
			return at;
		if (word & 1)
			at += 1;
		else
			at += word ? (u32)__builtin_ctzl(word)
				   : WORD_PAGES - at % WORD_PAGES;
		at = ALIGN_UP(at, align);
	}
	return FRAME_PAGES;
}

u32 frame_part(u64 at, u64 end, u32 *count)
{
	u64 frame_end = MIN(end, ALIGN_DOWN(at, FRAME_SIZE) + FRAME_SIZE);

	*count = (frame_end - at) >> PAGE_SHIFT;
	return (at % FRAME_SIZE) >> PAGE_SHIFT;
}

u32 frame_longest(const struct frame *f)
{
	u32 longest = 0, run = 0;

	for (u32 page = 0; page < FRAME_PAGES; page++) {
		run = frame_all(f, page, 1, true) ? run + 1 : 0;
		longest = MAX(longest, run);
	}
	return longest;
}
