/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What assembly and C agree on, and the processor's registers, by the names of the manuals
 * (Intel SDM volume 3A, AMD APM volume 2): control registers, RFLAGS, model-specific registers,
 * exception vectors. What only a backend knows is in its folder.
 */
#pragma once

#include <hv/bits.h>

/* struct arch_regs, at offset 0 of struct vcpu. */
#define REGS_GPR(n)       ((n) * 8) /* rax .. r15 by their numbers in instructions */
#define REGS_RIP          (16 * 8)
#define REGS_RFLAGS       (17 * 8)
#define VCPU_HOST_RSP     (18 * 8)
#define VCPU_CONTROL      (19 * 8)
#define VCPU_HOST_CONTROL (20 * 8)
#define VCPU_LAUNCHED     (21 * 8)

#ifdef __ASSEMBLER__
/* REGS_rax ..., for .irp over the registers' names. */
/* clang-format off */
.set REGS_rax, REGS_GPR(0)
.set REGS_rcx, REGS_GPR(1)
.set REGS_rdx, REGS_GPR(2)
.set REGS_rbx, REGS_GPR(3)
.set REGS_rsp, REGS_GPR(4)
.set REGS_rbp, REGS_GPR(5)
.set REGS_rsi, REGS_GPR(6)
.set REGS_rdi, REGS_GPR(7)
.set REGS_r8, REGS_GPR(8)
.set REGS_r9, REGS_GPR(9)
.set REGS_r10, REGS_GPR(10)
.set REGS_r11, REGS_GPR(11)
.set REGS_r12, REGS_GPR(12)
.set REGS_r13, REGS_GPR(13)
.set REGS_r14, REGS_GPR(14)
.set REGS_r15, REGS_GPR(15)
/* clang-format on */
#endif

/* struct arch_cpu, at offset 0 of struct cpu, which %gs points to. */
#define CPU_SELF      0
#define CPU_STACK_TOP 8
#define CPU_PENDING   32

#define TRAP_STUB_SIZE 16

/* Where other processors begin, in real mode: below 1 MiB, and a multiple of 4 KiB. */
#define TRAMPOLINE 0x8000

#ifndef __ASSEMBLER__
	/* Numbers of the general registers, as instructions have them. */
	enum gpr {
		GPR_RAX,
		GPR_RCX,
		GPR_RDX,
		GPR_RBX,
		GPR_RSP,
		GPR_RBP,
		GPR_RSI,
		GPR_RDI,
		GPR_R8,
		GPR_R9,
		GPR_R10,
		GPR_R11,
		GPR_R12,
		GPR_R13,
		GPR_R14,
		GPR_R15,
		GPR_COUNT,
	};

/*
 * A guest's registers. rsp and rflags stay in the backend's control block between exits:
 * arch_vcpu_sync() brings them in.
 */
struct arch_regs {
	u64 gpr[GPR_COUNT];
	u64 rip;
	u64 rflags;
};

_Static_assert(offsetof(struct arch_regs, rip) == REGS_RIP, "enter.S");
_Static_assert(offsetof(struct arch_regs, rflags) == REGS_RFLAGS, "enter.S");

/* Segment registers, by their numbers in instructions, and what is like them. */
enum segment_reg {
	SEG_ES,
	SEG_CS,
	SEG_SS,
	SEG_DS,
	SEG_FS,
	SEG_GS,
	SEG_LDTR,
	SEG_TR,
	SEG_COUNT
};

/* A segment register with its hidden part (SDM 3.4.3). */
struct segment {
	u16 selector;
	u16 attr;  /* SEG_* below */
	u32 limit; /* in bytes, granularity applied */
	u64 base;
};
#endif

/* struct segment.attr: bits 55:52 and 47:40 of a descriptor, moved together (APM 15.5.1). */
#define SEG_G               BIT(11) /* the limit counts pages */
#define SEG_DB              BIT(10) /* 32-bit code, or stack */
#define SEG_L               BIT(9)  /* 64-bit code */
#define SEG_AVL             BIT(8)
#define SEG_P               BIT(7) /* present */
#define SEG_DPL             BITS(6, 5)
#define SEG_S               BIT(4) /* code or data, not a system segment */
#define SEG_TYPE            BITS(3, 0)
#define SEG_TYPE_DATA       0x3UL /* read/write, accessed */
#define SEG_TYPE_CODE       0xbUL /* execute/read, accessed */
#define SEG_TYPE_LDT        0x2UL
#define SEG_TYPE_TSS_BUSY   0xbUL
#define SEG_TYPE_TSS16_BUSY 0x3UL

/* RFLAGS (SDM 3.4.3) */
#define RFLAGS_ID   BIT(21)
#define RFLAGS_VIP  BIT(20)
#define RFLAGS_VIF  BIT(19)
#define RFLAGS_AC   BIT(18)
#define RFLAGS_VM   BIT(17) /* virtual-8086 mode */
#define RFLAGS_RF   BIT(16)
#define RFLAGS_NT   BIT(14)
#define RFLAGS_IOPL BITS(13, 12)
#define RFLAGS_OF   BIT(11)
#define RFLAGS_DF   BIT(10)
#define RFLAGS_IF   BIT(9)
#define RFLAGS_TF   BIT(8)
#define RFLAGS_SF   BIT(7)
#define RFLAGS_ZF   BIT(6)
#define RFLAGS_AF   BIT(4)
#define RFLAGS_PF   BIT(2)
#define RFLAGS_ONE  BIT(1) /* always 1 */
#define RFLAGS_CF   BIT(0)

