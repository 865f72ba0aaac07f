// SPDX-License-Identifier: Apache-2.0
// Interrupts that a PCI function sends by writing to memory (PCI Local Bus Specification 3.0,
// 6.8.2, MSI-X): entry 0 of its table is all that is used.
#include <hv/bits.h>
#include <hv/io.h>
#include <hv/irq.h>

#include "pci.h"

#define CAPABILITY_MSIX 0x11

/* The capability's words, by offset from its start. */
#define MSIX_CONTROL 0x00
#define MSIX_TABLE   0x04

#define CONTROL_ENABLE BIT(31)
#define CONTROL_MASK   BIT(30)      /* all of them */
#define CONTROL_LAST   BITS(26, 16) /* the table's last entry */

#define TABLE_OFFSET BITS(31, 3)
#define TABLE_BAR    BITS(2, 0)

struct msix_entry {
	u32 address_low;
	u32 address_high;
	u32 data;
	u32 control;
};
_Static_assert(sizeof(struct msix_entry) == 16, "6.8.2.6");

#define ENTRY_MASKED BIT(0)

/* The table, after `*count`, the number of its entries, if all of it is there. */
static struct msix_entry *map_table(const struct pci_function *function, u32 at,
	u32 *count)
{
	u32 where = pci_read(function, at + MSIX_TABLE);
	u64 offset = where & TABLE_OFFSET, size;
	u8 *regs = pci_map(function, (u32)field_get(TABLE_BAR, where), &size);

	*count = (u32)field_get(CONTROL_LAST, pci_read(function, at + MSIX_CONTROL)) + 1;
	if (!regs || !range_inside(offset, *count * sizeof(struct msix_entry), 0, size))
		return NULL;
	return (struct msix_entry *)(regs + offset);
}

u32 pci_msix_start(const struct pci_function *function)
{
	u32 at = pci_capability(function, CAPABILITY_MSIX, 0), control, count, data;
	struct msix_entry *table = at ? map_table(function, at, &count) : NULL;
	u64 address;
	int irq;

	if (!table)
		return 0;
	irq = irq_msi(&address, &data);
	if (irq <= 0)
		return 0;
	/* Entries can be written only when it is on (6.8.2.2), so all are masked first. */
	control = pci_read(function, at + MSIX_CONTROL);
	control |= (u32)(CONTROL_ENABLE | CONTROL_MASK);
	pci_write(function, at + MSIX_CONTROL, control);
	for (u32 i = 0; i < count; i++)
		mmio_write32(&table[i].control, ENTRY_MASKED);
	mmio_write32(&table[0].address_low, (u32)address);
	mmio_write32(&table[0].address_high, (u32)(address >> 32));
	mmio_write32(&table[0].data, data);
	mmio_write32(&table[0].control, 0);
	pci_write(function, at + MSIX_CONTROL, control & (u32)~CONTROL_MASK);
	return (u32)irq;
}
