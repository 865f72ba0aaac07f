// SPDX-License-Identifier: Apache-2.0
// Between lib/cpu.c and each ISA: how a cpu comes and goes.
#pragma once

#include <hv/types.h>

struct cpu_boot {
	u64 stack_top; /* start.S reads it */
	void (*fn)(void *arg);
	void *arg;
};

_Static_assert(offsetof(struct cpu_boot, stack_top) == 0, "start.S reads offset 0");

/* The ISA's: starts the cpu at cpu_entry of start.S with `boot`; false if firmware says no. */
bool cpu_turn_on(u32 id, struct cpu_boot *boot);
/* The ISA's: ends the caller's cpu. Interrupts are off. */
_Noreturn void cpu_turn_off(void);

/* From start.S, on the cpu's own stack. */
_Noreturn void cpu_main(struct cpu_boot *boot);
