// SPDX-License-Identifier: Apache-2.0
// The inline part of <guest/cpu.h> and <guest/trap.h> on Arm. TPIDR_EL1 holds the cpu's number.
#pragma once

#include <hv/types.h>
#include <arch/regs.h>

/* What a function call keeps: context_switch() in trap.S knows the offsets. */
struct context {
	u64 x19_30[12];
	u64 sp;
};

_Static_assert(offsetof(struct context, sp) == 12 * 8, "trap.S saves sp behind x19-x30");

static inline u32 cpu_id(void)
{
	u64 id;

	__asm__("mrs %0, tpidr_el1" : "=r"(id));
	return (u32)id;
}

/* In a busy loop. */
static inline void cpu_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

/* Sleeps until an interrupt is pending, even one that is turned off in DAIF. */
static inline void cpu_wait(void)
{
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

static inline void irq_on(void)
{
	__asm__ volatile("msr daifclr, %0" ::"i"(DAIFSET_I) : "memory");
}

static inline void irq_off(void)
{
	__asm__ volatile("msr daifset, %0" ::"i"(DAIFSET_I) : "memory");
}

/* Turns interrupts off; irq_restore() brings back how it was. */
static inline u64 irq_save(void)
{
	u64 flags = sysreg_read(daif);

	irq_off();
	return flags;
}

static inline void irq_restore(u64 flags)
{
	sysreg_write(daif, flags);
}
