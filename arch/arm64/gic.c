// SPDX-License-Identifier: Apache-2.0
// What gicv2.c and gicv3.c share: which of them drives the machine's controller, and how
// core/irq.c sees it.
#include "gic.h"

#include <hv/irq.h>

const struct gic *gic;
const struct gich *gich;

static void chip_enable(u32 irq, u32 cpu_index, bool on)
{
	(void)cpu_index; /* all SPIs go to the boot cpu */
	gic->spi_enable(irq, on);
}

/* arch_irq_handle() acknowledges interrupts of all kinds, so nothing is left to be claimed. */
static int chip_claim(void)
{
	return -1;
}

static void chip_end(u32 irq)
{
	gic->drop(irq);
	gic->deactivate(irq);
}

const struct irqchip gic_irqchip = {
	.name = "gic",
	.enable = chip_enable,
	.claim = chip_claim,
	.end = chip_end,
};
