// SPDX-License-Identifier: Apache-2.0
// Trapped system registers of backend el2's guests (Arm ARM, D19). What is in no row here the
// guest's CPU does not have: the instruction is undefined.
#include "vsysreg.h"

#include <hv/arch.h>
#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/vcpu.h>
#include <hv/vm.h>
#include <arch/insn.h>
#include <arch/sysreg.h>

#include "el/el.h"
#include "vcache.h"
#include "vgic.h"
#include "vid.h"
#include "vtimer.h"

/* A register's number in ISS_SYS_REG. */
#define SYS(op0, op1, crn, crm, op2)                                        \
	(field_put(ISS_SYS_OP0, op0) | field_put(ISS_SYS_OP1, op1) |        \
		field_put(ISS_SYS_CRN, crn) | field_put(ISS_SYS_CRM, crm) | \
		field_put(ISS_SYS_OP2, op2))

struct row {
	u32 reg;
	/* NULL: reads as zero, writes are ignored. */
	u64 (*read)(struct vcpu *vcpu, u32 reg);
	void (*write)(struct vcpu *vcpu, u32 reg, u64 value);
};

/* ---- The timer ---- */

static enum vtimer_register timer_register(u32 reg)
{
	switch (field_get(ISS_SYS_OP2, reg)) {
	case 0: return VTIMER_TVAL;
	case 1: return VTIMER_CTL;
	default: return VTIMER_CVAL;
	}
}

static u64 read_timer(struct vcpu *vcpu, u32 reg)
{
	return vtimer_read(vcpu, timer_register(reg));
}

static void write_timer(struct vcpu *vcpu, u32 reg, u64 value)
{
	vtimer_write(vcpu, timer_register(reg), value);
}

static u64 read_counter(struct vcpu *vcpu, u32 reg)
{
	(void)reg;
	return vtimer_now(vcpu);
}

/* ---- Identity ---- */

static u64 read_revidr(struct vcpu *vcpu, u32 reg)
{
	(void)vcpu;
	(void)reg;
	return sysreg_read(revidr_el1);
}

/* ---- The OS lock, which is always open ---- */

#define OSLSR_IMPLEMENTED BIT(3)

static u64 read_oslsr(struct vcpu *vcpu, u32 reg)
{
	(void)vcpu;
	(void)reg;
	return OSLSR_IMPLEMENTED;
}

/* ---- The GIC ---- */

#define ICC_SGI1R SYS(3, 0, 12, 11, 5)

static void write_sgi(struct vcpu *vcpu, u32 reg, u64 value)
{
	vm_lock(vcpu->vm);
	vgic_sgi(vcpu->vm->arch.vgic, vcpu->index, value, reg == ICC_SGI1R);
	vm_unlock(vcpu->vm);
}

/* More is active than there are list registers (ICH_HCR_TDIR). */
static void write_dir(struct vcpu *vcpu, u32 reg, u64 value)
{
	(void)reg;
	vm_lock(vcpu->vm);
	vgic_dir(vcpu->vm->arch.vgic, vcpu->index, (u32)value);
	vm_unlock(vcpu->vm);
}

/* ---- All of them ---- */

