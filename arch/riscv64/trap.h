// SPDX-License-Identifier: Apache-2.0
// Traps of the hypervisor itself (trap.S).
#pragma once

#include <arch/regs.h>

/* The interrupted registers; x[0]'s place is not used. */
struct host_trap {
	u64 x[32];
};

_Static_assert(sizeof(struct host_trap) == HOST_TRAP_SIZE, "trap.S");

/* From trap.S, on the cpu's trap stack. Returns only to skip a probed instruction. */
void trap_host(struct host_trap *trap);

/*
 * True if `*pc` is the one instruction that reads guest memory by the guest's own tables
 * (hext/enter.S) and may trap: then *pc is where to go on.
 */
bool trap_guest_access(u64 *pc);

/* What an exception code means, in the manual's words. */
const char *riscv_cause_name(u64 cause);
