// SPDX-License-Identifier: Apache-2.0
// Which vCPU runs next on a cpu: that which has had least of it, by weight, in slices; a vCPU stays
// on the cpu it was placed on. A lone vCPU has no slices.
#pragma once

#include <hv/types.h>

struct cpu;
struct vcpu;
struct vm_config;

/*
 * A turn while others wait, ns. Short, since several CPUs of a guest may share a cpu, and the one that
 * waits for its turn may be the one whose lock the others spin for.
 */
#define SCHED_SLICE 1000000UL

/*
 * How far ahead of the others one begins that has slept, in ns at the default weight: so long may
 * it run before it waits as they do, and by so much others are behind for it.
 */
#define SCHED_CREDIT 5000000UL

/* The turn of one that an interrupt came for while it waited, ns. */
#define SCHED_URGENT 200000UL

/* The cpus that its vCPUs are pinned to are there. 0 or -EINVAL after a line. */
int sched_check(const struct vm_config *config);
/* Places a new vCPU where it is pinned to, else on the cpu that has fewest; while a VM is built. */
void sched_place(struct vcpu *vcpu);
/* Takes it from its cpu for good; it must not be running. */
void sched_remove(struct vcpu *vcpu);

/*
 * There is an interrupt for it. IDLE to READY, and it runs at once if it is behind the one that
 * does; READY, it gets a short turn before others if it has not had more than its share; one that
 * runs is made to look around first. Any cpu.
 */
void sched_wake(struct vcpu *vcpu);
/* OFF to READY; false if it was not OFF. `prepare` is called if it was, under the lock. Any cpu. */
bool sched_start(struct vcpu *vcpu, void (*prepare)(struct vcpu *vcpu, void *arg),
	void *arg);

/* The vCPU that is loaded here lets another have the cpu once, if one waits for it. */
void sched_give_way(void);

/* The next vCPU of this cpu, now RUNNING; NULL if none is ready. */
struct vcpu *sched_pick(void);
/*
 * The vCPU that sched_pick() gave stops running: back to the queue, or as `leave` says. True
 * if it is OFF now; it may then be started elsewhere at any moment.
 */
bool sched_put(struct vcpu *vcpu);
