/* SPDX-License-Identifier: Apache-2.0 */
/* What trap.S and the processor save on the stack (SDM 6.14.2). */
#pragma once

#define FRAME_VECTOR 120 /* behind 15 registers */

#ifndef __ASSEMBLER__
#include <hv/types.h>

struct trap_frame {
	u64 rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
	u64 vector;
	u64 error;
	u64 pc;
	u64 cs;
	u64 status; /* RFLAGS */
	u64 sp;
	u64 ss;
};

_Static_assert(offsetof(struct trap_frame, vector) == FRAME_VECTOR, "FRAME_VECTOR");
#endif
