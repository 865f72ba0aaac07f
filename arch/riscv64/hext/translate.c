// SPDX-License-Identifier: Apache-2.0
// Guest-virtual addresses: the guest's own page tables walked as they are now (Privileged
// ISA, "Virtual Address Translation Process"), and instructions fetched through them.
#include "hext.h"

#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/string.h>
#include <hv/vm.h>

#include "../trap.h"

#define PTE_PPN     BITS(53, 10)
#define PTE_LEAF    (BIT(3) | BIT(2) | BIT(1)) /* X W R */
#define PTE_V       BIT(0)
#define INDEX_BITS  9
#define SV39_LEVELS 3

/* vsatp.MODE 8, 9, 10 are Sv39, Sv48, Sv57: one level more each. */
static u32 levels_of(u64 vsatp)
{
	u64 mode = field_get(SATP_MODE, vsatp);

	return mode < SATP_SV39 ? 0 : (u32)(SV39_LEVELS + mode - SATP_SV39);
}

static u64 vcpu_vsatp(const struct vcpu *vcpu)
{
	return vcpu->arch.loaded == cpu_this() ? csr_read(vsatp) : vcpu->arch.vs.vsatp;
}

int translate_gva(struct vcpu *vcpu, u64 gva, gpa_t *gpa)
{
	u64 vsatp = vcpu_vsatp(vcpu);
	u64 table = field_get(SATP_PPN, vsatp) << PAGE_SHIFT;
	u32 level = levels_of(vsatp);

	if (!level) {
		*gpa = GPA(gva);
		return 0;
	}
	while (level--) {
		u32 shift = PAGE_SHIFT + level * INDEX_BITS;
		u64 index = gva >> shift & BITS(INDEX_BITS - 1, 0), entry;
		const void *at;

		vm_lock(vcpu->vm);
		at = vm_ram(vcpu->vm, GPA(table + index * sizeof(entry)), sizeof(entry));
		if (at)
			memcpy(&entry, at, sizeof(entry));
		vm_unlock(vcpu->vm);
		if (!at || !(entry & PTE_V))
			return -EINVAL;
		table = field_get(PTE_PPN, entry) << PAGE_SHIFT;
		if (entry & PTE_LEAF) {
			*gpa = GPA(ALIGN_DOWN(table, BIT(shift)) |
				(gva & (BIT(shift) - 1)));
			return 0;
		}
	}
	return -EINVAL;
}

/* ---- Instructions ---- */

bool trap_guest_access(u64 *pc)
{
	if (*pc != (u64)guest_fetch16 && *pc != (u64)guest_fetch32)
		return false;
	*pc = (u64)guest_fetch_failed;
	return true;
}

/*
 * A trap of ours has overwritten where sret will go; SPVP still knows the privilege that was
 * interrupted ("hstatus").
 */
static void restore_return(void)
{
	csr_set(hstatus, HSTATUS_SPV);
	if (csr_read(hstatus) & HSTATUS_SPVP)
		csr_set(sstatus, SSTATUS_SPP);
	else
		csr_clear(sstatus, SSTATUS_SPP);
}

/* By halves: the second may be on another page, or not be needed at all. */
static s64 fetch_halves(u64 pc)
{
	s64 low = guest_fetch16(pc), high = 0;

	if ((low & 3) == 3)
		high = guest_fetch16(pc + 2);
	return low < 0 || high < 0 ? -1 : low | high << 16;
}

static u32 fetch_slowly(u64 pc)
{
	s64 insn = fetch_halves(pc);

	restore_return();
	return insn < 0 ? 0 : (u32)insn;
}

u32 fetch_insn(struct vcpu *vcpu)
{
	u64 pc = vcpu->arch.regs.pc;
	s64 insn = -1;

	/* Nearly always one load will do, also misaligned; a hart that cannot do that traps. */
	if (likely(!IS_ALIGNED(pc + 2, PAGE_SIZE)))
		insn = guest_fetch32(pc);
	return likely(insn >= 0) ? (u32)insn : fetch_slowly(pc);
}
