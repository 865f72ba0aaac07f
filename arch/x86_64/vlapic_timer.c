// SPDX-License-Identifier: Apache-2.0
// The timer of a guest's local APIC (SDM volume 3A, 11.5.4). Its bus runs at 1 GHz, so that a
// count is in nanoseconds, times the divider. All on the vCPU's own cpu, the timer too: a vCPU
// stays where it was placed.
#include "vlapic_state.h"

#include <hv/time.h>

/* A guest that asks for more often than this gets it this often: it has no time for more. */
#define PERIOD_MIN 20000UL /* ns */

/* The reserved mode counts as one-shot does. */
static enum timer_mode mode(const struct vlapic *apic)
{
	return field_get(LVT_TIMER_MODE, apic->lvt[LVT_TIMER]);
}

/* Figure 11-10: bits 3, 1 and 0 of the divide configuration register. */
static u64 divider(const struct vlapic *apic)
{
	u32 code = (apic->timer_divide & 3) | (apic->timer_divide >> 1 & 4);

	return 1UL << ((code + 1) & 7);
}

/* Not 0 while it is counting. */
static u64 period(const struct vlapic *apic)
{
	return apic->timer_initial * divider(apic);
}

/* The period that it is in becomes the first one. */
static void skip_periods(struct vlapic *apic, u64 now)
{
	apic->timer_start += (now - apic->timer_start) / period(apic) * period(apic);
}

static void timer_fire(struct timer *timer)
{
	struct vlapic *apic = container_of(timer, struct vlapic, timer);
	u64 now = time_now();

	switch (mode(apic)) {
	case TIMER_PERIODIC:
		/* Those that were missed are lost. */
		skip_periods(apic, now);
		timer_arm(timer, MAX(apic->timer_start + period(apic), now + PERIOD_MIN));
		break;
	case TIMER_DEADLINE: apic->tsc_deadline = 0; break;
	case TIMER_ONE_SHOT: break;
	}
	if (mode(apic) != TIMER_PERIODIC)
		apic->timer_counting = false;
	vlapic_local(apic, LVT_TIMER);
}

void vlapic_timer_init(struct vlapic *apic)
{
	timer_init(&apic->timer, timer_fire);
}

static void stop(struct vlapic *apic)
{
	apic->timer_counting = false;
	if (timer_armed(&apic->timer))
		timer_cancel(&apic->timer);
}

static void start(struct vlapic *apic, u64 at)
{
	apic->timer_counting = true;
	apic->timer_start = at;
	timer_arm(&apic->timer, at + period(apic));
}

void vlapic_timer_set(struct vlapic *apic, u32 count)
{
	/* Ignored in deadline mode. */
	if (unlikely(mode(apic) == TIMER_DEADLINE))
		return;
	apic->timer_initial = count;
	if (likely(count))
		start(apic, time_now());
	else
		stop(apic);
}

static u32 count_at(const struct vlapic *apic, u64 now)
{
	u64 counted, initial = apic->timer_initial;

	if (!apic->timer_counting)
		return 0;
	counted = (now - apic->timer_start) / divider(apic);
	if (mode(apic) == TIMER_PERIODIC)
		return (u32)(initial - counted % initial);
	return counted < initial ? (u32)(initial - counted) : 0;
}

u32 vlapic_timer_count(const struct vlapic *apic)
{
	return count_at(apic, time_now());
}

/* The count goes on from where it is. */
void vlapic_timer_divide(struct vlapic *apic, u32 value)
{
	u64 now = time_now(), counted;
	u32 left = count_at(apic, now);

	apic->timer_divide = value;
	counted = apic->timer_initial - left;
	/* One that is at 0 stays there; if its interrupt is not here yet, it still comes. */
	if (left)
		start(apic, now - counted * divider(apic));
	else
		apic->timer_counting = false;
}

/* To deadline mode or back the timer is disarmed (11.5.4.1). */
void vlapic_timer_mode(struct vlapic *apic, u32 old_lvt)
{
	enum timer_mode old = field_get(LVT_TIMER_MODE, old_lvt);
	u64 now;

	if (old == mode(apic))
		return;
	if (old == TIMER_DEADLINE || mode(apic) == TIMER_DEADLINE) {
		stop(apic);
		apic->timer_initial = 0;
		apic->tsc_deadline = 0;
		return;
	}
	now = time_now();
	if (old == TIMER_PERIODIC && apic->timer_counting) {
		skip_periods(apic, now);
		start(apic, apic->timer_start);
	}
	/* One that has run out begins again when it becomes periodic. */
	if (mode(apic) == TIMER_PERIODIC && !apic->timer_counting && apic->timer_initial)
		start(apic, now);
}

u64 vlapic_tsc_deadline(const struct vlapic *apic)
{
	return apic->tsc_deadline;
}

void vlapic_set_tsc_deadline(struct vlapic *apic, u64 tsc)
{
	if (mode(apic) != TIMER_DEADLINE)
		return;
	if (likely(tsc > vlapic_tsc(apic))) {
		apic->tsc_deadline = tsc;
		timer_arm(&apic->timer, vlapic_tsc_to_host(apic, tsc));
		return;
	}
	stop(apic);
	apic->tsc_deadline = 0;
	if (tsc)
		vlapic_local(apic, LVT_TIMER);
}
