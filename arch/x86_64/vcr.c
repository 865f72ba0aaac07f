// SPDX-License-Identifier: Apache-2.0
// XCR0, and CR8, which is the local APIC's priority (SDM volume 3A, 2.6 and 11.8.6).
#include "guest.h"

#include <hv/arch.h>
#include <arch/msr.h>

#include "boot.h"

/* SDM 13.3: what may be on together. */
static bool xcr0_valid(u64 value)
{
	u64 avx512 = value & XCR0_AVX512;

	if (value & ~machine.xcr0 || !(value & XCR0_X87))
		return false;
	if (value & XCR0_AVX && !(value & XCR0_SSE))
		return false;
	return !avx512 || (avx512 == XCR0_AVX512 && value & XCR0_AVX);
}

enum exit_reason vcr_xsetbv(struct vcpu *vcpu, u32 length)
{
	const u64 *gpr = vcpu->arch.regs.gpr;
	u64 value = gpr[GPR_RDX] << 32 | (u32)gpr[GPR_RAX];
	struct segment ss;

	if (!(guest->get(vcpu, GUEST_CR4) & CR4_OSXSAVE))
		return vevent_ud(vcpu);
	guest->get_segment(vcpu, SEG_SS, &ss);
	if (ss.attr & SEG_DPL || (u32)gpr[GPR_RCX] != 0 || !xcr0_valid(value))
		return vevent_gp(vcpu);
	vcpu->arch.xcr0 = value;
	xcr0_write(value);
	vcpu->arch.regs.rip += length;
	return EXIT_NONE;
}

#define TPR_MAX   15U
#define TPR_SHIFT 4

enum exit_reason vcr_cr8(struct vcpu *vcpu, bool write, u32 gpr, u32 length)
{
	struct vlapic *lapic = &vcpu->arch.lapic;

	arch_vcpu_sync(vcpu);
	if (write) {
		if (vcpu->arch.regs.gpr[gpr] > TPR_MAX)
			return vevent_gp(vcpu);
		vlapic_set_tpr(lapic, (u32)vcpu->arch.regs.gpr[gpr] << TPR_SHIFT);
	} else {
		vcpu->arch.regs.gpr[gpr] = lapic->tpr >> TPR_SHIFT;
		vstate_put(vcpu);
	}
	vcpu->arch.regs.rip += length;
	return EXIT_NONE;
}
