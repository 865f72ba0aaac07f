// SPDX-License-Identifier: Apache-2.0
// Model-specific registers of a guest that exit (SDM volume 4; APM volume 2, appendix A). What is
// not here does not exist: #GP.
#include "guest.h"

#include <hv/string.h>
#include <hv/trace.h>
#include <hv/vm.h>
#include <arch/msr.h>

#include "boot.h"

#define X2APIC_REGS 0x100

/* What a guest may set in EFER; the others are reserved, or not its business. */
#define EFER_ALLOWED (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE | EFER_FFXSR | EFER_TCE)

#define MISC_FAST_STRINGS BIT(0)
#define MISC_BTS_UNAVAIL  BIT(11)
#define MISC_PEBS_UNAVAIL BIT(12)
#define MISC_ENABLE_RESET (MISC_FAST_STRINGS | MISC_BTS_UNAVAIL | MISC_PEBS_UNAVAIL)
#define MISC_WRITABLE     (MISC_FAST_STRINGS | BIT(34)) /* XD disable, as some BIOSes do */

#define FEATURE_CONTROL_LOCK BIT(0)

/* MTRRCAP: write-combining, fixed ranges, and how many variable ones */
#define MTRRCAP_VALUE      (BIT(10) | BIT(8) | MTRR_VARIABLE)
#define MTRR_DEF_TYPE_BITS (BIT(11) | BIT(10) | BITS(7, 0))

/* ---- MTRRs: kept, without effect ---- */

/* SDM 11.11.2.1 and 11.3: the types that there are. */
static bool type_valid(u8 type)
{
	return type == 0 || type == 1 || (type >= 4 && type <= 6);
}

static bool types_valid(u64 value)
{
	for (u32 i = 0; i < sizeof(value); i++)
		if (!type_valid((u8)(value >> 8 * i)))
			return false;
	return true;
}

static u64 *mtrr_at(struct mtrrs *mtrrs, u32 msr)
{
	if (msr - MSR_MTRR_PHYSBASE0 < 2 * MTRR_VARIABLE)
		return &mtrrs->variable[msr - MSR_MTRR_PHYSBASE0];
	if (msr == MSR_MTRR_FIX64K)
		return &mtrrs->fixed[0];
	if (msr - MSR_MTRR_FIX16K < 2)
		return &mtrrs->fixed[1 + msr - MSR_MTRR_FIX16K];
	if (msr - MSR_MTRR_FIX4K < 8)
		return &mtrrs->fixed[3 + msr - MSR_MTRR_FIX4K];
	return msr == MSR_MTRR_DEF_TYPE ? &mtrrs->def_type : NULL;
}

static bool mtrr_write(struct mtrrs *mtrrs, u32 msr, u64 value)
{
	u64 *at = mtrr_at(mtrrs, msr);

	if (msr == MSR_MTRR_DEF_TYPE) {
		if (value & ~MTRR_DEF_TYPE_BITS || !type_valid((u8)value))
			return false;
	} else if (msr - MSR_MTRR_PHYSBASE0 < 2 * MTRR_VARIABLE) {
		if (!(msr & 1) && !type_valid((u8)value))
			return false;
	} else if (!types_valid(value)) {
		return false;
	}
	*at = value;
	return true;
}

/* ---- EFER, PAT ---- */

/* SVME is never seen, and LMA follows LME and CR0.PG. */
static bool efer_write(struct vcpu *vcpu, u64 value)
{
	u64 old = guest->get(vcpu, GUEST_EFER), cr0 = guest->get(vcpu, GUEST_CR0);

	if (value & ~EFER_ALLOWED)
		return false;
	if (cr0 & CR0_PG && (value ^ old) & EFER_LME)
		return false;
	guest->set(vcpu, GUEST_EFER, (value & ~EFER_LMA) | (old & EFER_LMA));
	return true;
}

