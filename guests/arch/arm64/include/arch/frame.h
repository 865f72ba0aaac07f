/* SPDX-License-Identifier: Apache-2.0 */
/* The registers that trap.S saves on the stack. */
#pragma once

#define FRAME_SP     248 /* behind x0-x30 */
#define FRAME_PC     256
#define FRAME_STATUS 264 /* PSTATE, as in SPSR_EL1 */
#define FRAME_SIZE   272 /* keeps sp a multiple of 16 */

#ifndef __ASSEMBLER__
#include <hv/types.h>

/* An interrupt saves only what a call does not keep: other x[], and sp, are undefined then. */
struct trap_frame {
	u64 x[31];
	u64 sp;
	u64 pc;
	u64 status;
};

_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "FRAME_SIZE");
_Static_assert(offsetof(struct trap_frame, sp) == FRAME_SP, "FRAME_SP");
_Static_assert(offsetof(struct trap_frame, pc) == FRAME_PC, "FRAME_PC");
_Static_assert(offsetof(struct trap_frame, status) == FRAME_STATUS, "FRAME_STATUS");
#endif
