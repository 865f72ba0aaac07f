// SPDX-License-Identifier: Apache-2.0
// Accesses to devices: what the guest tried, from the syndrome of a data abort (Arm ARM, "ISS
// encoding for an exception from a Data Abort") or from the instruction, and its completion.
#include "el.h"

#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/vm.h>

/* The syndrome describes the access only for a load or store of one general register. */
static inline bool has_syndrome(const struct vcpu *vcpu)
{
	return vcpu->exit.raw[0] & ISS_ISV;
}

static inline u64 value_mask(u32 size)
{
	return ~0UL >> (64 - 8 * size);
}

bool access_decode(struct vcpu *vcpu, u64 esr, gpa_t gpa)
{
	struct access *access = &vcpu->exit.access;
	const struct insn *insn = &vcpu->arch.insn;
	u32 reg;

	access->addr = gpa.raw;
	if (likely(esr & ISS_ISV)) {
		access->size = (u8)(1U << field_get(ISS_SAS, esr));
		access->write = esr & ISS_WNR;
		reg = field_get(ISS_SRT, esr);
	} else {
		if (!insn_decode(fetch_insn(vcpu), &vcpu->arch.insn))
			return false;
		access->size = insn->size;
		access->write = insn->write;
		reg = insn->reg[0];
	}
	if (access->write)
		access->value = regs_get(vcpu, reg) & value_mask(access->size);
	return true;
}

static void finish_syndrome(struct vcpu *vcpu)
{
	u64 esr = vcpu->exit.raw[0], value = vcpu->exit.access.value;

	vcpu->arch.regs.pc += INSN_BYTES;
	if (esr & ISS_WNR)
		return;
	if (esr & ISS_SSE) {
		value = sign_extend(value, vcpu->exit.access.size * 8U - 1);
		if (!(esr & ISS_SF))
			value = (u32)value;
	}
	regs_set(vcpu, field_get(ISS_SRT, esr), value);
}

/* SP is not among the registers that an exit saves. */
static void add_to_base(struct vcpu *vcpu, const struct insn *insn)
{
	u64 add = (u64)(s64)insn->offset;

	if (insn->base < ARRAY_LEN(vcpu->arch.regs.x))
		vcpu->arch.regs.x[insn->base] += add;
	else if (vcpu->vm->backend == &el2 && vcpu->arch.regs.pstate & PSTATE_SP)
		sysreg_write(sp_el1, sysreg_read(sp_el1) + add);
	else
		sysreg_write(sp_el0, sysreg_read(sp_el0) + add);
}

/* One register of an instruction, which is left at 0 when it has no more. */
static bool finish_insn(struct vcpu *vcpu)
{
	struct insn *insn = &vcpu->arch.insn;
	struct access *access = &vcpu->exit.access;

	if (!insn->write)
		regs_set(vcpu, insn->reg[0], insn_extend(insn, access->value));
	if (--insn->count) {
		insn->reg[0] = insn->reg[1];
		access->addr += insn->size;
		if (insn->write)
			access->value =
				regs_get(vcpu, insn->reg[0]) & value_mask(insn->size);
		return true;
	}
	if (insn->writeback)
		add_to_base(vcpu, insn);
	vcpu->arch.regs.pc += INSN_BYTES;
	return false;
}

bool access_finish(struct vcpu *vcpu)
{
	if (unlikely(!has_syndrome(vcpu)))
		return finish_insn(vcpu);
	finish_syndrome(vcpu);
	return false;
}
