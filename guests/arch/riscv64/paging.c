// SPDX-License-Identifier: Apache-2.0
// Sv39 page tables of a guest. Privileged spec 12.3.2 and 12.4.
#include <guest/paging.h>
#include <guest/console.h>
#include <arch/regs.h>
#include <guest/machine.h>
#include <guest/memory.h>
#include <guest/string.h>

#define LEVEL_BITS  9
#define LEVEL_TOP   2
#define LEVEL_BLOCK 1 /* the highest level at which we use leaves: 2 MiB */

static u64 *root;

static u64 level_size(u32 level)
{
	return PAGE_SIZE << (LEVEL_BITS * level);
}

static u32 level_index(u64 va, u32 level)
{
	return (va / level_size(level)) & (BIT(LEVEL_BITS) - 1);
}

static u64 pte_make(u64 pa, u64 flags)
{
	return field_put(PTE_PPN, pa / PAGE_SIZE) | flags | PTE_V;
}

static u64 pte_flags(u32 rights)
{
	/* A and D at once, since hardware may not set them. PAGE_DEVICE: PMAs decide. */
	return PTE_A | PTE_D | (rights & PAGE_READ ? PTE_R : 0) |
		(rights & PAGE_WRITE ? PTE_W : 0) | (rights & PAGE_EXEC ? PTE_X : 0);
}

static u64 *table_new(void)
{
	u64 *table = page_alloc();

	if (table)
		memset(table, 0, PAGE_SIZE);
	return table;
}

/* The entry for `va` at `level`, or NULL; makes the tables on the way if `make`. */
static u64 *pte_find(u64 va, u32 level, bool make)
{
	u64 *table = root;

	for (u32 at = LEVEL_TOP; at > level; at--) {
		u64 *pte = &table[level_index(va, at)];

		if (!(*pte & PTE_V)) {
			u64 *next = make ? table_new() : NULL;

			if (!next)
				return NULL;
			*pte = pte_make((u64)next, 0);
		}
		if (*pte & (PTE_R | PTE_W | PTE_X))
			return NULL;
		table = (u64 *)(field_get(PTE_PPN, *pte) * PAGE_SIZE);
	}
	return &table[level_index(va, level)];
}

static bool pte_is_table(u64 pte)
{
	return (pte & PTE_V) && !(pte & (PTE_R | PTE_W | PTE_X));
}

/* The highest level at which one entry can hold the start of this range. */
static u32 level_for(u64 va, u64 pa, u64 size)
{
	u32 level = LEVEL_BLOCK;

	while (level &&
		(!IS_ALIGNED(va | pa, level_size(level)) || size < level_size(level)))
		level--;
	return level;
}

bool paging_map(u64 va, u64 pa, u64 size, u32 rights)
{
	u64 flags = pte_flags(rights), step;

	for (; size; va += step, pa += step, size -= step) {
		u32 level = level_for(va, pa, size);
		u64 *pte = pte_find(va, level, true);

		if (pte && level && pte_is_table(*pte)) {
			level = 0;
			pte = pte_find(va, level, true);
		}
		if (!pte)
			return false;
		*pte = pte_make(pa, flags);
		step = level_size(level);
		__asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
	}
	return true;
}

void paging_unmap(u64 va, u64 size)
{
	for (; size; va += PAGE_SIZE, size -= PAGE_SIZE) {
		u64 *pte = pte_find(va, 0, false);

		if (pte)
			*pte = 0;
		__asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
	}
}

static bool map_same(void *start, u64 end, u32 rights)
{
	u64 at = ALIGN_DOWN((u64)start, PAGE_SIZE);

	return paging_map(at, at, ALIGN_UP(end, PAGE_SIZE) - at, rights);
}

void paging_init(void)
{
	u64 tree = (u64)machine_info();

	/* The tree first: should it lie among the data, those rights win. */
	root = table_new();
	if (!root || !map_same((void *)tree, tree + machine_info_size(), PAGE_READ) ||
		!map_same(image_text, (u64)image_rodata, PAGE_READ | PAGE_EXEC) ||
		!map_same(image_rodata, (u64)image_data, PAGE_READ) ||
		!map_same(image_data, ram.end, PAGE_READ | PAGE_WRITE)) {
		print("guest: no memory for page tables\n");
		machine_off(true);
	}
	paging_enable();
}

void paging_enable(void)
{
	if (!root)
		return;
	csr_write(satp,
		field_put(SATP_MODE, SATP_MODE_SV39) |
			field_put(SATP_PPN, (u64)root / PAGE_SIZE));
	__asm__ volatile("sfence.vma" ::: "memory");
}
