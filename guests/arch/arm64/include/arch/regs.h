/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers of AArch64 as a guest at EL1 uses them. Arm Architecture Reference Manual
 * (DDI 0487), chapter D19; D8 for the tables.
 */
#pragma once

#include <hv/bits.h>

/* SPSR_EL1: the state before the exception */
#define SPSR_F      BIT(6)
#define SPSR_I      BIT(7) /* interrupts off */
#define SPSR_M      BITS(3, 0)
#define SPSR_M_EL0T 0
#define SPSR_M_EL1H 5

/* The immediate of DAIFSet and DAIFClr */
#define DAIFSET_I   2
#define DAIFSET_ALL 15

/* SCTLR_EL1 */
#define SCTLR_RES1 0x30d00800 /* of Armv8.0 */
#define SCTLR_I    BIT(12)    /* instruction cache */
#define SCTLR_SA0  BIT(4)     /* stack alignment is checked at EL0 */
#define SCTLR_SA   BIT(3)     /* ... and here */
#define SCTLR_C    BIT(2)     /* data cache */
#define SCTLR_M    BIT(0)     /* translation */

/* CPACR_EL1 */
#define CPACR_FPEN     BITS(21, 20) /* floating point: 0 traps, 3 does not */
#define CPACR_FPEN_ALL 3

/* MPIDR_EL1 */
#define MPIDR_AFF0 BITS(7, 0)

/* CNTV_CTL_EL0, CNTP_CTL_EL0 */
#define CNT_CTL_ISTATUS BIT(2) /* the deadline has passed */
#define CNT_CTL_IMASK   BIT(1) /* no interrupt */
#define CNT_CTL_ENABLE  BIT(0)

#ifndef __ASSEMBLER__
/* ESR_EL1 */
#define ESR_EC  BITS(31, 26) /* exception class */
#define ESR_IL  BIT(25)      /* a 32-bit instruction */
#define ESR_WNR BIT(6)       /* data abort: by a write */
#define ESR_FSC BITS(5, 0)   /* aborts: why */

enum esr_class {
	EC_UNKNOWN = 0x00,
	EC_WFX = 0x01,
	EC_FP = 0x07,
	EC_ILLEGAL_STATE = 0x0e,
	EC_SVC = 0x15,
	EC_SYSREG = 0x18,
	EC_FETCH_LOWER = 0x20,
	EC_FETCH = 0x21,
	EC_PC_ALIGN = 0x22,
	EC_DATA_LOWER = 0x24,
	EC_DATA = 0x25,
	EC_SP_ALIGN = 0x26,
	EC_BRK = 0x3c,
};

enum fault_status {
	FSC_ADDRESS_SIZE =
		0x00, /* to 0x0f, with the level: what a page table's walk finds */
	FSC_PERMISSION_LAST = 0x0f,
	FSC_EXTERNAL = 0x10,
	FSC_EXTERNAL_WALK = 0x14, /* to 0x17, with the level */
	FSC_EXTERNAL_WALK_LAST = 0x17,
	FSC_ALIGN = 0x21,
};

/* TCR_EL1 */
#define TCR_IPS      BITS(34, 32) /* physical address size, as ID_AA64MMFR0_EL1.PARange */
#define TCR_EPD1     BIT(23)      /* no walks of TTBR1_EL1 */
#define TCR_SH0      BITS(13, 12)
#define TCR_ORGN0    BITS(11, 10)
#define TCR_IRGN0    BITS(9, 8)
#define TCR_T0SZ     BITS(5, 0)
#define TCR_SH_INNER 3
#define TCR_RGN_WB   1 /* write-back, allocates */

#define MMFR0_PARANGE BITS(3, 0)
#define PARANGE_48    5

/* MAIR_EL1: a byte for each kind of memory */
#define MAIR_NORMAL      0xff /* write-back, allocates */
#define MAIR_DEVICE      0x00 /* nGnRnE */
#define MAIR_INDEX(kind) (8 * (kind))

/* Descriptors of stage 1, D8.3 */
#define PTE_UXN      BIT(54)
#define PTE_PXN      BIT(53)
#define PTE_ADDR     BITS(47, 12)
#define PTE_AF       BIT(10) /* accessed */
#define PTE_SH       BITS(9, 8)
#define PTE_SH_INNER 3
#define PTE_AP_RO    BIT(7)
#define PTE_ATTR     BITS(4, 2) /* index into MAIR_EL1 */
#define PTE_TABLE    BIT(1)     /* a table; at the last level a page */
#define PTE_VALID    BIT(0)

#define sysreg_read(reg)                                                    \
	({                                                                  \
		u64 value_;                                                 \
		__asm__ volatile("mrs %0, " #reg : "=r"(value_)::"memory"); \
		value_;                                                     \
	})
#define sysreg_write(reg, value) \
	__asm__ volatile("msr " #reg ", %x0" ::"rZ"((u64)(value)) : "memory")

/* What was written to a system register holds for all that follows. */
static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

/* All accesses before it have been seen by all cpus. */
static inline void dsb(void)
{
	__asm__ volatile("dsb ish" ::: "memory");
}
#endif
