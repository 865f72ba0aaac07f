// SPDX-License-Identifier: Apache-2.0
// What the VMCB holds of a vCPU, and what of SVM is set up once for a machine, a cpu, a VM (APM
// volume 2, chapter 15).
#include "svm.h"

#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/lock.h>
#include <hv/mm.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vm.h>
#include <arch/msr.h>

#include "../apic.h"
#include "../boot.h"
#include "../cpu.h"
#include "../pt_format.h"

enum { LEAF_EXTENDED = 0x80000001, LEAF_SVM = 0x8000000a };
#define EXTENDED_ECX_SVM BIT(2)

/* All ports exit; of the MSRs all but those below (15.10, 15.11). */
#define IOPM_SIZE    (3 * PAGE_SIZE)
#define MSRPM_SIZE   (2 * PAGE_SIZE)
#define MSRPM_HIGH   0xc0000000U /* the second range begins here, */
#define MSRPM_OFFSET 0x800U      /* and its bits there */
#define MSRPM_EACH   4U          /* MSRs in a byte */

u32 svm_features;

static u32 asid_count;
static hpa_t iopm, msrpm;

/* Those that belong to the guest alone and are loaded and saved with it. */
static const u32 free_msrs[] = {MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE, MSR_STAR,
	MSR_LSTAR, MSR_CSTAR, MSR_SFMASK, MSR_SYSENTER_CS, MSR_SYSENTER_ESP,
	MSR_SYSENTER_EIP};

/* ---- The machine, and its cpus ---- */

static void free_msr(u8 *map, u32 msr)
{
	u32 at = msr >= MSRPM_HIGH ? MSRPM_OFFSET + (msr - MSRPM_HIGH) / MSRPM_EACH
				   : msr / MSRPM_EACH;

	map[at] &= (u8) ~(3U << 2 * (msr % MSRPM_EACH));
}

static bool make_maps(void)
{
	if (!page_alloc(IOPM_SIZE, PAGE_SIZE, &iopm) ||
		!page_alloc(MSRPM_SIZE, PAGE_SIZE, &msrpm))
		return false;
	memset(hpa_ptr(iopm), 0xff, IOPM_SIZE);
	memset(hpa_ptr(msrpm), 0xff, MSRPM_SIZE);
	for (u32 i = 0; i < ARRAY_LEN(free_msrs); i++)
		free_msr(hpa_ptr(msrpm), free_msrs[i]);
	return true;
}

int state_probe(const char **why)
{
	struct cpuid svm = cpuid(LEAF_SVM, 0);
	u64 vm_cr;

	if (!(cpuid(LEAF_EXTENDED, 0).ecx & EXTENDED_ECX_SVM)) {
		*why = "expected SVM in CPUID 8000_0001 ECX, found none";
		return fail(-ENODEV);
	}
	if (msr_probe(MSR_VM_CR, &vm_cr) && vm_cr & VM_CR_SVMDIS) {
		*why = "expected SVM to be enabled, found it disabled by the firmware (VM_CR)";
		return fail(-ENODEV);
	}
	if (!(svm.edx & SVM_NP)) {
		*why = "expected nested paging in CPUID 8000_000A EDX, found none";
		return fail(-ENODEV);
	}
	if (svm.ebx < 2 || !make_maps()) {
		*why = "expected 2 ASIDs and memory for permission maps, found less";
		return fail(-ENODEV);
	}
	svm_features = svm.edx;
	asid_count = svm.ebx;
	return 0;
}

/* Two pages a cpu: the host's save area, which is the processor's, and the host's VMCB. */
int state_cpu_on(void)
{
	struct arch_cpu *cpu = &cpu_this()->arch;
	u64 host;
	hpa_t area;

	if (!page_alloc(2 * PAGE_SIZE, PAGE_SIZE, &area)) {
		error("no memory for the host save area of a cpu");
		return fail(-ENOMEM);
	}
	page_clear(hpa_ptr(area), 2 * PAGE_SIZE);
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SVME);
	msr_write(MSR_VM_HSAVE_PA, area.raw);
	host = area.raw + PAGE_SIZE;
	cpu->backend = hpa_ptr(HPA(host));
	/* What each exit brings back by VMLOAD: %gs above all. */
	asm volatile("vmsave %0" ::"a"(host) : "memory");
	/* ASID 0 is ours; the first vCPU flushes all others. */
	cpu->asid_next = asid_count;
	return 0;
}

const struct pt_format *state_guest_pt(void)
{
	return machine.page_1g ? &pt_npt : &pt_npt_2m;
}

int state_vm_init(struct vm *vm)
{
	(void)vm;
	return 0;
}

