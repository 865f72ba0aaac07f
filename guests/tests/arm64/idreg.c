// SPDX-License-Identifier: Apache-2.0
// What the ID registers say of the guest's CPU: no level above EL1, no monitors, no SVE, and the
// interrupt controller that is there; reserved ones are zero, and a field read twice is the same.
// DDI 0487, D19.2.
#define TEST "idreg"
#include "../check.h"
#include <arch/gic.h>

#define FIELD(low) BITS((low) + 3, low)

/* Fields that must be 0: what a guest cannot have here. */
// clang-format off
#define ABSENT(one)                         \
	one(id_aa64pfr0_el1, 8, "EL2")      \
	one(id_aa64pfr0_el1, 12, "EL3")     \
	one(id_aa64pfr0_el1, 32, "SVE")     \
	one(id_aa64pfr0_el1, 40, "MPAM")    \
	one(id_aa64pfr0_el1, 44, "AMU")     \
	one(id_aa64pfr1_el1, 8, "MTE")      \
	one(id_aa64pfr1_el1, 24, "SME")     \
	one(id_aa64dfr0_el1, 8, "PMUVer")   \
	one(id_aa64dfr0_el1, 32, "PMSVer")  \
	one(id_aa64mmfr1_el1, 8, "VH")      \
	one(s3_0_c0_c7_2, 24, "NV")         \
	one(s3_0_c0_c4_4, 0, "SVE version")

/* Registers without a meaning. */
#define RESERVED(one) \
	one(s3_0_c0_c4_3) \
	one(s3_0_c0_c4_6) \
	one(s3_0_c0_c5_2) \
	one(s3_0_c0_c6_6) \
	one(s3_0_c0_c7_7)
// clang-format on

#define CHECK_ABSENT(reg, low, name)                             \
	expect_equal(field_get(FIELD(low), sysreg_read(reg)), 0, \
		"field " name " of " #reg);
#define CHECK_RESERVED(reg) expect_equal(sysreg_read(reg), 0, "reserved " #reg);

#define PFR0_GIC FIELD(24)
#define PFR0_EL1 FIELD(4)
#define PFR0_EL0 FIELD(0)

#define MPIDR_ONE BIT(31)
#define MPIDR_U   BIT(30)
#define CTR_ONE   BIT(31)

/* The line sizes, in words, are powers of two. */
#define CTR_DLINE BITS(19, 16)
#define CTR_ILINE BITS(3, 0)
#define LINE_MIN  2 /* 16 bytes */
#define LINE_MAX  9 /* 2 KiB */

static void check_cpu(void)
{
	u64 pfr0 = sysreg_read(id_aa64pfr0_el1), ctr = sysreg_read(ctr_el0);

	expect_true(field_get(PFR0_EL1, pfr0) && field_get(PFR0_EL0, pfr0),
		"EL1 and EL0, found 0x%lx", pfr0);
	if (gic_version() == 2)
		expect_equal(field_get(PFR0_GIC, pfr0), 0, "system registers of a GICv2");
	else
		expect_true(field_get(PFR0_GIC, pfr0), "system registers of a GICv3");
	expect_equal(sysreg_read(mpidr_el1) & ~MPIDR_U, MPIDR_ONE | cpu_id(),
		"MPIDR_EL1");
	expect_true(ctr & CTR_ONE, "bit 31 of CTR_EL0, found 0x%lx", ctr);
	expect_true(field_get(CTR_DLINE, ctr) >= LINE_MIN &&
			field_get(CTR_DLINE, ctr) <= LINE_MAX &&
			field_get(CTR_ILINE, ctr) >= LINE_MIN &&
			field_get(CTR_ILINE, ctr) <= LINE_MAX,
		"cache lines of 16 bytes to 2 KiB, found CTR_EL0 0x%lx", ctr);
	expect_true(sysreg_read(midr_el1), "a MIDR_EL1");
	expect_true(field_get(MMFR0_PARANGE, sysreg_read(id_aa64mmfr0_el1)) <= PARANGE_48,
		"physical addresses of 48 bits or fewer");
}

/* Pointer authentication has keys, which only who switches them may show. */
static void check_pauth(void)
{
	const u64 api = FIELD(8), apa = FIELD(4), gpi = FIELD(28), gpa = FIELD(24);

	expect_equal(sysreg_read(id_aa64isar1_el1) & (api | apa | gpi | gpa), 0,
		"pointer authentication of ID_AA64ISAR1_EL1");
}

int guest_main(void)
{
	ABSENT(CHECK_ABSENT)
	RESERVED(CHECK_RESERVED)
	check_cpu();
	check_pauth();
	return test_ok();
}
