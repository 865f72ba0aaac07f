// SPDX-License-Identifier: Apache-2.0
// What a cpu does after a change, so that the others see it: it interrupts them (SDM volume 3A,
// 4.10.5 for tables, 8.1.3 for code).
#pragma once

#include "../../../check.h"
#include <arch/apic.h>
#include <arch/trap.h>

#define VECTOR_PAGE VECTOR_FREE
#define VECTOR_ALL  (VECTOR_FREE + 1)
#define VECTOR_CODE (VECTOR_FREE + 2)

static u64 fence_va;
static u32 fence_done; /* atomic */

/* IRET, behind it, serializes: that is all that code needs. */
static void fence_end(void)
{
	apic_eoi();
	__atomic_add_fetch(&fence_done, 1, __ATOMIC_SEQ_CST);
}

static void page_handler(struct trap_frame *frame)
{
	(void)frame;
	__asm__ volatile("invlpg (%0)" ::"r"(fence_va) : "memory");
	fence_end();
}

static void all_handler(struct trap_frame *frame)
{
	(void)frame;
	cr_write(cr3, cr_read(cr3));
	fence_end();
}

static void code_handler(struct trap_frame *frame)
{
	(void)frame;
	fence_end();
}

/* Asks all others, and waits for them. False after 10 s. */
static bool fence_ask(u32 cpus, u8 vector, void (*handler)(struct trap_frame *frame))
{
	u64 end = clock_now() + 10 * NS_PER_S;

	vector_handler_set(vector, handler);
	__atomic_store_n(&fence_done, 0, __ATOMIC_SEQ_CST);
	apic_send(0, ICR_SHORT_OTHERS | ICR_ASSERT | ICR_FIXED | vector);
	while (__atomic_load_n(&fence_done, __ATOMIC_SEQ_CST) != cpus - 1) {
		if (clock_now() > end)
			return false;
		cpu_relax();
	}
	return true;
}

/* The function that returns n: mov $n, %eax; ret */
static inline void code_write(volatile u32 *code, u32 n)
{
	code[0] = 0xb8 | n << 8;
	code[1] = 0x0000c300 | n >> 24;
}

static inline bool page_fence(u32 cpus, u64 va)
{
	fence_va = va;
	return fence_ask(cpus, VECTOR_PAGE, page_handler);
}

static inline bool page_fence_all(u32 cpus, u64 va)
{
	(void)va;
	return fence_ask(cpus, VECTOR_ALL, all_handler);
}

static const struct {
	const char *name;
	bool (*fence)(u32 cpus, u64 va);
} page_fences[] = {
	{"invlpg by the others", page_fence},
	{"a new cr3 by the others", page_fence_all},
};

static inline bool code_fence(u32 cpus, u64 va)
{
	(void)va;
	return fence_ask(cpus, VECTOR_CODE, code_handler);
}

static inline void code_refetch(void)
{
}
