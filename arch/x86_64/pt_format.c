// SPDX-License-Identifier: Apache-2.0
// What an entry looks like with 4-level paging (SDM volume 3A, 4.5; APM volume 2, 5.3). Nested
// tables have the same form; all accesses of a guest count as those of a user (APM 15.25.5).
#include "pt_format.h"

#include <hv/bits.h>

#define PTE_NX   BIT(63)
#define PTE_ADDR BITS(51, 12)
#define PTE_G    BIT(8)
#define PTE_PS   BIT(7) /* a block; PAT in the entry of a page, which we leave 0 */
#define PTE_D    BIT(6) /* we never look, so always set */
#define PTE_A    BIT(5) /* likewise */
#define PTE_PCD  BIT(4)
#define PTE_PWT  BIT(3)
#define PTE_US   BIT(2)
#define PTE_RW   BIT(1)
#define PTE_P    BIT(0)

static u64 entry_leaf(hpa_t hpa, u32 flags, u32 level)
{
	return (hpa.raw & PTE_ADDR) | PTE_P | PTE_A | PTE_D | (level ? PTE_PS : 0) |
		(flags & PT_WRITE ? PTE_RW : 0) | (flags & PT_EXEC ? 0 : PTE_NX) |
		(flags & PT_DEVICE ? PTE_PCD | PTE_PWT : 0) |
		(flags & PT_USER ? PTE_US : 0) | (flags & PT_GLOBAL ? PTE_G : 0);
}

static u64 npt_leaf(hpa_t hpa, u32 flags, u32 level)
{
	return entry_leaf(hpa, (flags & ~PT_GLOBAL) | PT_USER, level);
}

/* Rights are the leaf's. */
static u64 entry_table(hpa_t hpa)
{
	return (hpa.raw & PTE_ADDR) | PTE_P | PTE_RW | PTE_US | PTE_A;
}

static bool entry_valid(u64 entry)
{
	return entry & PTE_P;
}

static bool entry_is_leaf(u64 entry, u32 level)
{
	return level == 0 || entry & PTE_PS;
}

/* The bits below a block's address are 0: its PAT bit, too. */
static hpa_t entry_address(u64 entry)
{
	return HPA(entry & PTE_ADDR);
}

static u32 entry_flags(u64 entry)
{
	return PT_READ | (entry & PTE_RW ? PT_WRITE : 0) |
		(entry & PTE_NX ? 0 : PT_EXEC) | (entry & PTE_PCD ? PT_DEVICE : 0) |
		(entry & PTE_US ? PT_USER : 0) | (entry & PTE_G ? PT_GLOBAL : 0);
}

/* clang-format off */
#define PT_COMMON                  \
	.levels = 4,               \
	.root_bits = 9,            \
	.table = entry_table,      \
	.valid = entry_valid,      \
	.is_leaf = entry_is_leaf,  \
	.address = entry_address,  \
	.flags = entry_flags

const struct pt_format pt_x86_64 = {
	.name = "4-level", .block_levels = 2, .leaf = entry_leaf, PT_COMMON,
};

const struct pt_format pt_x86_64_2m = {
	.name = "4-level, blocks of 2 MiB", .block_levels = 1, .leaf = entry_leaf, PT_COMMON,
};

const struct pt_format pt_npt = {
	.name = "nested 4-level", .block_levels = 2, .leaf = npt_leaf, PT_COMMON,
};

const struct pt_format pt_npt_2m = {
	.name = "nested 4-level, blocks of 2 MiB", .block_levels = 1, .leaf = npt_leaf, PT_COMMON,
};
/* clang-format on */
