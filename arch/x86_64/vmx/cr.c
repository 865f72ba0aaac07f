// SPDX-License-Identifier: Apache-2.0
// MOV to control registers that changes what is not the guest's own (SDM volume 3A, 2.5 and
// volume 2, "MOV-Move to/from Control Registers"). Paging goes on and off here.
#include "vmx.h"

#include <hv/arch.h>
#include <hv/string.h>
#include <hv/vm.h>

#include "../walk.h"

#define CR0_KNOWN                                                                \
	(CR0_PG | CR0_CD | CR0_NW | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_TS | \
		CR0_EM | CR0_MP | CR0_PE)

/* SDM 4.4.1: what PAE paging reads when it goes on. */
#define PDPTES         4
#define PDPT_ADDR      BITS(31, 5)
#define PDPTE_PRESENT  BIT(0)
#define PDPTE_RESERVED (BITS(8, 5) | BITS(2, 1))

struct cr0_change {
	u64 old, new;
	u64 cr4, efer;
	struct segment cs, tr;
};

static bool turns_on(const struct cr0_change *c, u64 bit)
{
	return ~c->old & c->new &bit;
}

static bool turns_off(const struct cr0_change *c, u64 bit)
{
	return c->old & ~c->new &bit;
}

static bool cr0_allowed(const struct cr0_change *c)
{
	bool to_long = turns_on(c, CR0_PG) && c->efer & EFER_LME;

	if ((c->new &CR0_PG && !(c->new &CR0_PE)) ||
		(c->new &CR0_NW && !(c->new &CR0_CD)))
		return false;
	if (to_long &&
		(!(c->cr4 & CR4_PAE) || c->cs.attr & SEG_L ||
			field_get(SEG_TYPE, c->tr.attr) != SEG_TYPE_TSS_BUSY))
		return false;
	return !turns_off(c, CR0_PG) ||
		!(c->cr4 & CR4_PCIDE || (c->efer & EFER_LMA && c->cs.attr & SEG_L));
}

/* False: #GP. */
static bool load_pdptes(struct vcpu *vcpu)
{
	u64 reserved = ~0UL << vmx_caps.address_bits | PDPTE_RESERVED;
	u64 entries[PDPTES] = {0};
	const void *from;

	vm_lock(vcpu->vm);
	from = vm_ram(vcpu->vm, GPA(vmcs_read(VMCS_GUEST_CR3) & PDPT_ADDR),
		sizeof(entries));
	if (from)
		memcpy(entries, from, sizeof(entries));
	vm_unlock(vcpu->vm);
	for (u32 i = 0; i < PDPTES; i++)
		if (entries[i] & PDPTE_PRESENT && entries[i] & reserved)
			return false;
	for (u32 i = 0; i < PDPTES; i++)
		vmcs_write(VMCS_GUEST_PDPTE0 + 2 * i, entries[i]);
	return true;
}

static enum exit_reason write_cr0(struct vcpu *vcpu, u64 value, u32 length)
{
	struct cr0_change c = {
		.old = guest->get(vcpu, GUEST_CR0),
		.new = (value & CR0_KNOWN) | CR0_ET,
		.cr4 = guest->get(vcpu, GUEST_CR4),
		.efer = guest->get(vcpu, GUEST_EFER),
	};
	bool paging = (c.old ^ c.new) & CR0_PG, to_long;

	guest->get_segment(vcpu, SEG_CS, &c.cs);
	guest->get_segment(vcpu, SEG_TR, &c.tr);
	if (value >> 32 || !cr0_allowed(&c))
		return vevent_gp(vcpu);
	to_long = c.new &CR0_PG &&c.efer & EFER_LME;
	if (turns_on(&c, CR0_PG) && c.cr4 & CR4_PAE && !to_long && !load_pdptes(vcpu))
		return vevent_gp(vcpu);
	guest->set(vcpu, GUEST_CR0, c.new);
	if (paging) {
		guest->set(vcpu, GUEST_EFER,
			to_long ? c.efer | EFER_LMA : c.efer & ~EFER_LMA);
		vmcs_flush();
	}
	vcpu->arch.regs.rip += length;
	return EXIT_NONE;
}

enum { CR0 = 0, CR4 = 4, CR8 = 8 };

enum exit_reason cr_exit(struct vcpu *vcpu)
{
	u64 what = vmcs_read(VMCS_QUALIFICATION), value;
	u32 gpr = (u32)field_get(CR_GPR, what);
	u32 length = (u32)vmcs_read(VMCS_EXIT_LENGTH);
	struct guest_view view;

	if (field_get(CR_NUMBER, what) == CR8)
		return vcr_cr8(vcpu, field_get(CR_ACCESS, what) == CR_TO, gpr, length);
	if (field_get(CR_ACCESS, what) != CR_TO)
		return EXIT_UNKNOWN;
	arch_vcpu_sync(vcpu);
	guest->view(vcpu, &view);
	value = vcpu->arch.regs.gpr[gpr];
	if (view.mode != INSN_64)
		value = (u32)value;
	switch (field_get(CR_NUMBER, what)) {
	case CR0: return write_cr0(vcpu, value, length);
	/* It sets a bit that it may not have. */
	case CR4: return vevent_gp(vcpu);
	}
	return EXIT_UNKNOWN;
}
