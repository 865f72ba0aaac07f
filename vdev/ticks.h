// SPDX-License-Identifier: Apache-2.0
// Time as the devices of a board count it: ticks of an oscillator, which runs with guest time.
#pragma once

#include <hv/types.h>

#define NS_PER_SECOND 1000000000UL

/* How often `hz` (1 to NS_PER_SECOND) has ticked in `ns`; exact, and no `ns` is too big. */
static inline u64 ticks_at(u64 ns, u64 hz)
{
	return ns / NS_PER_SECOND * hz + ns % NS_PER_SECOND * hz / NS_PER_SECOND;
}

/* The first ns at which ticks_at() is `ticks`, which is less than centuries. */
static inline u64 ticks_ns(u64 ticks, u64 hz)
{
	return ticks / hz * NS_PER_SECOND + (ticks % hz * NS_PER_SECOND + hz - 1) / hz;
}
