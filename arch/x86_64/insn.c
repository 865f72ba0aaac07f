// SPDX-License-Identifier: Apache-2.0
// The decoder (<arch/insn.h>): SDM volume 2, chapter 2 "Instruction Format". Drivers use plain
// MOVs, so these, in 64-bit mode with nothing but a REX before them, take the short way: no
// loops, no bounds to check at each byte.
#include <arch/insn.h>

#include <hv/string.h>

#include "insn_ops.h"

/*
 * What is read at most from the opcode on, whatever the bytes are: opcode, modrm, SIB,
 * displacement and immediate of four bytes. (Opcodes of two or three have no such immediate.)
 */
#define BODY_MAX     11U
#define REX_BODY_MAX (1 + BODY_MAX)

#define OPCODE_MOVBE_LOAD 0xf0U /* 0f 38 f0, 0f 38 f1 */

static u32 operand_size(u32 prefixes, enum insn_mode mode)
{
	if (prefixes & REX_W)
		return 8;
	return !(prefixes & PREFIX_66) == (mode != INSN_16) ? 4 : 2;
}

u32 address_size(const struct insn *insn, enum insn_mode mode)
{
	if (!(insn->prefixes & PREFIX_67))
		return mode;
	return mode == INSN_32 ? 2 : 4;
}

/* A segment prefix's register; in 64-bit mode only FS and GS mean anything. */
static u32 segment_prefix(u8 byte, enum insn_mode mode, u32 before)
{
	u32 segment;

	switch (byte) {
	case 0x26: segment = SEG_ES; break;
	case 0x2e: segment = SEG_CS; break;
	case 0x36: segment = SEG_SS; break;
	case 0x3e: segment = SEG_DS; break;
	case 0x64: segment = SEG_FS; break;
	default: segment = SEG_GS; break;
	}
	if (mode == INSN_64 && segment < SEG_FS)
		return before;
	return (u32)((before & ~PREFIX_SEGMENT) | field_put(PREFIX_SEGMENT, segment + 1));
}

/* All prefixes; a REX counts only as the last of them (SDM volume 2, 2.2.1). */
static bool decode_prefixes(const u8 *bytes, u32 len, enum insn_mode mode, u32 *prefixes)
{
	u32 found = 0, rex = 0, n;

	for (n = 0; n < len && insn_opcodes[bytes[n]] & D_PREFIX; n++) {
		if ((bytes[n] & 0xf0) == 0x40) {
			if (mode != INSN_64)
				return false;
			rex = bytes[n];
			continue;
		}
		rex = 0;
		switch (bytes[n]) {
		case 0x66: found |= PREFIX_66; break;
		case 0x67: found |= PREFIX_67; break;
		case 0xf0: found |= PREFIX_LOCK; break;
		case 0xf2: found = (found & (u32)~PREFIX_F3) | PREFIX_F2; break;
		case 0xf3: found = (found & (u32)~PREFIX_F2) | PREFIX_F3; break;
		default: found = segment_prefix(bytes[n], mode, found); break;
		}
	}
	*prefixes = found | rex | (u32)field_put(PREFIX_COUNT, n);
	return n < len;
}

