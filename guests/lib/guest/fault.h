// SPDX-License-Identifier: Apache-2.0
// Between lib/fault.c and each ISA's trap.c and trap.S.
#pragma once

#include <guest/trap.h>

/* The ISA's trap.c has found out what it is; true: go on at the frame's pc. */
bool fault_deliver(struct trap_frame *frame, const struct fault *fault);

/* trap.S: runs fn(arg), with the stack to come back to in *landing_sp. False. */
bool fault_try(void (*fn)(void *arg), void *arg, u64 *landing_sp);
/* The ISA's: the frame continues as if fault_try() returned true. */
void fault_land(struct trap_frame *frame, u64 landing_sp);
