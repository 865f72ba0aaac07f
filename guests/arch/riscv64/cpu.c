// SPDX-License-Identifier: Apache-2.0
// Harts and contexts: HSM (SBI chapter 9), IPI (chapter 7).
#include <guest/cpu.h>
#include <guest/fdt.h>
#include <guest/memory.h>
#include <guest/paging.h>
#include <arch/sbi.h>

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
	for (;;)
		sbi_hart_stop();
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
	return sbi_hart_start(id, (u64)cpu_entry, (u64)boot).error == SBI_SUCCESS;
}

enum cpu_status cpu_status(u32 id)
{
	struct sbi_ret ret = sbi_hart_status(id);

	if (ret.error != SBI_SUCCESS)
		return CPU_NONE;
	switch (ret.value) {
	case HSM_STARTED:
	case HSM_SUSPENDED: return CPU_ON;
	case HSM_STOPPED: return CPU_OFF;
	default: return CPU_CHANGING;
	}
}

bool cpu_suspend(void)
{
	return sbi_hart_suspend(HSM_RETENTIVE).error == SBI_SUCCESS;
}

void cpu_ipi(u32 id)
{
	sbi_send_ipi(1, id);
}

void context_init(struct context *context, void *stack_top, void (*fn)(void *arg),
	void *arg)
{
	*context = (struct context){
		.ra = (u64)context_start,
		.sp = ALIGN_DOWN((u64)stack_top, 16),
		.s = {(u64)fn, (u64)arg},
	};
}
