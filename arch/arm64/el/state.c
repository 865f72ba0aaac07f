// SPDX-License-Identifier: Apache-2.0
// What of a vCPU of backend el2 stays on the cpu between exits: EL1 and EL0 registers, stage 2,
// FP and SIMD registers, the timer, list registers. Loaded when the vCPU gets the cpu, saved when
// another gets it.
#include "el.h"

#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/options.h>
#include <hv/print.h>
#include <hv/vm.h>

#include "../boot.h"
#include "../gic.h"
#include "../pt_format.h"
#include "../vgic.h"
#include "../vid.h"
#include "../vtimer.h"

/* Interrupts come to us, also while we sleep. */
#define HCR_HOST (HCR_RW | HCR_AMO | HCR_IMO | HCR_FMO)
#define HCR_GUEST                                                                 \
	(HCR_HOST | HCR_VM | HCR_SWIO | HCR_TLOR | HCR_TSC | HCR_TSW | HCR_TACR | \
		HCR_TIDCP | HCR_TID3 | HCR_TID1)
#define CPTR_GUEST (CPTR_RES1 | CPTR_TTA | CPTR_TSM | CPTR_TZ)

#define STAGE2_BITS     40U /* as much as 3 levels take without a big root */
#define FLUSH_PAGES_MAX 64  /* more of them cost more than forgetting everything */

static struct pt_format stage2;
static u64 vtcr;

int state_probe(const char **why)
{
	u32 levels = options.guest_levels ? options.guest_levels : 3, bits;

	if (!machine.el2) {
		*why = "expected to be started at EL2, found EL1";
		return fail(-ENODEV);
	}
	if (!gich) {
		*why = "expected an interrupt controller with list registers, found none";
		return fail(-ENODEV);
	}
	bits = levels == 3 ? MIN(machine.pa_bits, STAGE2_BITS) : machine.pa_bits;
	if (levels == 4 && bits < 44) {
		warn("levels=4: this machine's addresses have %u bits: 3 levels are enough",
			bits);
		levels = 3;
	}
	pt_stage2_init(&stage2, levels, bits);
	vtcr = pt_stage2_vtcr(&stage2, machine.pa_range, false);
	vid_init(bits);
	return 0;
}

/* Later extensions' ways to trap or allow more, whatever was left in them. */
static void extra_traps_off(void)
{
	if (field_get(MMFR1_HCX, sysreg_read(id_aa64mmfr1_el1)))
		sysreg_write(s3_4_c1_c2_2, 0); /* HCRX_EL2 */
	if (!field_get(MMFR0_FGT, sysreg_read(id_aa64mmfr0_el1)))
		return;
	sysreg_write(s3_4_c1_c1_4, 0); /* HFGRTR_EL2 */
	sysreg_write(s3_4_c1_c1_5, 0); /* HFGWTR_EL2 */
	sysreg_write(s3_4_c1_c1_6, 0); /* HFGITR_EL2 */
	sysreg_write(s3_4_c3_c1_4, 0); /* HDFGRTR_EL2 */
	sysreg_write(s3_4_c3_c1_5, 0); /* HDFGWTR_EL2 */
}

int state_cpu_on(void)
{
	sysreg_write(hcr_el2, HCR_HOST);
	extra_traps_off();
	sysreg_write(vtcr_el2, vtcr);
	sysreg_write(vttbr_el2, 0);
	sysreg_write(cptr_el2, CPTR_GUEST);
	sysreg_write(hstr_el2, 0);
	sysreg_write(cnthctl_el2, 0); /* the physical timer and counter are emulated */
	sysreg_write(vpidr_el2, sysreg_read(midr_el1));
	debug_cpu_on();
	tlbi(alle1);
	dsb(nsh);
	isb();
	gic->ppi_enable(PPI_VIRTUAL_TIMER, true);
	gic->ppi_enable(PPI_MAINTENANCE, true);
	return 0;
}

const struct pt_format *state_guest_pt(void)
{
	return &stage2;
}

int state_vm_init(struct vm *vm)
{
	vm->arch.vttbr = field_put(VTTBR_VMID, vm->id + 1U) | vm->mem.pt.root.raw;
	/* Nothing is left of an earlier VM with this number. */
	state_flush(vm, GPA(0), ~0UL);
	return 0;
}

int state_vcpu_init(struct vcpu *vcpu)
{
	vtimer_init(vcpu);
	return 0;
}

void state_vcpu_fini(struct vcpu *vcpu)
{
	vtimer_fini(vcpu);
}

void state_vcpu_reset(struct vcpu *vcpu, u64 pc, u64 arg0, u64 arg1)
{
	struct arch_vcpu *arch = &vcpu->arch;

	arch->regs = (struct arch_regs){.pc = pc, .pstate = PSTATE_DAIF | PSTATE_EL1H};
	arch->regs.x[0] = arg0;
	arch->regs.x[1] = arg1;
	arch->el = (struct el_state){.sctlr_el1 = SCTLR_EL1_RES1};
	arch->fp = (struct fp_state){.fpcr = 0};
	debug_reset(vcpu);
	arch->hcr = HCR_GUEST;
	arch->fresh = true;
}

