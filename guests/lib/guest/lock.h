// SPDX-License-Identifier: Apache-2.0
// Spin locks. The _irq pair is for everything that a thread shares with an interrupt
// handler or with a thread that may preempt it on the same cpu.
#pragma once

#include <guest/trap.h>
#include <arch/cpu.h>

struct spinlock {
	u32 held;
};

static inline void spin_lock(struct spinlock *l)
{
	/* Pairs with the release in spin_unlock(). */
	while (__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE))
		cpu_relax();
}

static inline void spin_unlock(struct spinlock *l)
{
	__atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
}

/* Turns interrupts off on this cpu, then takes the lock; returns what to give back. */
static inline u64 spin_lock_irq(struct spinlock *l)
{
	u64 flags = irq_save();

	spin_lock(l);
	return flags;
}

static inline void spin_unlock_irq(struct spinlock *l, u64 flags)
{
	spin_unlock(l);
	irq_restore(flags);
}
