// SPDX-License-Identifier: Apache-2.0
// Physical CPUs: their structs and stacks, their start, and the loop each of them runs.
#include <hv/cpu.h>

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/hostmap.h>
#include <hv/print.h>
#include <hv/sched.h>
#include <hv/time.h>
#include <hv/trace.h>
#include <hv/vcpu.h>
#include <hv/vm.h>

#define TRAP_STACK_SIZE KiB(8) /* panic() prints from there */

#define START_TIMEOUT 2000000000UL /* ns: a cpu that takes longer is given up */
#define START_RETRY   50000000UL

struct cpu *cpus[CPU_MAX];
u32 cpu_count;

struct cpu *cpu_create(u64 id)
{
	struct cpu *cpu = mem_alloc(sizeof(*cpu));
	hpa_t stack, trap_stack;

	if (!cpu || cpu_count == CPU_MAX)
		return NULL;
	cpu->trace = mem_alloc(sizeof(*cpu->trace));
	/* One page more: it is taken out of the map, so that an overflow cannot pass. */
	if (!cpu->trace || !page_alloc(CPU_STACK_SIZE + PAGE_SIZE, PAGE_SIZE, &stack))
		return NULL;
	if (!page_alloc(TRAP_STACK_SIZE, PAGE_SIZE, &trap_stack))
		return NULL;
	arch_cpu_create(cpu, id, hpa_ptr(hpa_add(stack, CPU_STACK_SIZE + PAGE_SIZE)),
		hpa_ptr(hpa_add(trap_stack, TRAP_STACK_SIZE)));
	hostmap_guard(hpa_ptr(stack));
	list_init(&cpu->timers);
	list_init(&cpu->runq);
	list_init(&cpu->urgent);
	cpu->index = cpu_count;
	cpus[cpu_count++] = cpu;
	return cpu;
}

static bool is_online(struct cpu *cpu)
{
	return __atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE);
}

/* Again and again: a start may get lost, and is harmless when it was not. */
static bool start(struct cpu *cpu)
{
	u64 now = time_now(), deadline = now + START_TIMEOUT, retry = now;

	for (; !is_online(cpu) && now < deadline; now = time_now()) {
		if (now >= retry) {
			arch_cpu_start(cpu);
			retry = now + START_RETRY;
		}
		cpu_relax();
	}
	return is_online(cpu);
}

void cpu_start_all(void)
{
	for (u32 i = 0; i < cpu_count; i++) {
		if (cpus[i] == cpu_this())
			continue;
		if (!start(cpus[i]))
			warn("cpu %u did not start: it is left out", i);
	}
}

void cpu_kick(struct cpu *cpu)
{
	if (cpu != cpu_this())
		arch_ipi(cpu);
}

/* Nothing to run: what is useful anyway, a bit at a time, then sleep. */
static void cpu_idle(void)
{
	if (!vmem_clear_ahead() && !page_clear_ahead())
		arch_cpu_idle();
	arch_irq_handle();
}

bool cpu_has_spare_work(void)
{
	return vmem_can_clear_ahead();
}

_Noreturn void cpu_main(struct cpu *cpu)
{
	arch_cpu_init(cpu);
	if (backend->cpu_on())
		panic("cpu %u: %s cannot be turned on", cpu->index, backend->name);
	__atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
	/* What is left from booting is not for the first guest to be interrupted by. */
	arch_irq_handle();
	for (;;) {
		struct vcpu *vcpu = sched_pick();

		if (vcpu)
			vcpu_run(vcpu);
		else
			cpu_idle();
		if (cpu->index == 0)
			vm_reap();
	}
}
