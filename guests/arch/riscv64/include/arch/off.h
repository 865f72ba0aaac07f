// SPDX-License-Identifier: Apache-2.0
// The power switch of guests without a runtime.
#pragma once

#include <arch/sbi.h>

/* The legacy call, which needs neither stack nor data: all of the smallest guest. */
__attribute__((always_inline)) static inline _Noreturn void machine_off_legacy(void)
{
	sbi_call(SBI_EXT_LEGACY_SHUTDOWN, 0, 0, 0, 0, 0, 0);
	for (;;)
		;
}
