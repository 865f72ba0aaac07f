// SPDX-License-Identifier: Apache-2.0
// Spin locks. The hypervisor runs with interrupts masked (see cpu.h), so a lock needs no
// interrupt-saving variant. Fair: tickets, so no cpu starves. Order: vm->lock, then a
// cpu's run queue, its timers, then the allocator, then the console.
#pragma once

#include <hv/types.h>
#include <arch/cpu.h>

struct spinlock {
	u32 next;  /* the next ticket to hand out */
	u32 owner; /* the ticket that holds the lock */
};

static inline void spin_lock(struct spinlock *l)
{
	u32 ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

	/* Pairs with the release in spin_unlock(). */
	while (unlikely(__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != ticket))
		cpu_relax();
}

static inline void spin_unlock(struct spinlock *l)
{
	/* Only the holder writes owner, so a plain read of it is enough. */
	__atomic_store_n(&l->owner, l->owner + 1, __ATOMIC_RELEASE);
}

/* For assert(): somebody holds it. */
static inline bool spin_held(struct spinlock *l)
{
	return __atomic_load_n(&l->owner, __ATOMIC_RELAXED) !=
		__atomic_load_n(&l->next, __ATOMIC_RELAXED);
}
