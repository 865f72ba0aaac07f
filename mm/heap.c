// SPDX-License-Identifier: Apache-2.0
// Small objects (<hv/mm.h>). Up to 2 KiB they come in sizes of powers of two, each from pages
// of its own size:
//
//   +-------------+--------+--------+--- - - ---+
//   | struct slab | object | object |           |   one page; a bit in `taken` per object
//   +-------------+--------+--------+--- - - ---+
//
// Bigger ones are whole pages, so their addresses are page-aligned and those of small ones
// never are, which tells mem_free() what it has got. Their sizes are kept in small objects.
#include <hv/mm.h>

#include <hv/assert.h>
#include <hv/bits.h>
#include <hv/list.h>
#include <hv/lock.h>
#include <hv/string.h>

#include "page.h"

#define SIZE_MIN   16UL
#define SMALL_MAX  2048UL
#define BIG_MAX    KiB(64)
#define CLASSES    8           /* 16, 32 ... 2048 */
#define SLAB_MAGIC 0x70616568U /* "heap" */
#define SLAB_WORDS (PAGE_SIZE / SIZE_MIN / 64)

struct slab {
	struct list node; /* classes[], while an object is free */
	u32 magic;
	u16 size;  /* of its objects */
	u16 count; /* taken */
	u64 taken[SLAB_WORDS];
};

#define SLAB_HEADER ALIGN_UP(sizeof(struct slab), SIZE_MIN)

_Static_assert(SIZE_MIN << (CLASSES - 1) == SMALL_MAX, "classes");

struct big {
	struct list node;
	void *pages;
	u64 size;
};

static struct {
	struct spinlock lock;
	struct list classes[CLASSES]; /* slabs with free objects */
	struct list bigs;
} heap;

static u32 class_of(size_t size)
{
	u32 class = 0;

	while (SIZE_MIN << class < size)
		class ++;
	return class;
}

static u32 slab_objects(const struct slab *slab)
{
	return (u32)((PAGE_SIZE - SLAB_HEADER) / slab->size);
}

static struct slab *slab_create(u32 class)
{
	struct slab *slab = page_alloc_zeroed();

	if (!slab)
		return NULL;
	slab->magic = SLAB_MAGIC;
	slab->size = (u16)(SIZE_MIN << class);
	list_append(&heap.classes[class], &slab->node);
	return slab;
}

/* The slab has a free object. */
static void *slab_take(struct slab *slab)
{
	u32 word = 0, index;

	while (slab->taken[word] == ~0UL)
		word++;
	index = word * 64 + (u32)__builtin_ctzl(~slab->taken[word]);
	slab->taken[word] |= BIT(index % 64);
	if (++slab->count == slab_objects(slab))
		list_remove(&slab->node);
	return (u8 *)slab + SLAB_HEADER + index * slab->size;
}

static void *small_alloc(u32 class)
{
	struct list *slabs = &heap.classes[class];
	struct slab *slab;

	if (list_empty(slabs))
		slab = slab_create(class);
	else
		slab = list_first(slabs, struct slab, node);
	return slab ? slab_take(slab) : NULL;
}

/* NULL, or what is wrong. */
static const char *small_free(void *p)
{
	struct slab *slab = (struct slab *)ALIGN_DOWN((u64)p, PAGE_SIZE);
	u64 offset = (u64)p - (u64)slab;
	u32 index;

	if (slab->magic != SLAB_MAGIC)
		return "that is not ours";
	if (offset < SLAB_HEADER || (offset - SLAB_HEADER) % slab->size)
		return "that is inside an object";
	index = (u32)((offset - SLAB_HEADER) / slab->size);
	if (!(slab->taken[index / 64] & BIT(index % 64)))
		return "that is free already";

	slab->taken[index / 64] &= ~BIT(index % 64);
	if (slab->count-- == slab_objects(slab))
		list_append(&heap.classes[class_of(slab->size)], &slab->node);
	if (slab->count == 0) {
		list_remove(&slab->node);
		slab->magic = 0;
		page_free(ptr_hpa(slab), PAGE_SIZE);
	}
	return NULL;
}

static void *big_alloc(u64 size)
{
	struct big *big = small_alloc(class_of(sizeof(*big)));
	hpa_t pages;

	if (!big)
		return NULL;
	if (!page_alloc(size, PAGE_SIZE, &pages)) {
		small_free(big);
		return NULL;
	}
	big->pages = hpa_ptr(pages);
	big->size = size;
	list_append(&heap.bigs, &big->node);
	return big->pages;
}

static const char *big_free(void *p)
{
	list_for_each(it, &heap.bigs) {
		struct big *big = list_entry(it, struct big, node);

		if (big->pages != p)
			continue;
		list_remove(&big->node);
		page_free(ptr_hpa(p), big->size);
		return small_free(big);
	}
	return "no such object";
}

void heap_init(void)
{
	heap.lock = (struct spinlock){0};
	for (u32 i = 0; i < CLASSES; i++)
		list_init(&heap.classes[i]);
	list_init(&heap.bigs);
}

void *mem_alloc(size_t size)
{
	u64 bytes = size <= SMALL_MAX ? size : ALIGN_UP(size, PAGE_SIZE);
	void *p;

	assert(size > 0 && size <= BIG_MAX);
	spin_lock(&heap.lock);
	p = size <= SMALL_MAX ? small_alloc(class_of(size)) : big_alloc(bytes);
	spin_unlock(&heap.lock);
	return p ? memset(p, 0, bytes) : NULL;
}

void mem_free(void *p)
{
	const char *why;

	if (!p)
		return;
	spin_lock(&heap.lock);
	why = IS_ALIGNED((u64)p, PAGE_SIZE) ? big_free(p) : small_free(p);
	spin_unlock(&heap.lock);
	if (why)
		panic("mem_free(%p): %s", p, why);
}
