// SPDX-License-Identifier: Apache-2.0
// What the opcode tables alone cannot say: groups, whose operation is in modrm (SDM volume 2,
// table A-6), instructions without modrm, opcodes of three bytes, and odd sizes.
#include <arch/insn.h>

#include <hv/string.h>

#include "insn_ops.h"

#define OPCODE_MOVBE_LOAD 0xf0U /* 0f 38 f0, 0f 38 f1 */

u32 decode_group(u32 d, u32 modrm, u32 prefixes, enum insn_mode mode, struct insn *insn)
{
	u32 reg = (u32)field_get(MODRM_REG, modrm), rest = d & (u32) ~(D_OP | D_SPECIAL);

	insn->function = (u8)(modrm & FUNCTION_REG);
	switch ((enum insn_group)(d & D_OP)) {
	case OP_GROUP_82:
		if (mode == INSN_64)
			return 0;
		/* fallthrough */
	case OP_GROUP_ALU:
		if (reg == ALU_CMP)
			rest &= (u32)~D_LOCK;
		return rest | OP_ALU_STORE;
	case OP_GROUP_UNARY:
		if (reg == 0)
			return (rest & (u32)~D_LOCK) | OP_TEST |
				(rest & D_BYTE ? D_IMM_8 : D_IMM_Z);
		return reg == UNARY_NOT || reg == UNARY_NEG ? rest | OP_UNARY : 0;
	case OP_GROUP_INC:
		if (reg == 6 && !(rest & D_BYTE) && mode == INSN_64)
			return OP_PUSH;
		return reg == UNARY_INC || reg == UNARY_DEC ? rest | OP_UNARY : 0;
	case OP_GROUP_POP: return mode == INSN_64 ? rest | OP_POP : 0;
	case OP_GROUP_BIT:
		if (reg == 4) /* BT */
			rest &= (u32)~D_LOCK;
		return reg >= 4 ? rest | OP_BIT : 0;
	case OP_GROUP_PAIR: return reg == 1 ? rest | OP_CMPXCHG_PAIR : 0;
	case OP_GROUP_SXD: return mode == INSN_64 ? OP_LOAD_SIGNED | D_WIDE_REG : 0;
	case OP_GROUP_NTI:
		return prefixes & (PREFIX_66 | PREFIX_F2 | PREFIX_F3) ? 0 : OP_STORE;
	}
	return 0;
}

void decode_sizes(u32 d, u32 prefixes, struct insn *insn)
{
	bool wide = prefixes & REX_W;
	u32 op = d & D_OP;

	if (op == OP_PUSH || op == OP_POP)
		insn->size = prefixes & PREFIX_66 && !wide ? 2 : 8;
	else if (op == OP_CMPXCHG_PAIR)
		insn->size = wide ? 16 : 8;
	else if (op == OP_LOAD_SIGNED || op == OP_INS || op == OP_OUTS)
		insn->size = MIN(insn->size, 4); /* MOVSXD */
}

static bool is_moffs(u32 d)
{
	return (d & D_OP) == OP_MOFFS_LOAD || (d & D_OP) == OP_MOFFS_STORE;
}

bool is_implied(u32 d)
{
	return is_moffs(d) || ((d & D_OP) >= OP_MOVS && (d & D_OP) <= OP_OUTS);
}

const u8 *decode_implied(const u8 *p, u32 d, enum insn_mode mode, struct insn *insn)
{
	u32 bytes = is_moffs(d) ? address_size(insn, mode) : 0;

	insn->size = d & D_BYTE ? 1 : (u8)operand_size(insn->prefixes, mode);
	insn->reg = GPR_RAX;
	insn->reg_size = insn->size;
	insn->op = d & D_OP;
	insn->flags = 0;
	decode_sizes(d, insn->prefixes, insn);
	if (bytes > 0) {
		insn->op = insn->op == OP_MOFFS_LOAD ? OP_LOAD : OP_STORE;
		insn->flags = INSN_MOFFS;
		insn->imm = 0;
		memcpy(&insn->imm, p, bytes);
	}
	return p + bytes;
}

u32 decode_0f38(u32 opcode, u32 prefixes)
{
	/* With F2 it is CRC32. */
	if ((opcode & ~1U) != OPCODE_MOVBE_LOAD || prefixes & (PREFIX_F2 | PREFIX_F3))
		return 0;
	return opcode == OPCODE_MOVBE_LOAD ? OP_LOAD_SWAPPED : OP_STORE_SWAPPED;
}
