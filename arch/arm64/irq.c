// SPDX-License-Identifier: Apache-2.0
// Interrupts of ours. They are never taken by a handler: they end a guest's run or a wfi, and
// what is pending is handled then.
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/irq.h>
#include <hv/panic.h>
#include <hv/timer.h>

#include "el/el.h"
#include "gic.h"
#include "timer.h"

static void end(u32 irq)
{
	gic->drop(irq);
	gic->deactivate(irq);
}

static void handle(u32 irq)
{
	if (irq >= GIC_SPI) {
		irq_run(irq);
		return;
	}
	if (irq == GIC_SGI_KICK) {
		end(irq);
		/* Who sent it left word in the cpu or a vCPU before. */
		if (panic_active())
			arch_cpu_halt();
		return;
	}
	if (el2_irq(irq))
		return;
	if (irq == timer_ppi())
		timer_interrupt();
	end(irq);
}

void arch_irq_handle(void)
{
	u32 irq;

	while ((irq = gic->ack()) < GIC_NONE)
		handle(irq);
}
