// SPDX-License-Identifier: Apache-2.0
// Cache maintenance by address (<cache.h>).
#include "cache.h"

#include <hv/bits.h>
#include <hv/mm.h>
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

/* By blocks of DC ZVA, which clears one without reading it, where that is allowed. */
static void clear_blocks(void *page, u64 size)
{
	u64 dczid = sysreg_read(dczid_el0), end = (u64)page + size;
	u64 block = WORD << field_get(DCZID_BS, dczid);

	if (dczid & DCZID_DZP) {
		page_clear(page, size);
		return;
	}
#pragma clang loop unroll_count(4)
	for (u64 at = (u64)page; at < end; at += block)
		asm volatile("dc zva, %0" ::"r"(at) : "memory");
}

void cache_clear(void *page, u64 size)
{
	clear_blocks(page, size);
	cache_clean(page, size);
}

void cache_forget_code(void)
{
	asm volatile("ic ialluis" ::: "memory");
	dsb(ish);
	isb();
}
