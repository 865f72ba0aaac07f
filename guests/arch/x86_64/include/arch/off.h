// SPDX-License-Identifier: Apache-2.0
// The power switch of guests without a runtime, in real mode: 16-bit code, all of the smallest
// guest.
#pragma once

#include <arch/hypercall.h>

/* Needs neither stack nor data. */
__attribute__((always_inline)) static inline _Noreturn void machine_off_legacy(void)
{
	__asm__ volatile(".code16\n\t"
			 "movl %0, %%eax\n\t"
			 "vmmcall\n"
			 "1:\thlt\n\t"
			 "jmp 1b\n\t"
			 ".code64" ::"i"(CALL_OFF));
	__builtin_unreachable();
}