/* ---- Loading and saving ---- */

/*
 * Translations are tagged with the VMID, which says nothing of the vCPU: of two of one VM that
 * share a cpu, the second forgets what the first has left.
 */
static void load_stage2(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	const struct vcpu **last =
		&cpu_this()->arch.vmid_vcpu[field_get(VTTBR_VMID, vm->arch.vttbr)];

	sysreg_write(vttbr_el2, vm->arch.vttbr);
	isb();
	if (*last != vcpu) {
		tlbi(vmalle1);
		asm volatile("ic iallu" ::: "memory");
		dsb(nsh);
		*last = vcpu;
	}
}

/*
 * A vCPU that has the cpu for itself may sleep in wfi without us: its timer and our interrupts
 * wake it there. Not while there is something useful to do meanwhile.
 */
static u64 load_hcr(const struct vcpu *vcpu)
{
	bool alone = vcpu->cpu->vcpu_count == 1 && !cpu_has_spare_work();

	return alone ? vcpu->arch.hcr : vcpu->arch.hcr | HCR_TWI | HCR_TWE;
}

/* What only its own cpu may do of a reset. */
static void finish_reset(struct vcpu *vcpu)
{
	vcpu->arch.fresh = false;
	vm_lock(vcpu->vm);
	vtimer_reset(vcpu);
	vgic_cpu_reset(vcpu->vm->arch.vgic, vcpu->index);
	vm_unlock(vcpu->vm);
}

#define REGISTER_LOAD(name) sysreg_write(name, el->name);
#define REGISTER_SAVE(name) el->name = sysreg_read(name);

void state_load(struct vcpu *vcpu)
{
	const struct el_state *el = &vcpu->arch.el;

	load_stage2(vcpu);
	sysreg_write(hcr_el2, load_hcr(vcpu));
	sysreg_write(vmpidr_el2, MPIDR_RES1 | vid_mpidr(vcpu->index));
	EL0_REGISTERS(REGISTER_LOAD)
	EL1_REGISTERS(REGISTER_LOAD)
	fp_restore(&vcpu->arch.fp);
	debug_load(vcpu);
	vcpu->arch.host_cpu = cpu_this();
	if (vcpu->arch.fresh)
		finish_reset(vcpu);
	vgic_interface_load(vcpu->vm->arch.vgic, vcpu->index);
	vm_lock(vcpu->vm);
	vgic_load(vcpu->vm->arch.vgic, vcpu->index);
	/* All has been listed; whoever has more to say of it waits for the lock. */
	__atomic_fetch_and(&vcpu->arch.requests, ~REQUEST_VGIC, __ATOMIC_SEQ_CST);
	__atomic_store_n(&vcpu->arch.loaded, cpu_this(), __ATOMIC_SEQ_CST);
	vm_unlock(vcpu->vm);
	vtimer_load(vcpu);
}

void state_save(struct vcpu *vcpu)
{
	struct el_state *el = &vcpu->arch.el;

	__atomic_store_n(&vcpu->arch.loaded, NULL, __ATOMIC_SEQ_CST);
	/* First the timer: then its interrupt is not pending when that is looked at. */
	vtimer_save(vcpu);
	vm_lock(vcpu->vm);
	vgic_save(vcpu->vm->arch.vgic, vcpu->index);
	vm_unlock(vcpu->vm);
	vgic_interface_save(vcpu->vm->arch.vgic, vcpu->index);
	if (__atomic_load_n(&vcpu->leave, __ATOMIC_RELAXED) & LEAVE_IDLE)
		vtimer_sleep(vcpu);
	EL0_REGISTERS(REGISTER_SAVE)
	EL1_REGISTERS(REGISTER_SAVE)
	fp_save(&vcpu->arch.fp);
	debug_save(vcpu);
	/* Nothing of it may wake this cpu, or point to tables that its VM's end will free. */
	sysreg_write(hcr_el2, HCR_HOST);
	sysreg_write(vttbr_el2, 0);
	isb();
}

/* ---- Forgetting translations ---- */

/* Broadcast, for the VMID in VTTBR_EL2, whichever vCPU is loaded here. */
void state_flush(struct vm *vm, gpa_t gpa, u64 size)
{
	u64 loaded = sysreg_read(vttbr_el2);

	sysreg_write(vttbr_el2, vm->arch.vttbr);
	dsb(ishst);
	isb();
	if (size > FLUSH_PAGES_MAX * PAGE_SIZE) {
		tlbi(vmalls12e1is);
	} else {
		for (u64 at = 0; at < size; at += PAGE_SIZE)
			tlbi_at(ipas2e1is, (gpa.raw + at) >> PAGE_SHIFT);
		dsb(ish);
		/* What stage 1 and 2 made of it together is not found by its address. */
		tlbi(vmalle1is);
	}
	dsb(ish);
	isb();
	sysreg_write(vttbr_el2, loaded);
	isb();
}
