// SPDX-License-Identifier: Apache-2.0
// What generic code may know of a vCPU: its registers by name, its pc, its instruction, and the
// exits that backends leave to core/.
#include <hv/arch.h>
#include <hv/backend.h>
#include <hv/print.h>
#include <hv/vcpu.h>
#include <hv/vm.h>

#include "backends.h"
#include "guest.h"

const char arch_name[] = "x86_64";

/* clang-format off */
#define R(name, field, bytes) {name, offsetof(struct vcpu, arch.regs.field), bytes}
#define G(name, n) R(name, gpr[n], sizeof(u64))

/* gdb's order. */
const struct arch_reg arch_regs[] = {
	G("rax", GPR_RAX), G("rbx", GPR_RBX), G("rcx", GPR_RCX), G("rdx", GPR_RDX),
	G("rsi", GPR_RSI), G("rdi", GPR_RDI), G("rbp", GPR_RBP), G("rsp", GPR_RSP),
	G("r8", GPR_R8), G("r9", GPR_R9), G("r10", GPR_R10), G("r11", GPR_R11),
	G("r12", GPR_R12), G("r13", GPR_R13), G("r14", GPR_R14), G("r15", GPR_R15),
	R("pc", rip, sizeof(u64)), R("eflags", rflags, sizeof(u32)),
	{NULL, 0, 0},
};
/* clang-format on */

void arch_vcpu_sync(struct vcpu *vcpu)
{
	vcpu->arch.regs.gpr[GPR_RSP] = guest->get(vcpu, GUEST_RSP);
	vcpu->arch.regs.rflags = guest->get(vcpu, GUEST_RFLAGS);
}

u64 arch_vcpu_pc(const struct vcpu *vcpu)
{
	return vcpu->arch.regs.rip;
}

u32 arch_vcpu_insn(struct vcpu *vcpu, u8 *bytes, u32 max)
{
	return vaccess_fetch(vcpu, bytes, max);
}

static const char *mode_name(const struct vcpu *vcpu)
{
	struct guest_view view;
	bool protected;

	guest->view(vcpu, &view);
	protected = view.walk.cr0 & CR0_PE;
	switch (view.mode) {
	case INSN_64: return "64-bit mode";
	case INSN_32:
		return protected ? "protected mode, 32-bit code"
				 : "real mode, 32-bit code";
	case INSN_16: return protected ? "16-bit protected mode" : "real mode";
	}
	return "?";
}

static void print_segment(const struct vcpu *vcpu, const char *name, enum segment_reg n,
	const char *end)
{
	struct segment seg;

	guest->get_segment(vcpu, n, &seg);
	print("  %s %04x base %08lx limit %08x attr %03x%s", name, seg.selector, seg.base,
		seg.limit, seg.attr, end);
}

void arch_vcpu_print(struct vcpu *vcpu)
{
	print("it was in %s; CR2 0x%lx\n", mode_name(vcpu), guest->get(vcpu, GUEST_CR2));
	print("  cr0 %016lx  cr3 %016lx  cr4 %016lx  efer %lx\n",
		guest->get(vcpu, GUEST_CR0), guest->get(vcpu, GUEST_CR3),
		guest->get(vcpu, GUEST_CR4), guest->get(vcpu, GUEST_EFER));
	print_segment(vcpu, "cs", SEG_CS, "");
	print_segment(vcpu, "ss", SEG_SS, "\n");
	print("  gdt %08lx limit %04lx  idt %08lx limit %04lx\n",
		guest->get(vcpu, GUEST_GDTR_BASE), guest->get(vcpu, GUEST_GDTR_LIMIT),
		guest->get(vcpu, GUEST_IDTR_BASE), guest->get(vcpu, GUEST_IDTR_LIMIT));
}

bool arch_sysreg(struct vcpu *vcpu)
{
	return vcpu->vm->backend->inject_fault(vcpu, FAULT_INSTRUCTION, GPA(0));
}

const struct backend *const arch_backends[] = {&svm, &vmx, NULL};
