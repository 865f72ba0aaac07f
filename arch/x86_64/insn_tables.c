// SPDX-License-Identifier: Apache-2.0
// The opcode maps (SDM volume 2, appendix A.3), reduced to what insn_run() carries out, and the
// lengths of memory operands (tables 2-2 and 2-3). Numbers only: no relocations.
#include "insn_ops.h"

/* Operations with a byte form and, as the next opcode, one with the operand size. */
#define BOTH(opcode, d) [(opcode)] = (d) | D_BYTE, [(opcode) + 1] = (d)

#define ALU(opcode)          BOTH((opcode), OP_ALU_STORE | D_LOCK), BOTH((opcode) + 2, OP_ALU_LOAD)
/* CMP writes nothing, so it cannot be locked. */
#define ALU_UNLOCKED(opcode) BOTH((opcode), OP_ALU_STORE), BOTH((opcode) + 2, OP_ALU_LOAD)

#define FOUR(opcode, d) \
	[(opcode)] = (d), [(opcode) + 1] = (d), [(opcode) + 2] = (d), [(opcode) + 3] = (d)
#define SIXTEEN(opcode, d)                                               \
	FOUR((opcode), d), FOUR((opcode) + 4, d), FOUR((opcode) + 8, d), \
		FOUR((opcode) + 12, d)

#define STRING(opcode, op) BOTH((opcode), (op) | D_SPECIAL)

// clang-format off
const u32 insn_opcodes[256] = {
	ALU(0x00), ALU(0x08), ALU(0x10), ALU(0x18),
	ALU(0x20), ALU(0x28), ALU(0x30), ALU_UNLOCKED(0x38),
	[0x0f] = D_ESCAPE,
	[0x26] = D_PREFIX, [0x2e] = D_PREFIX, [0x36] = D_PREFIX, [0x3e] = D_PREFIX,
	SIXTEEN(0x40, D_PREFIX), /* in 64-bit mode */
	[0x63] = OP_GROUP_SXD | D_SPECIAL,
	FOUR(0x64, D_PREFIX),
	STRING(0x6c, OP_INS),
	STRING(0x6e, OP_OUTS),
	[0x80] = OP_GROUP_ALU | D_BYTE | D_IMM_8 | D_LOCK | D_SPECIAL,
	[0x81] = OP_GROUP_ALU | D_IMM_Z | D_LOCK | D_SPECIAL,
	[0x82] = OP_GROUP_82 | D_BYTE | D_IMM_8 | D_LOCK | D_SPECIAL,
	[0x83] = OP_GROUP_ALU | D_IMM_8 | D_LOCK | D_SPECIAL,
	BOTH(0x84, OP_TEST),
	BOTH(0x86, OP_XCHG | D_LOCK),
	BOTH(0x88, OP_STORE),
	BOTH(0x8a, OP_LOAD),
	[0x8f] = OP_GROUP_POP | D_REG0 | D_SPECIAL,
	BOTH(0xa0, OP_MOFFS_LOAD | D_SPECIAL),
	BOTH(0xa2, OP_MOFFS_STORE | D_SPECIAL),
	STRING(0xa4, OP_MOVS),
	STRING(0xa6, OP_CMPS),
	STRING(0xaa, OP_STOS),
	STRING(0xac, OP_LODS),
	STRING(0xae, OP_SCAS),
	[0xc6] = OP_STORE | D_BYTE | D_IMM_8 | D_REG0,
	[0xc7] = OP_STORE | D_IMM_Z | D_REG0,
	[0xf0] = D_PREFIX, [0xf2] = D_PREFIX, [0xf3] = D_PREFIX,
	BOTH(0xf6, OP_GROUP_UNARY | D_LOCK | D_SPECIAL),
	BOTH(0xfe, OP_GROUP_INC | D_LOCK | D_SPECIAL),
};

const u32 insn_opcodes_0f[256] = {
	[0x38] = D_ESCAPE,
	SIXTEEN(0x40, OP_CMOV),
	SIXTEEN(0x90, OP_SET | D_BYTE),
	[0xa3] = OP_BIT,
	[0xab] = OP_BIT | D_LOCK,
	BOTH(0xb0, OP_CMPXCHG | D_LOCK),
	[0xb3] = OP_BIT | D_LOCK,
	[0xb6] = OP_LOAD | D_BYTE | D_WIDE_REG,
	[0xb7] = OP_LOAD | D_WORD | D_WIDE_REG,
	[0xba] = OP_GROUP_BIT | D_IMM_8 | D_LOCK | D_SPECIAL,
	[0xbb] = OP_BIT | D_LOCK,
	[0xbe] = OP_LOAD_SIGNED | D_BYTE | D_WIDE_REG,
	[0xbf] = OP_LOAD_SIGNED | D_WORD | D_WIDE_REG,
	BOTH(0xc0, OP_XADD | D_LOCK),
	[0xc3] = OP_GROUP_NTI | D_SPECIAL,
	[0xc7] = OP_GROUP_PAIR | D_LOCK | D_SPECIAL,
};

#define FOR_ALL_REG(...) \
	__VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, \
	__VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__
#define R TAIL_REGISTER

const u8 insn_tails[256] = {
	FOR_ALL_REG(0, 0, 0, 0, TAIL_SIB, 4, 0, 0),
	FOR_ALL_REG(1, 1, 1, 1, TAIL_SIB | 1, 1, 1, 1),
	FOR_ALL_REG(4, 4, 4, 4, TAIL_SIB | 4, 4, 4, 4),
	FOR_ALL_REG(R, R, R, R, R, R, R, R),
};
// clang-format on
