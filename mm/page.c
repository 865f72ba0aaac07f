// SPDX-License-Identifier: Apache-2.0
// The page allocator (<hv/mm.h>). RAM is seen in frames of 2 MiB, each with a descriptor that
// holds a bitmap of its free pages, so nothing is ever written into free memory:
//
//   extents   ranges of usable RAM, sorted, with holes between them
//   frames    one descriptor for each frame that an extent touches, in the same order; pages
//             of a frame that are not in the extent count as taken for ever
//   partial   the list of frames with some pages free: where small pieces come from, so
//             that whole frames stay whole for those who need long runs
//
// Everything is taken from the lowest address that will do: the low end is broken up by
// firmware and our image anyway, and the high end stays free for 1 GiB blocks.
#include <hv/mm.h>

#include <hv/assert.h>
#include <hv/fail.h>
#include <hv/lock.h>
#include <hv/string.h>

#include "frame.h"
#include "page.h"
#include <hv/ranges.h>

#define NO_FRAME UINT32_MAX

_Static_assert(RANGES_END >> FRAME_SHIFT <= UINT32_MAX, "frame.number");

static struct {
	struct spinlock lock; /* of everything below */
	struct ranges extents;
	u32 first[RANGES_MAX]; /* index of each extent's first frame */
	struct frame *frames;
	u32 frame_count;
	u32 partial; /* head of the list, or NO_FRAME */
	u32 lowest;  /* no frame before this one is wholly free */
	u64 total;   /* bytes, with our own table */
	u64 free;
} mem;

/* ---- The list of partial frames ---- */

static void partial_insert(u32 index)
{
	struct frame *f = &mem.frames[index];

	f->prev = NO_FRAME;
	f->next = mem.partial;
	if (f->next != NO_FRAME)
		mem.frames[f->next].prev = index;
	mem.partial = index;
}

static void partial_remove(u32 index)
{
	struct frame *f = &mem.frames[index];

	if (f->next != NO_FRAME)
		mem.frames[f->next].prev = f->prev;
	if (f->prev != NO_FRAME)
		mem.frames[f->prev].next = f->next;
	else
		mem.partial = f->next;
}

/* Makes `count` pages from `first` on, which are all the opposite, free or taken. */
static void frame_set(u32 index, u32 first, u32 count, bool free)
{
	struct frame *f = &mem.frames[index];
	bool was_partial = frame_partial(f);

	frame_flip(f, first, count, free);
	mem.free += (free ? count : -(u64)count) << PAGE_SHIFT;
	if (f->count == FRAME_PAGES)
		mem.lowest = MIN(mem.lowest, index);
	if (frame_partial(f) && !was_partial)
		partial_insert(index);
	else if (!frame_partial(f) && was_partial)
		partial_remove(index);
}

/* ---- Allocation, with the lock held ---- */

static hpa_t frame_hpa(u32 index, u32 page)
{
	return HPA(((u64)mem.frames[index].number << FRAME_SHIFT) +
		((u64)page << PAGE_SHIFT));
}

/* The lowest frame that is wholly free, or NO_FRAME. */
static u32 frame_lowest(void)
{
	while (mem.lowest < mem.frame_count &&
		mem.frames[mem.lowest].count != FRAME_PAGES)
		mem.lowest++;
	return mem.lowest < mem.frame_count ? mem.lowest : NO_FRAME;
}

/* Less than a frame: from the first partial one where it fits, else from a new one. */
static bool alloc_small(u32 count, u32 align, hpa_t *hpa)
{
	u32 index, page = FRAME_PAGES;

	for (index = mem.partial; index != NO_FRAME; index = mem.frames[index].next) {
		if (mem.frames[index].count < count)
			continue;
		page = frame_find(&mem.frames[index], count, align);
		if (page != FRAME_PAGES)
			break;
	}
	if (index == NO_FRAME) {
		index = frame_lowest();
		page = 0;
	}
	if (index == NO_FRAME)
		return false;
	*hpa = frame_hpa(index, page);
	frame_set(index, page, count, false);
	return true;
}

/*
 * How many frames from `index` on can serve a run of `frames` free ones with `tail` free pages
 * behind them: all of them and one more if it can be had there.
 */
static u32 run_length(u32 index, u64 frames, u32 tail)
{
	const struct frame *first = &mem.frames[index];
	u32 n;

	for (n = 0; n <= frames && index + n < mem.frame_count; n++) {
		if (first[n].number != first->number + n)
			break;
		if (!frame_all(&first[n], 0, n < frames ? FRAME_PAGES : tail, true))
			break;
	}
	/* Without a tail there need be nothing behind the last frame. */
	return n == frames && tail == 0 ? n + 1 : n;
}

/* A frame or more, or aligned to more: starts with a frame, the last one may be split. */
static bool alloc_run(u64 size, u64 align, hpa_t *hpa)
{
	u64 frames = size / FRAME_SIZE;
	u32 tail = (size % FRAME_SIZE) >> PAGE_SHIFT;
	u32 index = 0;

	while (index < mem.frame_count) {
		u32 length = 0;

		if (IS_ALIGNED(frame_hpa(index, 0).raw, align))
			length = run_length(index, frames, tail);
		if (length > frames)
			break;
		/* The frame the run broke at may be the first of another. */
		index += MAX(length, 1U);
	}
	if (index >= mem.frame_count)
		return false;
	*hpa = frame_hpa(index, 0);
	for (u32 n = 0; n < frames; n++)
		frame_set(index + n, 0, FRAME_PAGES, false);
	if (tail)
		frame_set(index + (u32)frames, 0, tail, false);
	return true;
}

