// SPDX-License-Identifier: Apache-2.0
// CPUs: identity, start and power off (PSCI), sleep, inter-processor interrupts, stop.
#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/cpu.h>
#include <hv/driver.h>
#include <arch/sysreg.h>

#include "boot.h"
#include "cache.h"
#include "gic.h"
#include "psci.h"
#include "timer.h"

void arch_cpu_create(struct cpu *cpu, u64 id, void *stack_top, void *trap_stack_top)
{
	cpu->arch.id = id;
	cpu->arch.stack_top = (u64)stack_top;
	cpu->arch.trap_sp = (u64)trap_stack_top;
}

_Noreturn void arch_cpu_become(struct cpu *cpu, void (*then)(void))
{
	stack_switch(cpu, cpu->arch.stack_top, then);
}

void arch_cpu_init(struct cpu *cpu)
{
	/* The boot cpu comes here once before the machine's controller is known. */
	if (gic) {
		if (gic->cpu_init(cpu))
			panic("cpu 0x%lx: the %s has no part for it", cpu->arch.id,
				gic->name);
		gic->ppi_enable(timer_ppi(), true);
	}
	timer_cpu_init();
}

void arch_cpu_start(struct cpu *cpu)
{
	/* It reads them before it has its caches on. */
	cache_clean(&boot_regs, sizeof(boot_regs));
	psci_call(PSCI_CPU_ON | PSCI_64, cpu->arch.id, (u64)cpu_entry, (u64)cpu);
}

void arch_cpu_idle(void)
{
	/* Wakes for what is pending, whatever PSTATE masks (Arm ARM, "Wait for Interrupt"). */
	asm volatile("dsb sy\n\twfi" ::: "memory");
}

void arch_ipi(struct cpu *cpu)
{
	gic->ipi(cpu);
}

_Noreturn void arch_cpu_halt(void)
{
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
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	arch_cpu_halt();
}
