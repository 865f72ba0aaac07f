// SPDX-License-Identifier: Apache-2.0
// Where processors that boot.S has brought to long mode go on, and whose emulation they are.
#pragma once

#include <hv/types.h>

struct cpu;

/* On its own stack and the first page tables. */
_Noreturn void cpu_arrive(struct cpu *cpu);

/* It is QEMU's, translated (TCG), with flaws that have to be gone around. */
bool cpu_is_tcg(void);
