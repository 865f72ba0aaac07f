// SPDX-License-Identifier: Apache-2.0
// THE page-table walker (<hv/pgtable.h>): host and guest, all formats. What an entry looks
// like is the format's business; the walker knows that tables have 512 entries of 8 bytes and
// that an entry of 0 is invalid.
//
// A table, once linked into the tree, stays until the tree is freed, and no leaf is written
// before it is sure that the whole call succeeds. So whoever walks the tree meanwhile, with
// pgtable_find() or as hardware, never meets a freed table or a mapping that is taken back.
#include <hv/pgtable.h>

#include <hv/assert.h>
#include <hv/fail.h>
#include <hv/mm.h>
#include <arch/cpu.h>

#define INDEX_BITS    9
#define TABLE_ENTRIES (1UL << INDEX_BITS)
#define NO_SPAN       UINT64_MAX

static u32 level_shift(u32 level)
{
	return PAGE_SHIFT + INDEX_BITS * level;
}

/* What one entry of a table at `level` spans. */
static u64 level_size(u32 level)
{
	return 1UL << level_shift(level);
}

static u32 root_level(const struct pgtable *pt)
{
	return pt->format->levels - 1U;
}

/* A root of fewer entries than other tables takes a whole page all the same. */
static u64 root_size(const struct pt_format *format)
{
	return MAX(sizeof(u64) << format->root_bits, PAGE_SIZE);
}

static u64 *table_at(const struct pgtable *pt, u64 entry)
{
	return hpa_ptr(pt->format->address(entry));
}

/* The entry for `at` in a table at `level`. Only the root's index is not cut to 9 bits. */
static u64 *entry_at(const struct pgtable *pt, u64 *table, u32 level, u64 at)
{
	u64 index = at >> level_shift(level);

	return &table[level == root_level(pt) ? index : index % TABLE_ENTRIES];
}

/* Acquire pairs with the release in entry_set(): what an entry leads to is seen, too. */
static u64 entry_get(const u64 *entry)
{
	return __atomic_load_n(entry, __ATOMIC_ACQUIRE);
}

