// SPDX-License-Identifier: Apache-2.0
// Interrupts of ours. They are never taken by a handler: they end a guest's run or a wfi, and
// what is pending is handled then.
#include <hv/arch.h>
#include <hv/irq.h>
#include <hv/panic.h>
#include <hv/timer.h>
#include <arch/csr.h>

void arch_irq_handle(void)
{
	u64 pending = csr_read(sip) & csr_read(sie);

	/* The kick itself says nothing: who sent it left word in the cpu or a vCPU before. */
	if (pending & SIE_SSIE) {
		csr_clear(sip, SIE_SSIE);
		if (panic_active())
			arch_cpu_halt();
	}
	if (pending & SIE_STIE)
		timer_interrupt();
	if (pending & SIE_SEIE)
		irq_dispatch();
}
