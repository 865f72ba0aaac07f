// SPDX-License-Identifier: Apache-2.0
// The inline part of <guest/cpu.h> and <guest/trap.h> on RISC-V. tp holds the hart's
// number.
#pragma once

#include <hv/types.h>
#include <arch/regs.h>

/* What a function call keeps: context_switch() in trap.S knows the offsets. */
struct context {
	u64 ra, sp;
	u64 s[12];
};

_Static_assert(sizeof(struct context) == 14 * 8, "trap.S saves 14 registers");

static inline u32 cpu_id(void)
{
	u64 id;

	__asm__("mv %0, tp" : "=r"(id));
	return (u32)id;
}

/* In a busy loop: `pause` (Zihintpause), to older harts a fence of nothing. */
static inline void cpu_relax(void)
{
	__asm__ volatile(".4byte 0x0100000f" ::: "memory");
}

/* Sleeps until an interrupt is pending, even one that is turned off in sstatus. */
static inline void cpu_wait(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

static inline void irq_on(void)
{
	csr_set(sstatus, SSTATUS_SIE);
}

static inline void irq_off(void)
{
	csr_clear(sstatus, SSTATUS_SIE);
}

/* Turns interrupts off; irq_restore() brings back how it was. */
static inline u64 irq_save(void)
{
	return csr_read_clear(sstatus, SSTATUS_SIE) & SSTATUS_SIE;
}

static inline void irq_restore(u64 flags)
{
	csr_set(sstatus, flags);
}
