// SPDX-License-Identifier: Apache-2.0
// Where the memory operand of an instruction is: SDM volume 2, 2.1.5 "Addressing-Mode Encoding
// of ModR/M and SIB Bytes", volume 1, 3.7.5 "Specifying an Offset", 2.2.1.6 "RIP-Relative
// Addressing".
#include <arch/insn.h>

#include "insn_ops.h"

struct place run_place(const struct run *run, enum segment_reg segment, bool override,
	u64 offset)
{
	u64 prefix = field_get(PREFIX_SEGMENT, run->insn->prefixes), linear;

	if (override && prefix > 0)
		segment = (enum segment_reg)(prefix - 1);
	linear = run->cpu->seg_base[segment] + offset;
	if (run->cpu->mode != INSN_64)
		linear = (u32)linear;
	return (struct place){.gpa = INSN_GPA_UNKNOWN,
		.linear = linear,
		.stack = segment == SEG_SS && run->cpu->mode == INSN_64};
}

/* A sum of registers and displacement, and the segment that belongs to it. */
struct effective {
	u64 offset;
	enum segment_reg segment;
};

static u64 displacement(const struct insn *insn, u32 bytes)
{
	if (bytes == 1)
		return (u64)(s8)insn->disp;
	if (bytes == 2)
		return (u64)(s16)insn->disp;
	return bytes == 4 ? (u64)(s32)insn->disp : 0;
}

/* SDM volume 2, table 2-1. */
static struct effective effective_16(const struct insn *insn, const u64 *gpr)
{
	static const u8 bases[] = {
		GPR_RBX, GPR_RBX, GPR_RBP, GPR_RBP, GPR_RSI, GPR_RDI, GPR_RBP, GPR_RBX};
	u32 mod = (u32)field_get(MODRM_MOD, insn->modrm), rm = insn->modrm & MODRM_RM;
	u64 offset;

	if (mod == 0 && rm == RM16_DISP)
		return (struct effective){displacement(insn, 2), SEG_DS};
	offset = gpr[bases[rm]] + displacement(insn, mod);
	if (rm < 4)
		offset += gpr[rm & 1 ? GPR_RDI : GPR_RSI];
	return (struct effective){offset, bases[rm] == GPR_RBP ? SEG_SS : SEG_DS};
}

/* Tables 2-2 and 2-3. */
static struct effective effective_wide(const struct insn *insn,
	const struct insn_cpu *cpu)
{
	const u64 *gpr = cpu->regs->gpr;
	u32 mod = (u32)field_get(MODRM_MOD, insn->modrm), base = insn->modrm & MODRM_RM;
	bool sib = base == RM_SIB;
	u64 offset = 0;

	if (sib) {
		u32 index = (u32)field_get(SIB_INDEX, insn->sib) |
			(insn->prefixes & REX_X ? GPR_R8 : 0);

		if (index != SIB_NO_INDEX)
			offset = gpr[index] << field_get(SIB_SCALE, insn->sib);
		base = insn->sib & SIB_BASE;
	}
	if (mod == 0 && base == RM_DISP) {
		offset += displacement(insn, 4);
		if (!sib && cpu->mode == INSN_64)
			offset += cpu->regs->rip + insn->length;
		return (struct effective){offset, SEG_DS};
	}
	base |= insn->prefixes & REX_B ? GPR_R8 : 0;
	offset += gpr[base] + displacement(insn, mod == 2 ? 4 : mod);
	if (insn->op == OP_POP && base == GPR_RSP)
		offset += insn->size; /* POP has moved it already */
	return (struct effective){
		offset, base == GPR_RSP || base == GPR_RBP ? SEG_SS : SEG_DS};
}

/* How far the bit that a register counts is from the operand, in bytes. */
static u64 bit_offset(const struct run *run)
{
	const struct insn *insn = run->insn;
	u32 top = 8U * insn->size - 1;
	s64 bit;

	if (insn->op != OP_BIT || insn->flags & INSN_IMM)
		return 0;
	bit = (s64)sign_extend(reg_read(run->cpu->regs, insn->reg, insn->size), top);
	return (u64)((bit & ~(s64)top) >> 3);
}

struct place operand_address(const struct run *run)
{
	const struct insn *insn = run->insn;
	u32 size = address_size(insn, run->cpu->mode);
	struct effective at;

	if (insn->flags & INSN_MOFFS)
		at = (struct effective){insn->imm, SEG_DS};
	else if (size == 2)
		at = effective_16(insn, run->cpu->regs->gpr);
	else
		at = effective_wide(insn, run->cpu);
	return run_place(run, at.segment, true,
		(at.offset + bit_offset(run)) & size_mask(size));
}

struct place operand_place(const struct run *run)
{
	if (gpa_known(run->gpa))
		return (struct place){.gpa = run->gpa};
	return operand_address(run);
}
