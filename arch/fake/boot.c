// SPDX-License-Identifier: Apache-2.0
// The fake machine's start, which asks nothing of anybody, and its end, which is a test's end
// or the panic that the test expected.
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/hostmap.h>
#include <arch/fake.h>

#include <stdio.h>
#include <stdlib.h>

const char arch_name[] = "fake";

void arch_boot(struct boot_info *boot)
{
	*boot = (struct boot_info){.cpu_count = 1, .machine = "fake"};
}

int hostmap_init(const struct boot_info *boot)
{
	(void)boot;
	return 0;
}

void arch_paging_on(void)
{
}

void arch_cpu_create(struct cpu *cpu, u64 id, void *stack_top, void *trap_stack_top)
{
	(void)stack_top;
	(void)trap_stack_top;
	cpu->arch = (struct arch_cpu){.id = id, .deadline = ~0UL};
}

void arch_cpu_init(struct cpu *cpu)
{
	(void)cpu;
}

void hostmap_guard(void *page)
{
	(void)page;
	fake_record.guard_pages++;
}

void arch_devices_probe(void)
{
}

void arch_cpu_start(struct cpu *cpu)
{
	/* It will never run anything, but nobody shall wait for it. */
	cpu->online = true;
}

_Noreturn void arch_cpu_become(struct cpu *cpu, void (*then)(void))
{
	fake_cpu = cpu;
	then();
	abort();
}

jmp_buf fake_panic_jump;
bool fake_panic_expected;

_Noreturn void fake_panic(void)
{
	if (fake_panic_expected)
		longjmp(fake_panic_jump, 1);
	fprintf(stderr, "a panic no test expected; what was printed:\n%s\n", fake_output);
	abort();
}

_Noreturn void arch_poweroff(bool ok)
{
	if (!ok)
		fake_panic();
	exit(EXIT_SUCCESS);
}

_Noreturn void arch_cpu_halt(void)
{
	fake_panic();
}

void arch_cpu_stop_others(void)
{
}

void arch_host_regs_print(void)
{
}
