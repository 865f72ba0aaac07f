/* SPDX-License-Identifier: Apache-2.0 */
/* The registers that trap.S saves on the stack. */
#pragma once

#define FRAME_PC     0   /* in the slot of x0, which needs none */
#define FRAME_SP     16  /* x2 */
#define FRAME_A0     80  /* x10 */
#define FRAME_STATUS 256 /* sstatus */
#define FRAME_SIZE   272 /* keeps sp a multiple of 16 */

#ifndef __ASSEMBLER__
#include <hv/types.h>

/* An interrupt saves only what a call does not keep: other x[] are undefined then. */
struct trap_frame {
	union {
		u64 pc;
		u64 x[32];
	};
	u64 status;
	u64 pad;
};

_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "FRAME_SIZE");
_Static_assert(offsetof(struct trap_frame, status) == FRAME_STATUS, "FRAME_STATUS");
#endif