/* ---- A vCPU ---- */

static void set_intercepts(struct vmcb *vmcb)
{
	vmcb->intercept_cr = INTERCEPT_CR8_READ | INTERCEPT_CR8_WRITE;
	/*
	 * A hypercall by the other vendor's instruction; what must not be lost; and two that a
	 * guest can have delivered for ever, without an instruction between them.
	 */
	vmcb->intercept_exceptions =
		BIT(VECTOR_UD) | BIT(VECTOR_MC) | BIT(VECTOR_AC) | BIT(VECTOR_DB);
	vmcb->intercept_1 = INTERCEPT_INTR | INTERCEPT_NMI | INTERCEPT_SMI |
		INTERCEPT_INIT | INTERCEPT_RDPMC | INTERCEPT_CPUID | INTERCEPT_RSM |
		INTERCEPT_INVD | INTERCEPT_HLT | INTERCEPT_INVLPGA | INTERCEPT_IO |
		INTERCEPT_MSR | INTERCEPT_SHUTDOWN;
	vmcb->intercept_2 = INTERCEPT2_VMRUN | INTERCEPT2_VMMCALL | INTERCEPT2_VMLOAD |
		INTERCEPT2_VMSAVE | INTERCEPT2_STGI | INTERCEPT2_CLGI |
		INTERCEPT2_SKINIT | INTERCEPT2_WBINVD | INTERCEPT2_MONITOR |
		INTERCEPT2_MWAIT | INTERCEPT2_XSETBV | INTERCEPT2_RDPRU;
}

int state_vcpu_init(struct vcpu *vcpu)
{
	struct vmcb *vmcb = page_alloc_zeroed();

	if (!vmcb)
		return fail(-ENOMEM);
	vcpu->arch.vmcb = vmcb;
	vcpu->arch.control = ptr_hpa(vmcb).raw;
	set_intercepts(vmcb);
	vmcb->iopm = iopm.raw;
	vmcb->msrpm = msrpm.raw;
	vmcb->vintr = VINTR_MASKING;
	vmcb->np_control = NP_ENABLE;
	vmcb->n_cr3 = vcpu->vm->mem.pt.root.raw;
	for (u32 i = 0; i < INSN_LENGTHS; i++)
		vcpu->arch.lengths[i].rip = ~0UL; /* nobody's */
	vstate_init(vcpu);
	return 0;
}

void state_vcpu_fini(struct vcpu *vcpu)
{
	vstate_fini(vcpu);
	if (vcpu->arch.vmcb)
		page_free(HPA(vcpu->arch.control), PAGE_SIZE);
	vcpu->arch.vmcb = NULL;
}

/* ---- Loading and saving ---- */

/*
 * A vCPU keeps its ASID as long as it stays on its cpu and that has not run out of them; then all
 * begin anew, and everything is forgotten.
 */
static void load_asid(struct vcpu *vcpu)
{
	struct arch_cpu *cpu = &cpu_this()->arch;
	struct asid *asid = &vcpu->arch.asid;
	struct vmcb *vmcb = vcpu->arch.vmcb;

	if (asid->cpu == cpu_this() && asid->serial == cpu->asid_serial)
		return;
	if (cpu->asid_next == asid_count) {
		cpu->asid_next = 1;
		cpu->asid_serial++;
		vmcb->tlb_control = TLB_FLUSH_ALL;
	}
	vmcb->asid = cpu->asid_next++;
	*asid = (struct asid){cpu_this(), cpu->asid_serial};
}

void state_load(struct vcpu *vcpu)
{
	load_asid(vcpu);
	vcpu->arch.host_control = ptr_hpa(cpu_this()->arch.backend).raw;
	vmcb_changed(vcpu);
	vstate_load(vcpu);
}

void state_save(struct vcpu *vcpu)
{
	vstate_save(vcpu);
}

/*
 * Only entries that were not present change while a guest runs, and those are not cached (APM
 * 5.5): so nobody can hold what is out of date, and this one has met the entry just as another
 * cpu made it.
 */
void state_flush(struct vm *vm, gpa_t gpa, u64 size)
{
	(void)vm;
	(void)gpa;
	(void)size;
}

/* ---- struct guest_ops ---- */

#define AT(field) offsetof(struct vmcb, field)

