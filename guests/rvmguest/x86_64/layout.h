/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things are, for C and assembly: all memory is seen at KERNEL_OFFSET, user programs are
 * low; and the frames that trap.S makes, the struct for C beside them.
 */
#pragma once

#define KERNEL_OFFSET 0xffffff8000000000
#define BOOT_STACK    16384

/* What gs points to while the kernel runs. */
#define CPU_USER_RSP   0
#define CPU_KERNEL_RSP 8

#define FRAME_CS     144 /* from the last register that is pushed on */
#define SELECTOR_RPL 3

#ifndef __ASSEMBLER__
#include <hv/types.h>

struct cpu_local {
	u64 user_rsp;   /* syscall_entry's */
	u64 kernel_rsp; /* the stack of the task that runs */
};

struct frame {
	u64 regs[15]; /* r15 ... r8, rbp, rdi, rsi, rdx, rcx, rbx, rax */
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

_Static_assert(offsetof(struct cpu_local, user_rsp) == CPU_USER_RSP, "trap.S");
_Static_assert(offsetof(struct cpu_local, kernel_rsp) == CPU_KERNEL_RSP, "trap.S");
_Static_assert(offsetof(struct frame, cs) == FRAME_CS, "trap.S");
#endif
