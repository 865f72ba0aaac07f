// SPDX-License-Identifier: Apache-2.0
// Physical CPUs. Each runs one loop on one stack with interrupts always masked: an interrupt
// ends a guest's run or a cpu's sleep and is handled there, at a known place, so that nothing
// in the hypervisor is ever preempted.
#pragma once

#include <hv/list.h>
#include <hv/lock.h>
#include <hv/timer.h>
#include <hv/types.h>
#include <arch/cpu.h>

struct trace_ring;
struct vcpu;

#define CPU_MAX        64
#define CPU_STACK_SIZE KiB(16)

struct cpu {
	struct arch_cpu arch; /* first: assembly and tp/gs/TPIDR point here */
	struct trace_ring *trace;
	struct vcpu *current; /* whose guest state is on this cpu, or NULL (own) */
	u32 index;            /* 0 is the boot cpu */
	bool online;          /* takes part; set once, by itself */
	bool resched;         /* look at the run queue before entering again (atomic) */
	struct spinlock timer_lock;
	struct list timers;   /* sorted by deadline (timer_lock) */
	struct timer *firing; /* whose fire() runs now (timer_lock) */
	struct spinlock lock; /* runq, and state and vtime of its vCPUs */
	struct list runq;     /* READY vCPUs, next first (lock) */
	struct list
		urgent; /* those of them with an interrupt, before the others (lock) */
	struct vcpu *running; /* the RUNNING one, or NULL (lock) */
	u64 vtime;      /* the least of those two, but never less than before (lock) */
	u64 accounted;  /* until when `running` has been charged, ns (lock) */
	u32 vcpu_count; /* vCPUs placed here (lock) */
	struct timer slice;     /* ends a turn when others wait (own) */
	struct vcpu *gives_way; /* would rather not be the next, or NULL (own) */
};

extern struct cpu
	*cpus[CPU_MAX]; /* [0, cpu_count), filled before any but the boot cpu runs */
extern u32 cpu_count;

/*
 * Makes the struct, stack and trace ring of one more cpu; `id` is the hardware's number.
 * NULL without memory. At boot.
 */
struct cpu *cpu_create(u64 id);
/* Starts all cpus but this one and waits until they are online; a line for one that is not. */
void cpu_start_all(void);
/* Where a started cpu ends up, on its own stack; does not return. */
_Noreturn void cpu_main(struct cpu *cpu);
/* Makes `cpu` leave its guest or its sleep and look around. Any cpu, any lock. */
void cpu_kick(struct cpu *cpu);

/* There is RAM to be cleared ahead, or a stock of pages to be filled: for idle cpus. */
bool cpu_has_spare_work(void);
