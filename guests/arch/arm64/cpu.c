// SPDX-License-Identifier: Apache-2.0
// Cpus and contexts, by PSCI (DEN 0022, 5.1). A cpu's number is the lowest field of its
// MPIDR_EL1, whose others are 0 on a board of up to 8.
#include <guest/cpu.h>
#include <guest/cpu_boot.h>
#include <arch/gic.h>
#include <arch/psci.h>

extern char cpu_entry[], context_start[];

bool cpu_turn_on(u32 id, struct cpu_boot *boot)
{
	gic_stopped(id);
	/* It reads it with its caches off. */
	__asm__ volatile("dc cvac, %0\n\tdsb sy" ::"r"(boot) : "memory");
	return psci_cpu_on(id, (u64)cpu_entry, (u64)boot) == PSCI_SUCCESS;
}

_Noreturn void cpu_turn_off(void)
{
	for (;;)
		psci_cpu_off();
}

enum cpu_status cpu_status(u32 id)
{
	switch (psci_affinity_info(id, 0)) {
	case AFFINITY_ON: return CPU_ON;
	case AFFINITY_OFF: return CPU_OFF;
	case AFFINITY_ON_PENDING: return CPU_CHANGING;
	default: return CPU_NONE;
	}
}

bool cpu_suspend(void)
{
	/* State 0: a standby, which keeps everything. */
	return psci_call(PSCI_CPU_SUSPEND, 0, 0, 0) == PSCI_SUCCESS;
}

void cpu_ipi(u32 id)
{
	gic_start();
	gic_sgi(LINE_IPI, id);
}

void context_init(struct context *context, void *stack_top, void (*fn)(void *arg),
	void *arg)
{
	*context = (struct context){
		.x19_30 = {[0] = (u64)fn, [1] = (u64)arg, [11] = (u64)context_start},
		.sp = ALIGN_DOWN((u64)stack_top, 16),
	};
}