static u32 load_u32(const u8 *p)
{
	u32 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

/*
 * What a table entry with D_SPECIAL and modrm stands for; 0: nothing. A group's operation is in
 * the reg field: it becomes insn->function.
 */
static u32 decode_group(u32 d, u32 modrm, u32 prefixes, enum insn_mode mode,
	struct insn *insn)
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

static u8 rep_of(u32 prefixes)
{
	if (prefixes & PREFIX_F3)
		return REP_EQUAL;
	return prefixes & PREFIX_F2 ? REP_UNEQUAL : 0;
}

/* Operands whose size is not what the table can say. */
static void decode_sizes(u32 prefixes, struct insn *insn)
{
	bool wide = prefixes & REX_W;

	if (insn->op == OP_PUSH || insn->op == OP_POP)
		insn->size = prefixes & PREFIX_66 && !wide ? 2 : 8;
	else if (insn->op == OP_CMPXCHG_PAIR)
		insn->size = wide ? 16 : 8;
	else if (insn->op == OP_LOAD_SIGNED || insn->op == OP_INS || insn->op == OP_OUTS)
		insn->size = MIN(insn->size, 4);
}

static bool is_moffs(u32 d)
{
	return (d & D_OP) == OP_MOFFS_LOAD || (d & D_OP) == OP_MOFFS_STORE;
}

/* No modrm: the other operand is rAX, or at rSI and rDI. */
static bool is_implied(u32 d)
{
	return is_moffs(d) || ((d & D_OP) >= OP_MOVS && (d & D_OP) <= OP_OUTS);
}

/* Returns where it ends. */
static const u8 *decode_implied(const u8 *p, u32 d, enum insn_mode mode,
	struct insn *insn)
{
	u32 bytes = is_moffs(d) ? address_size(insn, mode) : 0;

	insn->size = d & D_BYTE ? 1 : (u8)operand_size(insn->prefixes, mode);
	insn->reg = GPR_RAX;
	insn->reg_size = insn->size;
	insn->op = d & D_OP;
	insn->flags = 0;
	decode_sizes(insn->prefixes, insn);
	if (bytes > 0) {
		insn->op = insn->op == OP_MOFFS_LOAD ? OP_LOAD : OP_STORE;
		insn->flags = INSN_MOFFS;
		insn->imm = 0;
		memcpy(&insn->imm, p, bytes);
	}
	return p + bytes;
}

/* MOVBE alone, of the opcodes 0f 38; with F2 it is CRC32. */
static u32 decode_0f38(u32 opcode, u32 prefixes)
{
	if ((opcode & ~1U) != OPCODE_MOVBE_LOAD || prefixes & (PREFIX_F2 | PREFIX_F3))
		return 0;
	return opcode == OPCODE_MOVBE_LOAD ? OP_LOAD_SWAPPED : OP_STORE_SWAPPED;
}

static u32 tail_16(u32 modrm)
{
	u32 mod = (u32)field_get(MODRM_MOD, modrm);

	if (mod == 0)
		return (modrm & MODRM_RM) == RM16_DISP ? 2 : 0;
	return mod == 3 ? TAIL_REGISTER : mod;
}

/* Where the memory operand ends; NULL: it is a register. */
static inline const u8 *decode_memory(const u8 *p, enum insn_mode mode, struct insn *insn)
{
	u32 modrm = *p++, tail = insn_tails[modrm], bytes;

	if (mode != INSN_64 && address_size(insn, mode) == 2)
		tail = tail_16(modrm);
	if (tail & TAIL_REGISTER)
		return NULL;
	insn->modrm = (u8)modrm;
	bytes = tail & TAIL_DISP;
	if (tail & TAIL_SIB) {
		insn->sib = *p++;
		if (modrm < BIT(6) && (insn->sib & SIB_BASE) == RM_DISP)
			bytes = 4;
	}
	insn->disp = load_u32(p);
	return p + bytes;
}

static inline const u8 *decode_immediate(const u8 *p, u32 d, u32 width, struct insn *insn)
{
	if ((d & D_IMM) == D_IMM_8) {
		insn->imm = (u64)(s8)*p;
		return p + 1;
	}
	if (width == 2) {
		insn->imm = (u64)(s16)load_u32(p);
		return p + 2;
	}
	insn->imm = (u64)(s32)load_u32(p);
	return p + 4;
}

static inline void decode_operands(u32 d, u32 modrm, u32 prefixes, u32 width,
	struct insn *insn)
{
	u32 reg = (u32)field_get(MODRM_REG, modrm) | (prefixes & REX_R) << 1;
	u32 size = width, reg_size;

	if (d & D_SIZE)
		size = d & D_BYTE ? 1 : 2;
	reg_size = d & D_WIDE_REG ? width : size;
	if (reg_size == 1 && !(prefixes & PREFIX_REX) && reg >= GPR_RSP)
		reg = (reg - GPR_RSP) | REG_HIGH;
	insn->size = (u8)size;
	insn->reg = (u8)reg;
	insn->reg_size = (u8)reg_size;
}

/* From the opcode on, with BODY_MAX readable bytes; inlined for each mode that matters. */
static inline __attribute__((always_inline)) bool decode_body(const u8 *opcode,
	u32 prefixes, enum insn_mode mode, struct insn *insn)
{
	const u8 *p = opcode;
	u32 byte = *p++, d = insn_opcodes[byte], width = operand_size(prefixes, mode),
	    modrm;
	bool special;

	if (d & D_ESCAPE) {
		byte = *p++;
		d = insn_opcodes_0f[byte];
		if (unlikely(d & D_ESCAPE))
			d = decode_0f38(*p++, prefixes);
	}
	insn->prefixes = prefixes;
	insn->rep = rep_of(prefixes);
	insn->step = 0;
	insn->function = (u8)byte;
	modrm = *p;
	special = d & D_SPECIAL;
	if (unlikely(special)) {
		if (is_implied(d)) {
			if (prefixes & PREFIX_LOCK)
				return false;
			p = decode_implied(p, d, mode, insn);
			goto end;
		}
		d = decode_group(d, modrm, prefixes, mode, insn);
	}
	if (d == 0 || (d & D_REG0 && modrm & MODRM_REG) ||
		(prefixes & PREFIX_LOCK && !(d & D_LOCK)))
		return false;
	p = decode_memory(p, mode, insn);
	if (!p)
		return false;
	insn->op = d & D_OP;
	insn->flags = (u8)field_get(D_IMM, d);
	decode_operands(d, modrm, prefixes, width, insn);
	if (unlikely(special))
		decode_sizes(prefixes, insn);
	if (d & D_IMM)
		p = decode_immediate(p, d, width, insn);
end:
	insn->length = (u8)(field_get(PREFIX_COUNT, prefixes) + (u32)(p - opcode));
	return insn->length <= INSN_BYTES_MAX;
}

/* The other modes, prefixes, and instructions near the end of what could be read. */
static __attribute__((noinline)) bool decode_slow(const u8 *bytes, u32 len,
	enum insn_mode mode, struct insn *insn)
{
	u8 padded[INSN_BYTES_MAX + BODY_MAX] = {0};
	u32 prefixes;

	len = MIN(len, INSN_BYTES_MAX);
	memcpy(padded, bytes, len);
	if (!decode_prefixes(padded, len, mode, &prefixes))
		return false;
	return decode_body(padded + field_get(PREFIX_COUNT, prefixes), prefixes, mode,
		       insn) &&
		insn->length <= len;
}

bool insn_decode(const u8 *bytes, u32 len, enum insn_mode mode, struct insn *insn)
{
	u32 prefixes = 0;

	if (likely(mode == INSN_64 && len >= REX_BODY_MAX)) {
		if ((*bytes & 0xf0) == 0x40)
			prefixes = *bytes++ | (u32)field_put(PREFIX_COUNT, 1);
		if (likely(!(insn_opcodes[*bytes] & D_PREFIX)))
			return decode_body(bytes, prefixes, INSN_64, insn);
		bytes -= prefixes != 0;
	}
	return decode_slow(bytes, len, mode, insn);
}
