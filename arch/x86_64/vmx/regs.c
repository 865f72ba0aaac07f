// SPDX-License-Identifier: Apache-2.0
// A guest's registers, as struct guest_ops wants them: most lie in the VMCS, the others stay on
// the cpu while the vCPU is loaded, since the hypervisor uses none of them (SDM volume 3C, 24.4).
#include "vmx.h"

#include <hv/cpu.h>
#include <arch/msr.h>

/* ---- Which VMCS is current ---- */

static void vmptrld(u64 vmcs)
{
	asm volatile("vmptrld %0" ::"m"(vmcs) : "cc", "memory");
}

static void vmclear(u64 vmcs)
{
	asm volatile("vmclear %0" ::"m"(vmcs) : "cc", "memory");
}

void vmcs_init(struct vcpu *vcpu)
{
	vmclear(vcpu->arch.control);
}

static bool borrow(u64 vmcs)
{
	vmptrld(vmcs);
	return true;
}

bool vmcs_borrow(const struct vcpu *vcpu)
{
	return likely(cpu_this()->arch.vmcs == vcpu->arch.control)
		? false
		: borrow(vcpu->arch.control);
}

void vmcs_return(const struct vcpu *vcpu, bool borrowed)
{
	if (likely(!borrowed))
		return;
	vmclear(vcpu->arch.control);
	if (cpu_this()->arch.vmcs)
		vmptrld(cpu_this()->arch.vmcs);
}

void vmcs_load(struct vcpu *vcpu)
{
	vmptrld(vcpu->arch.control);
	cpu_this()->arch.vmcs = vcpu->arch.control;
}

/* Another cpu may take it from memory then. */
void vmcs_unload(struct vcpu *vcpu)
{
	vmclear(vcpu->arch.control);
	cpu_this()->arch.vmcs = 0;
	vcpu->arch.launched = false;
}

/* ---- What stays on the cpu ---- */

static const struct {
	enum guest_reg reg;
	u32 msr;
} syscall_msrs[] = {
	{GUEST_STAR, MSR_STAR},
	{GUEST_LSTAR, MSR_LSTAR},
	{GUEST_CSTAR, MSR_CSTAR},
	{GUEST_SFMASK, MSR_SFMASK},
	{GUEST_KERNEL_GS_BASE, MSR_KERNEL_GS_BASE},
};
_Static_assert(ARRAY_LEN(syscall_msrs) ==
		ARRAY_LEN(((struct arch_vcpu *)0)->syscall_msrs),
	"struct arch_vcpu");

void vmx_regs_load(struct vcpu *vcpu)
{
	for (u32 i = 0; i < ARRAY_LEN(syscall_msrs); i++)
		msr_write(syscall_msrs[i].msr, vcpu->arch.syscall_msrs[i]);
	cr_write(cr2, vcpu->arch.cr2);
	cr_write(dr6, vcpu->arch.dr6);
}

void vmx_regs_save(struct vcpu *vcpu)
{
	for (u32 i = 0; i < ARRAY_LEN(syscall_msrs); i++)
		vcpu->arch.syscall_msrs[i] = msr_read(syscall_msrs[i].msr);
	vcpu->arch.cr2 = cr_read(cr2);
	vcpu->arch.dr6 = cr_read(dr6);
}

static bool is_loaded(const struct vcpu *vcpu)
{
	return vcpu->arch.loaded == cpu_this();
}

static u32 syscall_index(enum guest_reg reg)
{
	u32 i = 0;

	while (i < ARRAY_LEN(syscall_msrs) && syscall_msrs[i].reg != reg)
		i++;
	assert(i < ARRAY_LEN(syscall_msrs));
	return i;
}

static u64 cpu_get(const struct vcpu *vcpu, enum guest_reg reg)
{
	if (reg == GUEST_CR2)
		return is_loaded(vcpu) ? cr_read(cr2) : vcpu->arch.cr2;
	if (reg == GUEST_DR6)
		return is_loaded(vcpu) ? cr_read(dr6) : vcpu->arch.dr6;
	return is_loaded(vcpu) ? msr_read(syscall_msrs[syscall_index(reg)].msr)
			       : vcpu->arch.syscall_msrs[syscall_index(reg)];
}

