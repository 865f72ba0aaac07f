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

#define PTE_PPN        BITS(53, 10)
#define PTE_LEAF       (BIT(3) | BIT(2) | BIT(1)) /* X W R */
#define PTE_V          BIT(0)
#define INDEX_BITS     9
#define SV39_LEVELS    3

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
			*gpa = GPA(ALIGN_DOWN(table, BIT(shift)) | (gva & (BIT(shift) - 1)));
			return 0;
		}
	}
	return -EINVAL;
}

bool trap_guest_access(u64 *pc)
{
	if (*pc != (u64)guest_fetch16)
		return false;
	*pc = (u64)guest_fetch16_failed;
	return true;
}

/* Two halves, since the second may be on another page or not be needed at all. */
u32 fetch_insn(struct vcpu *vcpu, u32 *insn)
{
	u64 pc = vcpu->arch.regs.pc;
	u64 hstatus = csr_read(hstatus), sstatus = csr_read(sstatus);
	s64 low, high = 0;
	u32 length = 0;

	/* hlvx acts with the privilege SPVP says: the one that was interrupted. */
	low = guest_fetch16(pc);
	if (low >= 0)
		length = (low & 3) == 3 ? 4 : 2;
	if (length == 4)
		high = guest_fetch16(pc + 2);
	if (high < 0)
		length = 0;
	/* A trap of ours has overwritten where sret goes. */
	csr_write(hstatus, hstatus);
	csr_write(sstatus, sstatus);
	*insn = (u32)(low | high << 16);
	return length;
}
