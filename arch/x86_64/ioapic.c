// SPDX-License-Identifier: Apache-2.0
// I/O APICs and MSIs (ioapic.h).
#include "ioapic.h"

#include <hv/bits.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/irq.h>
#include <hv/mm.h>
#include <hv/print.h>

#include "apic.h"
#include "trap.h"

#define REGSEL    0x00
#define WINDOW    0x10
#define REGS_SIZE 0x20

enum ioapic_reg {
	IOAPIC_VERSION = 0x01,
	IOAPIC_ENTRY = 0x10, /* two for each input, low half first */
};

#define VERSION_LAST BITS(23, 16) /* the highest input */

#define ENTRY_MASKED     BIT(16)
#define ENTRY_LEVEL      BIT(15)
#define ENTRY_ACTIVE_LOW BIT(13)
#define ENTRY_DEST_SHIFT 24 /* in the high half */

#define IOAPICS_MAX 8
#define IRQ_ISA     16  /* below: edges unless said otherwise, above: PCI's levels */
#define IRQ_MSI     128 /* from here on */
_Static_assert(IRQ_MSI < VECTOR_DEVICES, "each interrupt has a vector");

#define MSI_ADDRESS    0xfee00000UL
#define MSI_DEST_SHIFT 12

static struct ioapic {
	u8 *regs;
	u32 first, count;
} ioapics[IOAPICS_MAX];
static u32 ioapic_count;

static u32 modes[IRQ_MSI]; /* ENTRY_LEVEL, ENTRY_ACTIVE_LOW */
static u32 msi_next = IRQ_MSI;

static u32 reg_read(const struct ioapic *ioapic, u32 reg)
{
	mmio_write32(ioapic->regs + REGSEL, reg);
	return mmio_read32(ioapic->regs + WINDOW);
}

static void reg_write(const struct ioapic *ioapic, u32 reg, u32 value)
{
	mmio_write32(ioapic->regs + REGSEL, reg);
	mmio_write32(ioapic->regs + WINDOW, value);
}

void ioapic_add(hpa_t base, u32 first)
{
	struct ioapic *ioapic = &ioapics[ioapic_count];

	if (ioapic_count == IOAPICS_MAX || first >= IRQ_MSI) {
		warn("the I/O APIC at 0x%lx is left out: too many", base.raw);
		return;
	}
	ioapic->regs = mmio_map(base, REGS_SIZE);
	if (!ioapic->regs)
		return;
	ioapic->first = first;
	ioapic->count =
		MIN((u32)field_get(VERSION_LAST, reg_read(ioapic, IOAPIC_VERSION)) + 1,
			IRQ_MSI - first);
	for (u32 n = 0; n < ioapic->count; n++) {
		reg_write(ioapic, IOAPIC_ENTRY + 2 * n, ENTRY_MASKED);
		modes[first + n] =
			first + n < IRQ_ISA ? 0 : ENTRY_LEVEL | ENTRY_ACTIVE_LOW;
	}
	ioapic_count++;
}

void ioapic_set_mode(u32 irq, bool level, bool active_low)
{
	if (irq < IRQ_MSI)
		modes[irq] = (level ? (u32)ENTRY_LEVEL : 0) |
			(active_low ? (u32)ENTRY_ACTIVE_LOW : 0);
}

/* An MSI is switched on and off where it is sent. */
static void ioapic_enable(u32 irq, u32 cpu_index, bool on)
{
	for (u32 i = 0; i < ioapic_count; i++) {
		const struct ioapic *ioapic = &ioapics[i];
		u32 n = irq - ioapic->first;

		if (n >= ioapic->count)
			continue;
		reg_write(ioapic, IOAPIC_ENTRY + 2 * n + 1,
			cpus[cpu_index]->arch.id << ENTRY_DEST_SHIFT);
		reg_write(ioapic, IOAPIC_ENTRY + 2 * n,
			(VECTOR_DEVICE + irq) | modes[irq] |
				(on ? 0 : (u32)ENTRY_MASKED));
	}
}

/* irq.c takes them, and calls irq_run(). */
static int ioapic_claim(void)
{
	return -ENOENT;
}

static void ioapic_end(u32 irq)
{
	(void)irq;
	apic_eoi();
}

/* To the boot cpu, as all our devices' interrupts. */
static int ioapic_msi(u64 *address, u32 *data)
{
	if (msi_next == VECTOR_DEVICES)
		return fail(-ENOSPC);
	*address = MSI_ADDRESS | (u64)cpus[0]->arch.id << MSI_DEST_SHIFT;
	*data = VECTOR_DEVICE + msi_next;
	return (int)msi_next++;
}

static const struct irqchip ioapic_chip = {
	.name = "I/O APIC",
	.enable = ioapic_enable,
	.claim = ioapic_claim,
	.end = ioapic_end,
	.msi = ioapic_msi,
};

void ioapic_start(void)
{
	irq_set_chip(&ioapic_chip);
}
