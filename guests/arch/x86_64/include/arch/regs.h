/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of the processor as a guest uses them, by the names of the manuals (Intel SDM volume
 * 3A, AMD APM volume 2), and the selectors and vectors of the runtime.
 */
#pragma once

#include <hv/bits.h>

/* Selectors: the same in the table of the first instructions and in each cpu's own. */
#define SEL_CODE32    0x08
#define SEL_CODE64    0x10
#define SEL_DATA      0x18
#define SEL_USER_DATA 0x23
#define SEL_USER_CODE 0x2b
#define SEL_TSS       0x30

/* Descriptors (SDM 3.4.5), flat, marked as accessed. */
#define DESC_CODE32      0x00cf9b000000ffff
#define DESC_CODE64      0x00af9b000000ffff
#define DESC_DATA        0x00cf93000000ffff
#define DESC_USER_DATA   0x00cff3000000ffff
#define DESC_USER_CODE64 0x00affb000000ffff

/* RFLAGS (SDM 3.4.3) */
#define RFLAGS_ID   BIT(21)
#define RFLAGS_AC   BIT(18)
#define RFLAGS_RF   BIT(16)
#define RFLAGS_IOPL BITS(13, 12)
#define RFLAGS_DF   BIT(10)
#define RFLAGS_IF   BIT(9)
#define RFLAGS_TF   BIT(8)
#define RFLAGS_ZF   BIT(6)
#define RFLAGS_ONE  BIT(1)
#define RFLAGS_CF   BIT(0)

/* CR0 (SDM 2.5); the highest bit is written as a sum by assembly */
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
#define CR4_SMAP       BIT(21)
#define CR4_SMEP       BIT(20)
#define CR4_OSXSAVE    BIT(18)
#define CR4_PCIDE      BIT(17)
#define CR4_VMXE       BIT(13)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_OSFXSR     BIT(9)
#define CR4_PGE        BIT(7)
#define CR4_PAE        BIT(5)
#define CR4_PSE        BIT(4)
#define CR4_DE         BIT(3)

/* EFER */
#define EFER_SVME BIT(12)
#define EFER_NXE  BIT(11)
#define EFER_LMA  BIT(10)
#define EFER_LME  BIT(8)
#define EFER_SCE  BIT(0)

/* Model-specific registers (SDM volume 4) */
#define MSR_TSC             0x10
#define MSR_APIC_BASE       0x1b
#define MSR_FEATURE_CONTROL 0x3a
#define MSR_MISC_ENABLE     0x1a0
#define MSR_PAT             0x277
#define MSR_TSC_DEADLINE    0x6e0
#define MSR_X2APIC          0x800
#define MSR_EFER            0xc0000080
#define MSR_STAR            0xc0000081
#define MSR_LSTAR           0xc0000082
#define MSR_SFMASK          0xc0000084
#define MSR_FS_BASE         0xc0000100
#define MSR_GS_BASE         0xc0000101
#define MSR_KERNEL_GS_BASE  0xc0000102
#define MSR_VM_CR           0xc0010114
#define MSR_VM_HSAVE_PA     0xc0010117

/* Page-table entries (SDM 4.5) */
#define PTE_NX   BIT(63)
#define PTE_ADDR BITS(51, 12)
#define PTE_PS   BIT(7) /* a large page */
#define PTE_D    BIT(6)
#define PTE_A    BIT(5)
#define PTE_PCD  BIT(4)
#define PTE_PWT  BIT(3)
#define PTE_US   BIT(2)
#define PTE_RW   BIT(1)
#define PTE_P    BIT(0)

/* The error code of a page fault (SDM 4.7) */
#define PF_FETCH   BIT(4)
#define PF_USER    BIT(2)
#define PF_WRITE   BIT(1)
#define PF_PRESENT BIT(0)

/* Interrupt vectors: 0x20 - 0x2f for the 8259A, then the I/O APIC's inputs, then free ones. */
#define VECTOR_PIC      0x20
#define VECTOR_LINES    0x30
#define LINES           24
#define VECTOR_FREE     0x50 /* 0x50 - 0xef: for tests */
#define VECTOR_TIMER    0xf0
#define VECTOR_IPI      0xf1
#define VECTOR_SPURIOUS 0xff

#ifndef __ASSEMBLER__
/* Exceptions (SDM 6.3.1) */
enum vector {
	VECTOR_DE = 0,
	VECTOR_DB = 1,
	VECTOR_NMI = 2,
	VECTOR_BP = 3,
	VECTOR_OF = 4,
	VECTOR_UD = 6,
	VECTOR_NM = 7,
	VECTOR_DF = 8,
	VECTOR_TS = 10,
	VECTOR_NP = 11,
	VECTOR_SS = 12,
	VECTOR_GP = 13,
	VECTOR_PF = 14,
	VECTOR_MF = 16,
	VECTOR_AC = 17,
	VECTOR_XM = 19,
	VECTOR_EXCEPTIONS = 32, /* below this: exceptions */
};

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
		: "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
		: "a"(leaf), "c"(subleaf));
	return r;
}

#define CPUID_1_ECX_HYPERVISOR   BIT(31)
#define CPUID_1_ECX_OSXSAVE      BIT(27)
#define CPUID_1_ECX_XSAVE        BIT(26)
#define CPUID_1_ECX_TSC_DEADLINE BIT(24)
#define CPUID_1_ECX_X2APIC       BIT(21)
#define CPUID_1_ECX_VMX          BIT(5)
#define CPUID_1_EBX_APIC_ID      BITS(31, 24)
#define CPUID_EXT1_ECX_SVM       BIT(2)

static inline u64 msr_read(u32 msr)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (u64)high << 32 | low;
}

static inline void msr_write(u32 msr, u64 value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((u32)value), "d"((u32)(value >> 32))
		: "memory");
}

/* `reg` is cr0, cr2, cr3, cr4 or cr8. */
#define cr_read(reg)                                                             \
	({                                                                       \
		u64 value_;                                                      \
		__asm__ volatile("mov %%" #reg ", %0" : "=r"(value_)::"memory"); \
		value_;                                                          \
	})
#define cr_write(reg, value) \
	__asm__ volatile("mov %0, %%" #reg ::"r"((u64)(value)) : "memory")
#endif
