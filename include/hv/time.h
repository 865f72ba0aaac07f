// SPDX-License-Identifier: Apache-2.0
// Host time (core/time.c): the ISA's free-running counter, arch_ticks(), in nanoseconds. Any
// cpu, any context.
#pragma once

#include <hv/types.h>

/* How many ticks make a second, not 0; at boot, before any of the others is called. */
void time_init(u64 hz);
u64 time_hz(void);

/* Monotonic nanoseconds since some moment before boot, the same on all cpus. */
u64 time_now(void);
/* Ticks to nanoseconds and back, rounding up; ~0 (never) if that does not fit. */
u64 time_from_ticks(u64 ticks);
u64 time_to_ticks(u64 ns);
