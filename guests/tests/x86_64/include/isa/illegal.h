// SPDX-License-Identifier: Apache-2.0
// Exception vectors that lead nowhere: a table of all ones, so that neither the exception nor the
// double fault can be delivered.
#pragma once

#include <hv/types.h>

#define NOBODY 0xd0000000UL

static inline void vector_set(u64 vector)
{
	struct {
		u16 limit;
		u64 base;
	} __attribute__((packed)) pointer = {0xfff, vector};

	__asm__ volatile("lidt %0" ::"m"(pointer));
}

static inline void insn_illegal(void)
{
	__asm__ volatile("ud2");
}
