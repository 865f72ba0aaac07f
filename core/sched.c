// SPDX-License-Identifier: Apache-2.0
// Round robin, per cpu. A cpu with one vCPU has no slice timer at all.
#include <hv/sched.h>

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/cpu.h>
#include <hv/time.h>
#include <hv/vcpu.h>

void sched_place(struct vcpu *vcpu)
{
	struct cpu *best = NULL;

	for (u32 i = 0; i < cpu_count; i++)
		if (cpus[i]->online && (!best || cpus[i]->vcpu_count < best->vcpu_count))
			best = cpus[i];
	spin_lock(&best->lock);
	best->vcpu_count++;
	spin_unlock(&best->lock);
	vcpu->cpu = best;
}

void sched_remove(struct vcpu *vcpu)
{
	struct cpu *cpu = vcpu->cpu;

	spin_lock(&cpu->lock);
	assert(vcpu->state == VCPU_OFF);
	cpu->vcpu_count--;
	spin_unlock(&cpu->lock);
}

/* cpu->lock held. */
static void make_ready(struct vcpu *vcpu)
{
	vcpu->state = VCPU_READY;
	list_append(&vcpu->cpu->runq, &vcpu->node);
	__atomic_store_n(&vcpu->cpu->resched, true, __ATOMIC_RELEASE);
}

void sched_wake(struct vcpu *vcpu)
{
	struct cpu *cpu = vcpu->cpu;
	bool kick = true;

	spin_lock(&cpu->lock);
	switch (vcpu->state) {
	case VCPU_IDLE: make_ready(vcpu); break;
	case VCPU_RUNNING: vcpu->wake = true; break;
	case VCPU_READY: /* it will see when it is its turn */
	case VCPU_OFF: kick = false; break;
	}
	spin_unlock(&cpu->lock);
	if (kick)
		cpu_kick(cpu);
}

bool sched_start(struct vcpu *vcpu, void (*prepare)(struct vcpu *vcpu, void *arg),
	void *arg)
{
	struct cpu *cpu = vcpu->cpu;
	bool was_off;

	spin_lock(&cpu->lock);
	was_off = vcpu->state == VCPU_OFF;
	if (was_off) {
		prepare(vcpu, arg);
		vcpu->wake = false;
		make_ready(vcpu);
	}
	spin_unlock(&cpu->lock);
	if (was_off)
		cpu_kick(cpu);
	return was_off;
}

void sched_give_way(void)
{
	__atomic_store_n(&cpu_this()->resched, true, __ATOMIC_RELAXED);
}

static void slice_end(struct timer *timer)
{
	__atomic_store_n(&timer->cpu->resched, true, __ATOMIC_RELEASE);
}

/* The slice runs only while somebody waits behind; it is set anew when that changes. */
static void set_slice(struct cpu *cpu, bool contended)
{
	if (!cpu->slice.fire)
		timer_init(&cpu->slice, slice_end);
	if (contended)
		timer_arm(&cpu->slice, time_now() + SCHED_SLICE);
	else if (timer_armed(&cpu->slice))
		timer_cancel(&cpu->slice);
}

struct vcpu *sched_pick(void)
{
	struct cpu *cpu = cpu_this();
	struct vcpu *vcpu = NULL;
	bool contended = false;

	spin_lock(&cpu->lock);
	__atomic_store_n(&cpu->resched, false, __ATOMIC_RELAXED);
	if (!list_empty(&cpu->runq)) {
		vcpu = list_first(&cpu->runq, struct vcpu, node);
		list_remove(&vcpu->node);
		vcpu->state = VCPU_RUNNING;
		contended = !list_empty(&cpu->runq);
	}
	spin_unlock(&cpu->lock);
	set_slice(cpu, contended);
	return vcpu;
}

bool sched_put(struct vcpu *vcpu)
{
	struct cpu *cpu = vcpu->cpu;
	u32 leave = __atomic_fetch_and(&vcpu->leave, LEAVE_END, __ATOMIC_ACQ_REL);

	spin_lock(&cpu->lock);
	if (leave & (LEAVE_OFF | LEAVE_END))
		vcpu->state = VCPU_OFF;
	else if (leave & LEAVE_IDLE && !vcpu->wake)
		vcpu->state = VCPU_IDLE;
	else
		make_ready(vcpu);
	vcpu->wake = false;
	spin_unlock(&cpu->lock);
	return leave & (LEAVE_OFF | LEAVE_END);
}
