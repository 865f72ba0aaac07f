// SPDX-License-Identifier: Apache-2.0
// The guest's ID registers (Arm ARM, D19.2, "ID_AA64..."): of each field what the machine has if it
// is listed here, else 0. A field that is not listed may need a register switched, a trap opened
// or a bit of HCR_EL2 set. Not shown are: EL2, EL3, SVE, SME, pointer authentication, memory
// tagging, RAS, activity and performance monitors, profiling, trace, MPAM, LORegions, WFxT.
#include "vid.h"

#include <hv/bits.h>
#include <arch/regs.h>
#include <arch/sysreg.h>

u64 vid_values[VID_CRM_COUNT][8];

/* Four bits wide, like nearly all of them. */
#define FIELD(low) (0xfUL << (low))

/* ID_AA64PFR0_EL1 */
#define PFR0_CSV3         FIELD(60)
#define PFR0_CSV2         FIELD(56)
#define PFR0_DIT          FIELD(48)
#define PFR0_ADVSIMD      FIELD(20)
#define PFR0_FP           FIELD(16)
#define PFR0_EL1          FIELD(4)
#define PFR0_EL0          FIELD(0)
#define PFR0_AARCH64      1UL /* in EL1: nothing else */
/* ID_AA64PFR1_EL1 */
#define PFR1_SSBS         FIELD(4)
#define PFR1_BT           FIELD(0)
/* ID_AA64DFR0_EL1 */
#define DFR0_DOUBLELOCK   FIELD(36)
#define DFR0_CTX_CMPS     FIELD(28)
#define DFR0_DEBUGVER     FIELD(0)
/* ID_AA64ISAR0_EL1 */
#define ISAR0_TME         FIELD(24)
/* ID_AA64ISAR1_EL1 */
#define ISAR1_I8MM        FIELD(52)
#define ISAR1_DGH         FIELD(48)
#define ISAR1_BF16        FIELD(44)
#define ISAR1_SPECRES     FIELD(40)
#define ISAR1_SB          FIELD(36)
#define ISAR1_FRINTTS     FIELD(32)
#define ISAR1_LRCPC       FIELD(20)
#define ISAR1_FCMA        FIELD(16)
#define ISAR1_JSCVT       FIELD(12)
#define ISAR1_DPB         FIELD(0)
/* ID_AA64ISAR2_EL1 */
#define ISAR2_BC          FIELD(20)
#define ISAR2_RPRES       FIELD(4)
/* ID_AA64MMFR0_EL1 */
#define MMFR0_EXS         FIELD(44)
#define MMFR0_TGRANS      BITS(31, 20) /* 4, 64 and 16 KiB */
#define MMFR0_BIGENDEL0   FIELD(16)
#define MMFR0_BIGEND      FIELD(8)
#define MMFR0_ASIDBITS    FIELD(4)
/* ID_AA64MMFR1_EL1 */
#define MMFR1_AFP         FIELD(44)
#define MMFR1_ETS         FIELD(36)
#define MMFR1_PAN         FIELD(20)
#define MMFR1_HPDS        FIELD(12)
#define MMFR1_HAFDBS      FIELD(0)
/* ID_AA64MMFR2_EL1 */
#define MMFR2_E0PD        FIELD(60)
#define MMFR2_BBM         FIELD(52)
#define MMFR2_TTL         FIELD(48)
#define MMFR2_IDS         FIELD(36)
#define MMFR2_AT          FIELD(32)
#define MMFR2_ST          FIELD(28)
#define MMFR2_CCIDX       FIELD(20)
#define MMFR2_LSM         FIELD(8)
#define MMFR2_UAO         FIELD(4)
#define MMFR2_CNP         FIELD(0)
/* AArch32's, for programs at EL0 */
#define A32_PFR0_STATES   BITS(15, 0)
#define A32_PFR1_GENTIMER FIELD(16)
#define A32_PFR1_PROGMOD  FIELD(0)
#define A32_PFR2_SSBS     FIELD(4)
#define A32_PFR2_CSV3     FIELD(0)
#define A32_DFR0_COPDBG   FIELD(0)
#define ALL               (~0UL)

