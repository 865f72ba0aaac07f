// SPDX-License-Identifier: Apache-2.0
// What wakes a device at a moment of guest time: one of the host's timers, which takes the VM's
// lock.
#pragma once

#include <hv/timer.h>
#include <hv/types.h>

#define ALARM_NEVER (~0UL)

/*
 * What repeats by itself does so at most this often (ns): whatever period a guest asks for, the
 * cpu gets to other things. What it misses so is gone.
 */
#define ALARM_PERIOD_MIN 100000UL

struct vm;

/* Embedded in a device. All calls but the first and the last with vm->lock held. */
struct alarm {
	struct vm *vm;
	struct timer timer;
	/* The moment has come, and no other is set. vm->lock held. */
	void (*due)(struct alarm *alarm);
	u64 when; /* ns of guest time, or ALARM_NEVER */
};

/* Not set. While the VM is being built. */
void alarm_init(struct alarm *alarm, struct vm *vm, void (*due)(struct alarm *alarm));
/*
 * due() at guest time `when`, or soon if that is past, but never from here; instead of what was
 * set before.
 */
void alarm_set(struct alarm *alarm, u64 when);
/* For destroy(): due() is not called any more. vm->lock not held. */
void alarm_end(struct alarm *alarm);
