// SPDX-License-Identifier: Apache-2.0
// Sets of addresses (ranges.h). Lists are short and used at boot only, so every operation
// simply walks the list.
#include <hv/ranges.h>

#include <hv/string.h>

/* Puts `count` new ranges in the place of the `old` ones at index `at`. */
static bool ranges_replace(struct ranges *set, u32 at, u32 old, const struct range *new,
	u32 count)
{
	u32 rest = set->count - at - old;

	if (set->count - old + count > RANGES_MAX)
		return false;
	memmove(&set->list[at + count], &set->list[at + old], rest * sizeof(*new));
	memcpy(&set->list[at], new, count * sizeof(*new));
	set->count = at + count + rest;
	return true;
}

bool ranges_add(struct ranges *set, u64 start, u64 end)
{
	struct range sum = {start, end};
	u32 first = 0, next;

	if (start >= end)
		return true;
	while (first < set->count && set->list[first].end < start)
		first++;
	for (next = first; next < set->count && set->list[next].start <= end; next++) {
		sum.start = MIN(sum.start, set->list[next].start);
		sum.end = MAX(sum.end, set->list[next].end);
	}
	return ranges_replace(set, first, next - first, &sum, 1);
}

bool ranges_remove(struct ranges *set, u64 start, u64 end)
{
	for (u32 i = 0; start < end && i < set->count;) {
		struct range r = set->list[i];
		struct range left[2];
		u32 count = 0;

		if (r.start < start)
			left[count++] = (struct range){r.start, MIN(r.end, start)};
		if (r.end > end)
			left[count++] = (struct range){MAX(r.start, end), r.end};
		if (!ranges_replace(set, i, 1, left, count))
			return false;
		i += count;
	}
	return true;
}

const struct range *ranges_find(const struct ranges *set, u64 start, u64 size)
{
	for (u32 i = 0; i < set->count; i++) {
		const struct range *r = &set->list[i];

		if (range_inside(start, size, r->start, r->end - r->start))
			return r;
	}
	return NULL;
}

/* Cuts every range down to whole pages. */
static void ranges_align(struct ranges *set)
{
	u32 kept = 0;

	for (u32 i = 0; i < set->count; i++) {
		u64 start = ALIGN_UP(set->list[i].start, PAGE_SIZE);
		u64 end = ALIGN_DOWN(set->list[i].end, PAGE_SIZE);

		if (start < end)
			set->list[kept++] = (struct range){start, end};
	}
	set->count = kept;
}

/* Clipped, so that no size can wrap. */
static u64 range_end(const struct mem_range *r)
{
	return r->base + MIN(r->size, RANGES_END - MIN(r->base, RANGES_END));
}

bool ranges_usable(struct ranges *set, const struct mem_range *ram, u32 ram_count,
	const struct mem_range *reserved, u32 reserved_count)
{
	bool ok = true;

	*set = (struct ranges){0};
	for (u32 i = 0; i < ram_count; i++)
		ok = ok && ranges_add(set, ram[i].base, range_end(&ram[i]));
	for (u32 i = 0; i < reserved_count; i++)
		ok = ok && ranges_remove(set, reserved[i].base, range_end(&reserved[i]));
	/* The page at 0 would look like NULL. */
	ok = ok && ranges_remove(set, 0, PAGE_SIZE);
	ranges_align(set);
	return ok;
}
