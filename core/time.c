// SPDX-License-Identifier: Apache-2.0
// Ticks and nanoseconds (<hv/time.h>), by multiplication with fixed-point factors: a division
// would be in the way of every timer.
#include <hv/time.h>

#include <hv/bits.h>
#include <arch/cpu.h>

#define NS_PER_S  1000000000UL
#define FIX_SHIFT 32 /* fixed point of the two factors */

typedef unsigned __int128 u128; /* multiplied and shifted only: no runtime needed */

static u64 hz, ns_per_tick, ticks_per_ns;

void time_init(u64 ticks_per_second)
{
	hz = ticks_per_second;
	ns_per_tick = ((NS_PER_S << FIX_SHIFT) + hz - 1) / hz;
	ticks_per_ns = ((hz << FIX_SHIFT) + NS_PER_S - 1) / NS_PER_S;
}

u64 time_hz(void)
{
	return hz;
}

static u64 scale_up(u64 value, u64 factor)
{
	u128 fixed = (u128)value * factor + BIT(FIX_SHIFT) - 1;

	return fixed >> FIX_SHIFT > ~0UL ? ~0UL : (u64)(fixed >> FIX_SHIFT);
}

u64 time_from_ticks(u64 ticks)
{
	return scale_up(ticks, ns_per_tick);
}

u64 time_to_ticks(u64 ns)
{
	return scale_up(ns, ticks_per_ns);
}

u64 time_now(void)
{
	return time_from_ticks(arch_ticks());
}
