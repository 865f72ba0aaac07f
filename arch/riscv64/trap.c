// SPDX-License-Identifier: Apache-2.0
// A trap taken while the hypervisor itself runs. Interrupts are masked then, so it is either
// an access we said may trap (csr_probe, guest memory) or a bug.
#include "trap.h"

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/cpu.h>
#include <hv/hostmap.h>
#include <hv/print.h>
#include <arch/csr.h>

static bool probing, skipped; /* at boot, one cpu */

static const struct host_trap *newest;
static u64 newest_pc;

bool trap_probing(bool on)
{
	bool was = skipped;

	probing = on;
	skipped = false;
	return was;
}

static const char *near_guard(u64 stval)
{
	struct cpu *cpu = cpu_this();

	if (cpu && stval < cpu->arch.stack_top - CPU_STACK_SIZE &&
		stval >= cpu->arch.stack_top - CPU_STACK_SIZE - PAGE_SIZE)
		return ": stack overflow";
	return "";
}

void trap_host(struct host_trap *trap)
{
	u64 cause = csr_read(scause), pc = csr_read(sepc), stval = csr_read(stval);

	if (probing) {
		skipped = true;
		csr_write(sepc, pc + 4);
		return;
	}
	if (trap_guest_access(&pc)) {
		csr_write(sepc, pc);
		return;
	}
	if (newest) /* a trap while panicking about one: say no more */
		arch_cpu_halt();
	newest = trap;
	newest_pc = pc;
	panic("the hypervisor itself trapped: cause %lu (%s) at pc 0x%lx, stval 0x%lx%s",
		cause, riscv_cause_name(cause), pc, stval, near_guard(stval));
}

void arch_host_regs_print(void)
{
	if (!newest)
		return;
	print("  pc  %016lx  image 0x%lx\n", newest_pc, (u64)image_start);
	for (u32 i = 1; i < 32; i++)
		print("  x%-2u %016lx%s", i, newest->x[i], i % 4 == 3 ? "\n" : "");
}

const char *riscv_cause_name(u64 cause)
{
	/* clang-format off */
	static const char *const names[] = {
		[CAUSE_FETCH_MISALIGNED] = "instruction address misaligned",
		[CAUSE_FETCH_ACCESS] = "instruction access fault",
		[CAUSE_ILLEGAL_INSTRUCTION] = "illegal instruction",
		[CAUSE_BREAKPOINT] = "breakpoint",
		[CAUSE_LOAD_MISALIGNED] = "load address misaligned",
		[CAUSE_LOAD_ACCESS] = "load access fault",
		[CAUSE_STORE_MISALIGNED] = "store address misaligned",
		[CAUSE_STORE_ACCESS] = "store access fault",
		[CAUSE_ECALL_U] = "ecall from U mode",
		[CAUSE_ECALL_VS] = "ecall from VS mode",
		[CAUSE_FETCH_PAGE_FAULT] = "instruction page fault",
		[CAUSE_LOAD_PAGE_FAULT] = "load page fault",
		[CAUSE_STORE_PAGE_FAULT] = "store page fault",
		[CAUSE_FETCH_GUEST_PAGE_FAULT] = "instruction guest-page fault",
		[CAUSE_LOAD_GUEST_PAGE_FAULT] = "load guest-page fault",
		[CAUSE_VIRTUAL_INSTRUCTION] = "virtual instruction",
		[CAUSE_STORE_GUEST_PAGE_FAULT] = "store guest-page fault",
	};
	/* clang-format on */

	if (cause < ARRAY_LEN(names) && names[cause])
		return names[cause];
	return "unknown exception";
}
