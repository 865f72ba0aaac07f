// SPDX-License-Identifier: Apache-2.0
// Weighted fair sharing, per cpu. What a vCPU has had of its cpu is its vtime: nanoseconds,
// divided by its weight. The one with the least is next. The cpu's own vtime follows the least of
// those that want to run, and one that has slept begins not far behind that: it may go first, but
// not make up for all the time it did not want. A cpu with one vCPU has no slice timer at all.
#include <hv/sched.h>

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/config.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/time.h>
#include <hv/vcpu.h>
#include <hv/vm.h>

/* ---- Where ---- */

int sched_check(const struct vm_config *config)
{
	if (config->pin_count > config->cpus) {
		error("%s: pin: expected at most as many host cpus as it has vCPUs, %u, "
		      "found %u",
			config->name, config->cpus, config->pin_count);
		return fail(-EINVAL);
	}
	for (u32 i = 0; i < config->pin_count; i++) {
		u32 n = config->pin[i];

		if (n < cpu_count && cpus[n]->online)
			continue;
		error("%s: pin: expected host cpus from 0 to %u, found %u%s",
			config->name, cpu_count - 1, n,
			n < cpu_count ? ", which did not start" : "");
		return fail(-EINVAL);
	}
	return 0;
}

static struct cpu *cpu_for(const struct vcpu *vcpu)
{
	const struct vm_config *config = &vcpu->vm->config;
	struct cpu *best = NULL;

	if (config->pin_count)
		return cpus[config->pin[vcpu->index % config->pin_count]];
	for (u32 i = 0; i < cpu_count; i++)
		if (cpus[i]->online && (!best || cpus[i]->vcpu_count < best->vcpu_count))
			best = cpus[i];
	return best;
}

void sched_place(struct vcpu *vcpu)
{
	struct cpu *cpu = cpu_for(vcpu);

	vcpu->weight = vcpu->vm->config.weight;
	spin_lock(&cpu->lock);
	cpu->vcpu_count++;
	vcpu->vtime = cpu->vtime;
	spin_unlock(&cpu->lock);
	vcpu->cpu = cpu;
}

void sched_remove(struct vcpu *vcpu)
{
	struct cpu *cpu = vcpu->cpu;

	spin_lock(&cpu->lock);
	assert(vcpu->state == VCPU_OFF);
	cpu->vcpu_count--;
	spin_unlock(&cpu->lock);
}

/* ---- Virtual time; cpu->lock held ---- */

/* By their difference, since they may wrap. */
static bool is_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static struct vcpu *first_ready(const struct cpu *cpu)
{
	return list_empty(&cpu->runq) ? NULL : list_first(&cpu->runq, struct vcpu, node);
}

/* Up to now: charges the one that runs, and lets the cpu's vtime follow. */
static void account(struct cpu *cpu)
{
	struct vcpu *running = cpu->running, *least = first_ready(cpu);
	u64 now =
		MAX(time_now(), cpu->accounted); /* cpus' clocks may differ by a little */

	if (running) {
		u64 ran = now - cpu->accounted;

		running->ran += ran;
		running->vtime += ran * CONFIG_WEIGHT_DEFAULT / running->weight;
		if (!least || is_before(running->vtime, least->vtime))
			least = running;
	}
	cpu->accounted = now;
	if (least && is_before(cpu->vtime, least->vtime))
		cpu->vtime = least->vtime;
}

/* Into the run queue, no further ahead of the others than by `credit`; behind its equals. */
static void enqueue(struct vcpu *vcpu, u64 credit)
{
	struct cpu *cpu = vcpu->cpu;
	struct list *at = cpu->runq.next;

	if (is_before(vcpu->vtime, cpu->vtime - credit))
		vcpu->vtime = cpu->vtime - credit;
	while (at != &cpu->runq &&
		!is_before(vcpu->vtime, list_entry(at, struct vcpu, node)->vtime))
		at = at->next;
	vcpu->state = VCPU_READY;
	list_insert(at, &vcpu->node);
}

/* True if the cpu must look around: it is this one's turn, or there is no slice running yet. */
static bool make_ready(struct vcpu *vcpu, u64 credit)
{
	struct cpu *cpu = vcpu->cpu;
	bool look;

	account(cpu);
	look = list_empty(&cpu->runq) && list_empty(&cpu->urgent);
	enqueue(vcpu, credit);
	look |= !cpu->running || is_before(vcpu->vtime, cpu->running->vtime);
	if (look)
		__atomic_store_n(&cpu->resched, true, __ATOMIC_RELEASE);
	return look;
}

/*
 * An interrupt for one that waits for its turn: others may be spinning for what it does about it.
 * So it gets a short turn as the next one, unless it has had more than its share already. True if
 * the cpu must look around.
 */
