// SPDX-License-Identifier: Apache-2.0
// What an entry looks like: VMSAv8-64 with the 4 KiB granule (Arm ARM, D8.3 "Translation
// table descriptor formats"). The architecture counts levels from the root, 0 or 1, to 3; here
// as everywhere in Lodge 0 is the bottom one.
#include "pt_format.h"

#include <hv/assert.h>
#include <hv/bits.h>

/* Stage 1 leaves. */
#define PTE_XN       BIT(54) /* at EL2 */
#define PTE_UXN      BIT(54) /* at EL1: not for EL0 */
#define PTE_PXN      BIT(53) /* at EL1: not for EL1 */
#define PTE_NG       BIT(11) /* of one address space alone */
#define PTE_AP_RO    BIT(7)  /* AP[2] */
#define PTE_AP_EL0   BIT(6)  /* AP[1]: EL0, too; at EL2 always 1 */
#define PTE_ATTRINDX BITS(4, 2)

/* Stage 2 leaves. */
#define PTE_S2XN    BIT(54) /* XN[1]; XN[0] is left 0: for EL0 and EL1 the same */
#define PTE_S2AP_W  BIT(7)
#define PTE_S2AP_R  BIT(6)
#define PTE_MEMATTR BITS(5, 2)

/* Both. */
#define PTE_ADDRESS BITS(47, 12)
#define PTE_AF      BIT(10) /* accessed: we never look, so always set */
#define PTE_SH      BITS(9, 8)
#define PTE_TABLE   BIT(1) /* a table, and at the bottom a page; else a block */
#define PTE_VALID   BIT(0)

enum { SH_INNER = 3 };
enum { MT_NORMAL = 0, MT_DEVICE = 1 }; /* AttrIndx, our choice */
enum { ATTR_DEVICE_NGNRE = 0x04, ATTR_NORMAL_WB = 0xff };
enum { MEMATTR_DEVICE_NGNRE = 1, MEMATTR_NORMAL_WB = 15 };

/* MAIR_ELx: eight bits for each index. */
#define MAIR_ATTR(index, attr) ((u64)(attr) << 8 * (index))

const u64 pt_mair =
	MAIR_ATTR(MT_NORMAL, ATTR_NORMAL_WB) | MAIR_ATTR(MT_DEVICE, ATTR_DEVICE_NGNRE);

/* VTCR_EL2 */
#define VTCR_RES1  BIT(31)
#define VTCR_VS    BIT(19) /* VMIDs of 16 bits */
#define VTCR_PS    BITS(18, 16)
#define VTCR_TG0   BITS(15, 14)
#define VTCR_SH0   BITS(13, 12)
#define VTCR_ORGN0 BITS(11, 10)
#define VTCR_IRGN0 BITS(9, 8)
#define VTCR_SL0   BITS(7, 6)
#define VTCR_T0SZ  BITS(5, 0)

enum { PS_48_BITS = 5 };
enum { TG0_4K = 0 };
enum { RGN_WRITE_BACK = 1 };
enum { SL0_LEVEL_1 = 1, SL0_LEVEL_0 = 2 }; /* with the 4 KiB granule */

/* ---- Entries ---- */

static u64 entry_leaf(hpa_t hpa, u32 level)
{
	return (hpa.raw & PTE_ADDRESS) | PTE_AF | field_put(PTE_SH, SH_INNER) |
		(level == 0 ? PTE_TABLE : 0) | PTE_VALID;
}

static u64 stage1_leaf(hpa_t hpa, u32 flags, u32 level)
{
	return entry_leaf(hpa, level) | (flags & PT_WRITE ? 0 : PTE_AP_RO) |
		field_put(PTE_ATTRINDX, flags & PT_DEVICE ? MT_DEVICE : MT_NORMAL);
}

static u64 el2_leaf(hpa_t hpa, u32 flags, u32 level)
{
	return stage1_leaf(hpa, flags, level) | PTE_AP_EL0 |
		(flags & PT_EXEC ? 0 : PTE_XN);
}

/* Never global: a guest's map takes the place of this one in TTBR0, under its own ASID. */
static u64 el1_leaf(hpa_t hpa, u32 flags, u32 level)
{
	return stage1_leaf(hpa, flags, level) | PTE_UXN | PTE_NG |
		(flags & PT_EXEC ? 0 : PTE_PXN);
}

static u64 user_leaf(hpa_t hpa, u32 flags, u32 level)
{
	return stage1_leaf(hpa, flags, level) | PTE_AP_EL0 | PTE_PXN | PTE_NG |
		(flags & PT_EXEC ? 0 : PTE_UXN);
}

