// SPDX-License-Identifier: Apache-2.0
// The timer of a guest's local APIC (SDM volume 3A, 11.5.4). Its bus runs at 1 GHz, so that a
// count is in nanoseconds, times the divider. All on the vCPU's own cpu, the timer too: a vCPU
// stays where it was placed.
#include "vlapic_state.h"

#include <hv/time.h>

/* A guest that asks for more often than this gets it this often: it has no time for more. */
#define PERIOD_MIN 20000UL /* ns */

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

static u64 period(const struct vlapic *apic)
{
	return apic->timer_initial * divider(apic);
}

/* Of the beginnings of periods the next one after `now`. */
static u64 next_period(const struct vlapic *apic, u64 now)
{
	u64 ns = period(apic);

	return apic->timer_start + ((now - apic->timer_start) / ns + 1) * ns;
}

static void timer_fire(struct timer *timer)
{
	struct vlapic *apic = container_of(timer, struct vlapic, timer);
	u64 now = time_now();

	switch (mode(apic)) {
	case TIMER_PERIODIC:
		timer_arm(timer, MAX(next_period(apic, now), now + PERIOD_MIN));
		break;
	case TIMER_DEADLINE: apic->tsc_deadline = 0; break;
	case TIMER_ONE_SHOT: break;
	}
	vlapic_local(apic, LVT_TIMER);
}

void vlapic_timer_init(struct vlapic *apic)
{
	timer_init(&apic->timer, timer_fire);
}

static void stop(struct vlapic *apic)
{
	if (timer_armed(&apic->timer))
		timer_cancel(&apic->timer);
}

static void start(struct vlapic *apic)
{
	stop(apic);
	apic->timer_start = time_now();
	if (apic->timer_initial)
		timer_arm(&apic->timer, apic->timer_start + period(apic));
}

void vlapic_timer_set(struct vlapic *apic, u32 count)
{
	/* Ignored in deadline mode. */
	if (mode(apic) == TIMER_DEADLINE)
		return;
	apic->timer_initial = count;
	start(apic);
}

u32 vlapic_timer_count(const struct vlapic *apic)
{
	u64 counted, initial = apic->timer_initial;

	if (!initial || mode(apic) == TIMER_DEADLINE)
		return 0;
	counted = (time_now() - apic->timer_start) / divider(apic);
	if (mode(apic) == TIMER_PERIODIC)
		return (u32)(initial - counted % initial);
	return counted < initial ? (u32)(initial - counted) : 0;
}

/* The count goes on from where it is. */
void vlapic_timer_divide(struct vlapic *apic, u32 value)
{
	u64 left = vlapic_timer_count(apic), initial = apic->timer_initial;

	apic->timer_divide = value;
	if (!left || mode(apic) == TIMER_DEADLINE)
		return;
	stop(apic);
	apic->timer_start = time_now() - (initial - left) * divider(apic);
	timer_arm(&apic->timer, time_now() + left * divider(apic));
}

/* To deadline mode or back the timer is disarmed (11.5.4.1). */
void vlapic_timer_mode(struct vlapic *apic, u32 old_lvt)
{
	enum timer_mode old = field_get(LVT_TIMER_MODE, old_lvt);

	if (old == mode(apic))
		return;
	if (old == TIMER_DEADLINE || mode(apic) == TIMER_DEADLINE) {
		stop(apic);
		apic->timer_initial = 0;
		apic->tsc_deadline = 0;
		return;
	}
	/* One that has run out begins again when it becomes periodic. */
	if (mode(apic) == TIMER_PERIODIC && apic->timer_initial &&
		!timer_armed(&apic->timer))
		start(apic);
}

u64 vlapic_tsc_deadline(const struct vlapic *apic)
{
	return apic->tsc_deadline;
}

void vlapic_set_tsc_deadline(struct vlapic *apic, u64 tsc)
{
	if (mode(apic) != TIMER_DEADLINE)
		return;
	stop(apic);
	apic->tsc_deadline = tsc;
	if (!tsc)
		return;
	if (tsc <= vlapic_tsc(apic)) {
		apic->tsc_deadline = 0;
		vlapic_local(apic, LVT_TIMER);
		return;
	}
	timer_arm(&apic->timer, vlapic_tsc_to_host(apic, tsc));
}
