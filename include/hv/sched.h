// SPDX-License-Identifier: Apache-2.0
// Which vCPU runs next on a cpu: round robin among those that are ready, in slices; a vCPU
// stays on the cpu it was placed on. A lone vCPU has no slices.
#pragma once

#include <hv/types.h>

struct cpu;
struct vcpu;

#define SCHED_SLICE 10000000UL /* ns */

/* Places a new vCPU on the cpu that has fewest; while a VM is built. */
void sched_place(struct vcpu *vcpu);
/* Takes it from its cpu for good; it must not be running. */
void sched_remove(struct vcpu *vcpu);

/* IDLE to READY; one that runs is made to look around first. Any cpu. */
void sched_wake(struct vcpu *vcpu);
/* OFF to READY; false if it was not OFF. `prepare` is called if it was, under the lock. Any cpu. */
bool sched_start(struct vcpu *vcpu, void (*prepare)(struct vcpu *vcpu, void *arg),
	void *arg);

/* The vCPU that runs here lets others have the cpu, if any wait for it. */
void sched_give_way(void);

/* The next vCPU of this cpu, now RUNNING; NULL if none is ready. */
struct vcpu *sched_pick(void);
/*
 * The vCPU that sched_pick() gave stops running: back to the queue, or as `leave` says. True
 * if it is OFF now; it may then be started elsewhere at any moment.
 */
bool sched_put(struct vcpu *vcpu);
