// SPDX-License-Identifier: Apache-2.0
// Software timers, per cpu. Lists are short (a timer or two for each vCPU), so they are
// simply kept sorted.
#include <hv/timer.h>
#include <hv/time.h>

#include <hv/arch.h>
#include <hv/cpu.h>

#define NEVER (~0UL)

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	*timer = (struct timer){.fire = fire};
	list_init(&timer->node);
}

/* The hardware timer follows the first in the list. cpu->timer_lock held, on that cpu. */
static void set_hardware(struct cpu *cpu)
{
	if (list_empty(&cpu->timers))
		arch_timer_set(NEVER);
	else
		arch_timer_set(list_first(&cpu->timers, struct timer, node)->deadline);
}

void timer_arm(struct timer *timer, u64 deadline)
{
	struct cpu *cpu = cpu_this();
	struct list *at;

	timer_cancel(timer);
	timer->deadline = deadline;
	timer->cpu = cpu;

	spin_lock(&cpu->timer_lock);
	for (at = cpu->timers.next; at != &cpu->timers; at = at->next)
		if (list_entry(at, struct timer, node)->deadline > deadline)
			break;
	list_insert(at, &timer->node);
	if (cpu->timers.next == &timer->node)
		set_hardware(cpu);
	spin_unlock(&cpu->timer_lock);
}

/* The hardware timer is left alone: firing for nothing once is cheaper than setting it. */
void timer_cancel(struct timer *timer)
{
	struct cpu *cpu = timer->cpu;

	if (!cpu)
		return;
	spin_lock(&cpu->timer_lock);
	list_remove(&timer->node);
	spin_unlock(&cpu->timer_lock);
}

/* It may be armed on one cpu while another is still in the fire() of the time before. */
static bool wait_fired(const struct timer *timer)
{
	bool fired = false;

	for (u32 i = 0; i < cpu_count; i++) {
		while (cpus[i] != cpu_this() &&
			__atomic_load_n(&cpus[i]->firing, __ATOMIC_ACQUIRE) == timer) {
			fired = true;
			cpu_relax();
		}
	}
	return fired;
}

void timer_cancel_wait(struct timer *timer)
{
	/* fire() may have armed it again. */
	do
		timer_cancel(timer);
	while (timer->cpu && wait_fired(timer));
}

/* Takes the first timer that was due at `now` off the list, or returns NULL with the hardware set. */
static struct timer *take_due(struct cpu *cpu, u64 now)
{
	struct timer *timer = NULL;

	spin_lock(&cpu->timer_lock);
	if (!list_empty(&cpu->timers))
		timer = list_first(&cpu->timers, struct timer, node);
	if (timer && timer->deadline <= now) {
		list_remove(&timer->node);
	} else {
		timer = NULL;
		set_hardware(cpu);
	}
	/* Pairs with timer_cancel_wait(): what it removed in time is never taken here. */
	__atomic_store_n(&cpu->firing, timer, __ATOMIC_RELEASE);
	spin_unlock(&cpu->timer_lock);
	return timer;
}

void timer_interrupt(void)
{
	/* Not what has become due meanwhile: timers that arm themselves anew would be no end. */
	u64 now = time_now();
	struct timer *timer;

	while ((timer = take_due(cpu_this(), now)))
		timer->fire(timer);
}
