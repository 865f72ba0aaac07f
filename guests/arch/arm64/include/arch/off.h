// SPDX-License-Identifier: Apache-2.0
// The power switch of guests without a runtime.
#pragma once

#include <arch/psci.h>

/* Needs neither stack nor data: all of the smallest guest. */
__attribute__((always_inline)) static inline _Noreturn void machine_off_legacy(void)
{
	psci_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		;
}