/* SDM 11.12.2 */
static bool pat_write(struct vcpu *vcpu, u64 value)
{
	for (u32 i = 0; i < sizeof(value); i++) {
		u8 type = (u8)(value >> 8 * i);

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	guest->set(vcpu, GUEST_PAT, value);
	return true;
}

/* A deadline is a value of the guest's TSC: when that moves, so does the deadline's time. */
static void tsc_adjust(struct vcpu *vcpu, u64 adjust)
{
	struct vlapic *lapic = &vcpu->arch.lapic;

	vcpu->arch.tsc_adjust = adjust;
	vstate_tsc(vcpu);
	vlapic_set_tsc_deadline(lapic, vlapic_tsc_deadline(lapic));
}

/* ---- Reading and writing ---- */

static bool read_other(struct vcpu *vcpu, u32 msr, u64 *value)
{
	struct arch_vcpu *arch = &vcpu->arch;
	const u64 *mtrr = mtrr_at(&arch->mtrrs, msr);

	switch (msr) {
	case MSR_TSC: *value = vlapic_tsc(&arch->lapic); return true;
	case MSR_TSC_ADJUST: *value = arch->tsc_adjust; return true;
	case MSR_TSC_DEADLINE: *value = vlapic_tsc_deadline(&arch->lapic); return true;
	case MSR_TSC_AUX: *value = arch->tsc_aux; return machine.rdtscp;
	case MSR_EFER: *value = guest->get(vcpu, GUEST_EFER); return true;
	case MSR_PAT: *value = guest->get(vcpu, GUEST_PAT); return true;
	case MSR_FEATURE_CONTROL: *value = FEATURE_CONTROL_LOCK; return true;
	case MSR_MISC_ENABLE: *value = arch->misc_enable | MISC_ENABLE_RESET; return true;
	case MSR_MTRRCAP: *value = MTRRCAP_VALUE; return true;
	case MSR_VM_CR: *value = VM_CR_SVMDIS; return true;
	/* There are no machine-check banks, no branch records; microcode is the host's. */
	case MSR_MCG_CAP:
	case MSR_MCG_STATUS:
	case MSR_DEBUGCTL:
	case MSR_BIOS_SIGN_ID:
	case MSR_PLATFORM_ID:
	case MSR_HWCR:
	case MSR_SYSCFG:
	case MSR_INT_PENDING: *value = 0; return true;
	}
	if (mtrr)
		*value = *mtrr;
	return mtrr;
}

static bool write_other(struct vcpu *vcpu, u32 msr, u64 value)
{
	struct arch_vcpu *arch = &vcpu->arch;

	switch (msr) {
	case MSR_TSC:
		tsc_adjust(vcpu, arch->tsc_adjust + value - vlapic_tsc(&arch->lapic));
		return true;
	case MSR_TSC_ADJUST: tsc_adjust(vcpu, value); return true;
	case MSR_TSC_DEADLINE: vlapic_set_tsc_deadline(&arch->lapic, value); return true;
	case MSR_TSC_AUX:
		if (value >> 32 || !machine.rdtscp)
			return false;
		arch->tsc_aux = value;
		msr_write(MSR_TSC_AUX, value);
		return true;
	case MSR_EFER: return efer_write(vcpu, value);
	case MSR_PAT: return pat_write(vcpu, value);
	case MSR_MISC_ENABLE: arch->misc_enable = value & MISC_WRITABLE; return true;
	case MSR_MCG_STATUS:
	case MSR_DEBUGCTL: return value == 0;
	case MSR_BIOS_SIGN_ID:
	case MSR_PATCH_LOADER:
	case MSR_HWCR:
	case MSR_SYSCFG:
	case MSR_INT_PENDING:
		return true; /* as firmware and kernels do, without effect */
	}
	return mtrr_at(&arch->mtrrs, msr) && mtrr_write(&arch->mtrrs, msr, value);
}

static bool msr_get(struct vcpu *vcpu, u32 msr, u64 *value)
{
	struct vlapic *lapic = &vcpu->arch.lapic;

	if (likely(msr - MSR_X2APIC < X2APIC_REGS))
		return vlapic_is_x2apic(lapic) &&
			vlapic_read(lapic, msr - MSR_X2APIC, value);
	if (msr == MSR_APIC_BASE) {
		*value = lapic->base;
		return true;
	}
	return read_other(vcpu, msr, value);
}

static bool msr_set(struct vcpu *vcpu, u32 msr, u64 value)
{
	struct vlapic *lapic = &vcpu->arch.lapic;

	if (likely(msr - MSR_X2APIC < X2APIC_REGS))
		return vlapic_is_x2apic(lapic) &&
			vlapic_write(lapic, msr - MSR_X2APIC, value);
	if (msr == MSR_APIC_BASE)
		return vlapic_set_base(lapic, value);
	return write_other(vcpu, msr, value);
}

static enum exit_reason refuse(struct vcpu *vcpu, u32 msr, bool write)
{
	trace_add(TRACE_REFUSED, vcpu->trace_tag, write ? ACCESS_WRITE : ACCESS_READ,
		vcpu->arch.regs.rip, msr);
	return vevent_gp(vcpu);
}

enum exit_reason vmsr_exit(struct vcpu *vcpu, bool write, u32 length)
{
	u64 *gpr = vcpu->arch.regs.gpr, value;
	u32 msr = (u32)gpr[GPR_RCX];

	if (write) {
		value = gpr[GPR_RDX] << 32 | (u32)gpr[GPR_RAX];
		if (unlikely(!msr_set(vcpu, msr, value)))
			return refuse(vcpu, msr, true);
	} else {
		if (unlikely(!msr_get(vcpu, msr, &value)))
			return refuse(vcpu, msr, false);
		gpr[GPR_RAX] = (u32)value;
		gpr[GPR_RDX] = value >> 32;
	}
	vcpu->arch.regs.rip += length;
	return EXIT_NONE;
}
