// SPDX-License-Identifier: Apache-2.0
// Time and alarm of a virtual clock (<vdev/clock.h>), on a timer of the host.
#include "clock.h"

#include <hv/time.h>
#include <hv/vdev.h>

u64 clock_now(const struct clock *clock)
{
	return vm_now(clock->vm) + clock->s.offset;
}

/* Something about the alarm or the time has changed, or the timer fired: is it due? */
static void alarm_update(struct clock *clock)
{
	u64 now, host, left;

	timer_cancel(&clock->timer);
	if (!clock->s.armed)
		return;
	now = clock_now(clock);
	if (clock->s.alarm <= now) {
		clock->s.armed = false;
		clock->due(clock);
		return;
	}
	host = time_now();
	left = clock->s.alarm - now;
	/* Any 64-bit number may have been written; centuries are never. */
	timer_arm(&clock->timer, left < ~0UL - host ? host + left : ~0UL);
}

static void alarm_fire(struct timer *timer)
{
	struct clock *clock = container_of(timer, struct clock, timer);

	/* Another cpu may have changed the alarm since the timer was due: look again. */
	vm_lock(clock->vm);
	alarm_update(clock);
	vm_unlock(clock->vm);
}

void clock_init(struct clock *clock, struct vm *vm, void (*due)(struct clock *clock))
{
	clock->vm = vm;
	clock->due = due;
	clock->s = (struct clock_state){.offset = vm_wallclock() * NS_PER_SECOND};
	timer_init(&clock->timer, alarm_fire);
}

void clock_set(struct clock *clock, u64 now)
{
	clock->s.offset += now - clock_now(clock);
	alarm_update(clock);
}

void clock_arm(struct clock *clock, u64 when)
{
	clock->s.alarm = when;
	clock->s.armed = true;
	alarm_update(clock);
}

void clock_disarm(struct clock *clock)
{
	clock->s.armed = false;
	alarm_update(clock);
}

void clock_end(struct clock *clock)
{
	/* First this, so that a timer that fires right now does not arm itself again. */
	vm_lock(clock->vm);
	clock_disarm(clock);
	vm_unlock(clock->vm);
	timer_cancel_wait(&clock->timer);
}
