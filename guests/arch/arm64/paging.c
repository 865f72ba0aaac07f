// SPDX-License-Identifier: Apache-2.0
// Stage 1 tables of a guest: VMSAv8-64, 4 KiB granule, 39-bit addresses. DDI 0487, D8.
#include <guest/paging.h>
#include <guest/console.h>
#include <guest/cpu.h>
#include <guest/machine.h>
#include <guest/memory.h>
#include <guest/string.h>
#include <arch/board.h>
#include <arch/regs.h>

#define LEVEL_BITS  9
#define LEVEL_TOP   2 /* counted from the pages; the manual counts from the other end */
#define LEVEL_BLOCK 1 /* the highest level at which we use blocks: 2 MiB */
#define VA_BITS     39

enum memory_kind { KIND_NORMAL, KIND_DEVICE }; /* index into MAIR_EL1 */

static u64 *root;

static u64 level_size(u32 level)
{
	return PAGE_SIZE << (LEVEL_BITS * level);
}

static u32 level_index(u64 va, u32 level)
{
	return (va / level_size(level)) & (BIT(LEVEL_BITS) - 1);
}

static u64 pte_flags(u32 rights)
{
	u64 kind = rights & PAGE_DEVICE ? KIND_DEVICE : KIND_NORMAL;

	return PTE_AF | PTE_UXN | (rights & PAGE_EXEC ? 0 : PTE_PXN) |
		(rights & PAGE_WRITE ? 0 : PTE_AP_RO) | field_put(PTE_SH, PTE_SH_INNER) |
		field_put(PTE_ATTR, kind);
}

static bool pte_is_table(u64 pte, u32 level)
{
	return level && (pte & PTE_VALID) && (pte & PTE_TABLE);
}

/* 8.16: a changed entry has to be seen invalid by everybody first. */
static void pte_set(u64 *pte, u64 va, u64 value)
{
	if (*pte & PTE_VALID) {
		*(volatile u64 *)pte = 0;
		__asm__ volatile("dsb ishst\n\ttlbi vaae1is, %0" ::"r"(va / PAGE_SIZE)
			: "memory");
		dsb();
	}
	*(volatile u64 *)pte = value;
	dsb();
	isb();
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

		if (!(*pte & PTE_VALID)) {
			u64 *next = make ? table_new() : NULL;

			if (!next)
				return NULL;
			pte_set(pte, va, (u64)next | PTE_TABLE | PTE_VALID);
		}
		if (!pte_is_table(*pte, at))
			return NULL;
		table = (u64 *)(*pte & PTE_ADDR);
	}
	return &table[level_index(va, level)];
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
		pte_set(pte, va, pa | flags | (level ? 0 : PTE_TABLE) | PTE_VALID);
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

static bool map_same(void *start, u64 end, u32 rights)
{
	u64 at = ALIGN_DOWN((u64)start, PAGE_SIZE);

	return paging_map(at, at, ALIGN_UP(end, PAGE_SIZE) - at, rights);
}

/* What the runtime itself uses: console and interrupt controller. */
static bool map_devices(void)
{
	const u32 rights = PAGE_READ | PAGE_WRITE | PAGE_DEVICE;

	return map_same((void *)UART_BASE, UART_BASE + PAGE_SIZE, rights) &&
		map_same((void *)GICD_BASE, GICC_BASE + GICC_SIZE, rights) &&
		map_same((void *)GICR_BASE, GICR_BASE + CPUS_MAX * GICR_SIZE, rights);
}

void paging_init(void)
{
	u64 tree = (u64)machine_info();

	/* The tree first: should it lie among the data, those rights win. */
	root = table_new();
	if (!root || !map_same((void *)tree, tree + machine_info_size(), PAGE_READ) ||
		!map_same(image_text, (u64)image_rodata, PAGE_READ | PAGE_EXEC) ||
		!map_same(image_rodata, (u64)image_data, PAGE_READ) ||
		!map_same(image_data, ram.end, PAGE_READ | PAGE_WRITE) ||
		!map_devices()) {
		print("guest: no memory for page tables\n");
		machine_off(true);
	}
	paging_enable();
}

/* What the cpu has, as far as 48 bits, which is all that our descriptors hold. */
static u64 physical_size(void)
{
	u64 range = field_get(MMFR0_PARANGE, sysreg_read(id_aa64mmfr0_el1));

	return MIN(range, PARANGE_48);
}

void paging_enable(void)
{
	if (!root)
		return;
	sysreg_write(mair_el1,
		MAIR_NORMAL << MAIR_INDEX(KIND_NORMAL) |
			MAIR_DEVICE << MAIR_INDEX(KIND_DEVICE));
	sysreg_write(tcr_el1,
		field_put(TCR_IPS, physical_size()) | TCR_EPD1 |
			field_put(TCR_SH0, TCR_SH_INNER) |
			field_put(TCR_ORGN0, TCR_RGN_WB) |
			field_put(TCR_IRGN0, TCR_RGN_WB) |
			field_put(TCR_T0SZ, 64 - VA_BITS));
	sysreg_write(ttbr0_el1, root);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh" ::: "memory");
	isb();
	sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) | SCTLR_M | SCTLR_C | SCTLR_I);
	isb();
}
