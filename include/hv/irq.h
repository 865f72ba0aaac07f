// SPDX-License-Identifier: Apache-2.0
// Interrupts: struct irqchip is a controller we drive, struct vintc one that a guest sees,
// struct virq_line the wire from a virtual device to it.
#pragma once

#include <hv/fdt.h>
#include <hv/types.h>

struct vcpu;
struct vintc;

/* ---- The host's ---- */

#define IRQ_MAX 256 /* host interrupt numbers, as the machine's controller counts */

/* A host controller. Called with interrupts masked, on any cpu. */
struct irqchip {
	const char *name;
	/* Lets `irq` through to `cpu_index`, or stops it. */
	void (*enable)(u32 irq, u32 cpu_index, bool on);
	/* Takes the next pending one; < 0 if none. end() must follow. For irq_dispatch(). */
	int (*claim)(void);
	void (*end)(u32 irq);
	/*
	 * Gives a device that signals its interrupt by a write to memory what to write where, and
	 * returns the number it has then, or -ENOSPC. Boot cpu. NULL: there is no such thing.
	 */
	int (*msi)(u64 *address, u32 *data);
};

typedef void irq_handler(void *arg);

/* The machine's controller; once, while probing drivers. */
void irq_set_chip(const struct irqchip *chip);

/*
 * Calls handler(arg) on the boot cpu whenever `irq` fires, with interrupts masked; it must
 * silence the device and not block. On a wire that several share, all of theirs are called. 0,
 * -EINVAL (no such number), -ENOMEM, -ENODEV (no chip).
 */
int irq_attach(u32 irq, irq_handler *handler, void *arg);

/*
 * A number for an interrupt that a device signals by writing *data, 32 bits, to *address; it is
 * not on its way before irq_attach(). -ENODEV (no chip, or it takes none) or -ENOSPC. Boot cpu.
 */
int irq_msi(u64 *address, u32 *data);

/* Handles all external interrupts that are pending on this cpu. From arch_irq_handle(). */
void irq_dispatch(void);
/* The same for one that was claimed already, as far as its end(). Likewise. */
void irq_run(u32 irq);

/* ---- The guest's ---- */

struct vintc_ops {
	/* The wire of input `irq` has this level now; vm->lock held, any cpu. */
	void (*set)(struct vintc *chip, u32 irq, bool level);
	/*
	 * Writes the "interrupts" property of a device on input `irq`, in the controller's own
	 * cells. NULL: it is one cell, the number.
	 */
	void (*fdt)(const struct vintc *chip, u32 irq, struct fdt_writer *w);
};

/* Embedded first in a controller's own struct. */
struct vintc {
	const struct vintc_ops *ops;
};

/* A device owns one and knows nothing more. chip == NULL: not connected. */
struct virq_line {
	struct vintc *chip;
	u32 irq;
};

/* Drives the wire; repeated calls with the same level are harmless. vm->lock held. */
static inline void virq_set(const struct virq_line *line, bool level)
{
	if (line->chip)
		line->chip->ops->set(line->chip, line->irq, level);
}

/* The property that tells a kernel of the wire; nothing if it is not connected. */
static inline void virq_fdt(const struct virq_line *line, struct fdt_writer *w)
{
	if (line->chip && line->chip->ops->fdt)
		line->chip->ops->fdt(line->chip, line->irq, w);
	else if (line->chip)
		fdt_put_cell(w, "interrupts", line->irq);
}