static const struct row rows[] = {
	{ICC_SGI1R, NULL, write_sgi},                   /* ICC_SGI1R_EL1 */
	{SYS(3, 0, 12, 11, 6), NULL, write_sgi},        /* ICC_ASGI1R_EL1 */
	{SYS(3, 0, 12, 11, 7), NULL, write_sgi},        /* ICC_SGI0R_EL1 */
	{SYS(3, 0, 12, 11, 1), NULL, write_dir},        /* ICC_DIR_EL1 */
	{SYS(3, 3, 14, 0, 1), read_counter, NULL},      /* CNTPCT_EL0 */
	{SYS(3, 3, 14, 2, 0), read_timer, write_timer}, /* CNTP_TVAL_EL0 */
	{SYS(3, 3, 14, 2, 1), read_timer, write_timer}, /* CNTP_CTL_EL0 */
	{SYS(3, 3, 14, 2, 2), read_timer, write_timer}, /* CNTP_CVAL_EL0 */
	{SYS(1, 0, 7, 6, 2), NULL, vcache_set_way},     /* DC ISW */
	{SYS(1, 0, 7, 10, 2), NULL, vcache_set_way},    /* DC CSW */
	{SYS(1, 0, 7, 14, 2), NULL, vcache_set_way},    /* DC CISW */
	{SYS(3, 0, 1, 0, 1), NULL, NULL},               /* ACTLR_EL1 */
	{SYS(3, 0, 0, 0, 6), read_revidr, NULL},        /* REVIDR_EL1 */
	{SYS(3, 1, 0, 0, 7), NULL, NULL},               /* AIDR_EL1 */
	{SYS(2, 0, 1, 0, 0), NULL, NULL},               /* MDRAR_EL1 */
	{SYS(2, 0, 1, 0, 4), NULL, NULL},               /* OSLAR_EL1 */
	{SYS(2, 0, 1, 1, 4), read_oslsr, NULL},         /* OSLSR_EL1 */
	{SYS(2, 0, 1, 3, 4), NULL, NULL},               /* OSDLR_EL1 */
	{SYS(2, 0, 1, 4, 4), NULL, NULL},               /* DBGPRCR_EL1 */
	/* While vcache.c watches them: writes only. */
	{SYS(3, 0, 1, 0, 0), NULL, vcache_write},  /* SCTLR_EL1 */
	{SYS(3, 0, 2, 0, 0), NULL, vcache_write},  /* TTBR0_EL1 */
	{SYS(3, 0, 2, 0, 1), NULL, vcache_write},  /* TTBR1_EL1 */
	{SYS(3, 0, 2, 0, 2), NULL, vcache_write},  /* TCR_EL1 */
	{SYS(3, 0, 5, 1, 0), NULL, vcache_write},  /* AFSR0_EL1 */
	{SYS(3, 0, 5, 1, 1), NULL, vcache_write},  /* AFSR1_EL1 */
	{SYS(3, 0, 5, 2, 0), NULL, vcache_write},  /* ESR_EL1 */
	{SYS(3, 0, 6, 0, 0), NULL, vcache_write},  /* FAR_EL1 */
	{SYS(3, 0, 10, 2, 0), NULL, vcache_write}, /* MAIR_EL1 */
	{SYS(3, 0, 10, 3, 0), NULL, vcache_write}, /* AMAIR_EL1 */
	{SYS(3, 0, 13, 0, 1), NULL, vcache_write}, /* CONTEXTIDR_EL1 */
};

static const struct row *find(u32 reg)
{
	for (u32 i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].reg == reg)
			return &rows[i];
	return NULL;
}

static void carry_out(struct vcpu *vcpu, const struct row *row, u64 iss)
{
	u32 rt = field_get(ISS_SYS_RT, iss), reg = (u32)(iss & ISS_SYS_REG);

	if (iss & ISS_SYS_READ)
		regs_set(vcpu, rt, row->read ? row->read(vcpu, reg) : 0);
	else if (row->write)
		row->write(vcpu, reg, regs_get(vcpu, rt));
	vcpu->arch.regs.pc += INSN_BYTES;
}

/* ID registers come first, since kernels read them at boot and programs for ever. */
#define ID_MASK (ISS_SYS_OP0 | ISS_SYS_OP1 | ISS_SYS_CRN)
#define IS_ID(iss) \
	(((iss) & (ID_MASK | ISS_SYS_READ)) == (SYS(3, 0, 0, 0, 0) | ISS_SYS_READ))
#define CRM_PFR0 4U

static bool read_id(struct vcpu *vcpu, u64 iss)
{
	u64 crm = field_get(ISS_SYS_CRM, iss), op2 = field_get(ISS_SYS_OP2, iss), value;

	if (crm - VID_CRM_FIRST >= VID_CRM_COUNT)
		return false;
	value = vid_values[crm - VID_CRM_FIRST][op2];
	if (crm == CRM_PFR0 && op2 == 0 && vcpu->vm->arch.gicv3)
		value |= PFR0_GIC_SYSREGS;
	regs_set(vcpu, field_get(ISS_SYS_RT, iss), value);
	vcpu->arch.regs.pc += INSN_BYTES;
	return true;
}

bool vsysreg_local(struct vcpu *vcpu, u64 iss)
{
	const struct row *row;

	if (IS_ID(iss) && read_id(vcpu, iss))
		return true;
	row = find((u32)(iss & ISS_SYS_REG));
	if (row) {
		carry_out(vcpu, row, iss);
		return true;
	}
	if (field_get(ISS_SYS_OP0, iss) == 2 && !vcpu->arch.debug_used) {
		debug_give(vcpu);
		return true;
	}
	return false;
}
