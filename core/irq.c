// SPDX-License-Identifier: Apache-2.0
// The host's device interrupts: which handler belongs to which number of the machine's
// controller (<hv/irq.h>). Only devices of the hypervisor itself are here; guests' interrupts
// go through struct vintc.
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/irq.h>
#include <hv/mm.h>
#include <hv/print.h>

#define BOOT_CPU 0

struct irq_action {
	irq_handler *handler;
	void *arg;
	struct irq_action *next; /* of another device on the same wire */
};

/* Filled on the boot cpu before interrupts are taken, only read afterwards. */
static struct irq_action irq_actions[IRQ_MAX];

static const struct irqchip *irq_chip;

void irq_set_chip(const struct irqchip *chip)
{
	irq_chip = chip;
}

/* One more on a wire that is in use. */
static int irq_share(struct irq_action *first, irq_handler *handler, void *arg)
{
	struct irq_action *action = mem_alloc(sizeof(*action));

	if (!action)
		return fail(-ENOMEM);
	*action = (struct irq_action){handler, arg, first->next};
	first->next = action;
	return 0;
}

int irq_attach(u32 irq, irq_handler *handler, void *arg)
{
	if (!irq_chip)
		return fail(-ENODEV);
	if (irq == 0 || irq >= IRQ_MAX)
		return fail(-EINVAL);
	if (irq_actions[irq].handler)
		return irq_share(&irq_actions[irq], handler, arg);
	irq_actions[irq] = (struct irq_action){handler, arg, NULL};
	irq_chip->enable(irq, BOOT_CPU, true);
	return 0;
}

int irq_msi(u64 *address, u32 *data)
{
	return irq_chip && irq_chip->msi ? irq_chip->msi(address, data) : -ENODEV;
}

/* Ends it before it is disabled: a controller may ignore the end of a disabled interrupt. */
static void irq_refuse(u32 irq)
{
	u32 cpu_index = cpu_this()->index;

	irq_chip->end(irq);
	irq_chip->enable(irq, cpu_index, false);
	warn("unexpected interrupt %u on cpu %u: disabled", irq, cpu_index);
}

void irq_run(u32 irq)
{
	if (irq >= IRQ_MAX || !irq_actions[irq].handler) {
		irq_refuse(irq);
		return;
	}
	for (struct irq_action *action = &irq_actions[irq]; action; action = action->next)
		action->handler(action->arg);
	irq_chip->end(irq);
}

void irq_dispatch(void)
{
	int irq;

	if (!irq_chip)
		return;
	while ((irq = irq_chip->claim()) >= 0)
		irq_run((u32)irq);
}
