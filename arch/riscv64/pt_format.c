// SPDX-License-Identifier: Apache-2.0
// What an entry looks like: Sv39, Sv39x4 and Sv48x4 differ only in depth and width.
#include "pt_format.h"

#include <hv/bits.h>

#define PTE_PPN BITS(53, 10)
#define PTE_D   BIT(7) /* dirty: we never look, so always set */
#define PTE_A   BIT(6) /* accessed: likewise */
#define PTE_G   BIT(5)
#define PTE_U   BIT(4) /* always 1 in a G-stage leaf ("Guest-Page Faults") */
#define PTE_X   BIT(3)
#define PTE_W   BIT(2)
#define PTE_R   BIT(1)
#define PTE_V   BIT(0)

static u64 entry_leaf(hpa_t hpa, u32 flags)
{
	return field_put(PTE_PPN, hpa.raw >> PAGE_SHIFT) | PTE_V | PTE_A | PTE_D |
		(flags & PT_READ ? PTE_R : 0) | (flags & PT_WRITE ? PTE_W : 0) |
		(flags & PT_EXEC ? PTE_X : 0);
}

static u64 stage1_leaf(hpa_t hpa, u32 flags, u32 level)
{
	(void)level;
	return entry_leaf(hpa, flags) | (flags & PT_USER ? PTE_U : 0) |
		(flags & PT_GLOBAL ? PTE_G : 0);
}

static u64 stage2_leaf(hpa_t hpa, u32 flags, u32 level)
{
	(void)level;
	return entry_leaf(hpa, flags) | PTE_U;
}

static u64 entry_table(hpa_t hpa)
{
	return field_put(PTE_PPN, hpa.raw >> PAGE_SHIFT) | PTE_V;
}

static bool entry_valid(u64 entry)
{
	return entry & PTE_V;
}

static bool entry_is_leaf(u64 entry, u32 level)
{
	(void)level;
	return entry & (PTE_R | PTE_W | PTE_X);
}

static hpa_t entry_address(u64 entry)
{
	return HPA(field_get(PTE_PPN, entry) << PAGE_SHIFT);
}

static u32 entry_flags(u64 entry)
{
	return (entry & PTE_R ? PT_READ : 0) | (entry & PTE_W ? PT_WRITE : 0) |
		(entry & PTE_X ? PT_EXEC : 0) | (entry & PTE_U ? PT_USER : 0) |
		(entry & PTE_G ? PT_GLOBAL : 0);
}

/* clang-format off */
#define PT_COMMON                  \
	.block_levels = 2,         \
	.table = entry_table,      \
	.valid = entry_valid,      \
	.is_leaf = entry_is_leaf,  \
	.address = entry_address,  \
	.flags = entry_flags

const struct pt_format pt_sv39 = {
	.name = "Sv39", .levels = 3, .root_bits = 9, .leaf = stage1_leaf, PT_COMMON,
};

/* The root is four tables side by side, hence x4: two more index bits. */
const struct pt_format pt_sv39x4 = {
	.name = "Sv39x4", .levels = 3, .root_bits = 11, .leaf = stage2_leaf, PT_COMMON,
};

const struct pt_format pt_sv48x4 = {
	.name = "Sv48x4", .levels = 4, .root_bits = 11, .leaf = stage2_leaf, PT_COMMON,
};
/* clang-format on */
