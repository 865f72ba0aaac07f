// SPDX-License-Identifier: Apache-2.0
// Cpus and contexts, by PSCI (DEN 0022, 5.1). A cpu's number is the lowest field of its
// MPIDR_EL1, whose others are 0 on a board of up to 8.
#include <guest/cpu.h>
#include <guest/fdt.h>
#include <guest/memory.h>
#include <guest/paging.h>
#include <arch/gic.h>
#include <arch/psci.h>

#define CPU_STACK_PAGES 4

struct cpu_boot {
	u64 stack_top; /* start.S reads it */
	void (*fn)(void *arg);
	void *arg;
};

_Static_assert(offsetof(struct cpu_boot, stack_top) == 0, "start.S reads offset 0");

_Noreturn void cpu_main(struct cpu_boot *boot);
extern char cpu_entry[], context_start[];

static struct cpu_boot cpu_boots[CPUS_MAX];

u32 cpu_count(void)
{
	return fdt_count("/cpus/cpu");
}

_Noreturn void cpu_main(struct cpu_boot *boot)
{
	paging_enable();
	boot->fn(boot->arg);
	irq_off();
	for (;;)
		psci_cpu_off();
}

bool cpu_start(u32 id, void (*fn)(void *arg), void *arg)
{
	struct cpu_boot *boot;

	if (id >= CPUS_MAX)
		return false;
	boot = &cpu_boots[id];
	if (!boot->stack_top) {
		void *stack = page_alloc_run(CPU_STACK_PAGES, PAGE_SIZE);

		if (!stack)
			return false;
		boot->stack_top = (u64)stack + CPU_STACK_PAGES * PAGE_SIZE;
	}
	boot->fn = fn;
	boot->arg = arg;
	gic_stopped(id);
	/* It reads it with its caches off. */
	__asm__ volatile("dc cvac, %0\n\tdsb sy" ::"r"(boot) : "memory");
	return psci_cpu_on(id, (u64)cpu_entry, (u64)boot) == PSCI_SUCCESS;
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
