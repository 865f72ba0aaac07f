// SPDX-License-Identifier: Apache-2.0
// What of a vCPU stays on the hart between exits: VS-level CSRs, hgatp, FP registers, pending
// interrupts. Loaded when the vCPU gets the hart, saved when another gets it.
#include "hext.h"

#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/options.h>
#include <hv/sched.h>
#include <hv/trace.h>
#include <hv/vm.h>

#include "../boot.h"
#include "../machine.h"
#include "../pt_format.h"
#include "../sbi.h"
#include "../vtimer.h"

/* Traps the guest handles itself, without us. */
#define HEDELEG                                                          \
	(BIT(CAUSE_FETCH_MISALIGNED) | BIT(CAUSE_FETCH_ACCESS) |         \
		BIT(CAUSE_ILLEGAL_INSTRUCTION) | BIT(CAUSE_BREAKPOINT) | \
		BIT(CAUSE_LOAD_MISALIGNED) | BIT(CAUSE_LOAD_ACCESS) |    \
		BIT(CAUSE_STORE_MISALIGNED) | BIT(CAUSE_STORE_ACCESS) |  \
		BIT(CAUSE_ECALL_U) | BIT(CAUSE_FETCH_PAGE_FAULT) |       \
		BIT(CAUSE_LOAD_PAGE_FAULT) | BIT(CAUSE_STORE_PAGE_FAULT))
#define HIDELEG (HVIP_VSEIP | HVIP_VSTIP | HVIP_VSSIP)

/* More single-page fences than this cost more than forgetting everything. */
#define FLUSH_PAGES_MAX 64

static const struct pt_format *guest_format;
static u64 guest_mode; /* hgatp.MODE for it */
static u32 vmid_max;

/* WARL fields: what cannot be is not kept. Nothing is running on hgatp yet. */
static bool try_format(const struct pt_format *format, u64 mode)
{
	u64 hgatp;

	csr_write(hgatp, field_put(HGATP_MODE, mode) | HGATP_VMID);
	hgatp = csr_read(hgatp);
	csr_write(hgatp, 0);
	if (field_get(HGATP_MODE, hgatp) != mode)
		return false;
	guest_format = format;
	guest_mode = mode;
	vmid_max = MIN(field_get(HGATP_VMID, hgatp), VMID_COUNT - 1UL);
	return true;
}

bool state_probe(void)
{
	if (options.guest_levels != pt_sv48x4.levels &&
		try_format(&pt_sv39x4, HGATP_SV39X4))
		return true;
	return try_format(&pt_sv48x4, HGATP_SV48X4);
}

int state_cpu_on(void)
{
	csr_write(hedeleg, HEDELEG);
	csr_write(hideleg, HIDELEG);
	csr_write(hie, 0);
	csr_write(hgeie, 0);
	csr_write(hvip, 0);
	csr_write(hcounteren, HCOUNTEREN_CY | HCOUNTEREN_TM | HCOUNTEREN_IR);
	csr_write(henvcfg, guest_envcfg());
	csr_write(hgatp, 0);
	asm volatile("hfence.gvma" ::: "memory");
	asm volatile("hfence.vvma" ::: "memory");
	return 0;
}

const struct pt_format *state_guest_pt(void)
{
	return guest_format;
}

int state_vm_init(struct vm *vm)
{
	static u64 serial; /* VMs are built one at a time, on the boot cpu */
	u64 vmid = vm->id + 1U <= vmid_max ? vm->id + 1U
					   : 0; /* 0: shared, see load_stage2() */

	vm->arch.hgatp = field_put(HGATP_MODE, guest_mode) | field_put(HGATP_VMID, vmid) |
		field_put(HGATP_PPN, vm->mem.pt.root.raw >> PAGE_SHIFT);
	vm->arch.serial = ++serial;
	return 0;
}

int state_vcpu_init(struct vcpu *vcpu)
{
	vtimer_init(vcpu);
	return 0;
}

