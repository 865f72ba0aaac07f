// SPDX-License-Identifier: Apache-2.0
// Instructions with a memory operand at an address of their own: SDM volume 2, chapters 3 to 5.
#include <arch/insn.h>

#include <hv/assert.h>

#include "insn_ops.h"

static u64 other_operand(const struct run *run)
{
	const struct insn *insn = run->insn;

	if (insn->flags & INSN_IMM)
		return insn->imm;
	return reg_read(run->cpu->regs, insn->reg, insn->reg_size);
}

static u64 swapped(u64 value, u32 size)
{
	return __builtin_bswap64(value) >> (64 - 8 * size);
}

static bool condition(const struct run *run)
{
	return alu_condition(run->insn->function & FUNCTION_CC, run->cpu->regs->rflags);
}

/* A register becomes what memory has, or something made of it. */
static enum insn_result run_load(struct run *run)
{
	const struct insn *insn = run->insn;
	struct arch_regs *regs = run->cpu->regs;
	u64 value;

	if (!run_read(run, operand_place(run), insn->size, &value))
		return run->result;
	if (insn->op == OP_LOAD_SIGNED)
		value = sign_extend(value, 8U * insn->size - 1);
	else if (insn->op == OP_LOAD_SWAPPED)
		value = swapped(value, insn->size);
	else if (insn->op == OP_CMOV && !condition(run))
		value = reg_read(regs, insn->reg, insn->reg_size);
	reg_write(regs, insn->reg, insn->reg_size, value);
	return run_done(run);
}

static enum insn_result run_store(struct run *run)
{
	const struct insn *insn = run->insn;
	u64 value;

	if (insn->op == OP_SET)
		value = condition(run);
	else
		value = other_operand(run);
	if (insn->op == OP_STORE_SWAPPED)
		value = swapped(value, insn->size);
	if (!run_write(run, operand_place(run), insn->size, value))
		return run->result;
	return run_done(run);
}

static enum insn_result run_alu_load(struct run *run)
{
	const struct insn *insn = run->insn;
	struct arch_regs *regs = run->cpu->regs;
	enum alu_op op = (enum alu_op)field_get(FUNCTION_ALU, insn->function);
	u64 value;

	if (!run_read(run, operand_place(run), insn->size, &value))
		return run->result;
	value = alu_run(op, reg_read(regs, insn->reg, insn->size), value, insn->size,
		&regs->rflags);
	if (op != ALU_CMP)
		reg_write(regs, insn->reg, insn->size, value);
	return run_done(run);
}

/* What read-modify-write instructions do to memory, a register and the flags. */
struct change {
	u64 memory;
	u64 reg;
	u64 rflags;
	u8 reg_number;
	bool reg_written;
};

static bool writes_memory(const struct insn *insn)
{
	if (insn->op == OP_ALU_STORE)
		return field_get(FUNCTION_ALU, insn->function) != ALU_CMP;
	if (insn->op == OP_BIT)
		return field_get(FUNCTION_BIT, insn->function) != BIT_TEST;
	return insn->op != OP_TEST;
}

static void change_compare(const struct run *run, u64 old, struct change *change)
{
	u32 size = run->insn->size;

	alu_run(ALU_CMP, reg_read(run->cpu->regs, GPR_RAX, size), old, size,
		&change->rflags);
	if (change->rflags & RFLAGS_ZF)
		return;
	change->memory = old; /* it is written all the same */
	change->reg_number = GPR_RAX;
	change->reg_written = true;
}

static struct change change_of(const struct run *run, u64 old)
{
	const struct insn *insn = run->insn;
	u64 other = other_operand(run);
	u32 size = insn->size, function = insn->function;
	u32 op = (u32)field_get(FUNCTION_ALU, function);
	struct change change = {.memory = other,
		.reg = old,
		.rflags = run->cpu->regs->rflags,
		.reg_number = insn->reg};

	if (insn->op == OP_ALU_STORE) {
		change.memory =
			alu_run((enum alu_op)op, old, other, size, &change.rflags);
	} else if (insn->op == OP_TEST) {
		alu_test(old, other, size, &change.rflags);
	} else if (insn->op == OP_UNARY) {
		change.memory = alu_unary((enum unary_op)op, old, size, &change.rflags);
	} else if (insn->op == OP_BIT) {
		change.memory = alu_bit((enum bit_op)field_get(FUNCTION_BIT, function),
			old, other & (8 * size - 1), &change.rflags);
	} else if (insn->op == OP_CMPXCHG) {
		change_compare(run, old, &change);
	} else { /* OP_XCHG, OP_XADD */
		change.reg_written = true;
		if (insn->op == OP_XADD)
			change.memory =
				alu_run(ALU_ADD, old, other, size, &change.rflags);
	}
	return change;
}

