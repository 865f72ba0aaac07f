// SPDX-License-Identifier: Apache-2.0
// Where processors that boot.S has brought to long mode go on.
#pragma once

struct cpu;

/* On its own stack and the first page tables. */
_Noreturn void cpu_arrive(struct cpu *cpu);
