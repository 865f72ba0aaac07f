// SPDX-License-Identifier: Apache-2.0
// A guest's CPU as it starts (SDM volume 3A, table 9-1; the boot protocols), and what of it is
// loaded and saved by hand, whatever the backend.
#include "guest.h"

#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/string.h>
#include <hv/vm.h>
#include <arch/msr.h>

#include "boot.h"
#include "multiboot.h"
#include "vboot.h"

const struct guest_ops *guest;

#define REAL_LIMIT  0xffffU
#define FLAT_LIMIT  0xffffffffU
#define FCW_RESET   0x37fU  /* x87 control word, as FNINIT leaves it, at offset 0 */
#define MXCSR_RESET 0x1f80U /* at offset 24 */
#define XSAVE_MXCSR 24

void vstate_init(struct vcpu *vcpu)
{
	vlapic_init(&vcpu->arch.lapic, vcpu->vm, vcpu->index);
}

void vstate_fini(struct vcpu *vcpu)
{
	vlapic_fini(&vcpu->arch.lapic);
}

/* ---- Start ---- */

static void set_data_segments(struct vcpu *vcpu, const struct segment *seg)
{
	static const enum segment_reg data[] = {SEG_ES, SEG_SS, SEG_DS, SEG_FS, SEG_GS};

	for (u32 i = 0; i < ARRAY_LEN(data); i++)
		guest->set_segment(vcpu, data[i], seg);
}

static void set_system_segments(struct vcpu *vcpu, u16 tss_type)
{
	const struct segment ldtr = {0, SEG_P | SEG_TYPE_LDT, REAL_LIMIT, 0};
	const struct segment tr = {0, (u16)(SEG_P | tss_type), REAL_LIMIT, 0};

	guest->set_segment(vcpu, SEG_LDTR, &ldtr);
	guest->set_segment(vcpu, SEG_TR, &tr);
}

/* CS:IP is `page` >> 4 : `ip`. */
static void start_real(struct vcpu *vcpu, u64 page, u64 ip)
{
	const struct segment data = {0, SEG_P | SEG_S | SEG_TYPE_DATA, REAL_LIMIT, 0};
	const struct segment cs = {
		(u16)(page >> 4), SEG_P | SEG_S | SEG_TYPE_CODE, REAL_LIMIT, page};

	set_data_segments(vcpu, &data);
	guest->set_segment(vcpu, SEG_CS, &cs);
	set_system_segments(vcpu, SEG_TYPE_TSS_BUSY);
	guest->set(vcpu, GUEST_IDTR_LIMIT, REAL_LIMIT);
	guest->set(vcpu, GUEST_CR0, CR0_ET);
	vcpu->arch.regs.rip = ip;
}

static void start_flat(struct vcpu *vcpu, u16 code, u16 code_attr)
{
	const struct segment data = {
		VBOOT_DS, SEG_G | SEG_DB | SEG_P | SEG_S | SEG_TYPE_DATA, FLAT_LIMIT, 0};
	const struct segment cs = {code,
		(u16)(SEG_G | code_attr | SEG_P | SEG_S | SEG_TYPE_CODE), FLAT_LIMIT, 0};

	set_data_segments(vcpu, &data);
	guest->set_segment(vcpu, SEG_CS, &cs);
	set_system_segments(vcpu, SEG_TYPE_TSS_BUSY);
	guest->set(vcpu, GUEST_GDTR_BASE, VBOOT_GDT);
	guest->set(vcpu, GUEST_GDTR_LIMIT, VBOOT_GDT_LIMIT);
}

static void start_32(struct vcpu *vcpu)
{
	start_flat(vcpu, VBOOT_CS32, SEG_DB);
	guest->set(vcpu, GUEST_CR0, CR0_ET | CR0_PE);
	vcpu->arch.regs.gpr[GPR_RAX] = MULTIBOOT_LOADER_MAGIC;
}

static void start_64(struct vcpu *vcpu)
{
	start_flat(vcpu, VBOOT_CS64, SEG_L);
	guest->set(vcpu, GUEST_CR3, VBOOT_PML4);
	guest->set(vcpu, GUEST_CR4, CR4_PAE);
	guest->set(vcpu, GUEST_EFER, EFER_LME | EFER_LMA);
	guest->set(vcpu, GUEST_CR0, CR0_PG | CR0_ET | CR0_PE);
}

static void reset_registers(struct vcpu *vcpu)
{
	static const enum guest_reg zero[] = {GUEST_RSP, GUEST_CR2, GUEST_CR3, GUEST_CR4,
		GUEST_EFER, GUEST_GDTR_BASE, GUEST_IDTR_BASE, GUEST_SYSENTER_CS,
		GUEST_SYSENTER_ESP, GUEST_SYSENTER_EIP, GUEST_STAR, GUEST_LSTAR,
		GUEST_CSTAR, GUEST_SFMASK, GUEST_KERNEL_GS_BASE, GUEST_IDTR_LIMIT};

	guest->set(vcpu, GUEST_CR0, CR0_ET);
	for (u32 i = 0; i < ARRAY_LEN(zero); i++)
		guest->set(vcpu, zero[i], 0);
	guest->set(vcpu, GUEST_RFLAGS, RFLAGS_ONE);
	guest->set(vcpu, GUEST_GDTR_LIMIT, REAL_LIMIT);
	guest->set(vcpu, GUEST_DR6, DR6_RESET);
	guest->set(vcpu, GUEST_DR7, DR7_RESET);
	guest->set(vcpu, GUEST_PAT, PAT_RESET);
}

