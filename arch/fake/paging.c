// SPDX-License-Identifier: Apache-2.0
// Two page-table formats unlike any real one, so that nothing depends on those.
#include <hv/bits.h>
#include <arch/fake.h>

#define ENTRY_ADDRESS BITS(63, 12)
#define ENTRY_FLAGS   BITS(10, 5) /* PT_* */
#define ENTRY_LEVEL   BITS(4, 3)  /* of a leaf: to find a walker that mixes them up */
#define ENTRY_TABLE   BIT(2)
#define ENTRY_VALID   BIT(1)

static u64 fake_leaf(hpa_t hpa, u32 flags, u32 level)
{
	return hpa.raw | field_put(ENTRY_FLAGS, flags) | field_put(ENTRY_LEVEL, level) |
		ENTRY_VALID;
}

static u64 fake_table(hpa_t hpa)
{
	return hpa.raw | ENTRY_TABLE | ENTRY_VALID;
}

static bool fake_valid(u64 entry)
{
	return entry & ENTRY_VALID;
}

static bool fake_is_leaf(u64 entry, u32 level)
{
	return !(entry & ENTRY_TABLE) && field_get(ENTRY_LEVEL, entry) == level;
}

static hpa_t fake_address(u64 entry)
{
	return HPA(entry & ENTRY_ADDRESS);
}

static u32 fake_flags(u64 entry)
{
	return (u32)field_get(ENTRY_FLAGS, entry);
}

const struct pt_format fake_pt3 = {
	.name = "fake3",
	.levels = 3,
	.root_bits = 11,
	.block_levels = 2,
	.leaf = fake_leaf,
	.table = fake_table,
	.valid = fake_valid,
	.is_leaf = fake_is_leaf,
	.address = fake_address,
	.flags = fake_flags,
};

const struct pt_format fake_pt4 = {
	.name = "fake4",
	.levels = 4,
	.root_bits = 9,
	.block_levels = 1,
	.leaf = fake_leaf,
	.table = fake_table,
	.valid = fake_valid,
	.is_leaf = fake_is_leaf,
	.address = fake_address,
	.flags = fake_flags,
};
