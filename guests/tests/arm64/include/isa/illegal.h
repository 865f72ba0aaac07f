// SPDX-License-Identifier: Apache-2.0
// Exception vectors that lead nowhere.
#pragma once

#include <arch/regs.h>

#define NOBODY 0x30000000UL

static inline void vector_set(u64 vector)
{
	sysreg_write(vbar_el1, vector);
	isb();
}

static inline void insn_illegal(void)
{
	__asm__ volatile("udf #0");
}
