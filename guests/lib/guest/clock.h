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
 * True if the timer is a register of the cpu, false if it is armed by a call to whoever
 * is below. The device tree decides at start; a test may choose the call.
 */
bool timer_is_direct(void);
void timer_use_call(void);

/* Busy-waits. */
void clock_delay(u64 ns);
