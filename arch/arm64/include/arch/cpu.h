// SPDX-License-Identifier: Apache-2.0
// The inline part of the link-time boundary (include/hv/arch.h) for an AArch64 CPU.
#pragma once

#include <hv/types.h>
#include <arch/regs.h>

struct cpu;
struct vcpu;

#define VMID_COUNT 17 /* 0 is ours, and one for each VM; ASIDs at EL1 likewise */

struct arch_cpu {
	u64 trap_sp; /* the stack trap.S switches to when we trap ourselves */
	u64 stack_top;
	u64 id; /* affinity: MPIDR_EL1 & MPIDR_AFF */
	/* By VMID, whose stage 1 translations this cpu may have cached. */
	const struct vcpu *vmid_vcpu[VMID_COUNT];
};

_Static_assert(offsetof(struct arch_cpu, trap_sp) == CPU_TRAP_SP, "trap.S");
_Static_assert(offsetof(struct arch_cpu, stack_top) == CPU_STACK_TOP, "boot.S");

/* x18 is this on every cpu, at EL1 and EL2 alike, and nothing else (-ffixed-x18). */
static inline struct cpu *cpu_this(void)
{
	struct cpu *cpu;

	asm("mov %0, x18" : "=r"(cpu));
	return cpu;
}

static inline void cpu_relax(void)
{
	asm volatile("yield" ::: "memory");
}

static inline void io_barrier(void)
{
	asm volatile("dsb sy" ::: "memory");
}

static inline void tables_written(void)
{
	asm volatile("dsb ishst" ::: "memory");
}

/* The physical counter, which is the same at EL1 and EL2, whatever the guest's offset. */
static inline u64 arch_ticks(void)
{
	u64 ticks;

	asm volatile("mrs %0, cntpct_el0" : "=r"(ticks));
	return ticks;
}
