// SPDX-License-Identifier: Apache-2.0
// Devices' lines: inputs of the I/O APIC, the first 16 of them ISA's, edge triggered. A line is
// known from the vector that interrupts, and kept here until the handler asks for it.
#include <guest/intc.h>
#include <arch/apic.h>
#include <arch/ioapic.h>
#include <arch/local.h>

#define ISA_LINES 16

u32 ioapic_read(u32 reg)
{
	*ioapic_mmio(IOAPIC_SELECT) = reg;
	return *ioapic_mmio(IOAPIC_WINDOW);
}

void ioapic_write(u32 reg, u32 value)
{
	*ioapic_mmio(IOAPIC_SELECT) = reg;
	*ioapic_mmio(IOAPIC_WINDOW) = value;
}

u64 ioapic_entry(u32 line)
{
	u32 low = ioapic_read(IOAPIC_ENTRIES + 2 * line);

	return (u64)ioapic_read(IOAPIC_ENTRIES + 2 * line + 1) << 32 | low;
}

void ioapic_entry_set(u32 line, u64 entry)
{
	/* Masked until both halves are there. */
	ioapic_write(IOAPIC_ENTRIES + 2 * line, (u32)ENTRY_MASKED);
	ioapic_write(IOAPIC_ENTRIES + 2 * line + 1, (u32)(entry >> 32));
	ioapic_write(IOAPIC_ENTRIES + 2 * line, (u32)entry);
}

void intc_keep(u32 line)
{
	cpu_local()->line = line;
}

void intc_drop(void)
{
	if (intc_claim())
		apic_eoi();
}

void intc_init(void)
{
	apic_start();
}

void intc_enable(u32 line, bool on)
{
	u64 entry = field_put(ENTRY_DEST, cpu_id()) | (VECTOR_LINES + line);

	apic_start();
	if (line >= ISA_LINES)
		entry |= ENTRY_LEVEL | ENTRY_LOW;
	ioapic_entry_set(line, entry | (on ? 0 : ENTRY_MASKED));
}

u32 intc_claim(void)
{
	struct cpu_local *local = cpu_local();
	u32 line = local->line;

	local->line = 0;
	return line;
}

void intc_done(u32 line)
{
	(void)line;
	apic_eoi();
}
