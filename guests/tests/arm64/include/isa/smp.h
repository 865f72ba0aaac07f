// SPDX-License-Identifier: Apache-2.0
// What a cpu does after a change, so that the others see it. Maintenance is broadcast by the
// hardware: DDI 0487, D8.14 (tables) and B2.4.4 (code).
#pragma once

#include <arch/regs.h>

/* The function that returns n: mov w0, #n; ret */
static inline void code_write(volatile u32 *code, u32 n)
{
	code[0] = 0x52800000 | n << 5;
	code[1] = 0xd65f03c0;
	__asm__ volatile("dc cvau, %0\n\tdsb ish" ::"r"(code) : "memory");
}

/* paging_map() has changed the entry by the rules, which takes a broadcast. */
static inline bool page_fence(u32 cpus, u64 va)
{
	(void)cpus;
	(void)va;
	return true;
}

static const struct {
	const char *name;
	bool (*fence)(u32 cpus, u64 va);
} page_fences[] = {{"tlbi vaae1is", page_fence}};

static inline bool code_fence(u32 cpus, u64 va)
{
	(void)cpus;
	__asm__ volatile("ic ivau, %0\n\tdsb ish\n\tisb" ::"r"(va) : "memory");
	return true;
}

/* What a cpu has fetched ahead is not covered by that. */
static inline void code_refetch(void)
{
	isb();
}