/* CRm, op2, the register, what of it is shown. */
#define ID_REGISTERS(x)                                                                  \
	x(1, 0, id_pfr0_el1, A32_PFR0_STATES) x(1, 1, id_pfr1_el1,                       \
		A32_PFR1_GENTIMER | A32_PFR1_PROGMOD) x(1, 2, id_dfr0_el1,               \
		A32_DFR0_COPDBG) x(1, 4, id_mmfr0_el1, ALL) x(1, 5, id_mmfr1_el1,        \
		ALL) x(1, 6, id_mmfr2_el1, ALL) x(1, 7, id_mmfr3_el1, ALL) x(2, 0,       \
		id_isar0_el1,                                                            \
		ALL) x(2, 1, id_isar1_el1, ALL) x(2, 2, id_isar2_el1, ALL) x(2, 3,       \
		id_isar3_el1, ALL) x(2, 4, id_isar4_el1, ALL) x(2, 5, id_isar5_el1,      \
		ALL) x(2, 6, id_mmfr4_el1, ALL) x(2, 7, s3_0_c0_c2_7 /* ID_ISAR6_EL1 */, \
		ALL) x(3, 0, mvfr0_el1, ALL) x(3, 1, mvfr1_el1, ALL) x(3, 2, mvfr2_el1,  \
		ALL) x(3, 4, s3_0_c0_c3_4 /* ID_PFR2_EL1 */,                             \
		A32_PFR2_SSBS | A32_PFR2_CSV3) x(4, 0, id_aa64pfr0_el1,                  \
		PFR0_CSV3 | PFR0_CSV2 | PFR0_DIT | PFR0_ADVSIMD | PFR0_FP |              \
			PFR0_EL0) x(4, 1, id_aa64pfr1_el1, PFR1_SSBS | PFR1_BT) x(5, 0,  \
		id_aa64dfr0_el1,                                                         \
		DFR0_DOUBLELOCK | DFR0_CTX_CMPS | DFR0_WRPS | DFR0_BRPS | DFR0_DEBUGVER) \
		x(6, 0, id_aa64isar0_el1, ~ISAR0_TME) x(6, 1, id_aa64isar1_el1,          \
			ISAR1_I8MM | ISAR1_DGH | ISAR1_BF16 | ISAR1_SPECRES | ISAR1_SB | \
				ISAR1_FRINTTS | ISAR1_LRCPC | ISAR1_FCMA | ISAR1_JSCVT | \
				ISAR1_DPB) x(6, 2, id_aa64isar2_el1,                     \
			ISAR2_BC | ISAR2_RPRES) x(7, 0, id_aa64mmfr0_el1,                \
			MMFR0_EXS | MMFR0_TGRANS | MMFR0_BIGENDEL0 | MMFR0_BIGEND |      \
				MMFR0_ASIDBITS) x(7, 1, id_aa64mmfr1_el1,                \
			MMFR1_AFP | MMFR1_ETS | MMFR1_PAN | MMFR1_HPDS | MMFR1_HAFDBS)   \
			x(7, 2, id_aa64mmfr2_el1,                                        \
				MMFR2_E0PD | MMFR2_BBM | MMFR2_TTL | MMFR2_IDS |         \
					MMFR2_AT | MMFR2_ST | MMFR2_CCIDX | MMFR2_LSM |  \
					MMFR2_UAO | MMFR2_CNP)

#define MMFR1 vid_values[7 - VID_CRM_FIRST][1]

bool vid_has_pan(void)
{
	return MMFR1 & MMFR1_PAN;
}

#define FILL(crm, op2, name, shown) \
	vid_values[(crm) - VID_CRM_FIRST][op2] = sysreg_read(name) & (shown);

/* PARange for what stage 2 can translate. */
static u64 pa_range(u32 bits)
{
	static const u8 ranges[] = {32, 36, 40, 42, 44, 48};
	u64 range = 0;

	while (range + 1 < ARRAY_LEN(ranges) && ranges[range + 1] <= bits)
		range++;
	return range;
}

void vid_init(u32 stage2_bits)
{
	ID_REGISTERS(FILL)
	vid_values[4 - VID_CRM_FIRST][0] |= field_put(PFR0_EL1, PFR0_AARCH64);
	vid_values[7 - VID_CRM_FIRST][0] |=
		field_put(MMFR0_PARANGE, pa_range(stage2_bits));
}