static const u16 reg_at[GUEST_REGS] = {
	[GUEST_RSP] = AT(rsp),
	[GUEST_RFLAGS] = AT(rflags),
	[GUEST_CR0] = AT(cr0),
	[GUEST_CR2] = AT(cr2),
	[GUEST_CR3] = AT(cr3),
	[GUEST_CR4] = AT(cr4),
	[GUEST_DR6] = AT(dr6),
	[GUEST_DR7] = AT(dr7),
	[GUEST_GDTR_BASE] = AT(gdtr.base),
	[GUEST_IDTR_BASE] = AT(idtr.base),
	[GUEST_PAT] = AT(g_pat),
	[GUEST_SYSENTER_CS] = AT(sysenter_cs),
	[GUEST_SYSENTER_ESP] = AT(sysenter_esp),
	[GUEST_SYSENTER_EIP] = AT(sysenter_eip),
	[GUEST_STAR] = AT(star),
	[GUEST_LSTAR] = AT(lstar),
	[GUEST_CSTAR] = AT(cstar),
	[GUEST_SFMASK] = AT(sfmask),
	[GUEST_KERNEL_GS_BASE] = AT(kernel_gs_base),
	[GUEST_EFER] = AT(efer),
	[GUEST_GDTR_LIMIT] = AT(gdtr.limit),
	[GUEST_IDTR_LIMIT] = AT(idtr.limit),
};

static u64 svm_get(const struct vcpu *vcpu, enum guest_reg reg)
{
	const u8 *at = (const u8 *)vcpu->arch.vmcb + reg_at[reg];

	switch (reg) {
	case GUEST_GDTR_LIMIT:
	case GUEST_IDTR_LIMIT: return *(const u32 *)at;
	case GUEST_EFER: return *(const u64 *)at & ~EFER_SVME;
	default: return *(const u64 *)at;
	}
}

static void svm_set(struct vcpu *vcpu, enum guest_reg reg, u64 value)
{
	u8 *at = (u8 *)vcpu->arch.vmcb + reg_at[reg];

	vmcb_changed(vcpu);
	switch (reg) {
	case GUEST_GDTR_LIMIT:
	case GUEST_IDTR_LIMIT: *(u32 *)at = (u32)value; break;
	/* VMRUN insists on it (15.5.1). */
	case GUEST_EFER: *(u64 *)at = value | EFER_SVME; break;
	default: *(u64 *)at = value;
	}
}

static void svm_view(const struct vcpu *vcpu, struct guest_view *view)
{
	const struct vmcb *vmcb = vcpu->arch.vmcb;

	view->walk.cr0 = vmcb->cr0;
	view->walk.cr3 = vmcb->cr3;
	view->walk.cr4 = vmcb->cr4;
	view->walk.efer = vmcb->efer;
	view->walk.rflags = vmcb->rflags;
	view->cpl = vmcb->cpl;
	view->mode = guest_mode(vmcb->cs.attr, vmcb->efer);
	view->code_base = view->mode == INSN_64 ? 0 : vmcb->cs.base;
}

static struct vmcb_segment *segment_at(const struct vcpu *vcpu, enum segment_reg n)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	switch (n) {
	case SEG_ES: return &vmcb->es;
	case SEG_CS: return &vmcb->cs;
	case SEG_SS: return &vmcb->ss;
	case SEG_DS: return &vmcb->ds;
	case SEG_FS: return &vmcb->fs;
	case SEG_GS: return &vmcb->gs;
	case SEG_LDTR: return &vmcb->ldtr;
	case SEG_TR: return &vmcb->tr;
	case SEG_COUNT: break;
	}
	return NULL;
}

static void svm_get_segment(const struct vcpu *vcpu, enum segment_reg n,
	struct segment *seg)
{
	const struct vmcb_segment *from = segment_at(vcpu, n);

	*seg = (struct segment){from->selector, from->attr, from->limit, from->base};
}

static void svm_set_segment(struct vcpu *vcpu, enum segment_reg n,
	const struct segment *seg)
{
	vmcb_changed(vcpu);
	*segment_at(vcpu, n) =
		(struct vmcb_segment){seg->selector, seg->attr, seg->limit, seg->base};
	if (n == SEG_SS)
		vcpu->arch.vmcb->cpl = (u8)field_get(SEG_DPL, seg->attr);
}

static void svm_set_tsc_offset(struct vcpu *vcpu, u64 offset)
{
	vmcb_changed(vcpu);
	vcpu->arch.vmcb->tsc_offset = offset;
}

static void svm_inject(struct vcpu *vcpu, const struct event *event)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	vmcb->event_inj = EVENT_VALID | field_put(EVENT_TYPE, event->type) |
		event->vector |
		(event->has_error ? EVENT_HAS_ERROR |
					field_put(EVENT_ERROR_CODE, event->error)
				  : 0);
	if (event->type == EVENT_NMI) {
		vcpu->arch.nmi_blocked = true;
		vmcb->intercept_1 |= INTERCEPT_IRET;
		vmcb_changed(vcpu);
	}
}

