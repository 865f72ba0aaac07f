// SPDX-License-Identifier: Apache-2.0
// Cache maintenance by address (<cache.h>).
#include "cache.h"

#include <hv/bits.h>
#include <hv/mm.h>
#include <arch/regs.h>
#include <arch/sysreg.h>

#define WORD      4UL /* CTR_EL0 and DCZID_EL0 count in words */
#define CLEAR_ROW 8   /* lines that are cleared without a look at the loop */
#define LINE_MAX  (PAGE_SIZE / CLEAR_ROW)

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

/* Bytes that DC ZVA clears without reading them, 0 if it is not to be used. */
static u64 zva_size(void)
{
	u64 dczid = sysreg_read(dczid_el0);

	return dczid & DCZID_DZP ? 0 : WORD << field_get(DCZID_BS, dczid);
}

/*
 * A guest's first touch of a page waits for this: where a cache line is what DC ZVA clears, as
 * nearly everywhere, it is one loop.
 */
void cache_clear(void *page, u64 size)
{
	u64 line = line_size(), end = (u64)page + size;

	if (unlikely(zva_size() != line || line > LINE_MAX)) {
		page_clear(page, size);
		cache_clean(page, size);
		return;
	}
	for (u64 at = (u64)page; at != end;) {
#pragma clang loop unroll(full)
		for (u32 i = 0; i < CLEAR_ROW; i++, at += line)
			asm volatile("dc zva, %0\n\tdc cvac, %0" ::"r"(at) : "memory");
	}
	dsb(sy);
}

void cache_forget_code(void)
{
	asm volatile("ic ialluis" ::: "memory");
	dsb(ish);
	isb();
}
