// SPDX-License-Identifier: Apache-2.0
// The inline part of the link-time boundary (include/hv/arch.h) for a RISC-V hart.
#pragma once

#include <hv/types.h>
#include <arch/regs.h>

struct cpu;
struct vcpu;

#define VMID_COUNT 17 /* 0, and one for each VM */

struct arch_cpu {
	u64 trap_sp; /* the stack trap.S switches to when we trap ourselves */
	u64 stack_top;
	u64 id; /* hart id */
	/* By VMID, whose translations this hart may have cached. */
	u64 vmid_serial[VMID_COUNT];
	const struct vcpu *vmid_vcpu[VMID_COUNT];
};

_Static_assert(offsetof(struct arch_cpu, trap_sp) == CPU_TRAP_SP, "trap.S");
_Static_assert(offsetof(struct arch_cpu, stack_top) == CPU_STACK_TOP, "boot.S");

/* tp never changes on a hart, so the compiler may keep what this gives. */
static inline struct cpu *cpu_this(void)
{
	struct cpu *cpu;

	asm("mv %0, tp" : "=r"(cpu));
	return cpu;
}

static inline void cpu_relax(void)
{
	/* pause (Zihintpause): a fence hint, harmless where it is not known. */
	asm volatile(".word 0x0100000f" ::: "memory");
}

static inline void io_barrier(void)
{
	asm volatile("fence iorw, iorw" ::: "memory");
}

/* Who finds an entry still invalid is told to look again (vmem_touch()). */
static inline void tables_written(void)
{
}

static inline u64 arch_ticks(void)
{
	u64 ticks;

	asm volatile("rdtime %0" : "=r"(ticks));
	return ticks;
}
