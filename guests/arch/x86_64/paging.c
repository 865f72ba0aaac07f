// SPDX-License-Identifier: Apache-2.0
// 4-level page tables of a guest. SDM volume 3A, 4.5.
#include <guest/paging.h>
#include <guest/console.h>
#include <guest/machine.h>
#include <guest/memory.h>
#include <guest/string.h>
#include <arch/board.h>
#include <arch/regs.h>

#define LEVEL_BITS  9
#define LEVEL_TOP   3
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

/* What is mapped can be read. */
static u64 pte_flags(u32 rights)
{
	return PTE_P | PTE_A | PTE_D | (rights & PAGE_WRITE ? PTE_RW : 0) |
		(rights & PAGE_EXEC ? 0 : PTE_NX) |
		(rights & PAGE_DEVICE ? PTE_PCD | PTE_PWT : 0);
}

static u64 *table_new(void)
{
	u64 *table = page_alloc();

	if (table)
		memset(table, 0, PAGE_SIZE);
	return table;
}

static bool pte_is_table(u64 pte, u32 level)
{
	return level && (pte & PTE_P) && !(pte & PTE_PS);
}

/* The entry for `va` at `level`, or NULL; makes the tables on the way if `make`. */
static u64 *pte_find(u64 va, u32 level, bool make)
{
	u64 *table = root;

	for (u32 at = LEVEL_TOP; at > level; at--) {
		u64 *pte = &table[level_index(va, at)];

		if (!(*pte & PTE_P)) {
			u64 *next = make ? table_new() : NULL;

			if (!next)
				return NULL;
			*pte = (u64)next | PTE_P | PTE_RW;
		}
		if (!pte_is_table(*pte, at))
			return NULL;
		table = (u64 *)(*pte & PTE_ADDR);
	}
	return &table[level_index(va, level)];
}

static void pte_set(u64 *pte, u64 va, u64 value)
{
	*(volatile u64 *)pte = value;
	__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
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

		if (pte && pte_is_table(*pte, level)) {
			level = 0;
			pte = pte_find(va, level, true);
		}
		if (!pte)
			return false;
		pte_set(pte, va, pa | flags | (level ? PTE_PS : 0));
		step = level_size(level);
	}
	return true;
}

void paging_unmap(u64 va, u64 size)
{
	for (; size; va += PAGE_SIZE, size -= PAGE_SIZE) {
		u64 *pte = pte_find(va, 0, false);

		if (pte)
			pte_set(pte, va, 0);
	}
}

static bool map_same(u64 start, u64 end, u32 rights)
{
	return paging_map(start, start, ALIGN_UP(end, PAGE_SIZE) - start, rights);
}

/* What the runtime itself uses: interrupt controllers, and the page where other cpus start. */
static bool map_devices(void)
{
	const u32 rights = PAGE_READ | PAGE_WRITE | PAGE_DEVICE;

	return map_same(APIC_BASE, APIC_BASE + PAGE_SIZE, rights) &&
		map_same(IOAPIC_BASE, IOAPIC_BASE + PAGE_SIZE, rights) &&
		map_same(TRAMPOLINE_BASE, TRAMPOLINE_BASE + PAGE_SIZE,
			PAGE_READ | PAGE_WRITE);
}

void paging_init(void)
{
	root = table_new();
	if (!root ||
		!map_same((u64)image_text, (u64)image_rodata, PAGE_READ | PAGE_EXEC) ||
		!map_same((u64)image_rodata, (u64)image_data, PAGE_READ) ||
		!map_same((u64)image_data, ram.end, PAGE_READ | PAGE_WRITE) ||
		!map_devices()) {
		print("guest: no memory for page tables\n");
		machine_off(true);
	}
	paging_enable();
}

void paging_enable(void)
{
	if (root)
		cr_write(cr3, root);
}