static void reset_fpu(struct arch_vcpu *arch)
{
	const u16 fcw = FCW_RESET;
	const u32 mxcsr = MXCSR_RESET;

	memset(arch->xsave, 0, sizeof(arch->xsave));
	memcpy(arch->xsave, &fcw, sizeof(fcw));
	memcpy(arch->xsave + XSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
	arch->xcr0 = XCR0_X87;
	arch->xstate_cpu = NULL;
}

void vstate_reset(struct vcpu *vcpu, u64 pc, u64 arg0, u64 arg1)
{
	struct arch_vcpu *arch = &vcpu->arch;

	arch->regs = (struct arch_regs){.rip = pc};
	arch->regs.gpr[GPR_RBX] = arg0;
	arch->regs.gpr[GPR_RSI] = arg0;
	arch->regs.gpr[GPR_RDI] = arg1 >> 32;
	memset(arch->dr, 0, sizeof(arch->dr));
	reset_fpu(arch);
	reset_registers(vcpu);
	switch ((enum start_mode)(u32)arg1) {
	case START_REAL: start_real(vcpu, 0, pc); break;
	case START_SIPI: start_real(vcpu, pc, 0); break;
	case START_32: start_32(vcpu); break;
	case START_64: start_64(vcpu); break;
	}
	vevent_reset(vcpu);
	vlapic_reset(&arch->lapic);
}

/* ---- Loading and saving ---- */

static void xsave(struct arch_vcpu *arch)
{
	/* All parts, whatever the guest has in XCR0 at this moment. */
	if (machine.xsave) {
		xcr0_write(machine.xcr0);
		asm volatile("xsave64 %0"
			: "=m"(arch->xsave)
			: "a"((u32)machine.xcr0), "d"((u32)(machine.xcr0 >> 32))
			: "memory");
	} else {
		asm volatile("fxsave64 %0" : "=m"(arch->xsave)::"memory");
	}
}

static void xrstor(struct arch_vcpu *arch)
{
	if (machine.xsave) {
		xcr0_write(machine.xcr0);
		asm volatile("xrstor64 %0" ::"m"(arch->xsave), "a"((u32)machine.xcr0),
			"d"((u32)(machine.xcr0 >> 32))
			: "memory");
	} else {
		asm volatile("fxrstor64 %0" ::"m"(arch->xsave) : "memory");
	}
}

static void save_xstate(struct arch_vcpu *arch)
{
	/* QEMU's XSETBV (7.2) does not exit, so only the register itself is sure to be right. */
	if (machine.xsave)
		arch->xcr0 = xcr0_read() & machine.xcr0;
	xsave(arch);
	arch->xstate_cpu = cpu_this();
}

/*
 * We have no use for these registers, so a vCPU that only slept finds them as they were. That saves
 * time and, on QEMU with a thread for each cpu (7.2 and 10.0 at least), guests: FXRSTOR and XRSTOR
 * on any cpu write flags of the first one there, without a lock, and a VMRUN or #VMEXIT of that one
 * which meets this goes on in the wrong address space.
 */
static void load_xstate(struct arch_vcpu *arch)
{
	struct cpu *cpu = cpu_this();

	if (cpu->arch.xstate != arch || arch->xstate_cpu != cpu)
		xrstor(arch);
	cpu->arch.xstate = arch;
	if (machine.xsave)
		xcr0_write(arch->xcr0);
}

void vstate_tsc(struct vcpu *vcpu)
{
	guest->set_tsc_offset(vcpu, vcpu->arch.tsc_adjust - vcpu->vm->time_offset);
}

void vstate_load(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = &vcpu->arch;

	load_xstate(arch);
	cr_write(dr0, arch->dr[0]);
	cr_write(dr1, arch->dr[1]);
	cr_write(dr2, arch->dr[2]);
	cr_write(dr3, arch->dr[3]);
	if (machine.rdtscp)
		msr_write(MSR_TSC_AUX, arch->tsc_aux);
	vstate_tsc(vcpu);
	/* Pairs with those who leave a request and then look at `loaded` (vevent.c). */
	__atomic_store_n(&arch->loaded, cpu_this(), __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&arch->requests, REQUEST_IRQ, __ATOMIC_SEQ_CST);
}

void vstate_save(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = &vcpu->arch;

	__atomic_store_n(&arch->loaded, NULL, __ATOMIC_SEQ_CST);
	save_xstate(arch);
	arch->dr[0] = cr_read(dr0);
	arch->dr[1] = cr_read(dr1);
	arch->dr[2] = cr_read(dr2);
	arch->dr[3] = cr_read(dr3);
}

/* ---- For instructions that are carried out here ---- */

void vstate_cpu(struct vcpu *vcpu, const struct guest_view *view, struct insn_cpu *cpu)
{
	struct segment seg;

	arch_vcpu_sync(vcpu);
	cpu->regs = &vcpu->arch.regs;
	cpu->mode = view->mode;
	cpu->cr0 = view->walk.cr0;
	cpu->cpl = view->cpl;
	/* In 64-bit mode the others have none (SDM 3.4.4). */
	for (u32 n = SEG_ES; n < SEG_FS; n++) {
		cpu->seg_base[n] = 0;
		if (view->mode == INSN_64)
			continue;
		guest->get_segment(vcpu, n, &seg);
		cpu->seg_base[n] = seg.base;
	}
	for (u32 n = SEG_FS; n <= SEG_GS; n++) {
		guest->get_segment(vcpu, n, &seg);
		cpu->seg_base[n] = seg.base;
	}
}

void vstate_put(struct vcpu *vcpu)
{
	guest->set(vcpu, GUEST_RSP, vcpu->arch.regs.gpr[GPR_RSP]);
	guest->set(vcpu, GUEST_RFLAGS, vcpu->arch.regs.rflags);
}
