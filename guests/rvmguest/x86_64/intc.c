// SPDX-License-Identifier: Apache-2.0
// The 8259s are silenced; the local APIC (SDM volume 3A, 11), by MMIO or, where there is one, as
// x2APIC; the I/O APIC (82093AA data sheet, 3).
#include <arch/apic.h>
#include <arch/io.h>
#include <arch/ioapic.h>

#include "rvmguest.h"

#define PIC_DATA       1    /* its second port */
#define PIC_NOTHING    0xff /* all masked */
#define APIC_BASE_PA   BITS(35, 12)
#define TIMER_START    10000000U
#define VERSION_LAST   BITS(23, 16) /* number of the last entry */
#define VERSION_ITSELF BITS(7, 0)
#define ID_SHIFT       24
#define REGISTER_STEP  4 /* MSRs are 16 times closer */

static volatile u8 *apic_mmio; /* NULL: x2APIC */

bool apic_is_x2(void)
{
	return !apic_mmio;
}

u32 apic_read(u32 reg)
{
	if (apic_mmio)
		return *(volatile u32 *)(apic_mmio + reg);
	return (u32)msr_read(MSR_X2APIC + (reg >> REGISTER_STEP));
}

void apic_write(u32 reg, u32 value)
{
	if (apic_mmio)
		*(volatile u32 *)(apic_mmio + reg) = value;
	else
		msr_write(MSR_X2APIC + (reg >> REGISTER_STEP), value);
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

static void local_start(void)
{
	u64 base = msr_read(MSR_APIC_BASE);

	apic_mmio = memory_at(base & APIC_BASE_PA);
	if (cpuid(1, 0).ecx & CPUID_1_ECX_X2APIC) {
		msr_write(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
		apic_mmio = NULL;
	}
	print("Local APIC: %s, version 0x%lx\n", apic_is_x2() ? "x2APIC" : "xAPIC",
		(u64)apic_read(APIC_VERSION) & VERSION_ITSELF);

	/* The timer runs already, but nobody listens yet; the pins lead nowhere. */
	apic_write(APIC_LVT_TIMER, apic_read(APIC_LVT_TIMER) | IRQ_TIMER);
	apic_write(APIC_LVT_ERROR, apic_read(APIC_LVT_ERROR) | IRQ_ERROR);
	apic_write(APIC_SVR, (apic_read(APIC_SVR) & ~0xffU) | IRQ_SPURIOUS);
	apic_write(APIC_LVT_TIMER, apic_read(APIC_LVT_TIMER) | LVT_PERIODIC);
	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	apic_write(APIC_TIMER_INITIAL, TIMER_START);
	apic_write(APIC_LVT_TIMER, apic_read(APIC_LVT_TIMER) & ~LVT_MASKED);
	apic_write(APIC_LVT_LINT0, 0);
	apic_write(APIC_LVT_LINT1, 0);
	apic_write(APIC_SVR, apic_read(APIC_SVR) | SVR_ENABLE);
}

static volatile u32 *ioapic_at(u32 offset)
{
	return memory_at(IOAPIC_BASE + offset);
}

u32 ioapic_read(u32 reg)
{
	*ioapic_at(IOAPIC_SELECT) = reg;
	return *ioapic_at(IOAPIC_WINDOW);
}

void ioapic_write(u32 reg, u32 value)
{
	*ioapic_at(IOAPIC_SELECT) = reg;
	*ioapic_at(IOAPIC_WINDOW) = value;
}

void intc_unmask(u32 input, u8 vector, bool on)
{
	u32 id = apic_read(APIC_ID), reg = IOAPIC_ENTRIES + 2 * input;

	ioapic_write(reg + 1, apic_is_x2() ? id << ID_SHIFT : id);
	ioapic_write(reg, vector | (on ? 0 : ENTRY_MASKED));
}

void intc_start(void)
{
	u32 version, last;

	io_write8(PIC1_PORT + PIC_DATA, PIC_NOTHING);
	io_write8(PIC2_PORT + PIC_DATA, PIC_NOTHING);
	local_start();
	version = ioapic_read(IOAPIC_VERSION);
	last = (u32)field_get(VERSION_LAST, version);
	print("I/O APIC: id %lu, version 0x%lx, %lu entries\n",
		(u64)ioapic_read(IOAPIC_ID) >> ID_SHIFT, version & VERSION_ITSELF,
		last + 1UL);
	for (u32 i = 0; i <= last; i++)
		ioapic_write(IOAPIC_ENTRIES + 2 * i,
			ioapic_read(IOAPIC_ENTRIES + 2 * i) | ENTRY_MASKED);
}