static u64 stage2_leaf(hpa_t hpa, u32 flags, u32 level)
{
	return entry_leaf(hpa, level) | (flags & PT_EXEC ? 0 : PTE_S2XN) |
		(flags & PT_WRITE ? PTE_S2AP_W : 0) | (flags & PT_READ ? PTE_S2AP_R : 0) |
		field_put(PTE_MEMATTR,
			flags & PT_DEVICE ? MEMATTR_DEVICE_NGNRE : MEMATTR_NORMAL_WB);
}

static u64 entry_table(hpa_t hpa)
{
	return (hpa.raw & PTE_ADDRESS) | PTE_TABLE | PTE_VALID;
}

static bool entry_valid(u64 entry)
{
	return entry & PTE_VALID;
}

static bool entry_is_leaf(u64 entry, u32 level)
{
	return level == 0 || !(entry & PTE_TABLE);
}

static hpa_t entry_address(u64 entry)
{
	return HPA(entry & PTE_ADDRESS);
}

/* Stage 1 has no leaf that cannot be read. */
static u32 stage1_flags(u64 entry)
{
	return PT_READ | (entry & PTE_AP_RO ? 0 : PT_WRITE) |
		(field_get(PTE_ATTRINDX, entry) == MT_DEVICE ? PT_DEVICE : 0);
}

static u32 el2_flags(u64 entry)
{
	return stage1_flags(entry) | PT_GLOBAL | (entry & PTE_XN ? 0 : PT_EXEC);
}

static u32 el1_flags(u64 entry)
{
	return stage1_flags(entry) | PT_GLOBAL | (entry & PTE_PXN ? 0 : PT_EXEC);
}

static u32 user_flags(u64 entry)
{
	return stage1_flags(entry) | PT_USER | (entry & PTE_UXN ? 0 : PT_EXEC);
}

static u32 stage2_flags(u64 entry)
{
	return (entry & PTE_S2AP_R ? PT_READ : 0) | (entry & PTE_S2AP_W ? PT_WRITE : 0) |
		(entry & PTE_S2XN ? 0 : PT_EXEC) |
		(field_get(PTE_MEMATTR, entry) == MEMATTR_DEVICE_NGNRE ? PT_DEVICE : 0);
}

/* ---- Formats ---- */

/* clang-format off */
#define PT_COMMON                  \
	.block_levels = 2,         \
	.table = entry_table,      \
	.valid = entry_valid,      \
	.is_leaf = entry_is_leaf,  \
	.address = entry_address

const struct pt_format pt_host_el2 = {
	.name = "EL2 stage 1", .levels = 4, .root_bits = 9,
	.leaf = el2_leaf, .flags = el2_flags, PT_COMMON,
};

const struct pt_format pt_host_el1 = {
	.name = "EL1 stage 1", .levels = 4, .root_bits = 9,
	.leaf = el1_leaf, .flags = el1_flags, PT_COMMON,
};

const struct pt_format pt_user = {
	.name = "EL0 stage 1", .levels = 4, .root_bits = 9,
	.leaf = user_leaf, .flags = user_flags, PT_COMMON,
};
/* clang-format on */

void pt_stage2_init(struct pt_format *format, u32 levels, u32 bits)
{
	u32 root_shift = levels == 3 ? 30 : 39;

	assert(levels == 3 || levels == 4);
	assert(bits > root_shift && bits <= PT_STAGE2_BITS_MAX(levels));
	*format = (struct pt_format){
		.name = levels == 3 ? "stage 2, 3 levels" : "stage 2, 4 levels",
		.levels = (u8)levels,
		.root_bits = (u8)(bits - root_shift),
		.leaf = stage2_leaf,
		.flags = stage2_flags,
		PT_COMMON,
	};
}

u64 pt_stage2_vtcr(const struct pt_format *format, u32 pa_range, bool vmid16)
{
	u32 bits = (u32)__builtin_ctzl(pgtable_limit(format));

	return VTCR_RES1 | (vmid16 ? VTCR_VS : 0) |
		field_put(VTCR_PS, MIN(pa_range, PS_48_BITS)) |
		field_put(VTCR_TG0, TG0_4K) | field_put(VTCR_SH0, SH_INNER) |
		field_put(VTCR_ORGN0, RGN_WRITE_BACK) |
		field_put(VTCR_IRGN0, RGN_WRITE_BACK) |
		field_put(VTCR_SL0, format->levels == 3 ? SL0_LEVEL_1 : SL0_LEVEL_0) |
		field_put(VTCR_T0SZ, 64 - bits);
}
