// SPDX-License-Identifier: Apache-2.0
// The inline part of <guest/cpu.h> and <guest/trap.h> on x86-64. The base of GS is the cpu's own
// struct cpu_local.
#pragma once

#include <hv/types.h>
#include <arch/regs.h>

/* What a function call keeps lies on the stack: context_switch() in trap.S knows it. */
struct context {
	u64 sp;
};

/* What a cpu has for itself; <arch/local.h>. */
struct cpu_local;

static inline u32 cpu_id(void)
{
	u32 id;

	__asm__("movl %%gs:0, %0" : "=r"(id));
	return id;
}

/* In a busy loop. */
static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/*
 * Sleeps until an interrupt is pending, even one that is turned off in RFLAGS: then it is still
 * pending afterwards. cpu.c.
 */
void cpu_wait(void);

/* Interrupts are let through behind the instruction that follows STI: here they are. */
static inline void irq_on(void)
{
	__asm__ volatile("sti\n\tnop" ::: "memory");
}

static inline void irq_off(void)
{
	__asm__ volatile("cli" ::: "memory");
}

/* Turns interrupts off; irq_restore() brings back how it was. */
static inline u64 irq_save(void)
{
	u64 flags;

	__asm__ volatile("pushfq\n\tpopq %0\n\tcli" : "=r"(flags)::"memory");
	return flags & RFLAGS_IF;
}

static inline void irq_restore(u64 flags)
{
	if (flags)
		irq_on();
}
