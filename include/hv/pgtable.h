// SPDX-License-Identifier: Apache-2.0
// The page-table walker: one for every format, host and guest. A format is a struct of about
// forty lines in arch/<isa>/paging.c that knows what an entry looks like and nothing else.
#pragma once

#include <hv/types.h>

#define PT_READ   1U
#define PT_WRITE  2U
#define PT_EXEC   4U
#define PT_DEVICE 8U  /* uncached, ordered */
#define PT_USER   16U /* for EL0/U guests under a stage-1 map */
#define PT_GLOBAL 32U

/*
 * A radix tree of 512-entry tables, one entry 8 bytes; level 0 maps 4 KiB, level 1 2 MiB,
 * level 2 1 GiB. The root may be wider than the others (concatenated tables), or narrower
 * (the first entries of a page).
 */
struct pt_format {
	const char *name; /* "Sv39x4" */
	u8 levels;        /* 3 or 4 */
	u8 root_bits;     /* index bits of the root: 9, or what its width makes of it */
	u8 block_levels;  /* the highest level at which a block may map, 0, 1 or 2 */
	/* The entry for a block or page, or for the next table. */
	u64 (*leaf)(hpa_t hpa, u32 flags, u32 level);
	u64 (*table)(hpa_t hpa);
	/* What an entry is. An entry of 0 is invalid in every format. */
	bool (*valid)(u64 entry);
	bool (*is_leaf)(u64 entry, u32 level);
	hpa_t (*address)(u64 entry);
	u32 (*flags)(u64 entry); /* of a leaf */
};

struct pgtable {
	const struct pt_format *format;
	hpa_t root;
	u64 tables; /* bytes of memory it takes, with the root */
	/* The bottom table that the newest single page went into, and which 2 MiB it is for. */
	u64 *near_table;
	u64 near;
};

/* An empty tree; -ENOMEM, and *pt is untouched. */
int pgtable_init(struct pgtable *pt, const struct pt_format *format);
/*
 * Frees all tables, not what they map. Nothing may use the tree any more. Until then no
 * table is ever freed, not even one that unmapping has emptied: others may be walking it.
 */
void pgtable_fini(struct pgtable *pt);

/* The first address the tree cannot translate: 1 << its input size. */
u64 pgtable_limit(const struct pt_format *format);

/*
 * Maps [at, at + size) to [hpa, hpa + size), both page-aligned, in the biggest blocks that
 * alignment and `max_block` (PAGE_SIZE, 2 MiB or 1 GiB) allow. 0; -EINVAL (unaligned, wraps,
 * beyond the limit), -EEXIST (something is mapped there), -ENOMEM. After an error nothing
 * has been mapped, not even for a moment. Blocks do not take the place of tables that an
 * unmapping left. The caller serialises changes, and flushes if the hardware needs it: only
 * invalid entries become valid here.
 */
int pgtable_map(struct pgtable *pt, u64 at, hpa_t hpa, u64 size, u32 flags,
	u64 max_block);

/*
 * Sees to it that mapping the page at `at` cannot fail: 0, or -EEXIST if something is mapped
 * there, -ENOMEM, -EINVAL. For those who must do something to the page before it is mapped,
 * but never to one that is. Same rules as for map; quick, too.
 */
int pgtable_prepare(struct pgtable *pt, u64 at);

/*
 * Takes [at, at + size) away, splitting blocks at its ends; what is not mapped is passed
 * over. -EINVAL as for map; -ENOMEM if a split needs a table that is not to be had (then
 * nothing has changed). A split replaces a valid entry by a valid one that means the same.
 * The caller flushes.
 */
int pgtable_unmap(struct pgtable *pt, u64 at, u64 size);

/*
 * Changes the flags of what is mapped in the range, splitting like unmap; same errors. At
 * least one of read, write and execute must be left. The caller flushes.
 */
int pgtable_protect(struct pgtable *pt, u64 at, u64 size, u32 flags);

/*
 * Where `at` leads: true, with the exact hpa, the leaf's flags and its block size (each
 * pointer may be NULL); false if nothing is mapped. Safe against a concurrent map.
 */
bool pgtable_find(const struct pgtable *pt, u64 at, hpa_t *hpa, u32 *flags, u64 *block);
