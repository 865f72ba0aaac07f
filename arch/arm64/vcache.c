// SPDX-License-Identifier: Apache-2.0
// Caches by set and way (<vcache.h>; Arm ARM, "Performing cache maintenance instructions by
// set/way").
#include "vcache.h"

#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/vcpu.h>
#include <hv/vm.h>
#include <arch/sysreg.h>

#include "cache.h"

static void write_back(struct vm *vm)
{
	/* What was never touched is clean. */
	vm_lock(vm);
	vmem_for_each_mapped(vm, cache_clean_invalidate);
	vm_unlock(vm);
}

static void watch(struct vcpu *vcpu, bool on)
{
	vcpu->arch.hcr = on ? vcpu->arch.hcr | HCR_TVM : vcpu->arch.hcr & ~HCR_TVM;
	sysreg_write(hcr_el2,
		(sysreg_read(hcr_el2) & ~HCR_TVM) | (vcpu->arch.hcr & HCR_TVM));
}

void vcache_set_way(struct vcpu *vcpu, u32 reg, u64 value)
{
	(void)reg;
	(void)value;
	/* A guest goes through all sets and ways: the first one did it. */
	if (vcpu->arch.hcr & HCR_TVM)
		return;
	write_back(vcpu->vm);
	watch(vcpu, true);
}

static bool caches_on(void)
{
	return (sysreg_read(sctlr_el1) & (SCTLR_C | SCTLR_M)) == (SCTLR_C | SCTLR_M);
}

/* CRn, CRm and op2 of those with op1 0, as HCR_EL2.TVM traps them. */
#define NUMBER(crn, crm, op2) ((crn) << 8 | (crm) << 4 | (op2))

static void write_register(u32 reg, u64 value)
{
	switch (NUMBER(field_get(ISS_SYS_CRN, reg), field_get(ISS_SYS_CRM, reg),
		field_get(ISS_SYS_OP2, reg))) {
	case NUMBER(1, 0, 0): sysreg_write(sctlr_el1, value); break;
	case NUMBER(2, 0, 0): sysreg_write(ttbr0_el1, value); break;
	case NUMBER(2, 0, 1): sysreg_write(ttbr1_el1, value); break;
	case NUMBER(2, 0, 2): sysreg_write(tcr_el1, value); break;
	case NUMBER(5, 1, 0): sysreg_write(afsr0_el1, value); break;
	case NUMBER(5, 1, 1): sysreg_write(afsr1_el1, value); break;
	case NUMBER(5, 2, 0): sysreg_write(esr_el1, value); break;
	case NUMBER(6, 0, 0): sysreg_write(far_el1, value); break;
	case NUMBER(10, 2, 0): sysreg_write(mair_el1, value); break;
	case NUMBER(10, 3, 0): sysreg_write(amair_el1, value); break;
	case NUMBER(13, 0, 1): sysreg_write(contextidr_el1, value); break;
	}
}

void vcache_write(struct vcpu *vcpu, u32 reg, u64 value)
{
	bool before = caches_on(), now;

	write_register(reg, value);
	now = caches_on();
	if (now != before)
		write_back(vcpu->vm);
	if (now)
		watch(vcpu, false);
}
