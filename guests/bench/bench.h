// SPDX-License-Identifier: Apache-2.0
// What the generic half of the bench asks of each ISA (guests/bench/<isa>/).
#pragma once

#include <hv/types.h>

/* One kind of exit. */
struct bench_row {
	const char *key;         /* one word, for tools */
	const char *name;        /* for people */
	u64 count;               /* how many times */
	void (*run)(u64 count);  /* makes `count` exits */
	void (*base)(u64 count); /* the same loop without the exits */
};

/* Ends with a row without a key. Interrupts are off when they are called, and stay off. */
extern const struct bench_row bench_rows[];

/* How often bench_latency() can be called for a mean that means something. */
#define LATENCY_COUNT 200

/*
 * Sets the timer to a deadline, waits for it (in a busy loop, or asleep), and tells how
 * late the first instruction of the handler came, in 1/BENCH_UNIT of a clock tick.
 */
u64 bench_latency(bool asleep);

#define BENCH_UNIT 100

/* Prepares for bench_latency(). */
void bench_latency_init(void);
