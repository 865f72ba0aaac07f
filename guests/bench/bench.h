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

/*
 * Sets the timer to `deadline`, waits for it (in a busy loop, or asleep), and returns the tick
 * of the clock before whose beginning the handler has read the clock *rounds times.
 */
u64 bench_latency(u64 deadline, bool asleep, u64 *rounds);
/* The same loop: how often it goes until tick `end`. */
u64 latency_rounds(u64 end);

#define BENCH_UNIT 100