static enum insn_result run_modify(struct run *run)
{
	struct arch_regs *regs = run->cpu->regs;
	struct place place = operand_place(run);
	bool write = writes_memory(run->insn);
	u32 size = run->insn->size;
	struct change change;
	u64 old;

	/* The processor asks for leave to write before it reads. */
	if (write && run->insn->step == 0 && !run_probe(run, place, size))
		return run->result;
	if (!run_read(run, place, size, &old))
		return run->result;
	change = change_of(run, old);
	if (write && !run_write(run, place, size, change.memory))
		return run->result;
	regs->rflags = change.rflags;
	if (change.reg_written)
		reg_write(regs, change.reg_number, size, change.reg);
	return run_done(run);
}

/* The operand of CMPXCHG16B and registers in pairs; CMPXCHG8B: the first half is all. */
struct pair {
	u64 half[2];
};

static struct pair pair_of(const u64 *gpr, u32 high, u32 low, bool wide)
{
	if (wide)
		return (struct pair){{gpr[low], gpr[high]}};
	return (struct pair){{(u32)gpr[low] | gpr[high] << 32, 0}};
}

static struct place pair_half(struct place place, u32 n)
{
	if (gpa_known(place.gpa))
		place.gpa.raw += n * sizeof(u64);
	place.linear += n * sizeof(u64);
	return place;
}

static bool pair_exchange(struct run *run, struct place place, bool wide)
{
	struct arch_regs *regs = run->cpu->regs;
	struct pair expected = pair_of(regs->gpr, GPR_RDX, GPR_RAX, wide);
	struct pair new = pair_of(regs->gpr, GPR_RCX, GPR_RBX, wide), old = {0};
	bool equal;

	for (u32 i = 0; i <= wide; i++) {
		if (!run_read(run, pair_half(place, i), sizeof(u64), &old.half[i]))
			return false;
	}
	equal = old.half[0] == expected.half[0] && old.half[1] == expected.half[1];
	for (u32 i = 0; i <= wide; i++) {
		if (!run_write(run, pair_half(place, i), sizeof(u64),
			    equal ? new.half[i] : old.half[i]))
			return false;
	}
	regs->rflags = (regs->rflags & ~RFLAGS_ZF) | (equal ? RFLAGS_ZF : 0);
	if (!equal) {
		regs->gpr[GPR_RAX] = wide ? old.half[0] : (u32)old.half[0];
		regs->gpr[GPR_RDX] = wide ? old.half[1] : old.half[0] >> 32;
	}
	return true;
}

static enum insn_result run_pair(struct run *run)
{
	struct place place = operand_place(run);
	u32 size = run->insn->size;
	bool wide = size > sizeof(u64);

	if (wide && (gpa_known(place.gpa) ? place.gpa.raw : place.linear) & (size - 1)) {
		*run->fault = (struct insn_fault){.vector = VECTOR_GP, .has_error = true};
		return INSN_FAULT;
	}
	if (run->insn->step == 0 && !run_probe(run, place, size))
		return run->result;
	return pair_exchange(run, place, wide) ? run_done(run) : run->result;
}

/* PUSH and POP in 64-bit mode. The hardware's address may be of either side. */
static enum insn_result run_stack(struct run *run)
{
	u64 *rsp = &run->cpu->regs->gpr[GPR_RSP];
	u32 size = run->insn->size;
	struct place operand = operand_address(run);

	if (run->insn->op == OP_PUSH) {
		if (!run_copy(run, operand, run_place(run, SEG_SS, false, *rsp - size),
			    size))
			return run->result;
		*rsp -= size;
	} else {
		if (!run_copy(run, run_place(run, SEG_SS, false, *rsp), operand, size))
			return run->result;
		*rsp += size;
	}
	return run_done(run);
}

enum insn_result run_operand(struct run *run)
{
	switch ((enum insn_op)run->insn->op) {
	case OP_LOAD:
	case OP_LOAD_SIGNED:
	case OP_LOAD_SWAPPED:
	case OP_CMOV: return run_load(run);
	case OP_STORE:
	case OP_STORE_SWAPPED:
	case OP_SET: return run_store(run);
	case OP_ALU_LOAD: return run_alu_load(run);
	case OP_ALU_STORE:
	case OP_TEST:
	case OP_UNARY:
	case OP_XCHG:
	case OP_XADD:
	case OP_CMPXCHG:
	case OP_BIT: return run_modify(run);
	case OP_CMPXCHG_PAIR: return run_pair(run);
	case OP_PUSH:
	case OP_POP: return run_stack(run);
	case OP_MOVS:
	case OP_CMPS:
	case OP_STOS:
	case OP_LODS:
	case OP_SCAS:
	case OP_INS:
	case OP_OUTS:
	case OP_NONE: break;
	}
	panic("instruction %u is none of these", run->insn->op);
}