void state_vcpu_reset(struct vcpu *vcpu, u64 pc, u64 arg0, u64 arg1)
{
	struct arch_vcpu *arch = &vcpu->arch;

	arch->regs = (struct arch_regs){.pc = pc};
	arch->regs.x[REG_A0] = arg0;
	arch->regs.x[REG_A1] = arg1;
	/*
	 * The external interrupt's wire is the interrupt controller's, which does not know of
	 * this and will not drive it anew; it may even be driving it right now.
	 */
	__atomic_fetch_and(&arch->irq_raise, HVIP_VSEIP, __ATOMIC_ACQ_REL);
	__atomic_fetch_and(&arch->irq_lower, HVIP_VSEIP, __ATOMIC_ACQ_REL);
	timer_cancel(&vcpu->timer);
	arch->vs = (struct vs_state){
		.hvip = arch->vs.hvip & HVIP_VSEIP,
		.hstatus = HSTATUS_SPV | HSTATUS_SPVP | field_put(HSTATUS_VSXL, XL_64),
		.sstatus = SSTATUS_SPP | field_put(SSTATUS_UXL, XL_64) |
			(machine.fp ? field_put(SSTATUS_FS, FS_CLEAN) : 0),
		.vsstatus = field_put(SSTATUS_UXL, XL_64),
		.vstimecmp = ~0UL,
		/* As firmware leaves it, and kernels rely on: user mode may read the clock. */
		.scounteren = HCOUNTEREN_CY | HCOUNTEREN_TM | HCOUNTEREN_IR,
	};
	arch->fp = (struct fp_state){.fcsr = 0};
}

/* ---- Loading and saving ---- */

/*
 * Translations are tagged with the VMID. What an earlier VM of the same number has left on
 * this hart is forgotten when the next one comes, and so is, for want of VMIDs, what any
 * other has. And as the tag says nothing of the vCPU, two of one VM that share a hart would
 * see each other's: the second forgets the first one's.
 */
static void load_stage2(struct vcpu *vcpu)
{
	struct arch_cpu *cpu = &cpu_this()->arch;
	struct vm *vm = vcpu->vm;
	u64 vmid = field_get(HGATP_VMID, vm->arch.hgatp);

	csr_write(hgatp, vm->arch.hgatp);
	csr_write(htimedelta, -vm->time_offset);
	if (cpu->vmid_serial[vmid] != vm->arch.serial) {
		asm volatile("hfence.gvma zero, %0" ::"r"(vmid) : "memory");
		/* Its memory may have held other code. */
		asm volatile("fence.i" ::: "memory");
		cpu->vmid_serial[vmid] = vm->arch.serial;
		cpu->vmid_vcpu[vmid] = NULL;
	}
	if (cpu->vmid_vcpu[vmid] != vcpu) {
		asm volatile("hfence.vvma" ::: "memory");
		cpu->vmid_vcpu[vmid] = vcpu;
	}
}

/*
 * A vCPU that has the hart for itself may sleep in wfi without us: its timer and our
 * interrupts wake it there. Not while there is something useful to do meanwhile.
 */
static u64 load_hstatus(const struct vcpu *vcpu)
{
	bool alone = vcpu->cpu->vcpu_count == 1 && !cpu_has_spare_work();

	return alone ? vcpu->arch.vs.hstatus & ~HSTATUS_VTW
		     : vcpu->arch.vs.hstatus | HSTATUS_VTW;
}

