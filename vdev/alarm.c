// SPDX-License-Identifier: Apache-2.0
// An alarm in guest time (<vdev/alarm.h>), on a timer of the host.
#include "alarm.h"

#include <hv/time.h>
#include <hv/vdev.h>

static void timer_start(struct alarm *alarm)
{
	u64 now = vm_now(alarm->vm), host = time_now();
	u64 left = alarm->when > now ? alarm->when - now : 0;

	/* Any 64-bit number may have been asked for; centuries are never. */
	timer_arm(&alarm->timer, left < ~0UL - host ? host + left : ~0UL);
}

static void alarm_fire(struct timer *timer)
{
	struct alarm *alarm = container_of(timer, struct alarm, timer);

	/* Another cpu may have moved it since the timer was due: look again. */
	vm_lock(alarm->vm);
	if (alarm->when <= vm_now(alarm->vm)) {
		alarm->when = ALARM_NEVER;
		alarm->due(alarm);
	} else if (alarm->when != ALARM_NEVER) {
		timer_start(alarm);
	}
	vm_unlock(alarm->vm);
}

void alarm_init(struct alarm *alarm, struct vm *vm, void (*due)(struct alarm *alarm))
{
	alarm->vm = vm;
	alarm->due = due;
	alarm->when = ALARM_NEVER;
	timer_init(&alarm->timer, alarm_fire);
}

void alarm_set(struct alarm *alarm, u64 when)
{
	alarm->when = when;
	if (when == ALARM_NEVER)
		timer_cancel(&alarm->timer);
	else
		timer_start(alarm);
}

void alarm_end(struct alarm *alarm)
{
	/* First this, so that a timer that fires right now does not arm itself again. */
	vm_lock(alarm->vm);
	alarm_set(alarm, ALARM_NEVER);
	vm_unlock(alarm->vm);
	timer_cancel_wait(&alarm->timer);
}
