// SPDX-License-Identifier: Apache-2.0
// Traps of the hypervisor itself (trap.S).
#pragma once

#include <arch/regs.h>

/* The interrupted registers. */
struct host_trap {
	u64 x[31];
	u64 sp;
};

_Static_assert(sizeof(struct host_trap) == HOST_TRAP_SIZE, "trap.S");
_Static_assert(offsetof(struct host_trap, sp) == REGS_X(31), "trap.S");

/* From trap.S, on the cpu's trap stack. */
_Noreturn void trap_host(const struct host_trap *trap);

/* What an exception class means, in the manual's words; NULL if nothing. */
const char *arm64_class_name(u32 class);
