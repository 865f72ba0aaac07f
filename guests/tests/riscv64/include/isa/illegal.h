// SPDX-License-Identifier: Apache-2.0
// Trap vectors that lead nowhere.
#pragma once

#include <arch/regs.h>

#define NOBODY 0x40000000UL

static inline void vector_set(u64 vector)
{
	csr_write(stvec, vector);
}

static inline void insn_illegal(void)
{
	__asm__ volatile("unimp");
}
