// SPDX-License-Identifier: Apache-2.0
// The machine's platform-level interrupt controller (its specification 1.0): a struct irqchip
// for external interrupts of all cpus. The controller that guests see is vplic.c.
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/irq.h>
#include <hv/mm.h>
#include <arch/cpu.h>

#include "plic.h"

#define NO_CONTEXT    (~0U)
#define WORD_BITS     32
#define WORDS_MAX     32 /* of a context's enable bits */
#define CONTEXTS_MAX  15872
#define PRIORITY_NONE 0 /* never interrupts */
#define PRIORITY_OURS 1 /* the lowest that does: all our sources are equal */

static struct {
	struct spinlock lock; /* read-modify-write of enable words */
	u8 *regs;
	u32 context_of_cpu[CPU_MAX];
} plic;

static void plic_enable(u32 irq, u32 cpu_index, bool on)
{
	u32 context = plic.context_of_cpu[cpu_index];
	u32 bit = 1U << irq % WORD_BITS;
	u8 *reg;
	u32 word;

	if (context == NO_CONTEXT)
		return;
	reg = plic.regs + PLIC_ENABLE(context, irq / WORD_BITS);
	spin_lock(&plic.lock);
	if (on)
		mmio_write32(plic.regs + PLIC_PRIORITY(irq), PRIORITY_OURS);
	word = mmio_read32(reg);
	mmio_write32(reg, on ? word | bit : word & ~bit);
	spin_unlock(&plic.lock);
}

static int plic_claim(void)
{
	u32 context = plic.context_of_cpu[cpu_this()->index];
	u32 irq;

	if (context == NO_CONTEXT)
		return -ENOENT;
	irq = mmio_read32(plic.regs + PLIC_CLAIM(context));
	/* What the handler reads from memory was written before the device interrupted. */
	io_barrier();
	return irq ? (int)irq : -ENOENT;
}

static void plic_end(u32 irq)
{
	u32 context = plic.context_of_cpu[cpu_this()->index];

	/* The handler's accesses first: a level source is sampled again from here on. */
	io_barrier();
	mmio_write32(plic.regs + PLIC_CLAIM(context), irq);
}

static const struct irqchip plic_chip = {
	.name = "plic",
	.enable = plic_enable,
	.claim = plic_claim,
	.end = plic_end,
};

/* Firmware may have left anything there. */
static void plic_context_reset(u32 context)
{
	for (u32 word = 0; word < WORDS_MAX; word++)
		mmio_write32(plic.regs + PLIC_ENABLE(context, word), 0);
	mmio_write32(plic.regs + PLIC_THRESHOLD(context), PRIORITY_NONE);
}

int plic_init(hpa_t base, u64 size, const u32 *context_of_cpu)
{
	for (u32 i = 0; i < cpu_count; i++) {
		u32 context = context_of_cpu[i];

		if (context == NO_CONTEXT)
			continue;
		if (context >= CONTEXTS_MAX || PLIC_CONTEXT(context + 1) > size)
			return fail(-EINVAL);
	}
	plic.regs = mmio_map(base, size);
	if (!plic.regs)
		return fail(-ENOMEM);
	for (u32 i = 0; i < cpu_count; i++) {
		plic.context_of_cpu[i] = context_of_cpu[i];
		if (context_of_cpu[i] != NO_CONTEXT)
			plic_context_reset(context_of_cpu[i]);
	}
	irq_set_chip(&plic_chip);
	return 0;
}
