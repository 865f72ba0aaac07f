// SPDX-License-Identifier: Apache-2.0
// Guest-virtual addresses: the guest's own page tables walked as they are now (walk.c), and
// instructions fetched through them. At EL1 there are none: a guest's addresses are
// guest-physical.
#include "el.h"

#include <hv/cpu.h>
#include <hv/string.h>
#include <hv/vm.h>

#include "../walk.h"

/* walk.c's reader of guest memory. */
static bool read_entry(void *arg, gpa_t gpa, u64 *entry)
{
	struct vm *vm = arg;
	const void *at;

	vm_lock(vm);
	at = vm_ram(vm, gpa, sizeof(*entry));
	if (at)
		memcpy(entry, at, sizeof(*entry));
	vm_unlock(vm);
	return at;
}

int translate_gva(struct vcpu *vcpu, u64 gva, gpa_t *gpa)
{
	struct walk_regs regs;

	if (vcpu->vm->backend == &el1) {
		*gpa = GPA(gva);
		return 0;
	}
	regs = (struct walk_regs){
		.sctlr = state_read(vcpu, sctlr_el1),
		.tcr = state_read(vcpu, tcr_el1),
		.ttbr0 = state_read(vcpu, ttbr0_el1),
		.ttbr1 = state_read(vcpu, ttbr1_el1),
	};
	return walk_stage1(&regs, gva, read_entry, vcpu->vm, gpa);
}

u32 fetch_insn(struct vcpu *vcpu)
{
	const void *at;
	gpa_t gpa;
	u32 insn = 0;

	if (vcpu->arch.regs.pstate & PSTATE_AARCH32 ||
		translate_gva(vcpu, vcpu->arch.regs.pc, &gpa))
		return 0;
	vm_lock(vcpu->vm);
	at = vm_ram(vcpu->vm, gpa, sizeof(insn));
	if (at)
		memcpy(&insn, at, sizeof(insn));
	vm_unlock(vcpu->vm);
	return insn;
}
