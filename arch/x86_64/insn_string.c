// SPDX-License-Identifier: Apache-2.0
// String instructions, one round at a time: SDM volume 1, 7.3.9 "String Operations", and
// volume 2, "REP/REPE/REPNE".
#include <arch/insn.h>

#include <hv/assert.h>

#include "insn_ops.h"

/* One round: from DS (or another), rSI, and to ES, rDI. */
struct round {
	struct place from, to;
	bool from_used, to_used; /* these pointers move */
	bool compares;           /* the prefix looks at ZF */
	u64 rflags;
};

/* The same, if the instruction has no other operand in memory. */
static struct place only(const struct run *run, struct place place)
{
	if (gpa_known(run->gpa))
		place.gpa = run->gpa;
	return place;
}

static bool round_move(struct run *run, struct round *round)
{
	round->from_used = round->to_used = true;
	return run_copy(run, round->from, round->to, run->insn->size);
}

static bool round_compare(struct run *run, struct round *round)
{
	u32 size = run->insn->size;
	u64 a, b;

	round->from_used = round->to_used = round->compares = true;
	if (!run_read(run, round->from, size, &a) || !run_read(run, round->to, size, &b))
		return false;
	alu_run(ALU_CMP, a, b, size, &round->rflags);
	return true;
}

static bool round_scan(struct run *run, struct round *round)
{
	u32 size = run->insn->size;
	u64 value;

	round->to_used = round->compares = true;
	if (!run_read(run, only(run, round->to), size, &value))
		return false;
	alu_run(ALU_CMP, run->cpu->regs->gpr[GPR_RAX], value, size, &round->rflags);
	return true;
}

static bool round_store(struct run *run, struct round *round)
{
	round->to_used = true;
	return run_write(run, only(run, round->to), run->insn->size,
		run->cpu->regs->gpr[GPR_RAX]);
}

static bool round_load(struct run *run, struct round *round)
{
	u32 size = run->insn->size;
	u64 value;

	round->from_used = true;
	if (!run_read(run, only(run, round->from), size, &value))
		return false;
	reg_write(run->cpu->regs, GPR_RAX, size, value);
	return true;
}

/* The device is asked only if its answer has a place to go. */
static bool round_in(struct run *run, struct round *round)
{
	u32 size = run->insn->size;
	u64 value;

	round->to_used = true;
	if (run->insn->step == 0 && !run_probe(run, round->to, size))
		return false;
	return run_in(run, (u16)run->cpu->regs->gpr[GPR_RDX], size, &value) &&
		run_write(run, round->to, size, value);
}

static bool round_out(struct run *run, struct round *round)
{
	u32 size = run->insn->size;
	u64 value;

	round->from_used = true;
	return run_read(run, round->from, size, &value) &&
		run_out(run, (u16)run->cpu->regs->gpr[GPR_RDX], size, value);
}

static bool round_run(struct run *run, struct round *round)
{
	u32 op = run->insn->op;

	if (op == OP_MOVS)
		return round_move(run, round);
	if (op == OP_STOS)
		return round_store(run, round);
	if (op == OP_LODS)
		return round_load(run, round);
	if (op == OP_CMPS)
		return round_compare(run, round);
	if (op == OP_SCAS)
		return round_scan(run, round);
	if (op == OP_INS)
		return round_in(run, round);
	assert(op == OP_OUTS);
	return round_out(run, round);
}

/* The pointers and the counter move on; true if this was the last round. */
static bool round_end(struct run *run, const struct round *round, u32 size)
{
	struct arch_regs *regs = run->cpu->regs;
	u64 by = run->insn->size, *gpr = regs->gpr;
	bool equal = round->rflags & RFLAGS_ZF;

	if (regs->rflags & RFLAGS_DF)
		by = -by;
	regs->rflags = round->rflags;
	if (round->from_used)
		reg_write(regs, GPR_RSI, size, gpr[GPR_RSI] + by);
	if (round->to_used)
		reg_write(regs, GPR_RDI, size, gpr[GPR_RDI] + by);
	if (run->insn->rep == 0)
		return true;
	reg_write(regs, GPR_RCX, size, gpr[GPR_RCX] - 1);
	if (reg_read(regs, GPR_RCX, size) == 0)
		return true;
	return round->compares && equal != (run->insn->rep == REP_EQUAL);
}

enum insn_result run_string(struct run *run)
{
	const struct arch_regs *regs = run->cpu->regs;
	u32 size = address_size(run->insn, run->cpu->mode);
	struct round round = {
		.from = run_place(run, SEG_DS, true, reg_read(regs, GPR_RSI, size)),
		.to = run_place(run, SEG_ES, false, reg_read(regs, GPR_RDI, size)),
		.rflags = regs->rflags};

	if (run->insn->rep != 0 && reg_read(regs, GPR_RCX, size) == 0)
		return run_done(run);
	if (!round_run(run, &round))
		return run->result;
	return round_end(run, &round, size) ? run_done(run) : INSN_DONE;
}