/* Until an instruction is carried out, here or there. */
static bool in_shadow(const struct vcpu *vcpu)
{
	const struct vmcb *vmcb = vcpu->arch.vmcb;

	return vmcb->shadow & SHADOW_STI && vmcb->rip == vcpu->arch.regs.rip;
}

static bool svm_takes_irq(const struct vcpu *vcpu)
{
	const struct vmcb *vmcb = vcpu->arch.vmcb;

	return vmcb->rflags & RFLAGS_IF && !in_shadow(vcpu) && !vmcb->event_inj;
}

static bool svm_takes_nmi(const struct vcpu *vcpu)
{
	return !vcpu->arch.nmi_blocked && !in_shadow(vcpu) && !vcpu->arch.vmcb->event_inj;
}

/*
 * A virtual interrupt that is never delivered: its exit comes first (15.21.4). QEMU's VMRUN (7.2 at
 * least) notes it without the lock that others hold who note interrupts of ours, and one of these
 * may get lost in between.
 */
static void svm_want_irq_window(struct vcpu *vcpu, bool on)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	vmcb_changed(vcpu);
	vmcb->vintr &= ~(VINTR_IRQ | VINTR_IGN_TPR | VINTR_PRIO);
	vmcb->intercept_1 &= (u32)~INTERCEPT_VINTR;
	if (!on && cpu_is_tcg())
		apic_poll();
	if (!on)
		return;
	vmcb->vintr |= VINTR_IRQ | VINTR_IGN_TPR | VINTR_PRIO;
	vmcb->intercept_1 |= INTERCEPT_VINTR;
}

/*
 * QEMU's VMRUN (7.2) forgets the shadow: it would make the exit of a window there, and an exit
 * before the instruction says that there is none.
 */
void state_shadow(struct vcpu *vcpu)
{
	if (!cpu_is_tcg())
		return;
	svm_want_irq_window(vcpu, false);
	vcpu->arch.step_shadow = true;
	vcpu->arch.step_from = vcpu->arch.regs.rip;
	state_step(vcpu);
}

/*
 * Blocked by another NMI: the exit at its IRET comes anyway. By a shadow, or by an event that is
 * delivered first: one instruction is stepped.
 */
static void svm_want_nmi_window(struct vcpu *vcpu)
{
	if (!vcpu->arch.nmi_blocked)
		state_step(vcpu);
}

static void svm_flush(struct vcpu *vcpu)
{
	vcpu->arch.vmcb->tlb_control =
		svm_features & SVM_FLUSH_ASID ? TLB_FLUSH_ASID : TLB_FLUSH_ALL;
}

/* ---- One instruction ---- */

void state_step(struct vcpu *vcpu)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	if (vcpu->arch.stepping)
		return;
	vcpu->arch.stepping = true;
	vcpu->arch.step_rflags = vmcb->rflags & RFLAGS_TF;
	vmcb->rflags |= RFLAGS_TF;
}

void state_step_end(struct vcpu *vcpu)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	vcpu->arch.stepping = false;
	vmcb->rflags = (vmcb->rflags & ~RFLAGS_TF) | vcpu->arch.step_rflags;
	if (vcpu->arch.step_shadow && vcpu->arch.step_from == vmcb->rip)
		vmcb->shadow |= SHADOW_STI;
	vcpu->arch.step_shadow = false;
	if (vcpu->arch.nmi_ends)
		vcpu->arch.nmi_blocked = false;
	vcpu->arch.nmi_ends = false;
	/* Windows are opened anew if they are still wanted. */
	vcpu->arch.window = false;
	__atomic_fetch_or(&vcpu->arch.requests, REQUEST_IRQ, __ATOMIC_RELAXED);
}

void state_iret(struct vcpu *vcpu)
{
	vcpu->arch.vmcb->intercept_1 &= (u32)~INTERCEPT_IRET;
	vmcb_changed(vcpu);
	/* The NMI ends only behind the IRET. */
	vcpu->arch.nmi_ends = true;
	state_step(vcpu);
}

const struct guest_ops svm_guest = {
	.view = svm_view,
	.get = svm_get,
	.set = svm_set,
	.get_segment = svm_get_segment,
	.set_segment = svm_set_segment,
	.set_tsc_offset = svm_set_tsc_offset,
	.inject = svm_inject,
	.takes_irq = svm_takes_irq,
	.takes_nmi = svm_takes_nmi,
	.want_irq_window = svm_want_irq_window,
	.want_nmi_window = svm_want_nmi_window,
	.flush = svm_flush,
};
