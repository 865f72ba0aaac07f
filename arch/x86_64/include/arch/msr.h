// SPDX-License-Identifier: Apache-2.0
// Privileged registers of this processor, by their names in <arch/regs.h>, and CPUID.
#pragma once

#include <hv/types.h>
#include <arch/regs.h>

static inline u64 msr_read(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (u64)high << 32 | low;
}

static inline void msr_write(u32 msr, u64 value)
{
	asm volatile("wrmsr" ::"c"(msr), "a"((u32)value), "d"((u32)(value >> 32))
		: "memory");
}

/* cr_read(cr0), cr_write(cr0, value); likewise for the others, and dr0 ... */
#define cr_read(cr)                                                   \
	({                                                            \
		u64 cr_value_;                                        \
		asm volatile("movq %%" #cr ", %0" : "=r"(cr_value_)); \
		cr_value_;                                            \
	})
#define cr_write(cr, value) asm volatile("movq %0, %%" #cr ::"r"((u64)(value)) : "memory")

static inline u64 xcr0_read(void)
{
	u32 low, high;

	asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (u64)high << 32 | low;
}

static inline void xcr0_write(u64 value)
{
	asm volatile("xsetbv" ::"c"(0), "a"((u32)value), "d"((u32)(value >> 32))
		: "memory");
}

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

/* CPUID's answer; zeroes for leaves beyond the highest. */
void cpuid_read(u32 leaf, u32 subleaf, struct cpuid *r);

static inline struct cpuid cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid r;

	cpuid_read(leaf, subleaf, &r);
	return r;
}

/*
 * Reads or writes an MSR that may not exist: false if it does not, or not like that. After
 * trap_init(); the boot cpu, while it is alone.
 */
bool msr_probe(u32 msr, u64 *value);
bool msr_try(u32 msr, u64 value);
