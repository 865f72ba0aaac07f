// SPDX-License-Identifier: Apache-2.0
// What generic code may know of a vCPU: its registers by name, its pc, its instruction.
#include <hv/arch.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vcpu.h>
#include <hv/vm.h>
#include <hv/backend.h>

#include "hext/hext.h"
#include "trap.h"

const char arch_name[] = "riscv64";

/* clang-format off */
#define X(n, abi) {abi, offsetof(struct vcpu, arch.regs.x[n]), sizeof(u64)}

/* gdb's order: x0 .. x31, pc; x0 is left out of what we print, its value is known. */
const struct arch_reg arch_regs[] = {
	X(1, "ra"), X(2, "sp"), X(3, "gp"), X(4, "tp"),
	X(5, "t0"), X(6, "t1"), X(7, "t2"), X(8, "s0"),
	X(9, "s1"), X(10, "a0"), X(11, "a1"), X(12, "a2"),
	X(13, "a3"), X(14, "a4"), X(15, "a5"), X(16, "a6"),
	X(17, "a7"), X(18, "s2"), X(19, "s3"), X(20, "s4"),
	X(21, "s5"), X(22, "s6"), X(23, "s7"), X(24, "s8"),
	X(25, "s9"), X(26, "s10"), X(27, "s11"), X(28, "t3"),
	X(29, "t4"), X(30, "t5"), X(31, "t6"),
	{"pc", offsetof(struct vcpu, arch.regs.pc), sizeof(u64)},
	{NULL, 0, 0},
};
/* clang-format on */

/* All of them are there after each exit. */
void arch_vcpu_sync(struct vcpu *vcpu)
{
	(void)vcpu;
}

u64 arch_vcpu_pc(const struct vcpu *vcpu)
{
	return vcpu->arch.regs.pc;
}

u32 arch_vcpu_insn(struct vcpu *vcpu, u8 *bytes, u32 max)
{
	u32 insn = fetch_insn(vcpu), length = (insn & 3) == 3 ? 4 : 2;

	if (!insn || length > max)
		return 0;
	memcpy(bytes, &insn, length);
	return length;
}

#define INSN_OPCODE   BITS(6, 0)
#define OPCODE_SYSTEM 0x73UL
#define INSN_FUNCT3   BITS(14, 12) /* 0: not a CSR instruction */
#define INSN_CSR      BITS(31, 20)
#define CSR_PRIVILEGE BITS(9, 8) /* of the CSR's number: the lowest that may access it */
#define PRIVILEGE_M   3UL

/* The commonest reason by far for a guest that dies of its first instructions. */
static void hint_machine_mode(u64 cause, u64 insn)
{
	u64 csr = field_get(INSN_CSR, insn);

	if (cause == CAUSE_ILLEGAL_INSTRUCTION &&
		field_get(INSN_OPCODE, insn) == OPCODE_SYSTEM &&
		field_get(INSN_FUNCT3, insn) &&
		field_get(CSR_PRIVILEGE, csr) == PRIVILEGE_M)
		print("hint: CSR 0x%lx is a machine-mode register; a guest starts in supervisor "
		      "mode, on an SBI\n",
			csr);
}

void arch_vcpu_print(struct vcpu *vcpu)
{
	u64 scause = csr_read(vscause);

	(void)vcpu;
	print("its newest trap: scause %lu (%s), sepc 0x%lx, stval 0x%lx\n",
		scause & ~SCAUSE_INTERRUPT,
		scause & SCAUSE_INTERRUPT ? "an interrupt" : riscv_cause_name(scause),
		csr_read(vsepc), csr_read(vstval));
	print("  stvec  %016lx  sstatus %016lx  satp  %016lx  hvip   %016lx\n",
		csr_read(vstvec), csr_read(vsstatus), csr_read(vsatp), csr_read(hvip));
	hint_machine_mode(scause, csr_read(vstval));
}

/*
 * A virtual-instruction exception that is not WFI: something of the H extension or a CSR that
 * the guest's hart does not have, so the instruction is illegal there.
 */
bool arch_sysreg(struct vcpu *vcpu)
{
	return vcpu->vm->backend->inject_fault(vcpu, FAULT_INSTRUCTION, GPA(0));
}