static void cpu_set(struct vcpu *vcpu, enum guest_reg reg, u64 value)
{
	if (reg == GUEST_CR2) {
		vcpu->arch.cr2 = value;
		if (is_loaded(vcpu))
			cr_write(cr2, value);
	} else if (reg == GUEST_DR6) {
		vcpu->arch.dr6 = value;
		if (is_loaded(vcpu))
			cr_write(dr6, value);
	} else {
		vcpu->arch.syscall_msrs[syscall_index(reg)] = value;
		if (is_loaded(vcpu))
			msr_write(syscall_msrs[syscall_index(reg)].msr, value);
	}
}

/* ---- What lies in the VMCS ---- */

/* 0: it does not, or not as the guest sees it. */
static const u16 fields[GUEST_REGS] = {
	[GUEST_RSP] = VMCS_GUEST_RSP,
	[GUEST_RFLAGS] = VMCS_GUEST_RFLAGS,
	[GUEST_CR3] = VMCS_GUEST_CR3,
	[GUEST_EFER] = VMCS_GUEST_EFER,
	[GUEST_DR7] = VMCS_GUEST_DR7,
	[GUEST_GDTR_BASE] = VMCS_GUEST_GDTR_BASE,
	[GUEST_GDTR_LIMIT] = VMCS_GUEST_GDTR_LIMIT,
	[GUEST_IDTR_BASE] = VMCS_GUEST_IDTR_BASE,
	[GUEST_IDTR_LIMIT] = VMCS_GUEST_IDTR_LIMIT,
	[GUEST_PAT] = VMCS_GUEST_PAT,
	[GUEST_SYSENTER_CS] = VMCS_GUEST_SYSENTER_CS,
	[GUEST_SYSENTER_ESP] = VMCS_GUEST_SYSENTER_ESP,
	[GUEST_SYSENTER_EIP] = VMCS_GUEST_SYSENTER_EIP,
};

static u64 get_current(const struct vcpu *vcpu, enum guest_reg reg)
{
	switch (reg) {
	case GUEST_CR0:
		return (vmcs_read(VMCS_GUEST_CR0) & ~CR0_OWNED) |
			(vmcs_read(VMCS_CR0_SHADOW) & CR0_OWNED);
	case GUEST_CR4: return vmcs_read(VMCS_GUEST_CR4) & ~CR4_OWNED;
	default: return fields[reg] ? vmcs_read(fields[reg]) : cpu_get(vcpu, reg);
	}
}

static u64 vmx_get(const struct vcpu *vcpu, enum guest_reg reg)
{
	bool borrowed = vmcs_borrow(vcpu);
	u64 value = get_current(vcpu, reg);

	vmcs_return(vcpu, borrowed);
	return value;
}

void vmcs_end_blocking(void)
{
	u64 state = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY);

	if (unlikely(state & (BLOCKING_STI | BLOCKING_MOV_SS)))
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			state & ~(BLOCKING_STI | BLOCKING_MOV_SS));
}

/* IA-32e mode is a control of entries, too (26.3.1.1). */
static void set_efer(u64 efer)
{
	u64 controls = vmcs_read(VMCS_ENTRY_CONTROLS) & ~ENTRY_GUEST_64;

	vmcs_write(VMCS_GUEST_EFER, efer);
	vmcs_write(VMCS_ENTRY_CONTROLS,
		controls | (efer & EFER_LMA ? ENTRY_GUEST_64 : 0));
}

/* What VMX fixes is as it must be; caches stay on, which the guest need not know. */
static void set_cr0(u64 cr0)
{
	vmcs_write(VMCS_CR0_SHADOW, cr0);
	vmcs_write(VMCS_GUEST_CR0,
		(cr0 & ~(CR0_CD | CR0_NW)) | (vmx_caps.cr0_must & ~(CR0_PE | CR0_PG)));
}

