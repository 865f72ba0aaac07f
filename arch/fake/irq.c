// SPDX-License-Identifier: Apache-2.0
// The fake machine's interrupts: the cpu's timer, if it is due, and the machine's controller.
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/irq.h>
#include <hv/timer.h>
#include <arch/fake.h>

#include <stdio.h>
#include <stdlib.h>

void arch_irq_handle(void)
{
	struct arch_cpu *arch = &cpu_this()->arch;

	fake_record.irqs_handled++;
	arch->ipis = 0;
	if (arch->deadline <= fake_now) {
		arch->deadline = ~0UL;
		timer_interrupt();
	}
	if (arch->external) {
		arch->external = false;
		irq_dispatch();
	}
}

void arch_cpu_idle(void)
{
	const struct arch_cpu *arch = &cpu_this()->arch;

	if (arch->ipis || arch->external)
		return;
	if (arch->deadline == ~0UL) {
		fprintf(stderr, "a test sleeps with nothing to wake it\n");
		abort();
	}
	fake_now = MAX(fake_now, arch->deadline);
}
