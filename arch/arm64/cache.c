// SPDX-License-Identifier: Apache-2.0
// Cache maintenance by address (<cache.h>).
#include "cache.h"

#include <hv/bits.h>
#include <arch/regs.h>
#include <arch/sysreg.h>

#define WORD 4UL /* CTR_EL0 counts in words */

static u64 line_size(void)
{
	return WORD << field_get(CTR_DMINLINE, sysreg_read(ctr_el0));
}

void cache_clean(const void *p, u64 size)
{
	u64 line = line_size(), end = (u64)p + size;

	for (u64 at = ALIGN_DOWN((u64)p, line); at < end; at += line)
		asm volatile("dc cvac, %0" ::"r"(at) : "memory");
	dsb(sy);
}

void cache_clean_invalidate(const void *p, u64 size)
{
	u64 line = line_size(), end = (u64)p + size;

	for (u64 at = ALIGN_DOWN((u64)p, line); at < end; at += line)
		asm volatile("dc civac, %0" ::"r"(at) : "memory");
	dsb(sy);
}

void cache_forget_code(void)
{
	asm volatile("ic ialluis" ::: "memory");
	dsb(ish);
	isb();
}
