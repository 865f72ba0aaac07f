// SPDX-License-Identifier: Apache-2.0
// The inline part of the link-time boundary (include/hv/arch.h) for an x86-64 processor.
#pragma once

#include <hv/types.h>
#include <arch/regs.h>

struct cpu;
struct vcpu;
struct vm;

#define PENDING_WORDS 4 /* 256 vectors */

struct arch_cpu {
	struct cpu *self; /* %gs:0 */
	u64 stack_top;
	u64 trap_stack_top;
	u32 id;                     /* of its local APIC */
	bool init_sent;             /* at boot (boot cpu) */
	u64 pending[PENDING_WORDS]; /* interrupts taken and not handled yet (own) */
	struct cpu_tables *tables;  /* its GDT and TSS */
	void *backend;              /* the backend's own: host save area, VMXON region */
	u64 vmcs; /* vmx: the host-physical address of the VMCS that is current, 0: none */
	const void *xstate; /* whose struct arch_vcpu the vector registers are */
	u32 asid_next;
	u64 asid_serial;
};

_Static_assert(offsetof(struct arch_cpu, self) == CPU_SELF, "%gs:0");
_Static_assert(offsetof(struct arch_cpu, stack_top) == CPU_STACK_TOP, "boot.S");
_Static_assert(offsetof(struct arch_cpu, pending) == CPU_PENDING, "trap.S");

/* %gs never changes while the hypervisor runs, so the compiler may keep what this gives. */
static inline struct cpu *cpu_this(void)
{
	struct cpu *cpu;

	asm("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

static inline void cpu_relax(void)
{
	asm volatile("pause" ::: "memory");
}

/* Device registers are uncached, and such accesses stay in order (SDM 8.2.2). */
static inline void io_barrier(void)
{
	asm volatile("mfence" ::: "memory");
}

/* Not-present entries are not cached (SDM 4.10.2.3). */
static inline void tables_written(void)
{
}

static inline u64 arch_ticks(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}
