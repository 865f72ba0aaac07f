// SPDX-License-Identifier: Apache-2.0
// Interrupts of ours. They are never taken but in the two windows here: there each leaves word in
// cpu->arch.pending (trap.S), and is handled behind the window.
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/irq.h>
#include <hv/panic.h>
#include <hv/timer.h>

#include "apic.h"
#include "trap.h"

/* All that is pending now is taken: STI works one instruction later. */
static inline void let_in(void)
{
	asm volatile("sti; nop; cli" ::: "memory");
}

void arch_cpu_idle(void)
{
	/* HLT is in the shadow of STI: what comes before it ends it (SDM, "STI"). */
	asm volatile("sti; hlt; cli" ::: "memory");
}

static void handle(u32 vector)
{
	switch (vector) {
	case VECTOR_TIMER:
		apic_eoi();
		timer_interrupt();
		return;
	case VECTOR_KICK:
		apic_eoi();
		/* Who sent it left word in the cpu or a vCPU before. */
		if (panic_active())
			arch_cpu_halt();
		return;
	case VECTOR_SPURIOUS: return;
	}
	if (vector - VECTOR_DEVICE < VECTOR_DEVICES)
		irq_run(vector - VECTOR_DEVICE);
	else
		apic_eoi();
}

static bool take_pending(u64 *pending)
{
	bool any = false;

	for (u32 word = 0; word < PENDING_WORDS; word++) {
		while (pending[word]) {
			u32 bit = (u32)__builtin_ctzl(pending[word]);

			pending[word] &= pending[word] - 1;
			handle(word * 64 + bit);
			any = true;
		}
	}
	return any;
}

void arch_irq_handle(void)
{
	u64 *pending = cpu_this()->arch.pending;

	/* Until one is ended, those of lower priority wait: so look again. */
	do
		let_in();
	while (take_pending(pending));
}