/* CR0 (SDM 2.5) */
#define CR0_PG BIT(31)
#define CR0_CD BIT(30)
#define CR0_NW BIT(29)
#define CR0_AM BIT(18)
#define CR0_WP BIT(16)
#define CR0_NE BIT(5)
#define CR0_ET BIT(4)
#define CR0_TS BIT(3)
#define CR0_EM BIT(2)
#define CR0_MP BIT(1)
#define CR0_PE BIT(0)

/* CR4 */
#define CR4_PKE        BIT(22)
#define CR4_SMAP       BIT(21)
#define CR4_SMEP       BIT(20)
#define CR4_OSXSAVE    BIT(18)
#define CR4_PCIDE      BIT(17)
#define CR4_FSGSBASE   BIT(16)
#define CR4_SMXE       BIT(14)
#define CR4_VMXE       BIT(13)
#define CR4_LA57       BIT(12)
#define CR4_UMIP       BIT(11)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_OSFXSR     BIT(9)
#define CR4_PCE        BIT(8)
#define CR4_PGE        BIT(7)
#define CR4_MCE        BIT(6)
#define CR4_PAE        BIT(5)
#define CR4_PSE        BIT(4)
#define CR4_DE         BIT(3)
#define CR4_TSD        BIT(2)
#define CR4_PVI        BIT(1)
#define CR4_VME        BIT(0)

/* XCR0: parts of the XSAVE state (SDM 13.3) */
#define XCR0_PKRU   BIT(9)
#define XCR0_AVX512 BITS(7, 5)
#define XCR0_AVX    BIT(2)
#define XCR0_SSE    BIT(1)
#define XCR0_X87    BIT(0)
#define XCR0_KNOWN  (XCR0_PKRU | XCR0_AVX512 | XCR0_AVX | XCR0_SSE | XCR0_X87)

/* Debug registers (SDM 17.2) */
#define DR6_RESET 0xffff0ff0UL
#define DR7_RESET 0x400UL

/* EFER */
#define EFER_TCE   BIT(15)
#define EFER_FFXSR BIT(14)
#define EFER_LMSLE BIT(13)
#define EFER_SVME  BIT(12)
#define EFER_NXE   BIT(11)
#define EFER_LMA   BIT(10)
#define EFER_LME   BIT(8)
#define EFER_SCE   BIT(0)

/* Model-specific registers (SDM volume 4; APM appendix A) */
#define MSR_TSC             0x10
#define MSR_PLATFORM_ID     0x17
#define MSR_APIC_BASE       0x1b
#define MSR_FEATURE_CONTROL 0x3a
#define MSR_TSC_ADJUST      0x3b
#define MSR_BIOS_SIGN_ID    0x8b /* on AMD: the patch level */
#define MSR_MTRRCAP         0xfe
#define MSR_SYSENTER_CS     0x174
#define MSR_SYSENTER_ESP    0x175
#define MSR_SYSENTER_EIP    0x176
#define MSR_MCG_CAP         0x179
#define MSR_MCG_STATUS      0x17a
#define MSR_MISC_ENABLE     0x1a0
#define MSR_DEBUGCTL        0x1d9
#define MSR_MTRR_PHYSBASE0  0x200 /* bases and masks in turn */
#define MSR_MTRR_FIX64K     0x250
#define MSR_MTRR_FIX16K     0x258 /* two */
#define MSR_MTRR_FIX4K      0x268 /* eight */
#define MSR_PAT             0x277
#define MSR_MTRR_DEF_TYPE   0x2ff
#define MSR_TSC_DEADLINE    0x6e0
#define MSR_X2APIC          0x800 /* 0x800 .. 0x8ff: registers of the local APIC */
#define MSR_EFER            0xc0000080
#define MSR_STAR            0xc0000081
#define MSR_LSTAR           0xc0000082
#define MSR_CSTAR           0xc0000083
#define MSR_SFMASK          0xc0000084
#define MSR_FS_BASE         0xc0000100
#define MSR_GS_BASE         0xc0000101
#define MSR_KERNEL_GS_BASE  0xc0000102
#define MSR_TSC_AUX         0xc0000103
#define MSR_SYSCFG          0xc0010010
#define MSR_HWCR            0xc0010015
#define MSR_PATCH_LOADER    0xc0010020
#define MSR_INT_PENDING     0xc0010055
#define MSR_VM_CR           0xc0010114
#define VM_CR_SVMDIS        BIT(4)
#define MSR_VM_HSAVE_PA     0xc0010117

#define PAT_RESET 0x0007040600070406UL /* SDM 11.12.4 */

/* MSR_APIC_BASE */
#define APIC_BASE_ADDR   BITS(51, 12)
#define APIC_BASE_ENABLE BIT(11)
#define APIC_BASE_X2APIC BIT(10)
#define APIC_BASE_BSP    BIT(8)
#define APIC_DEFAULT     0xfee00000UL

/* Exceptions (SDM 6.3.1) */
#ifndef __ASSEMBLER__
enum vector {
	VECTOR_DE,
	VECTOR_DB,
	VECTOR_NMI,
	VECTOR_BP,
	VECTOR_OF,
	VECTOR_BR,
	VECTOR_UD,
	VECTOR_NM,
	VECTOR_DF,
	VECTOR_CSO,
	VECTOR_TS,
	VECTOR_NP,
	VECTOR_SS,
	VECTOR_GP,
	VECTOR_PF,
	VECTOR_MF = 16,
	VECTOR_AC,
	VECTOR_MC,
	VECTOR_XM,
	VECTOR_VE,
	VECTOR_CP,
	VECTOR_EXCEPTIONS = 32, /* below this: exceptions */
};
#endif

/* The error code of a page fault (SDM 4.7) */
#define PF_FETCH    BIT(4)
#define PF_RESERVED BIT(3)
#define PF_USER     BIT(2)
#define PF_WRITE    BIT(1)
#define PF_PRESENT  BIT(0)
