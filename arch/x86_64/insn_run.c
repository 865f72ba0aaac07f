// SPDX-License-Identifier: Apache-2.0
// The step machine (<arch/insn.h>): SDM volume 2, chapters 3 to 5. An instruction is carried out
// from its beginning in each call; accesses that are done already give what they gave then.
// Registers change only when nothing can go wrong any more. Plain MOVs at a known address,
// which is nearly all that drivers do, have a way of their own.
#include <arch/insn.h>

#include <hv/fail.h>

#include "insn_ops.h"

/* ---- Registers ---- */

u64 reg_read(const struct arch_regs *regs, u32 reg, u32 size)
{
	return regs->gpr[reg & (GPR_COUNT - 1)] >> (reg & REG_HIGH ? 8 : 0) &
		size_mask(size);
}

void reg_write(struct arch_regs *regs, u32 reg, u32 size, u64 value)
{
	u64 *gpr = &regs->gpr[reg & (GPR_COUNT - 1)], mask = size_mask(size);
	u32 shift = reg & REG_HIGH ? 8 : 0;

	if (likely(size >= 4))
		*gpr = value & mask;
	else
		*gpr = (*gpr & ~(mask << shift)) | (value & mask) << shift;
}

static inline void step_over(const struct insn *insn, struct insn_cpu *cpu)
{
	cpu->regs->rip += insn->length;
	if (unlikely(cpu->mode != INSN_64))
		cpu->regs->rip &= size_mask(cpu->mode);
}

enum insn_result run_done(struct run *run)
{
	step_over(run->insn, run->cpu);
	return INSN_DONE;
}

/* ---- Accesses ---- */

static bool access_begin(struct run *run, u64 addr, u32 size, bool write, u64 value,
	enum insn_result result)
{
	*run->access = (struct access){
		.addr = addr, .value = value, .size = (u8)size, .write = write};
	run->result = result;
	return false;
}

static bool access_fault(struct run *run, struct place place)
{
	if (place.stack && run->fault->vector == VECTOR_GP)
		run->fault->vector = VECTOR_SS;
	run->result = INSN_FAULT;
	return false;
}

static bool access_memory(struct run *run, struct place place, u32 size, bool write,
	u64 *value)
{
	gpa_t gpa = place.gpa;
	int error = -ENOENT;

	if (!gpa_known(gpa))
		error = run->memory->access(run->memory->arg, place.linear, value, size,
			write, &gpa, run->fault);
	if (error == -ENOENT)
		return access_begin(run, gpa.raw, size, write, *value, INSN_MMIO);
	return error == 0 || access_fault(run, place);
}

/* Is the next access done already? If not, it is under way from now on. */
static bool access_next(struct run *run, u32 *number)
{
	*number = run->count++;
	if (*number < run->insn->step)
		return true;
	run->insn->step++;
	return false;
}

bool run_read(struct run *run, struct place place, u32 size, u64 *value)
{
	u64 *kept;
	u32 n;

	if (!access_next(run, &n)) {
		kept = &run->insn->value[n];
		*kept = 0;
		if (!access_memory(run, place, size, false, kept))
			return false;
	}
	*value = run->insn->value[n] & size_mask(size);
	return true;
}

bool run_write(struct run *run, struct place place, u32 size, u64 value)
{
	u32 n;

	value &= size_mask(size);
	return access_next(run, &n) || access_memory(run, place, size, true, &value);
}

bool run_in(struct run *run, u16 port, u32 size, u64 *value)
{
	u32 n;

	if (!access_next(run, &n))
		return access_begin(run, port, size, false, 0, INSN_PIO);
	*value = run->insn->value[n] & size_mask(size);
	return true;
}

bool run_out(struct run *run, u16 port, u32 size, u64 value)
{
	u32 n;

	return access_next(run, &n) ||
		access_begin(run, port, size, true, value, INSN_PIO);
}

static bool probe_byte(struct run *run, struct place place, u64 linear)
{
	u64 nothing = 0;
	gpa_t gpa;

	if (run->memory->access(run->memory->arg, linear, &nothing, 0, true, &gpa,
		    run->fault) != -EFAULT)
		return true;
	return access_fault(run, place);
}

bool run_probe(struct run *run, struct place place, u32 size)
{
	u64 last = place.linear + size - 1;

	if (gpa_known(place.gpa))
		return true;
	if (!probe_byte(run, place, place.linear))
		return false;
	return (place.linear ^ last) < PAGE_SIZE ||
		probe_byte(run, place, ALIGN_DOWN(last, PAGE_SIZE));
}

bool run_copy(struct run *run, struct place from, struct place to, u32 size)
{
	u64 value;

	if (run_read(run, from, size, &value))
		return run_write(run, to, size, value);
	if (run->result == INSN_MMIO)
		run_probe(run, to, size);
	return false;
}

/* ---- The way in ---- */

bool insn_is_plain(const struct insn *insn)
{
	return insn->op <= OP_STORE && insn->reg != GPR_RSP;
}

static inline u64 operand_bits(const struct insn *insn, u64 value)
{
	if (likely(insn->size == sizeof(u32)))
		return (u32)value;
	return value & size_mask(insn->size);
}

/* What MOV stores. */
static inline u64 plain_value(const struct insn *insn, const struct arch_regs *regs)
{
	if (insn->flags & INSN_IMM)
		return operand_bits(insn, insn->imm);
	if (unlikely(insn->size < sizeof(u32)))
		return reg_read(regs, insn->reg, insn->size);
	return operand_bits(insn, regs->gpr[insn->reg]);
}

/* MOV, MOVZX between a register or an immediate and a place that is known. */
static inline enum insn_result run_plain(struct insn *insn, struct insn_cpu *cpu,
	gpa_t gpa, struct access *access)
{
	bool write = insn->op == OP_STORE;

	if (insn->step == 0) {
		access->addr = gpa.raw;
		access->size = insn->size;
		access->write = write;
		access->value = write ? plain_value(insn, cpu->regs) : 0;
		insn->step = 1;
		return INSN_MMIO;
	}
	if (!write) {
		if (likely(insn->reg_size >= sizeof(u32)))
			cpu->regs->gpr[insn->reg] = operand_bits(insn, access->value);
		else
			reg_write(cpu->regs, insn->reg, insn->reg_size, access->value);
	}
	step_over(insn, cpu);
	insn->step = 0;
	return INSN_DONE;
}

static __attribute__((noinline)) enum insn_result run_general(struct run *run)
{
	struct insn *insn = run->insn;
	enum insn_result result;

	/* What the access under way has read; nothing that matters if it was a write. */
	if (insn->step > 0 && insn->step <= ARRAY_LEN(insn->value))
		insn->value[insn->step - 1] = run->access->value;
	if (insn->op >= OP_MOVS)
		result = run_string(run);
	else
		result = run_operand(run);
	if (result == INSN_DONE || result == INSN_FAULT)
		insn->step = 0;
	return result;
}

enum insn_result insn_run(struct insn *insn, struct insn_cpu *cpu,
	const struct insn_memory *memory, gpa_t gpa, struct access *access,
	struct insn_fault *fault)
{
	struct run run;

	if (likely(insn->op <= OP_STORE && gpa_known(gpa)))
		return run_plain(insn, cpu, gpa, access);
	run = (struct run){insn, cpu, memory, gpa, access, fault, 0, INSN_DONE};
	return run_general(&run);
}
