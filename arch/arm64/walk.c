// SPDX-License-Identifier: Apache-2.0
// Stage 1 of EL1 and EL0 (walk.h): Arm ARM, D8.2 "Translation process" and D8.3 "Translation
// table descriptor formats", with granules of 4, 16 and 64 KiB. Here as everywhere in Lodge
// the bottom level is 0.
#include "walk.h"

#include <hv/bits.h>
#include <hv/fail.h>

/* SCTLR_EL1 */
#define SCTLR_EE BIT(25) /* big-endian tables */
#define SCTLR_M  BIT(0)

/* TCR_EL1 */
#define TCR_DS   BIT(59) /* LPA2: other descriptors */
#define TCR_TBI1 BIT(38) /* the top byte of an address is ignored */
#define TCR_TBI0 BIT(37)
#define TCR_IPS  BITS(34, 32)
#define TCR_TG1  BITS(31, 30)
#define TCR_EPD1 BIT(23) /* no walks */
#define TCR_T1SZ BITS(21, 16)
#define TCR_TG0  BITS(15, 14)
#define TCR_EPD0 BIT(7)
#define TCR_T0SZ BITS(5, 0)

enum { IPS_52_BITS = 6 };

/* Log2 of the granule, by TG0 and TG1; 0: reserved. */
static const u8 tg0_shift[] = {12, 16, 14, 0};
static const u8 tg1_shift[] = {0, 14, 12, 16};

enum { TSZ_MIN = 16, TSZ_MAX = 48 };

/* Descriptors. */
#define PTE_LPA   BITS(15, 12) /* bits 51 to 48 of the address: 64 KiB and IPS_52_BITS */
#define PTE_TABLE BIT(1)       /* a table, and at the bottom a page; else a block */
#define PTE_VALID BIT(0)

/* TTBR0_EL1, TTBR1_EL1 */
#define TTBR_BADDR BITS(47, 1)
#define TTBR_LPA   BITS(5, 2) /* likewise */

#define PA_BITS     48
#define VA_TOP_BYTE BITS(63, 56)
#define VA_HALF     BIT(55) /* which TTBR */
#define TABLE_MIN   64UL    /* smaller tables are aligned to this, too */

/* One half of the address space. */
struct half {
	u64 ttbr;
	u32 bits;  /* of the addresses in it */
	u32 shift; /* log2 of the granule */
	bool tbi;
	bool off; /* no walks, or a reserved value */
	bool lpa;
};

static struct half half_get(const struct walk_regs *regs, u64 gva)
{
	u64 tcr = regs->tcr;
	bool high = gva & VA_HALF;
	u64 ttbr = high ? regs->ttbr1 : regs->ttbr0;
	u32 tsz = (u32)(high ? field_get(TCR_T1SZ, tcr) : field_get(TCR_T0SZ, tcr));
	u32 shift = high ? tg1_shift[field_get(TCR_TG1, tcr)]
			 : tg0_shift[field_get(TCR_TG0, tcr)];
	bool lpa = shift == 16 && field_get(TCR_IPS, tcr) == IPS_52_BITS;

	return (struct half){
		.ttbr = ttbr,
		.bits = 64 - tsz,
		.shift = shift,
		.tbi = tcr & (high ? TCR_TBI1 : TCR_TBI0),
		.off = tcr & ((high ? TCR_EPD1 : TCR_EPD0) | TCR_DS) || shift == 0 ||
			tsz < TSZ_MIN || tsz > TSZ_MAX || 64 - tsz <= shift ||
			(lpa && ttbr & TTBR_LPA),
		.lpa = lpa,
	};
}

/* All bits above the address are like VA_HALF, but for a top byte that is ignored. */
static bool va_valid(const struct half *half, u64 gva)
{
	s64 top = (s64)(half->tbi ? sign_extend(gva, 55) : gva) >> half->bits;

	return top == 0 || top == -1;
}

/* Blocks: 1 GiB and 2 MiB with the granule of 4 KiB, 32 MiB with 16, 512 MiB with 64 KiB. */
static bool block_allowed(const struct half *half, u32 level)
{
	return level == 1 || (level == 2 && half->shift == 12);
}

static int identity(const struct half *half, u64 gva, gpa_t *gpa)
{
	if (half->tbi)
		gva &= ~VA_TOP_BYTE;
	if (gva >> PA_BITS)
		return fail(-EINVAL);
	*gpa = GPA(gva);
	return 0;
}

/* The root is as small as the addresses allow, and aligned to its size. */
static u64 root_table(const struct half *half, u32 root_bits)
{
	return half->ttbr & TTBR_BADDR & ~(MAX(sizeof(u64) << root_bits, TABLE_MIN) - 1);
}

int walk_stage1(const struct walk_regs *regs, u64 gva,
	bool (*read)(void *arg, gpa_t gpa, u64 *entry), void *arg, gpa_t *gpa)
{
	struct half half = half_get(regs, gva);
	u32 stride = half.shift - 3, level, low;
	u64 table, entry;

	if (!(regs->sctlr & SCTLR_M))
		return identity(&half, gva, gpa);
	if (half.off || !va_valid(&half, gva))
		return fail(-EINVAL);
	level = (half.bits - half.shift - 1) / stride;
	table = root_table(&half, half.bits - half.shift - stride * level);
	gva &= BITS(half.bits - 1, 0);
	while (true) {
		low = half.shift + stride * level;
		if (!read(arg, GPA(table + (gva >> low) * sizeof(u64)), &entry))
			return fail(-EINVAL);
		if (regs->sctlr & SCTLR_EE)
			entry = __builtin_bswap64(entry);
		if (!(entry & PTE_VALID) || (half.lpa && entry & PTE_LPA))
			return fail(-EINVAL);
		if (level == 0 || !(entry & PTE_TABLE))
			break;
		table = entry & BITS(PA_BITS - 1, half.shift);
		gva &= BITS(low - 1, 0);
		level--;
	}
	if (level == 0 ? !(entry & PTE_TABLE) : !block_allowed(&half, level))
		return fail(-EINVAL);
	*gpa = GPA((entry & BITS(PA_BITS - 1, low)) | (gva & BITS(low - 1, 0)));
	return 0;
}
