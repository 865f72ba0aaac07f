/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What assembly and C agree on: the guest's registers as they lie in struct vcpu, and the
 * system register bits we use (Arm Architecture Reference Manual, D19 "AArch64 System Register
 * Descriptions").
 */
#pragma once

#include <hv/bits.h>

/* struct arch_vcpu begins at offset 0 of struct vcpu, its regs at 0 of that. */
#define REGS_X(n)       ((n) * 8) /* x0 .. x30 */
#define REGS_SP         (31 * 8)
#define REGS_PC         (32 * 8)
#define REGS_PSTATE     (33 * 8)
#define VCPU_HOST_LR    (34 * 8) /* host_lr and host_cpu are loaded as a pair */
#define VCPU_HOST_CPU   (35 * 8)
#define VCPU_HOST_SP    (36 * 8)
#define VCPU_TTBR0      (37 * 8) /* el1: the guest's map and the host's */
#define VCPU_HOST_TTBR0 (38 * 8)

/* struct arch_cpu begins at offset 0 of struct cpu. */
#define CPU_TRAP_SP   0
#define CPU_STACK_TOP 8

/* struct host_trap: what trap.S saves when the hypervisor itself traps. */
#define HOST_TRAP_SIZE (32 * 8)

/* struct boot_regs: how a cpu turns on translation. */
#define BOOT_MAIR  0
#define BOOT_TCR   8
#define BOOT_TTBR  16
#define BOOT_SCTLR 24

#ifdef __ASSEMBLER__
/* clang-format off */
/* `insn` (ldp or stp) of x<n> and the register behind it, for each n, to their places at `at`. */
.macro pairs insn, at, first:vararg
.irp n, \first
	pair_\n	\insn, \at
.endr
.endm
.macro pair n, next
.macro pair_\n insn, at
	\insn	x\n, x\next, [\at, #REGS_X(\n)]
.endm
.endm
	pair	0, 1
	pair	2, 3
	pair	4, 5
	pair	6, 7
	pair	8, 9
	pair	10, 11
	pair	12, 13
	pair	14, 15
	pair	16, 17
	pair	18, 19
	pair	20, 21
	pair	22, 23
	pair	24, 25
	pair	26, 27
	pair	28, 29
/* clang-format on */
#endif

/* How the guest was left, in x1 behind guest_run. */
#define LEFT_SYNC   0
#define LEFT_IRQ    1
#define LEFT_SERROR 2

/* At EL1 all of the host's memory lies here, too, by TTBR1: enter.S runs there meanwhile. */
#define HIGH_BASE 0xffff000000000000

#ifndef __ASSEMBLER__
	struct arch_regs {
	u64 x[31];
	u64 sp; /* as arch_vcpu_sync() found it: while loaded, it is in SP_EL0 or SP_EL1 */
	u64 pc;
	u64 pstate;
};

_Static_assert(offsetof(struct arch_regs, x[30]) == REGS_X(30), "enter.S");
_Static_assert(offsetof(struct arch_regs, sp) == REGS_SP, "enter.S");
_Static_assert(offsetof(struct arch_regs, pc) == REGS_PC, "enter.S");
_Static_assert(offsetof(struct arch_regs, pstate) == REGS_PSTATE, "enter.S");
#endif

/* CurrentEL */
#define CURRENTEL_EL2 8 /* the level in bits 3:2 */
#define CURRENTEL_EL1 4

/* PSTATE as in SPSR_ELx */
#define PSTATE_NZCV    BITS(31, 28)
#define PSTATE_DIT     BIT(24)
#define PSTATE_PAN     BIT(22)
#define PSTATE_DAIF    BITS(9, 6)
#define PSTATE_AARCH32 BIT(4) /* M[4] */
#define PSTATE_EL      BITS(3, 2)
#define PSTATE_SP      BIT(0) /* the level's own SP, not SP_EL0 */
#define PSTATE_EL0T    0x0
#define PSTATE_EL1H    0x5

/* MPIDR_EL1 */
#define MPIDR_RES1 BIT(31)
#define MPIDR_AFF  (BITS(39, 32) | BITS(23, 0))

/* HCR_EL2 */
#define HCR_TLOR  BIT(35) /* traps: LORegion registers */
#define HCR_TSW   BIT(22) /* traps: cache maintenance by set and way */
#define HCR_TACR  BIT(21) /* ... the auxiliary control registers */
#define HCR_TIDCP BIT(20) /* ... implementation-defined registers */
#define HCR_TSC   BIT(19) /* ... SMC */
#define HCR_TID3  BIT(18) /* ... ID registers */
#define HCR_TID1  BIT(16) /* ... REVIDR, AIDR */
#define HCR_TWE   BIT(14) /* ... WFE */
#define HCR_TWI   BIT(13) /* ... WFI */
#define HCR_TVM   BIT(26) /* ... writes of stage 1 controls */
#define HCR_RW    BIT(31) /* EL1 is AArch64 */
#define HCR_AMO   BIT(5)  /* SError, IRQ and FIQ come to EL2, virtual ones go to EL1 */
#define HCR_IMO   BIT(4)
#define HCR_FMO   BIT(3)
#define HCR_SWIO  BIT(1) /* invalidation by set and way cleans, too */
#define HCR_VM    BIT(0) /* stage 2 */

/* CPTR_EL2, E2H = 0 */
#define CPTR_RES1 (BIT(13) | BIT(9) | BITS(7, 0))
#define CPTR_TTA  BIT(20) /* traps: trace registers */
#define CPTR_TSM  BIT(12) /* ... SME */
#define CPTR_TZ   BIT(8)  /* ... SVE */

/* CPACR_EL1 */
#define CPACR_FPEN BITS(21, 20) /* 3: FP and SIMD trap nowhere */

/* MDCR_EL2 */
#define MDCR_TPMS  BIT(14) /* traps: statistical profiling */
#define MDCR_TDRA  BIT(11) /* ... debug ROM address registers */
#define MDCR_TDOSA BIT(10) /* ... OS lock and power-down */
#define MDCR_TDA   BIT(9)  /* ... all other debug registers */
#define MDCR_TPM   BIT(6)  /* ... performance monitors */
#define MDCR_TPMCR BIT(5)
#define MDCR_HPMN  BITS(4, 0)

/* CNTx_CTL */
#define CNT_CTL_ISTATUS BIT(2)
#define CNT_CTL_IMASK   BIT(1)
#define CNT_CTL_ENABLE  BIT(0)

/* SCTLR_EL1, SCTLR_EL2 */
#define SCTLR_EL2_RES1 0x30c50830UL
#define SCTLR_EL1_RES1 0x30d00800UL /* LSMAOE, nTLSMD, SPAN, EIS, TSCXT, EOS */
#define SCTLR_UCI      BIT(26)      /* EL1: EL0 may maintain caches by address */
#define SCTLR_EE       BIT(25)      /* data is big-endian */
#define SCTLR_SPAN     BIT(23)      /* PSTATE.PAN is left alone by exceptions */
#define SCTLR_WXN      BIT(19)      /* what can be written cannot be executed */
#define SCTLR_UCT      BIT(15)      /* EL1: EL0 may read CTR_EL0 */
#define SCTLR_DZE      BIT(14)      /* EL1: EL0 may use DC ZVA */
#define SCTLR_I        BIT(12)
#define SCTLR_SA0      BIT(4) /* SP alignment is checked at EL0 */
#define SCTLR_SA       BIT(3)
#define SCTLR_C        BIT(2)
#define SCTLR_M        BIT(0)

/* TCR_EL1, and the same fields of TCR_EL2 where it has them */
#define TCR_EL2_RES1  (BIT(31) | BIT(23))
#define TCR_EL2_PS    BITS(18, 16)
#define TCR_EL1_IPS   BITS(34, 32)
#define TCR_EL1_TG1   BITS(31, 30) /* 2: 4 KiB */
#define TCR_EL1_SH1   BITS(29, 28)
#define TCR_EL1_ORGN1 BITS(27, 26)
#define TCR_EL1_IRGN1 BITS(25, 24)
#define TCR_EL1_T1SZ  BITS(21, 16)
#define TCR_TG0       BITS(15, 14) /* 0: 4 KiB */
#define TCR_SH0       BITS(13, 12)
#define TCR_ORGN0     BITS(11, 10)
#define TCR_IRGN0     BITS(9, 8)
#define TCR_T0SZ      BITS(5, 0)
#define TG1_4K        2UL
#define SH_INNER      3UL
#define RGN_WB        1UL /* write-back, write-allocate */

/* TTBR0_EL1, VTTBR_EL2 */
#define TTBR_ASID  BITS(63, 48)
#define VTTBR_VMID BITS(63, 48)

/* ID_AA64MMFR0_EL1 */
#define MMFR0_FGT     BITS(59, 56) /* fine-grained traps */
#define MMFR0_PARANGE BITS(3, 0)

/* ID_AA64MMFR1_EL1 */
#define MMFR1_HCX BITS(43, 40) /* HCRX_EL2 */

/* ID_AA64DFR0_EL1 */
#define DFR0_WRPS    BITS(23, 20) /* watchpoints, breakpoints less 1 */
#define DFR0_BRPS    BITS(15, 12)
#define DFR0_PMUVER  BITS(11, 8)
#define PMUVER_OTHER 15UL /* not the architecture's */

/* PMCR_EL0 */
#define PMCR_N BITS(15, 11) /* event counters */

/* CTR_EL0, DCZID_EL0 */
#define CTR_DMINLINE BITS(19, 16) /* log2 of words */
#define DCZID_DZP    BIT(4)       /* DC ZVA is not to be used */
#define DCZID_BS     BITS(3, 0)   /* log2 of words */

/* ESR_ELx */
#define ESR_EC BITS(31, 26) /* exception class */
#define ESR_IL BIT(25)      /* a 32-bit instruction */

/* ... ISS of WFI and WFE */
#define ISS_WFX_TI BITS(1, 0)
#define WFX_WFI    0UL
#define WFX_WFIT   2UL

/* ... of HVC, SMC, SVC */
#define ISS_IMM16 BITS(15, 0)

/* ... of MSR and MRS */
#define ISS_SYS_OP0  BITS(21, 20)
#define ISS_SYS_OP2  BITS(19, 17)
#define ISS_SYS_OP1  BITS(16, 14)
#define ISS_SYS_CRN  BITS(13, 10)
#define ISS_SYS_RT   BITS(9, 5)
#define ISS_SYS_CRM  BITS(4, 1)
#define ISS_SYS_READ BIT(0)
/* The register alone: all but Rt and the direction. */
#define ISS_SYS_REG  (BITS(21, 10) | BITS(4, 1))

/* ... of aborts */
#define ISS_ISV   BIT(24) /* the next five are valid */
#define ISS_SAS   BITS(23, 22)
#define ISS_SSE   BIT(21)
#define ISS_SRT   BITS(20, 16)
#define ISS_SF    BIT(15)
#define ISS_CM    BIT(8) /* cache maintenance */
#define ISS_S1PTW BIT(7) /* a walk of the guest's own tables */
#define ISS_WNR   BIT(6)
#define ISS_FSC   BITS(5, 0)
#define FSC_TYPE  BITS(5, 2)

/* HPFAR_EL2 */
#define HPFAR_FIPA BITS(43, 4) /* bits 51:12 of the guest-physical address */

#ifndef __ASSEMBLER__
/* FSC_TYPE: what kind of fault; the level is in bits 1:0. */
enum fault_type {
	FAULT_TYPE_ADDRESS_SIZE = 0,
	FAULT_TYPE_TRANSLATION = 1,
	FAULT_TYPE_ACCESS_FLAG = 2,
	FAULT_TYPE_PERMISSION = 3,
};

/* FSC as a whole, where we make one up. */
enum { FSC_EXTERNAL_ABORT = 0x10 };

/* ESR_EC; also exit.code, and two of our own that the architecture leaves free. */
enum exception_class {
	EC_UNKNOWN = 0x00,
	EC_WFX = 0x01,
	EC_CP15_32 = 0x03,
	EC_CP15_64 = 0x04,
	EC_CP14_32 = 0x05,
	EC_CP14_LS = 0x06,
	EC_FP = 0x07,
	EC_CP10 = 0x08,
	EC_PAUTH = 0x09,
	EC_LS64 = 0x0a,
	EC_CP14_64 = 0x0c,
	EC_BTI = 0x0d,
	EC_ILLEGAL_STATE = 0x0e,
	EC_SVC32 = 0x11,
	EC_SVC64 = 0x15,
	EC_HVC64 = 0x16,
	EC_SMC64 = 0x17,
	EC_SYSREG = 0x18,
	EC_SVE = 0x19,
	EC_ERET = 0x1a,
	EC_SME = 0x1d,
	EC_INSN_ABORT_LOWER = 0x20,
	EC_INSN_ABORT = 0x21,
	EC_PC_ALIGN = 0x22,
	EC_DATA_ABORT_LOWER = 0x24,
	EC_DATA_ABORT = 0x25,
	EC_SP_ALIGN = 0x26,
	EC_FP64 = 0x2c,
	EC_SERROR = 0x2f,
	EC_BREAKPOINT_LOWER = 0x30,
	EC_STEP_LOWER = 0x32,
	EC_WATCHPOINT_LOWER = 0x34,
	EC_BRK32 = 0x38,
	EC_BRK64 = 0x3c,
	CODE_IRQ = 0x3e,
};

/* PPIs (INTIDs) as Arm's Base System Architecture has them. */
enum {
	PPI_MAINTENANCE = 25,
	PPI_HYP_TIMER = 26,
	PPI_VIRTUAL_TIMER = 27,
	PPI_PHYSICAL_TIMER = 30,
};
#endif
