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
static bool decode_prefixes(const u8 *bytes, u32 len, enum insn_mode mode, u32 *prefixes,
	u32 *count)
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
	*prefixes = found | rex;
	*count = n;
	return n < len;
}

static u32 load_u32(const u8 *p)
{
	u32 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static u8 rep_of(u32 prefixes)
{
	if (prefixes & PREFIX_F3)
		return REP_EQUAL;
	return prefixes & PREFIX_F2 ? REP_UNEQUAL : 0;
}

static u32 tail_16(u32 modrm)
{
	u32 mod = (u32)field_get(MODRM_MOD, modrm);

	if (mod == 0)
		return (modrm & MODRM_RM) == RM16_DISP ? 2 : 0;
	return mod == 3 ? TAIL_REGISTER : mod;
}

/*
 * The memory operand; returns the bytes of it, from modrm on, or 0: it is a register. One byte
 * more than there may be is read behind modrm, and four as a displacement.
 */
static inline u32 decode_memory(const u8 *p, u32 modrm, enum insn_mode mode,
	struct insn *insn)
{
	u32 tail = insn_tails[modrm], bytes = 1;

	if (mode != INSN_64 && address_size(insn, mode) == 2)
		tail = tail_16(modrm);
	if (tail & TAIL_REGISTER)
		return 0;
	insn->modrm = (u8)modrm;
	insn->sib = p[1];
	if (unlikely(tail & TAIL_SIB)) {
		if (modrm < BIT(6) && (insn->sib & SIB_BASE) == RM_DISP)
			tail = 4;
		bytes = 2;
	}
	insn->disp = load_u32(p + bytes);
	return bytes + (tail & TAIL_DISP);
}

/* Returns its bytes. */
static inline u32 decode_immediate(const u8 *p, u32 d, u32 width, struct insn *insn)
{
	if ((d & D_IMM) == D_IMM_8) {
		insn->imm = (u64)(s8)*p;
		return 1;
	}
	if (width == 2) {
		insn->imm = (u64)(s16)load_u32(p);
		return 2;
	}
	insn->imm = (u64)(s32)load_u32(p);
	return 4;
}

static inline void decode_register(u32 d, u32 modrm, u32 prefixes, u32 width,
	struct insn *insn)
{
	u32 reg = (u32)field_get(MODRM_REG, modrm) | (prefixes & REX_R) << 1;
	u32 size = width, reg_size = width;

	if (d & D_SIZE) {
		size = d & D_BYTE ? 1 : 2;
		if (!(d & D_WIDE_REG))
			reg_size = size;
		if (reg_size == 1 && !(prefixes & PREFIX_REX) && reg >= GPR_RSP)
			reg = (reg - GPR_RSP) | REG_HIGH;
	}
	insn->size = (u8)size;
	insn->reg = (u8)reg;
	insn->reg_size = (u8)reg_size;
}

/* What is the same whatever the instruction is. */
static inline void decode_begin(u32 opcode, u32 prefixes, struct insn *insn)
{
	insn->prefixes = prefixes;
	insn->rep = rep_of(prefixes);
	insn->step = 0;
	insn->function = (u8)opcode;
}

/* Opcode, modrm and what follows: returns the bytes, or 0: nothing we know. */
static u32 decode_opcode(const u8 *opcode, u32 prefixes, enum insn_mode mode,
	struct insn *insn)
{
	const u8 *p = opcode;
	u32 byte = *p++, d = insn_opcodes[byte], width = operand_size(prefixes, mode),
	    bytes;

	if (d & D_ESCAPE) {
		byte = *p++;
		d = insn_opcodes_0f[byte];
		if (d & D_ESCAPE)
			d = decode_0f38(*p++, prefixes);
	}
	decode_begin(byte, prefixes, insn);
	if (d & D_SPECIAL) {
		if (is_implied(d))
			return prefixes & PREFIX_LOCK
				? 0
				: (u32)(decode_implied(p, d, mode, insn) - opcode);
		d = decode_group(d, *p, prefixes, mode, insn);
	}
	if (d == 0 || (d & D_REG0 && *p & MODRM_REG) ||
		(prefixes & PREFIX_LOCK && !(d & D_LOCK)))
		return 0;
	bytes = decode_memory(p, *p, mode, insn);
	if (bytes == 0)
		return 0;
	insn->op = (u8)d;
	insn->flags = (u8)field_get(D_IMM, d);
	decode_register(d, *p, prefixes, width, insn);
	decode_sizes(d, prefixes, insn);
	p += bytes;
	if (d & D_IMM)
		p += decode_immediate(p, d, width, insn);
	return (u32)(p - opcode);
}

/* All modes, prefixes and instructions, also near the end of what could be read. */
static __attribute__((noinline)) bool decode_any(const u8 *bytes, u32 len,
	enum insn_mode mode, struct insn *insn)
{
	u8 padded[INSN_BYTES_MAX + BODY_MAX] = {0};
	u32 prefixes, count, rest;

	len = MIN(len, INSN_BYTES_MAX);
	memcpy(padded, bytes, len);
	if (!decode_prefixes(padded, len, mode, &prefixes, &count))
		return false;
	rest = decode_opcode(padded + count, prefixes, mode, insn);
	insn->length = (u8)(count + rest);
	return rest > 0 && insn->length <= len;
}

/* MOV and what is as simple, in 64-bit mode, without prefixes but REX; `opcode` is behind it. */
static inline bool decode_plain(const u8 *bytes, const u8 *opcode, u32 rex,
	struct insn *insn)
{
	u32 byte = *opcode++, d = insn_opcodes[byte], width = operand_size(rex, INSN_64),
	    modrm, part;

	if (unlikely(d - 1 >= D_REG0 - 1)) {
		if (d & D_ESCAPE) {
			byte = *opcode++;
			d = insn_opcodes_0f[byte];
		} else if (d & D_REG0 && !(*opcode & MODRM_REG)) {
			d &= (u32)~D_REG0;
		}
		if (d - 1 >= D_REG0 - 1)
			return false;
	}
	modrm = *opcode;
	part = decode_memory(opcode, modrm, INSN_64, insn);
	if (unlikely(part == 0))
		return false;
	decode_begin(byte, rex, insn);
	decode_register(d, modrm, rex, width, insn);
	insn->op = (u8)d;
	insn->flags = (u8)(d >> 8);
	opcode += part;
	if (d & D_IMM)
		opcode += decode_immediate(opcode, d, width, insn);
	insn->length = (u8)(opcode - bytes);
	return true;
}

bool insn_decode(const u8 *bytes, u32 len, enum insn_mode mode, struct insn *insn)
{
	u32 rex = 0;

	if (likely(mode == INSN_64 && len >= REX_BODY_MAX)) {
		if ((*bytes & 0xf0) == 0x40)
			rex = *bytes;
		if (likely(decode_plain(bytes, bytes + (rex != 0), rex, insn)))
			return true;
	}
	return decode_any(bytes, len, mode, insn);
}
