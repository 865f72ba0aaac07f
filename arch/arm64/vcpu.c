// SPDX-License-Identifier: Apache-2.0
// What generic code may know of a vCPU: its registers by name, its pc, its instruction, and the
// exits that backends leave to core/.
#include <hv/arch.h>
#include <hv/backend.h>
#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vcpu.h>
#include <hv/vm.h>

#include "el/el.h"
#include "trap.h"
#include "vpsci.h"
#include "vsvc.h"

const char arch_name[] = "arm64";

const struct backend *const arch_backends[] = {&el2, &el1, NULL};

/* clang-format off */
#define R(name, field, bytes) {name, offsetof(struct vcpu, arch.regs.field), bytes}
#define X(n) R("x" #n, x[n], sizeof(u64))

/* gdb's order. */
const struct arch_reg arch_regs[] = {
	X(0), X(1), X(2), X(3), X(4), X(5), X(6), X(7),
	X(8), X(9), X(10), X(11), X(12), X(13), X(14), X(15),
	X(16), X(17), X(18), X(19), X(20), X(21), X(22), X(23),
	X(24), X(25), X(26), X(27), X(28), X(29), X(30),
	R("sp", sp, sizeof(u64)), R("pc", pc, sizeof(u64)), R("cpsr", pstate, sizeof(u32)),
	{NULL, 0, 0},
};
/* clang-format on */

void arch_vcpu_sync(struct vcpu *vcpu)
{
	struct arch_regs *regs = &vcpu->arch.regs;

	if (vcpu->vm->backend == &el2 && regs->pstate & PSTATE_SP)
		regs->sp = state_read(vcpu, sp_el1);
	else
		regs->sp = state_read(vcpu, sp_el0);
}

u64 arch_vcpu_pc(const struct vcpu *vcpu)
{
	return vcpu->arch.regs.pc;
}

u32 arch_vcpu_insn(struct vcpu *vcpu, u8 *bytes, u32 max)
{
	u32 insn = fetch_insn(vcpu);

	if (!insn || max < sizeof(insn))
		return 0;
	memcpy(bytes, &insn, sizeof(insn));
	return sizeof(insn);
}

static const char *class_name(u64 esr)
{
	const char *name = arm64_class_name((u32)field_get(ESR_EC, esr));

	return name ? name : "unknown exception class";
}

static void print_el2(struct vcpu *vcpu)
{
	u64 esr = state_read(vcpu, esr_el1);

	print("its newest exception: ESR 0x%lx (%s), ELR 0x%lx, FAR 0x%lx\n", esr,
		class_name(esr), state_read(vcpu, elr_el1), state_read(vcpu, far_el1));
	print("  vbar   %016lx  sctlr  %016lx  ttbr0  %016lx  ttbr1  %016lx\n",
		state_read(vcpu, vbar_el1), state_read(vcpu, sctlr_el1),
		state_read(vcpu, ttbr0_el1), state_read(vcpu, ttbr1_el1));
}

void arch_vcpu_print(struct vcpu *vcpu)
{
	u64 esr = vcpu->exit.raw[0];

	if (vcpu->vm->backend == &el2) {
		print_el2(vcpu);
		return;
	}
	print("its exit: ESR 0x%lx (%s), FAR 0x%lx\n", esr, class_name(esr),
		vcpu->exit.raw[1]);
	if (vcpu->exit.code == EC_UNKNOWN || vcpu->exit.code == EC_SYSREG)
		print("hint: backend el1 runs guests at EL0: what a kernel does at EL1 is "
		      "undefined there\n");
}

bool arch_sysreg(struct vcpu *vcpu)
{
	return vcpu->vm->backend->inject_fault(vcpu, FAULT_INSTRUCTION, GPA(0));
}

/* Whose call it is, the exception class has told apart. */
void arch_call(struct vcpu *vcpu)
{
	if (vcpu->vm->backend == &el1)
		vsvc_call(vcpu);
	else
		vpsci_call(vcpu);
}
