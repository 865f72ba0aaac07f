// SPDX-License-Identifier: Apache-2.0
// Harts: identity, start (SBI HSM), sleep, inter-processor interrupts, stop.
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/driver.h>
#include <arch/csr.h>

#include "boot.h"
#include "sbi.h"

void arch_cpu_create(struct cpu *cpu, u64 id, void *stack_top, void *trap_stack_top)
{
	cpu->arch.id = id;
	cpu->arch.stack_top = (u64)stack_top;
	cpu->arch.trap_sp = (u64)trap_stack_top;
}

_Noreturn void arch_cpu_become(struct cpu *cpu, void (*then)(void))
{
	asm volatile("mv tp, %0" ::"r"(cpu));
	stack_switch(cpu->arch.stack_top, then);
}

void arch_cpu_init(struct cpu *cpu)
{
	(void)cpu;
	/* SIE stays 0: enabled interrupts end a guest's run or a wfi, and nothing else. */
	csr_write(sie, SIE_SEIE | SIE_STIE | SIE_SSIE);
}

void arch_cpu_start(struct cpu *cpu)
{
	sbi_call(SBI_HSM, SBI_HSM_START, cpu->arch.id, (u64)hart_entry, (u64)cpu, 0, 0);
}

void arch_cpu_idle(void)
{
	/* Wakes for what sie enables, whatever SIE says (Privileged ISA, "Wait for Interrupt"). */
	asm volatile("wfi" ::: "memory");
}

void arch_ipi(struct cpu *cpu)
{
	sbi_call(SBI_IPI, 0, 1, cpu->arch.id, 0, 0, 0);
}

_Noreturn void arch_cpu_halt(void)
{
	csr_write(sie, 0);
	for (;;)
		asm volatile("wfi");
}

void arch_cpu_stop_others(void)
{
	/* They find panic_active() when the interrupt takes them out of a guest or a sleep. */
	for (u32 i = 0; i < cpu_count; i++)
		if (cpus[i] != cpu_this() && cpus[i]->online)
			arch_ipi(cpus[i]);
}

_Noreturn void arch_poweroff(bool ok)
{
	driver_poweroff(ok);
	sbi_call(SBI_SRST, 0, SBI_SRST_SHUTDOWN,
		ok ? SBI_SRST_NO_REASON : SBI_SRST_SYSTEM_FAILURE, 0, 0, 0);
	sbi_call(SBI_LEGACY_SHUTDOWN, 0, 0, 0, 0, 0, 0);
	arch_cpu_halt();
}
