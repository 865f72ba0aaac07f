// SPDX-License-Identifier: Apache-2.0
// The fake machine's cpu (<hv/arch.h>): one, whose time stands still unless a test moves it,
// and records of what it was asked to do. How tests control it is in <arch/fake.h>. This file
// needs nothing of the hypervisor, so that a test may stand in for any part of that.
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/hostmap.h>
#include <hv/time.h>
#include <hv/trace.h>
#include <arch/fake.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct trace_ring ring;
static struct cpu boot_cpu = {
	.arch = {.deadline = ~0UL},
	.trace = &ring,
	.online = true,
	.timers = LIST_INIT(boot_cpu.timers),
	.runq = LIST_INIT(boot_cpu.runq),
	.urgent = LIST_INIT(boot_cpu.urgent),
};

struct cpu *fake_cpu = &boot_cpu;
u64 fake_now;
struct fake_record fake_record;

void fake_cpu_reset(void)
{
	memset(&ring, 0, sizeof(ring));
	memset(&boot_cpu, 0, sizeof(boot_cpu));
	boot_cpu.arch.deadline = ~0UL;
	boot_cpu.trace = &ring;
	boot_cpu.online = true;
	list_init(&boot_cpu.timers);
	list_init(&boot_cpu.runq);
	list_init(&boot_cpu.urgent);
	fake_cpu = &boot_cpu;
	fake_now = 0;
	fake_patience = 0;
	fake_random = NULL;
	fake_record = (struct fake_record){0};
}

u32 fake_patience;

void cpu_relax(void)
{
	if (fake_patience) {
		fake_patience--;
		return;
	}
	fprintf(stderr, "a test waits for another cpu, and there is none\n");
	abort();
}

int (*fake_random)(u64 *bits);

int arch_random(u64 *bits)
{
	return fake_random ? fake_random(bits) : -ENODEV;
}

u64 time_now(void)
{
	return fake_now;
}

u64 time_from_ticks(u64 ticks)
{
	return ticks * FAKE_TICK_NS;
}

u64 time_to_ticks(u64 ns)
{
	return ns / FAKE_TICK_NS + (ns % FAKE_TICK_NS != 0);
}

void arch_timer_set(u64 deadline)
{
	cpu_this()->arch.deadline = deadline;
	fake_record.timer_sets++;
}

void arch_ipi(struct cpu *cpu)
{
	cpu->arch.ipis++;
	fake_record.ipis++;
}

int hostmap_add_device(hpa_t base, u64 size)
{
	if (fake_record.map_device_fails)
		return fail(-ENOMEM);
	fake_record.devices_mapped++;
	fake_record.device = base;
	fake_record.device_size = size;
	return 0;
}
