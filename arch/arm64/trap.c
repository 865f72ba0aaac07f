// SPDX-License-Identifier: Apache-2.0
// A trap taken while the hypervisor itself runs. Interrupts are masked then and nothing we do
// may fault, so it is a bug.
#include "trap.h"

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/cpu.h>
#include <hv/hostmap.h>
#include <hv/print.h>
#include <arch/sysreg.h>

#include "boot.h"

static const struct host_trap *newest;
static u64 newest_pc;

static const char *near_guard(u64 far)
{
	struct cpu *cpu = cpu_this();

	if (cpu && far < cpu->arch.stack_top - CPU_STACK_SIZE &&
		far >= cpu->arch.stack_top - CPU_STACK_SIZE - PAGE_SIZE)
		return ": stack overflow";
	return "";
}

_Noreturn void trap_host(const struct host_trap *trap)
{
	u64 esr = machine.el2 ? sysreg_read(esr_el2) : sysreg_read(esr_el1);
	u64 far = machine.el2 ? sysreg_read(far_el2) : sysreg_read(far_el1);
	u64 pc = machine.el2 ? sysreg_read(elr_el2) : sysreg_read(elr_el1);
	const char *name = arm64_class_name((u32)field_get(ESR_EC, esr));

	if (newest) /* a trap while panicking about one: say no more */
		arch_cpu_halt();
	newest = trap;
	newest_pc = pc;
	panic("the hypervisor itself trapped: ESR 0x%lx (%s) at pc 0x%lx, FAR 0x%lx%s",
		esr, name ? name : "unknown exception class", pc, far, near_guard(far));
}

void arch_host_regs_print(void)
{
	if (!newest)
		return;
	print("  pc  %016lx  sp  %016lx  image 0x%lx\n", newest_pc, newest->sp,
		(u64)image_start);
	for (u32 i = 0; i < ARRAY_LEN(newest->x); i++)
		print("  x%-2u %016lx%s", i, newest->x[i],
			i % 4 == 3 || i + 1 == ARRAY_LEN(newest->x) ? "\n" : "");
}

const char *arm64_class_name(u32 class)
{
	/* clang-format off */
	static const char *const names[] = {
		[EC_UNKNOWN] = "undefined instruction",
		[EC_WFX] = "WFI or WFE",
		[EC_CP15_32] = "MCR or MRC, coprocessor 15",
		[EC_CP15_64] = "MCRR or MRRC, coprocessor 15",
		[EC_CP14_32] = "MCR or MRC, coprocessor 14",
		[EC_CP14_LS] = "LDC or STC, coprocessor 14",
		[EC_FP] = "floating point or SIMD",
		[EC_CP10] = "VMRS",
		[EC_PAUTH] = "pointer authentication",
		[EC_LS64] = "64-byte load or store",
		[EC_CP14_64] = "MRRC, coprocessor 14",
		[EC_BTI] = "branch target",
		[EC_ILLEGAL_STATE] = "illegal execution state",
		[EC_SVC32] = "SVC, AArch32",
		[EC_SVC64] = "SVC",
		[EC_HVC64] = "HVC",
		[EC_SMC64] = "SMC",
		[EC_SYSREG] = "system register",
		[EC_SVE] = "SVE",
		[EC_ERET] = "ERET",
		[EC_SME] = "SME",
		[EC_INSN_ABORT_LOWER] = "instruction abort",
		[EC_INSN_ABORT] = "instruction abort at this level",
		[EC_PC_ALIGN] = "misaligned pc",
		[EC_DATA_ABORT_LOWER] = "data abort",
		[EC_DATA_ABORT] = "data abort at this level",
		[EC_SP_ALIGN] = "misaligned sp",
		[EC_FP64] = "floating-point exception",
		[EC_SERROR] = "SError",
		[EC_BREAKPOINT_LOWER] = "breakpoint",
		[EC_STEP_LOWER] = "single step",
		[EC_WATCHPOINT_LOWER] = "watchpoint",
		[EC_BRK32] = "BKPT, AArch32",
		[EC_BRK64] = "BRK",
		[CODE_IRQ] = "interrupt",
	};
	/* clang-format on */

	return class < ARRAY_LEN(names) ? names[class] : NULL;
}
