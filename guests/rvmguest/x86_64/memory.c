// SPDX-License-Identifier: Apache-2.0
// 4-level page tables (SDM 4.5): the kernel's image by its sections, all other RAM and the
// devices it uses, everything at KERNEL_OFFSET; and the user's program and stacks.
#include "rvmguest.h"

#define TABLES     24
#define ENTRIES    512
#define LEVELS     4
#define LEVEL_BITS 9

#define PTE_G BIT(8) /* outlives a change of CR3 */

extern u8 image_text[], image_rodata[], image_data[], image_bss[], image_end[];
extern u8 user_load[], user_text[], user_data[], user_end[];

static u64 tables[TABLES][ENTRIES] __attribute__((aligned(4096)));
static u32 tables_used = 1; /* the first is the root */

static u64 *table_below(u64 *entry)
{
	if (!*entry) {
		if (tables_used == TABLES) {
			print("panic: out of page tables\n");
			shutdown();
		}
		*entry = ((u64)tables[tables_used++] - KERNEL_OFFSET) | PTE_US | PTE_RW |
			PTE_P;
	}
	return memory_at(*entry & PTE_ADDR);
}

void memory_map(u64 va, u64 pa, u64 size, u64 flags)
{
	for (u64 done = 0; done < size; done += PAGE) {
		u64 *table = tables[0];

		for (u32 level = LEVELS - 1; level; level--) {
			u64 index = (va + done) >> (PAGE_SHIFT + LEVEL_BITS * level);

			table = table_below(&table[index % ENTRIES]);
		}
		table[(va + done) / PAGE % ENTRIES] = (pa + done) | flags | PTE_P;
	}
}

static void map_kernel(const char *what, u64 from, u64 to, u64 flags)
{
	print("Mapping %s: [0x%lx, 0x%lx)\n", what, from, to);
	memory_map(from, from - KERNEL_OFFSET, to - from, flags | PTE_G);
}

static void map_device(u64 pa)
{
	map_kernel("MMIO", KERNEL_OFFSET + pa, KERNEL_OFFSET + pa + PAGE,
		PTE_NX | PTE_PCD | PTE_PWT | PTE_RW);
}

void memory_start(void)
{
	u64 load = (u64)user_load - KERNEL_OFFSET;
	u64 text = (u64)user_data - (u64)user_text, data = (u64)user_end - (u64)user_data;

	map_kernel(".text", (u64)image_text, (u64)image_rodata, 0);
	map_kernel(".rodata", (u64)image_rodata, (u64)image_data, PTE_NX);
	map_kernel(".data", (u64)image_data, (u64)user_load, PTE_NX | PTE_RW);
	map_kernel(".bss", (u64)image_bss, (u64)image_end, PTE_NX | PTE_RW);
	map_kernel("physical memory", (u64)image_end, KERNEL_OFFSET + RAM_SIZE,
		PTE_NX | PTE_RW);
	map_device(IOAPIC_BASE);
	map_device(HPET_BASE);
	map_device(APIC_BASE);
	memory_map((u64)user_text, load, text, PTE_US);
	memory_map((u64)user_data, load + text, data, PTE_NX | PTE_US | PTE_RW);
	cr_write(cr3, (u64)tables[0] - KERNEL_OFFSET);
}
