// SPDX-License-Identifier: Apache-2.0
// What a hart does after a change, so that other harts see it: SBI 2.0, chapter 8.
#pragma once

#include <arch/sbi.h>
#include <hv/bits.h>

/* The function that returns n: li a0, n; ret */
static inline void code_write(volatile u32 *code, u32 n)
{
	code[0] = 0x00000513 | n << 20;
	code[1] = 0x00008067;
	__asm__ volatile("fence rw, rw; fence.i" ::: "memory");
}

static inline bool page_fence(u32 cpus, u64 va)
{
	return sbi_sfence_vma(BIT(cpus) - 1, 0, va, PAGE_SIZE).error == SBI_SUCCESS;
}

static inline bool page_fence_all(u32 cpus, u64 va)
{
	(void)cpus;
	(void)va;
	return sbi_sfence_vma(0, ~0UL, 0, ~0UL).error == SBI_SUCCESS;
}

static inline bool page_fence_asid(u32 cpus, u64 va)
{
	return sbi_call(SBI_EXT_RFENCE, SBI_RFENCE_SFENCE_VMA_ASID, BIT(cpus) - 1, 0, va,
		       PAGE_SIZE, 0)
		       .error == SBI_SUCCESS;
}

static const struct {
	const char *name;
	bool (*fence)(u32 cpus, u64 va);
} page_fences[] = {
	{"sfence_vma", page_fence},
	{"sfence_vma of everything", page_fence_all},
	{"sfence_vma_asid", page_fence_asid},
};

static inline bool code_fence(u32 cpus, u64 va)
{
	(void)va;
	return sbi_fence_i(BIT(cpus) - 1, 0).error == SBI_SUCCESS;
}

/* The fence does all of it. */
static inline void code_refetch(void)
{
}