static void entry_set(u64 *entry, u64 value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

u64 pgtable_limit(const struct pt_format *format)
{
	return 1UL << (level_shift(format->levels - 1U) + format->root_bits);
}

static bool range_valid(const struct pgtable *pt, u64 at, u64 size)
{
	return IS_ALIGNED(at, PAGE_SIZE) && IS_ALIGNED(size, PAGE_SIZE) &&
		range_inside(at, size, 0, pgtable_limit(pt->format));
}

/* ---- The tree ---- */

int pgtable_init(struct pgtable *pt, const struct pt_format *format)
{
	u64 size = root_size(format);

	hpa_t root;

	if (!page_alloc(size, size, &root))
		return fail(-ENOMEM);
	page_clear(hpa_ptr(root), size);
	*pt = (struct pgtable){
		.format = format, .root = root, .tables = size, .near = NO_SPAN};
	return 0;
}

/* Links a new table into an invalid entry. NULL without memory. */
static u64 *table_add(struct pgtable *pt, u64 *entry)
{
	u64 *table = page_alloc_zeroed();

	if (table) {
		entry_set(entry, pt->format->table(ptr_hpa(table)));
		pt->tables += PAGE_SIZE;
	}
	return table;
}

static void tables_free(struct pgtable *pt, u64 *table, u64 entries, u32 level)
{
	for (u64 i = 0; level > 0 && i < entries; i++) {
		u64 entry = table[i];

		if (pt->format->valid(entry) && !pt->format->is_leaf(entry, level)) {
			tables_free(pt, table_at(pt, entry), TABLE_ENTRIES, level - 1);
			page_free(pt->format->address(entry), PAGE_SIZE);
		}
	}
}

void pgtable_fini(struct pgtable *pt)
{
	tables_free(pt, hpa_ptr(pt->root), 1UL << pt->format->root_bits, root_level(pt));
	page_free(pt->root, root_size(pt->format));
	*pt = (struct pgtable){0};
}

bool pgtable_find(const struct pgtable *pt, u64 at, hpa_t *hpa, u32 *flags, u64 *block)
{
	const struct pt_format *format = pt->format;
	u64 *table = hpa_ptr(pt->root);
	u32 level = root_level(pt);
	u64 entry;

	if (at >= pgtable_limit(format))
		return false;
	while (true) {
		entry = entry_get(entry_at(pt, table, level, at));
		if (!format->valid(entry))
			return false;
		if (level == 0 || format->is_leaf(entry, level))
			break;
		table = table_at(pt, entry);
		level--;
	}
	if (hpa)
		*hpa = hpa_add(format->address(entry), at % level_size(level));
	if (flags)
		*flags = format->flags(entry);
	if (block)
		*block = level_size(level);
	return true;
}

/* ---- Mapping ---- */

/* What is still to be mapped; shrinks at its front. */
struct map {
	u64 at;
	u64 size;
	u64 hpa;
	u32 flags;
	u64 max_block;
	bool write; /* else only make tables and look for what is in the way */
};

static void map_advance(struct map *map, u64 size)
{
	map->at += size;
	map->hpa += size;
	map->size -= size;
}

static bool map_block_fits(const struct pgtable *pt, const struct map *map, u32 level)
{
	u64 block = level_size(level);

	return level <= pt->format->block_levels && block <= map->max_block &&
		block <= map->size && IS_ALIGNED(map->at | map->hpa, block);
}

/* Maps what lies in this table, or the rest of it if that is less. */
static int map_table(struct pgtable *pt, u64 *table, u32 level, struct map *map)
{
	const struct pt_format *format = pt->format;
	u64 *end = level == root_level(pt) ? NULL : table + TABLE_ENTRIES;

	for (u64 *entry = entry_at(pt, table, level, map->at); map->size && entry != end;
		entry++) {
		u64 *below;
		int error;

		if (!*entry && map_block_fits(pt, map, level)) {
			if (map->write)
				entry_set(entry,
					format->leaf(HPA(map->hpa), map->flags, level));
			map_advance(map, level_size(level));
			continue;
		}
		if (*entry && (level == 0 || format->is_leaf(*entry, level)))
			return fail(-EEXIST);
		below = *entry ? table_at(pt, *entry) : table_add(pt, entry);
		if (!below)
			return fail(-ENOMEM);
		error = map_table(pt, below, level - 1, map);
		if (error)
			return error;
	}
	return 0;
}

/* The bottom table for `at`, made if it is not there. */
static int bottom_table(struct pgtable *pt, u64 at, u64 **bottom)
{
	const struct pt_format *format = pt->format;
	u64 *table = hpa_ptr(pt->root);

	for (u32 level = root_level(pt); level > 0; level--) {
		u64 *entry = entry_at(pt, table, level, at);

		if (!*entry)
			table = table_add(pt, entry);
		else if (format->is_leaf(*entry, level))
			return fail(-EEXIST);
		else
			table = table_at(pt, *entry);
		if (!table)
			return fail(-ENOMEM);
	}
	*bottom = table;
	return 0;
}

/* The entry of a page in the 2 MiB that near_table is for. */
static u64 *near_entry(const struct pgtable *pt, u64 at)
{
	return &pt->near_table[(at >> PAGE_SHIFT) % TABLE_ENTRIES];
}

static int map_near(struct pgtable *pt, u64 at, hpa_t hpa, u32 flags)
{
	u64 *entry = near_entry(pt, at);

	if (unlikely(*entry))
		return fail(-EEXIST);
	entry_set(entry, pt->format->leaf(hpa, flags, 0));
	tables_written();
	return 0;
}

static int near_miss(struct pgtable *pt, u64 at)
{
	int error;

	if (!range_valid(pt, at, PAGE_SIZE))
		return fail(-EINVAL);
	error = bottom_table(pt, at, &pt->near_table);
	pt->near = error ? NO_SPAN : at >> level_shift(1);
	return error;
}

int pgtable_prepare(struct pgtable *pt, u64 at)
{
	if (at >> level_shift(1) != pt->near) {
		int error = near_miss(pt, at);

		if (error)
			return error;
	}
	return *near_entry(pt, at) ? fail(-EEXIST) : 0;
}

static int map_page(struct pgtable *pt, u64 at, hpa_t hpa, u32 flags)
{
	int error = near_miss(pt, at);

	return error ? error : map_near(pt, at, hpa, flags);
}

static int map_range(struct pgtable *pt, const struct map *range)
{
	u64 *root = hpa_ptr(pt->root);
	struct map map = *range;
	int error = map_table(pt, root, root_level(pt), &map);

	if (error)
		return error;
	map = *range;
	map.write = true;
	error = map_table(pt, root, root_level(pt), &map);
	assert(!error);
	tables_written();
	return 0;
}

/* Not inlined: pgtable_map() is to be short. */
static __attribute__((noinline)) int map_any(struct pgtable *pt, const struct map *map)
{
	assert(map->max_block >= PAGE_SIZE);
	if (!range_valid(pt, map->at, map->size) || !IS_ALIGNED(map->hpa, PAGE_SIZE) ||
		map->hpa + map->size < map->hpa)
		return fail(-EINVAL);
	if (map->size == PAGE_SIZE)
		return map_page(pt, map->at, HPA(map->hpa), map->flags);
	return map_range(pt, map);
}

int pgtable_map(struct pgtable *pt, u64 at, hpa_t hpa, u64 size, u32 flags, u64 max_block)
{
	/*
	 * A guest's first touch of a page waits for this, and is mostly near the last one: then
	 * there is no walk, and the range need not be looked at twice.
	 */
	if (size == PAGE_SIZE && at >> level_shift(1) == pt->near &&
		IS_ALIGNED(at | hpa.raw, PAGE_SIZE))
		return map_near(pt, at, hpa, flags);
	return map_any(pt, &(struct map){at, size, hpa.raw, flags, max_block, false});
}

/* ---- Taking away and changing ---- */

/* Replaces a block by a table of the next smaller ones that lead to the same memory. */
static u64 *block_split(struct pgtable *pt, u64 *entry, u32 level)
{
	const struct pt_format *format = pt->format;
	hpa_t hpa = format->address(*entry);
	u32 flags = format->flags(*entry);
	u64 *table = page_alloc_zeroed();

	if (!table)
		return NULL;
	for (u32 i = 0; i < TABLE_ENTRIES; i++)
		table[i] = format->leaf(hpa_add(hpa, i * level_size(level - 1)), flags,
			level - 1);
	entry_set(entry, format->table(ptr_hpa(table)));
	pt->tables += PAGE_SIZE;
	return table;
}

/* Sees to it that no block reaches across `at`. */
static int split_at(struct pgtable *pt, u64 at)
{
	const struct pt_format *format = pt->format;
	u64 *table = hpa_ptr(pt->root);
	u32 level = root_level(pt);

	for (; at < pgtable_limit(format) && !IS_ALIGNED(at, level_size(level));
		level--) {
		u64 *entry = entry_at(pt, table, level, at);

		if (!*entry)
			break;
		if (format->is_leaf(*entry, level))
			table = block_split(pt, entry, level);
		else
			table = table_at(pt, *entry);
		if (!table)
			return fail(-ENOMEM);
	}
	return 0;
}

/* A change of leaves: gone, or with other flags. */
struct change {
	bool unmap;
	u32 flags;
};

/* Changes all leaves in [at, at + size), which lies in this table; no leaf reaches out of it. */
static void change_table(struct pgtable *pt, u64 *table, u32 level, u64 at, u64 size,
	const struct change *change)
{
	const struct pt_format *format = pt->format;

	while (size) {
		u64 *entry = entry_at(pt, table, level, at);
		u64 part = MIN(size, level_size(level) - at % level_size(level));

		if (*entry && level > 0 && !format->is_leaf(*entry, level))
			change_table(pt, table_at(pt, *entry), level - 1, at, part,
				change);
		else if (*entry && change->unmap)
			entry_set(entry, 0);
		else if (*entry)
			entry_set(entry,
				format->leaf(format->address(*entry), change->flags,
					level));
		at += part;
		size -= part;
	}
}

static int range_change(struct pgtable *pt, u64 at, u64 size, const struct change *change)
{
	int error;

	if (!range_valid(pt, at, size))
		return fail(-EINVAL);
	error = split_at(pt, at);
	if (!error)
		error = split_at(pt, at + size);
	if (!error)
		change_table(pt, hpa_ptr(pt->root), root_level(pt), at, size, change);
	tables_written();
	return error;
}

int pgtable_unmap(struct pgtable *pt, u64 at, u64 size)
{
	return range_change(pt, at, size, &(struct change){.unmap = true});
}

int pgtable_protect(struct pgtable *pt, u64 at, u64 size, u32 flags)
{
	assert(flags & (PT_READ | PT_WRITE | PT_EXEC));
	return range_change(pt, at, size, &(struct change){.flags = flags});
}
