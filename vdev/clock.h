// SPDX-License-Identifier: Apache-2.0
// What the clocks of all boards share: the time since 1970, which runs with guest time, and
// one alarm. The devices differ in the registers in front of it.
#pragma once

#include "alarm.h"
#include "ticks.h"

struct vm;

/* Plain state. */
struct clock_state {
	u64 offset; /* guest time + offset = ns since 1970 */
	u64 alarm;  /* when it is due, ns since 1970 */
	bool armed;
};

/* Embedded in a device. All calls but the first and the last with vm->lock held. */
struct clock {
	struct vm *vm;
	struct alarm alarm; /* set only while the clock's own is armed */
	/* The alarm is due, and armed no more. vm->lock held. */
	void (*due)(struct clock *clock);
	struct clock_state s;
};

/* Begins with the host's time, no alarm armed. While the VM is being built. */
void clock_init(struct clock *clock, struct vm *vm, void (*due)(struct clock *clock));
/* ns since 1970. */
u64 clock_now(const struct clock *clock);
/* Sets the time; the alarm stays where it is, and is due at once if that is past now. */
void clock_set(struct clock *clock, u64 now);
/* due() at `when`, or at once if that is past. */
void clock_arm(struct clock *clock, u64 when);
void clock_disarm(struct clock *clock);
/* For destroy(): due() is not called any more. vm->lock not held. */
void clock_end(struct clock *clock);
