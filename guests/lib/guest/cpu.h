// SPDX-License-Identifier: Apache-2.0
// Cpus and the switch between contexts. Each ISA implements it.
#pragma once

#include <hv/types.h>
#include <arch/cpu.h> /* struct context, cpu_id(), cpu_relax(), cpu_wait() */

#define CPUS_MAX 8 /* ids are below it */

/* How many the machine has (<guest/machine.h>). */
u32 cpu_count(void);

/*
 * Starts cpu `id` in fn(arg), on a stack of its own, with the page tables of the caller
 * if they are on, interrupts off. It stops when fn returns. False if firmware says no.
 */
bool cpu_start(u32 id, void (*fn)(void *arg), void *arg);

enum cpu_status { CPU_ON, CPU_OFF, CPU_CHANGING, CPU_NONE };

/* What firmware says of it. */
enum cpu_status cpu_status(u32 id);

/*
 * Sleeps by a call, keeping everything, until an interrupt is pending. False if firmware
 * refuses.
 */
bool cpu_suspend(void);

/* IRQ_IPI on cpu `id`, which may be the caller's own. */
void cpu_ipi(u32 id);

/* Prepares `context` so that the first switch to it calls fn(arg); fn must not return. */
void context_init(struct context *context, void *stack_top, void (*fn)(void *arg),
	void *arg);

/* Saves the running context in *from and continues *to. Interrupts must be off. */
void context_switch(struct context *from, struct context *to);
