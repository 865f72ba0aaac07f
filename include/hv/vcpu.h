// SPDX-License-Identifier: Apache-2.0
// A guest's CPU. Everything here belongs to the cpu it runs on, but for fields marked atomic
// or with a lock.
#pragma once

#include <hv/exit.h>
#include <hv/list.h>
#include <hv/timer.h>
#include <hv/types.h>
#include <arch/vcpu.h>

struct cpu;
struct vm;

enum vcpu_state {
	VCPU_OFF,     /* not started, or stopped by the guest */
	VCPU_READY,   /* on its cpu's run queue */
	VCPU_RUNNING, /* sched_pick() gave it to the cpu's loop */
	VCPU_IDLE,    /* waits for an interrupt */
};

/* Taken at the next sched_put(); LEAVE_END stays. */
enum {
	LEAVE_IDLE = 1, /* it waits for an interrupt */
	LEAVE_OFF = 2,  /* it has turned itself off */
	LEAVE_END = 4,  /* its VM is ending */
};

struct vcpu {
	struct arch_vcpu arch; /* first: assembly points here */
	struct exit exit;      /* the newest */
	struct vm *vm;
	struct cpu *cpu; /* where it lives */
	u32 index;
	u32 trace_tag;
	enum vcpu_state state; /* (cpu->lock) */
	u32 leave;             /* LEAVE_*: why it must not enter again (atomic) */
	bool wake;             /* an interrupt came while it was RUNNING (cpu->lock) */
	u32 weight;            /* of its share of the cpu */
	u64 vtime;             /* what it has had of that; see sched.c (cpu->lock) */
	u64 ran;               /* ns that it has had the cpu (cpu->lock) */
	bool urgent;           /* an interrupt came while it was READY (cpu->lock) */
	struct list node;      /* cpu->runq or cpu->urgent (cpu->lock) */
	struct timer timer;    /* its guest's timer, or its slice: the ISA's */
	u64 exits[EXIT_CODES]; /* how many, by exit.code */
};

/* Makes a vCPU, OFF. NULL without memory. At build time. */
struct vcpu *vcpu_create(struct vm *vm, u32 index);
void vcpu_destroy(struct vcpu *vcpu);

/*
 * OFF to running at `pc` with the boot protocol's two arguments. -EBUSY if it is not OFF. In a VM
 * that is ending it leaves at once. Any cpu.
 */
int vcpu_start(struct vcpu *vcpu, u64 pc, u64 arg0, u64 arg1);
/* The calling guest CPU turns itself off. On its own cpu, while handling its exit. */
void vcpu_stop(struct vcpu *vcpu);
/* It sleeps until an interrupt for it is pending. Likewise. */
void vcpu_idle(struct vcpu *vcpu);
/* It is not started. Any cpu; may be outdated at once. */
bool vcpu_is_off(const struct vcpu *vcpu);

/* Runs it on this cpu until its slice ends, it idles or it is gone. */
void vcpu_run(struct vcpu *vcpu);