static void set_current(struct vcpu *vcpu, enum guest_reg reg, u64 value)
{
	switch (reg) {
	case GUEST_CR0: set_cr0(value); return;
	case GUEST_CR4:
		vmcs_write(VMCS_CR4_SHADOW, value);
		vmcs_write(VMCS_GUEST_CR4, value | vmx_caps.cr4_must);
		return;
	case GUEST_EFER: set_efer(value); return;
	/* An instruction was carried out here, or there is no instruction before it. */
	case GUEST_RFLAGS: vmcs_end_blocking(); break;
	default: break;
	}
	if (fields[reg])
		vmcs_write(fields[reg], value);
	else
		cpu_set(vcpu, reg, value);
}

static void vmx_set(struct vcpu *vcpu, enum guest_reg reg, u64 value)
{
	bool borrowed = vmcs_borrow(vcpu);

	set_current(vcpu, reg, value);
	vmcs_return(vcpu, borrowed);
}

/* ---- Segments ---- */

#define ATTR_LOW        BITS(7, 0)
#define ATTR_HIGH       BITS(11, 8)
#define ATTR_HIGH_SHIFT 4

static u16 attr_of(u64 access)
{
	u64 attr = (access & ATTR_LOW) | (access & ACCESS_HIGH) >> ATTR_HIGH_SHIFT;

	return (u16)(access & ACCESS_UNUSABLE ? attr & ~SEG_P : attr);
}

static u64 access_of(u16 attr)
{
	return (attr & ATTR_LOW) | (attr & ATTR_HIGH) << ATTR_HIGH_SHIFT |
		(attr & SEG_P ? 0 : ACCESS_UNUSABLE);
}

static void vmx_get_segment(const struct vcpu *vcpu, enum segment_reg n,
	struct segment *seg)
{
	bool borrowed = vmcs_borrow(vcpu);

	*seg = (struct segment){
		.selector = (u16)vmcs_read(VMCS_SEGMENT(VMCS_GUEST_ES, n)),
		.attr = attr_of(vmcs_read(VMCS_SEGMENT(VMCS_GUEST_ES_ACCESS, n))),
		.limit = (u32)vmcs_read(VMCS_SEGMENT(VMCS_GUEST_ES_LIMIT, n)),
		.base = vmcs_read(VMCS_SEGMENT(VMCS_GUEST_ES_BASE, n)),
	};
	vmcs_return(vcpu, borrowed);
}

static void vmx_set_segment(struct vcpu *vcpu, enum segment_reg n,
	const struct segment *seg)
{
	bool borrowed = vmcs_borrow(vcpu);

	vmcs_write(VMCS_SEGMENT(VMCS_GUEST_ES, n), seg->selector);
	vmcs_write(VMCS_SEGMENT(VMCS_GUEST_ES_ACCESS, n), access_of(seg->attr));
	vmcs_write(VMCS_SEGMENT(VMCS_GUEST_ES_LIMIT, n), seg->limit);
	vmcs_write(VMCS_SEGMENT(VMCS_GUEST_ES_BASE, n), seg->base);
	vmcs_return(vcpu, borrowed);
}

static void vmx_view(const struct vcpu *vcpu, struct guest_view *view)
{
	bool borrowed = vmcs_borrow(vcpu);

	/* PE, PG and WP are the guest's own, also where others are not. */
	view->walk.cr0 = vmcs_read(VMCS_GUEST_CR0);
	view->walk.cr3 = vmcs_read(VMCS_GUEST_CR3);
	view->walk.cr4 = vmcs_read(VMCS_GUEST_CR4);
	view->walk.efer = vmcs_read(VMCS_GUEST_EFER);
	view->walk.rflags = vmcs_read(VMCS_GUEST_RFLAGS);
	view->cpl = (u8)field_get(SEG_DPL, vmcs_read(VMCS_GUEST_SS_ACCESS));
	view->mode =
		guest_mode(attr_of(vmcs_read(VMCS_GUEST_CS_ACCESS)), view->walk.efer);
	view->code_base = view->mode == INSN_64 ? 0 : vmcs_read(VMCS_GUEST_CS_BASE);
	vmcs_return(vcpu, borrowed);
}

