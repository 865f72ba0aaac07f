// SPDX-License-Identifier: Apache-2.0
// Host time: the time CSR, and one timer a hart by stimecmp (Sstc) or by the firmware.
#include <hv/arch.h>
#include <hv/bits.h>
#include <hv/cpu.h>
#include <arch/csr.h>

#include "boot.h"
#include "sbi.h"

#define NS_PER_S  1000000000UL
#define FIX_SHIFT 32 /* fixed point of the two factors below */

typedef unsigned __int128 u128; /* multiplied and shifted only: no runtime needed */

/* value * num / den for the machine's constant ratio, rounded up, ~0 if it does not fit. */
static u64 scale_up(u64 value, u64 num, u64 den)
{
	u128 fixed = (u128)value * (((num << FIX_SHIFT) + den - 1) / den);

	fixed += BIT(FIX_SHIFT) - 1;
	return fixed >> FIX_SHIFT > ~0UL ? ~0UL : (u64)(fixed >> FIX_SHIFT);
}

u64 arch_ticks_to_ns(u64 ticks)
{
	return scale_up(ticks, NS_PER_S, machine.timebase);
}

u64 arch_ns_to_ticks(u64 ns)
{
	return scale_up(ns, machine.timebase, NS_PER_S);
}

u64 arch_now(void)
{
	return arch_ticks_to_ns(arch_ticks());
}

void arch_timer_set(u64 deadline)
{
	u64 ticks = deadline == ~0UL ? ~0UL : arch_ns_to_ticks(deadline);

	if (machine.sstc)
		csr_write(stimecmp, ticks);
	else
		sbi_call(SBI_TIME, 0, ticks, 0, 0, 0, 0);
}
