// SPDX-License-Identifier: Apache-2.0
// Threads of gkernel: one cpu, scheduled fairly by virtual run time (sched.c).
#pragma once

#include <hv/types.h>

struct thread;

/*
 * Makes the caller thread 1 and starts the timer that preempts threads. Interrupts are on
 * afterwards. Once.
 */
void sched_init(void);

/* A thread's share of the cpu is its weight's share of all. Thread 1 has this one. */
#define WEIGHT_NORMAL 1024

/* A new thread in fn(arg), or NULL without memory. It may run before this returns. */
struct thread *thread_spawn(u32 weight, void (*fn)(void *arg), void *arg);

/* Waits until `thread` has ended and frees it. One joiner for each thread. */
void thread_join(struct thread *thread);

/* Lets the next thread run first, however little the caller has had so far. */
void thread_yield(void);

/* Ends the caller; also what returning from fn does. Not for thread 1. */
_Noreturn void thread_exit(void);

/* The caller's number: 1 for the first thread, then as they were spawned. */
u32 thread_id(void);
