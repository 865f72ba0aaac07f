// SPDX-License-Identifier: Apache-2.0
// What an entry of the extended page tables looks like (SDM volume 3C, 28.2.2). The memory type
// is ours alone: RAM stays write-back whatever a guest's PAT says, since our own map has it so.
#include "ept.h"

#include <hv/bits.h>

#define EPT_ADDR  BITS(51, 12)
#define EPT_BLOCK BIT(7)
#define EPT_IPAT  BIT(6)     /* the guest's PAT does not count */
#define EPT_TYPE  BITS(5, 3) /* of memory, as in MTRRs */
#define TYPE_UC   0UL
#define TYPE_WB   6UL
#define EPT_EXEC  BIT(2)
#define EPT_WRITE BIT(1)
#define EPT_READ  BIT(0)

/* Not every CPU has pages that can be executed or written but not read (28.2.3.1). */
static u64 ept_leaf(hpa_t hpa, u32 flags, u32 level)
{
	u64 type = flags & PT_DEVICE ? TYPE_UC : TYPE_WB;

	return (hpa.raw & EPT_ADDR) | EPT_READ | (flags & PT_WRITE ? EPT_WRITE : 0) |
		(flags & PT_EXEC ? EPT_EXEC : 0) | field_put(EPT_TYPE, type) | EPT_IPAT |
		(level ? EPT_BLOCK : 0);
}

static u64 ept_table(hpa_t hpa)
{
	return (hpa.raw & EPT_ADDR) | EPT_READ | EPT_WRITE | EPT_EXEC;
}

static bool ept_valid(u64 entry)
{
	return entry & (EPT_READ | EPT_WRITE | EPT_EXEC);
}

static bool ept_is_leaf(u64 entry, u32 level)
{
	return level == 0 || entry & EPT_BLOCK;
}

static hpa_t ept_address(u64 entry)
{
	return HPA(entry & EPT_ADDR);
}

static u32 ept_flags(u64 entry)
{
	return PT_READ | (entry & EPT_WRITE ? PT_WRITE : 0) |
		(entry & EPT_EXEC ? PT_EXEC : 0) |
		(field_get(EPT_TYPE, entry) == TYPE_UC ? PT_DEVICE : 0);
}

/* clang-format off */
#define EPT_COMMON              \
	.levels = 4,            \
	.root_bits = 9,         \
	.leaf = ept_leaf,       \
	.table = ept_table,     \
	.valid = ept_valid,     \
	.is_leaf = ept_is_leaf, \
	.address = ept_address, \
	.flags = ept_flags

const struct pt_format pt_ept = {.name = "EPT", .block_levels = 2, EPT_COMMON};

const struct pt_format pt_ept_2m = {
	.name = "EPT, blocks of 2 MiB", .block_levels = 1, EPT_COMMON,
};
/* clang-format on */
