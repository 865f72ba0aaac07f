// SPDX-License-Identifier: Apache-2.0
// Time: a monotonic counter and a one-shot timer per cpu. Each ISA implements it in
// clock.c.
#pragma once

#include <hv/types.h>

#define NS_PER_S 1000000000UL

/* The raw counter, and how many of its ticks make a second. */
u64 clock_ticks(void);
u64 clock_hz(void);

/* Nanoseconds since the counter was 0. */
u64 clock_now(void);

/* A span of `ns` in ticks, rounded up. Spans under an hour do not overflow. */
u64 clock_ns_to_ticks(u64 ns);
u64 clock_ticks_to_ns(u64 ticks);

/* IRQ_TIMER on this cpu once the counter reaches `tick`; replaces what was armed. */
void timer_set(u64 tick);
void timer_stop(void);

/*
 * How the timer is set, in words. At start it is the best way that the machine has;
 * timer_next_way() goes over to the next one, or returns false if there is none. For tests.
 */
const char *timer_way(void);
bool timer_next_way(void);

/* Busy-waits. */
void clock_delay(u64 ns);

/*
 * Sleeps until an interrupt, or `ns` later: for cpus that may have to share one. The timer's
 * interrupt ends the sleep, and is taken back before it is let through. Takes the cpu's timer.
 */
void cpu_nap(u64 ns);
