// SPDX-License-Identifier: Apache-2.0
// Software timers: one sorted list per cpu behind the one hardware timer of arch_timer_set().
#pragma once

#include <hv/list.h>
#include <hv/types.h>

struct cpu;

struct timer {
	struct list node; /* in cpu->timers; self-linked when not armed */
	struct cpu *cpu;  /* where it is armed, or was last */
	u64 deadline;     /* ns of time_now() */
	void (*fire)(struct timer *timer); /* on that cpu, no locks held */
};

void timer_init(struct timer *timer, void (*fire)(struct timer *timer));

/* Calls fire() on this cpu at or after `deadline`; an armed timer is moved. Any cpu. */
void timer_arm(struct timer *timer, u64 deadline);
/* Harmless if it is not armed. Any cpu; on another one, fire() may be running right now. */
void timer_cancel(struct timer *timer);
/* As timer_cancel(), and fire() has ended. Not with a lock held that fire() takes. */
void timer_cancel_wait(struct timer *timer);

/* A glance, for the cpu that arms it. */
static inline bool timer_armed(const struct timer *timer)
{
	return !list_empty(&timer->node);
}

/* This cpu's hardware timer fired: runs all that are due, sets the next. From the ISA. */
void timer_interrupt(void);