static bool make_urgent(struct vcpu *vcpu)
{
	struct cpu *cpu = vcpu->cpu;

	account(cpu);
	if (vcpu->urgent || !is_before(vcpu->vtime, cpu->vtime + SCHED_CREDIT))
		return false;
	vcpu->urgent = true;
	list_remove(&vcpu->node);
	list_append(&cpu->urgent, &vcpu->node);
	__atomic_store_n(&cpu->resched, true, __ATOMIC_RELEASE);
	return true;
}

/* ---- Starting and waking ---- */

void sched_wake(struct vcpu *vcpu)
{
	struct cpu *cpu = vcpu->cpu;
	bool kick = false;

	spin_lock(&cpu->lock);
	switch (vcpu->state) {
	case VCPU_IDLE: kick = make_ready(vcpu, SCHED_CREDIT); break;
	case VCPU_RUNNING: kick = vcpu->wake = true; break;
	case VCPU_READY: kick = make_urgent(vcpu); break;
	case VCPU_OFF: break;
	}
	spin_unlock(&cpu->lock);
	if (kick)
		cpu_kick(cpu);
}

bool sched_start(struct vcpu *vcpu, void (*prepare)(struct vcpu *vcpu, void *arg),
	void *arg)
{
	struct cpu *cpu = vcpu->cpu;
	bool was_off, kick = false;

	spin_lock(&cpu->lock);
	was_off = vcpu->state == VCPU_OFF;
	if (was_off) {
		prepare(vcpu, arg);
		vcpu->wake = false;
		kick = make_ready(vcpu, 0);
	}
	spin_unlock(&cpu->lock);
	if (kick)
		cpu_kick(cpu);
	return was_off;
}

/* ---- Turns ---- */

void sched_give_way(void)
{
	struct cpu *cpu = cpu_this();

	cpu->gives_way = cpu->current;
	__atomic_store_n(&cpu->resched, true, __ATOMIC_RELAXED);
}

static void slice_end(struct timer *timer)
{
	__atomic_store_n(&timer->cpu->resched, true, __ATOMIC_RELEASE);
}

/* 0: none; it runs only while somebody waits behind, and is set anew when that changes. */
static void set_slice(struct cpu *cpu, u64 ns)
{
	if (!cpu->slice.fire)
		timer_init(&cpu->slice, slice_end);
	if (ns)
		timer_arm(&cpu->slice, time_now() + ns);
	else if (timer_armed(&cpu->slice))
		timer_cancel(&cpu->slice);
}

/* An urgent one, else the first, or if that gives way the one behind it. cpu->lock held. */
static struct vcpu *take_next(struct cpu *cpu)
{
	struct vcpu *first = first_ready(cpu), *next = first;

	if (!list_empty(&cpu->urgent))
		next = list_first(&cpu->urgent, struct vcpu, node);
	else if (!first)
		return NULL;
	else if (first == cpu->gives_way && first->node.next != &cpu->runq)
		next = list_first(&first->node, struct vcpu, node);
	list_remove(&next->node);
	return next;
}

struct vcpu *sched_pick(void)
{
	struct cpu *cpu = cpu_this();
	struct vcpu *vcpu;
	u64 slice = 0;

	spin_lock(&cpu->lock);
	__atomic_store_n(&cpu->resched, false, __ATOMIC_RELAXED);
	account(cpu); /* nobody is charged for the time up to here */
	vcpu = take_next(cpu);
	if (vcpu) {
		vcpu->state = VCPU_RUNNING;
		if (!list_empty(&cpu->runq) || !list_empty(&cpu->urgent))
			slice = vcpu->urgent ? SCHED_URGENT : SCHED_SLICE;
		vcpu->urgent = false;
	}
	cpu->running = vcpu;
	cpu->gives_way = NULL;
	spin_unlock(&cpu->lock);
	set_slice(cpu, slice);
	return vcpu;
}

bool sched_put(struct vcpu *vcpu)
{
	struct cpu *cpu = vcpu->cpu;
	u32 leave = __atomic_fetch_and(&vcpu->leave, LEAVE_END, __ATOMIC_ACQ_REL);

	spin_lock(&cpu->lock);
	account(cpu);
	cpu->running = NULL;
	if (leave & (LEAVE_OFF | LEAVE_END))
		vcpu->state = VCPU_OFF;
	else if (leave & LEAVE_IDLE && !vcpu->wake)
		vcpu->state = VCPU_IDLE;
	else
		enqueue(vcpu, SCHED_CREDIT);
	vcpu->wake = false;
	spin_unlock(&cpu->lock);
	return leave & (LEAVE_OFF | LEAVE_END);
}