/* ---- Events ---- */

static void vmx_set_tsc_offset(struct vcpu *vcpu, u64 offset)
{
	bool borrowed = vmcs_borrow(vcpu);

	vmcs_write(VMCS_TSC_OFFSET, offset);
	vmcs_return(vcpu, borrowed);
}

/* The numbers of enum event_type are VMX's. */
_Static_assert((u32)EVENT_EXTERNAL == VMX_EXTERNAL && (u32)EVENT_NMI == VMX_NMI &&
		(u32)EVENT_EXCEPTION == VMX_EXCEPTION &&
		(u32)EVENT_SOFTWARE == VMX_SOFTWARE_INTERRUPT,
	"enum event_type");

static void vmx_inject(struct vcpu *vcpu, const struct event *event)
{
	(void)vcpu;
	vmcs_write(VMCS_ENTRY_EVENT,
		EVENT_VALID | field_put(EVENT_TYPE, event->type) | event->vector |
			(event->has_error ? EVENT_HAS_ERROR : 0));
	if (event->has_error)
		vmcs_write(VMCS_ENTRY_ERROR, event->error);
	if (event->type == EVENT_SOFTWARE)
		vmcs_write(VMCS_ENTRY_LENGTH, event->length);
}

static u64 blocking(const struct vcpu *vcpu)
{
	if (vcpu->arch.regs.rip != vcpu->arch.vmcs_rip)
		vmcs_end_blocking();
	return vmcs_read(VMCS_GUEST_INTERRUPTIBILITY);
}

static bool injecting(void)
{
	return vmcs_read(VMCS_ENTRY_EVENT) & EVENT_VALID;
}

static bool vmx_takes_irq(const struct vcpu *vcpu)
{
	return vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF &&
		!(blocking(vcpu) & (BLOCKING_STI | BLOCKING_MOV_SS)) && !injecting();
}

static bool vmx_takes_nmi(const struct vcpu *vcpu)
{
	return !(blocking(vcpu) & (BLOCKING_NMI | BLOCKING_STI | BLOCKING_MOV_SS)) &&
		!injecting();
}

static void set_primary(u64 bit, bool on)
{
	u64 controls = vmcs_read(VMCS_PRIMARY_CONTROLS) & ~bit;

	vmcs_write(VMCS_PRIMARY_CONTROLS, controls | (on ? bit : 0));
}

static void vmx_want_irq_window(struct vcpu *vcpu, bool on)
{
	bool borrowed = vmcs_borrow(vcpu);

	set_primary(PRIMARY_IRQ_WINDOW, on);
	vmcs_return(vcpu, borrowed);
}

static void vmx_want_nmi_window(struct vcpu *vcpu)
{
	(void)vcpu;
	set_primary(PRIMARY_NMI_WINDOW, true);
}

#define INVVPID_SINGLE 1UL

void vmcs_flush(void)
{
	const u64 what[2] = {vmcs_read(VMCS_VPID), 0};

	asm volatile("invvpid %0, %1" ::"m"(what), "r"(INVVPID_SINGLE) : "cc", "memory");
}

static void vmx_forget(struct vcpu *vcpu)
{
	(void)vcpu;
	vmcs_flush();
}

const struct guest_ops vmx_guest = {
	.view = vmx_view,
	.get = vmx_get,
	.set = vmx_set,
	.get_segment = vmx_get_segment,
	.set_segment = vmx_set_segment,
	.set_tsc_offset = vmx_set_tsc_offset,
	.inject = vmx_inject,
	.takes_irq = vmx_takes_irq,
	.takes_nmi = vmx_takes_nmi,
	.want_irq_window = vmx_want_irq_window,
	.want_nmi_window = vmx_want_nmi_window,
	.flush = vmx_forget,
};