/* NULL, or why not; then nothing has been freed. */
static const char *release(u64 start, u64 end)
{
	const struct range *extent = ranges_find(&mem.extents, start, end - start);
	u32 first, page, count;
	u32 index;

	if (!extent)
		return "that is not ours";
	first = mem.first[extent - mem.extents.list] +
		(u32)((start >> FRAME_SHIFT) - (extent->start >> FRAME_SHIFT));

	index = first;
	for (u64 at = start; at < end; at += (u64)count << PAGE_SHIFT) {
		page = frame_part(at, end, &count);
		if (!frame_all(&mem.frames[index++], page, count, false))
			return "that is free already";
	}
	index = first;
	for (u64 at = start; at < end; at += (u64)count << PAGE_SHIFT) {
		page = frame_part(at, end, &count);
		frame_set(index++, page, count, true);
	}
	return NULL;
}

/* ---- What others call ---- */

bool page_take(u64 size, u64 align, hpa_t *hpa)
{
	bool ok;

	assert(size && IS_ALIGNED(size, PAGE_SIZE));
	assert(align >= PAGE_SIZE && (align & (align - 1)) == 0);

	spin_lock(&mem.lock);
	if (size < FRAME_SIZE && align < FRAME_SIZE)
		ok = alloc_small(size >> PAGE_SHIFT, align >> PAGE_SHIFT, hpa);
	else
		ok = alloc_run(size, align, hpa);
	spin_unlock(&mem.lock);
	return ok;
}

bool page_alloc(u64 size, u64 align, hpa_t *hpa)
{
	return page_take(size, align, hpa) ||
		(stock_drain() && page_take(size, align, hpa));
}

void page_free(hpa_t hpa, u64 size)
{
	const char *why;

	assert(size && IS_ALIGNED(hpa.raw, PAGE_SIZE) && IS_ALIGNED(size, PAGE_SIZE));

	spin_lock(&mem.lock);
	why = release(hpa.raw, hpa.raw + size);
	spin_unlock(&mem.lock);
	if (why)
		panic("page_free(%#lx, %#lx): %s", hpa.raw, size, why);
}

/* The longest run of whole frames from `index` on, in frames. */
static u32 run_whole(u32 index)
{
	u32 n = 0;

	while (index + n < mem.frame_count &&
		mem.frames[index + n].count == FRAME_PAGES &&
		mem.frames[index + n].number == mem.frames[index].number + n)
		n++;
	return n;
}

static u64 largest_run(void)
{
	u32 frames = 0, pages = 0, length;

	for (u32 i = 0; i < mem.frame_count; i += MAX(length, 1U)) {
		length = run_whole(i);
		frames = MAX(frames, length);
	}
	for (u32 i = mem.partial; !frames && i != NO_FRAME; i = mem.frames[i].next)
		pages = MAX(pages, frame_longest(&mem.frames[i]));
	return frames ? frames * FRAME_SIZE : pages * PAGE_SIZE;
}

void page_get_stats(struct page_stats *stats)
{
	spin_lock(&mem.lock);
	stats->total = mem.total;
	stats->free = mem.free + stock_bytes();
	stats->largest = largest_run();
	spin_unlock(&mem.lock);
}

/* ---- Boot ---- */

static u32 extent_frames(const struct range *r)
{
	return (u32)(((r->end - 1) >> FRAME_SHIFT) - (r->start >> FRAME_SHIFT)) + 1;
}

/* Cuts the descriptors' table from the first extent where it fits. */
static bool table_init(void)
{
	u64 size = 0;

	for (u32 i = 0; i < mem.extents.count; i++) {
		size += extent_frames(&mem.extents.list[i]) * sizeof(struct frame);
		mem.total += mem.extents.list[i].end - mem.extents.list[i].start;
	}
	size = ALIGN_UP(size, PAGE_SIZE);
	for (u32 i = 0; i < mem.extents.count; i++) {
		struct range r = mem.extents.list[i];

		if (r.end - r.start >= size) {
			mem.frames = hpa_ptr(HPA(r.start));
			return ranges_remove(&mem.extents, r.start, r.start + size);
		}
	}
	return false;
}

static void frames_init(const struct range *r)
{
	u32 page, count;

	for (u64 at = r->start; at < r->end; at += (u64)count << PAGE_SHIFT) {
		u32 index = mem.frame_count++;

		page = frame_part(at, r->end, &count);
		mem.frames[index] = (struct frame){.number = (u32)(at >> FRAME_SHIFT)};
		frame_set(index, page, count, true);
	}
}

int page_init(const struct mem_range *ram, u32 ram_count,
	const struct mem_range *reserved, u32 reserved_count)
{
	memset(&mem, 0, sizeof(mem));
	mem.partial = NO_FRAME;
	mem.lowest = NO_FRAME;
	if (!ranges_usable(&mem.extents, ram, ram_count, reserved, reserved_count) ||
		!table_init())
		return fail(-ENOMEM);
	for (u32 i = 0; i < mem.extents.count; i++) {
		mem.first[i] = mem.frame_count;
		frames_init(&mem.extents.list[i]);
	}
	stock_init();
	heap_init();
	return 0;
}
