// SPDX-License-Identifier: Apache-2.0
// The life of a guest's cpus, as far as no ISA matters.
#include <guest/cpu_boot.h>
#include <guest/clock.h>
#include <guest/cpu.h>
#include <guest/trap.h>
#include <guest/memory.h>
#include <guest/paging.h>

#define CPU_STACK_PAGES 4

static struct cpu_boot cpu_boots[CPUS_MAX];

_Noreturn void cpu_main(struct cpu_boot *boot)
{
	paging_enable();
	boot->fn(boot->arg);
	irq_off();
	cpu_turn_off();
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
	return cpu_turn_on(id, boot);
}

void cpu_nap(u64 ns)
{
	u64 flags = irq_save();

	timer_set(clock_ticks() + clock_ns_to_ticks(ns));
	cpu_wait();
	timer_stop();
	irq_restore(flags);
}
