// SPDX-License-Identifier: Apache-2.0
// Time and alarm of a virtual clock (<vdev/clock.h>).
#include "clock.h"

#include <hv/vdev.h>

u64 clock_now(const struct clock *clock)
{
	return vm_now(clock->vm) + clock->s.offset;
}

/* Something about the alarm or the time has changed, or the moment has come: is it due? */
static void alarm_update(struct clock *clock)
{
	u64 guest = vm_now(clock->vm), now = guest + clock->s.offset, left;

	alarm_set(&clock->alarm, ALARM_NEVER);
	if (!clock->s.armed)
		return;
	if (clock->s.alarm <= now) {
		clock->s.armed = false;
		clock->due(clock);
		return;
	}
	left = clock->s.alarm - now;
	alarm_set(&clock->alarm, left < ALARM_NEVER - guest ? guest + left : ALARM_NEVER);
}

static void alarm_due(struct alarm *alarm)
{
	alarm_update(container_of(alarm, struct clock, alarm));
}

void clock_init(struct clock *clock, struct vm *vm, void (*due)(struct clock *clock))
{
	clock->vm = vm;
	clock->due = due;
	clock->s = (struct clock_state){.offset = vm_wallclock() * NS_PER_SECOND};
	alarm_init(&clock->alarm, vm, alarm_due);
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
	alarm_end(&clock->alarm);
}