void state_load(struct vcpu *vcpu)
{
	struct vs_state *vs = &vcpu->arch.vs;

	__atomic_store_n(&vcpu->arch.suspended, false, __ATOMIC_RELAXED);
	load_stage2(vcpu);
	csr_write(hstatus, load_hstatus(vcpu));
	csr_write(sstatus, vs->sstatus);
	csr_write(vsstatus, vs->vsstatus);
	csr_write(vsie, vs->vsie);
	csr_write(vstvec, vs->vstvec);
	csr_write(vsscratch, vs->vsscratch);
	csr_write(vsepc, vs->vsepc);
	csr_write(vscause, vs->vscause);
	csr_write(vstval, vs->vstval);
	csr_write(vsatp, vs->vsatp);
	csr_write(hvip, vs->hvip);
	csr_write(scounteren, vs->scounteren);
	csr_write(senvcfg, vs->senvcfg);
	if (machine.fp) {
		fp_restore(&vcpu->arch.fp);
		csr_clear(sstatus, SSTATUS_FS);
		csr_set(sstatus, field_put(SSTATUS_FS, FS_CLEAN));
	}
	vtimer_load(vcpu);
	vcpu->arch.host_tp = cpu_this();
	/* Pairs with those who set requests and then look at `loaded`, below and in vsbi.c. */
	__atomic_store_n(&vcpu->arch.loaded, cpu_this(), __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void state_save(struct vcpu *vcpu)
{
	struct vs_state *vs = &vcpu->arch.vs;

	__atomic_store_n(&vcpu->arch.loaded, NULL, __ATOMIC_SEQ_CST);
	vs->hstatus = csr_read(hstatus);
	vs->sstatus = csr_read(sstatus);
	vs->vsstatus = csr_read(vsstatus);
	vs->vsie = csr_read(vsie);
	vs->vstvec = csr_read(vstvec);
	vs->vsscratch = csr_read(vsscratch);
	vs->vsepc = csr_read(vsepc);
	vs->vscause = csr_read(vscause);
	vs->vstval = csr_read(vstval);
	vs->vsatp = csr_read(vsatp);
	/* Some emulators show what vstimecmp does in here, too, where it would stay for ever. */
	vs->hvip = csr_read(hvip) & (machine.sstc ? ~HVIP_VSTIP : ~0UL);
	vs->scounteren = csr_read(scounteren);
	vs->senvcfg = csr_read(senvcfg);
	if (machine.fp && field_get(SSTATUS_FS, vs->sstatus) == FS_DIRTY)
		fp_save(&vcpu->arch.fp);
	vtimer_save(vcpu);
	/* Nothing of it may wake this hart, or point to tables that its VM's end will free. */
	csr_write(hvip, 0);
	csr_write(hgatp, 0);
}

/* ---- Interrupts and fences from elsewhere ---- */

static u64 take(u64 *bits)
{
	return __atomic_exchange_n(bits, 0, __ATOMIC_ACQ_REL);
}

void state_take_requests(struct vcpu *vcpu)
{
	u32 requests = __atomic_exchange_n(&vcpu->arch.requests, 0, __ATOMIC_ACQ_REL);

	if (requests & REQUEST_IRQ) {
		csr_set(hvip, take(&vcpu->arch.irq_raise));
		csr_clear(hvip, take(&vcpu->arch.irq_lower));
	}
	if (requests & REQUEST_FENCE_I)
		asm volatile("fence.i" ::: "memory");
	if (requests & REQUEST_HFENCE_VVMA)
		asm volatile("hfence.vvma" ::: "memory");
}

void state_set_irq(struct vcpu *vcpu, u32 irq, bool level)
{
	struct arch_vcpu *arch = &vcpu->arch;
	u64 bit = BIT(irq + 1); /* VSxIP is one above SxIP */

	trace_add(TRACE_IRQ, vcpu->trace_tag, irq | (level ? TRACE_IRQ_RAISED : 0), 0, 0);
	if (arch->loaded == cpu_this()) {
		if (level)
			csr_set(hvip, bit);
		else
			csr_clear(hvip, bit);
		return;
	}
	__atomic_fetch_and(level ? &arch->irq_lower : &arch->irq_raise, ~bit,
		__ATOMIC_ACQ_REL);
	__atomic_fetch_or(level ? &arch->irq_raise : &arch->irq_lower, bit,
		__ATOMIC_ACQ_REL);
	__atomic_fetch_or(&arch->requests, REQUEST_IRQ, __ATOMIC_SEQ_CST);
	/* A lowered line can wait for the next exit: at worst the guest finds nothing to claim. */
	if (level)
		sched_wake(vcpu);
}

bool state_irq_pending(struct vcpu *vcpu)
{
	u64 pending = csr_read(hip); /* hvip, and vstimecmp where there is Sstc */

	pending |= __atomic_load_n(&vcpu->arch.irq_raise, __ATOMIC_ACQUIRE);
	pending &= ~__atomic_load_n(&vcpu->arch.irq_lower, __ATOMIC_ACQUIRE);
	return pending & csr_read(vsie) << 1;
}

/* ---- Forgetting translations ---- */

static void hfence_gvma(gpa_t gpa, u64 size, u64 vmid)
{
	if (size > FLUSH_PAGES_MAX * PAGE_SIZE) {
		asm volatile("hfence.gvma zero, %0" ::"r"(vmid) : "memory");
		return;
	}
	for (u64 at = 0; at < size; at += PAGE_SIZE)
		asm volatile("hfence.gvma %0, %1" ::"r"((gpa.raw + at) >> 2), "r"(vmid)
			: "memory");
}

void state_flush(struct vm *vm, gpa_t gpa, u64 size)
{
	u64 vmid = field_get(HGATP_VMID, vm->arch.hgatp);

	hfence_gvma(gpa, size, vmid);
	for (u32 i = 0; i < cpu_count; i++)
		if (cpus[i] != cpu_this() && cpus[i]->online)
			sbi_remote_fence(cpus[i]->arch.id, SBI_RFENCE_HFENCE_GVMA_VMID,
				gpa.raw, size > FLUSH_PAGES_MAX * PAGE_SIZE ? ~0UL : size,
				vmid);
}
