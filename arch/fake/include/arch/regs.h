// SPDX-License-Identifier: Apache-2.0
// The registers of the fake ISA: eight of them, a stack pointer and a pc. An instruction is
// four bytes.
#pragma once

#include <hv/types.h>

#define FAKE_INSN_SIZE 4

struct arch_regs {
	u64 r[8];
	u64 sp;
	u64 pc;
};
