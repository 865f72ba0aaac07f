// SPDX-License-Identifier: Apache-2.0
// MultiProcessor tables of the virtual PC, for kernels that do not know ACPI (MultiProcessor
// Specification 1.4, chapter 4).
#include "vtables.h"

#include <hv/bits.h>
#include <arch/machine.h>

#define SPEC_REV     4 /* 1.4 */
#define PARAGRAPH    16
#define POINTER_SUM  10 /* offsets */
#define TABLE_LENGTH 4
#define TABLE_SUM    7
#define TABLE_COUNT  34

enum entry { MP_PROCESSOR, MP_BUS, MP_IO_APIC, MP_IO_INTERRUPT, MP_LOCAL_INTERRUPT };

enum interrupt { MP_INT = 0, MP_NMI = 1, MP_EXTINT = 3 };

#define PROCESSOR_BP BIT(1) /* the one that boots */
#define PROCESSOR_EN BIT(0)
#define IO_APIC_EN   BIT(0)

/* Of what CPUID says, what matters to those who look here. */
#define CPU_SIGNATURE 0x600U
#define FEATURE_APIC  BIT(9)
#define FEATURE_FPU   BIT(0)

#define LAPIC_VERSION  0x14
#define IOAPIC_VERSION 0x20
#define IOAPIC_ID      0
#define ALL_LAPICS     0xff

enum bus { BUS_PCI, BUS_ISA };

/* Polarity and trigger mode (4.3.4); 0: as the bus has it. */
#define LEVEL_HIGH  (field_put(BITS(3, 2), 3) | field_put(BITS(1, 0), 1))
#define ISA_IRQS    16
#define ISA_CASCADE 2 /* is taken by the second 8259 */
#define PIT_ISA_IRQ 0

static void put_pointer(struct vbytes *w, u64 gpa)
{
	u32 start = w->used;

	vbytes_text(w, "_MP_", 4);
	vbytes_put(w, gpa + start + PARAGRAPH, sizeof(u32));
	vbytes_put(w, 1, sizeof(u8)); /* length in paragraphs */
	vbytes_put(w, SPEC_REV, sizeof(u8));
	vbytes_grow(w, 1); /* the sum */
	vbytes_grow(w,
		5); /* there is a table; the 8259s are wired to local APIC and CPU */
	vbytes_sum(w, start, start + PARAGRAPH, start + POINTER_SUM);
}

static void put_header(struct vbytes *w)
{
	vbytes_text(w, "PCMP", 4);
	vbytes_grow(w, sizeof(u16)); /* length */
	vbytes_put(w, SPEC_REV, sizeof(u8));
	vbytes_grow(w, sizeof(u8)); /* the sum */
	vbytes_text(w, "LODGE", 8);
	vbytes_text(w, "PC", 12);
	vbytes_grow(w, sizeof(u32) + sizeof(u16)); /* no table of the maker's */
	vbytes_grow(w, sizeof(u16));               /* count of entries */
	vbytes_put(w, BOARD_LAPIC_BASE, sizeof(u32));
	vbytes_grow(w, sizeof(u32)); /* no extended entries */
}

static void put_processor(struct vbytes *w, u32 id)
{
	vbytes_put(w, MP_PROCESSOR, sizeof(u8));
	vbytes_put(w, id, sizeof(u8));
	vbytes_put(w, LAPIC_VERSION, sizeof(u8));
	vbytes_put(w, id ? PROCESSOR_EN : PROCESSOR_EN | PROCESSOR_BP, sizeof(u8));
	vbytes_put(w, CPU_SIGNATURE, sizeof(u32));
	vbytes_put(w, FEATURE_APIC | FEATURE_FPU, sizeof(u32));
	vbytes_grow(w, 2 * sizeof(u32));
}

static void put_bus(struct vbytes *w, enum bus bus, const char *type)
{
	vbytes_put(w, MP_BUS, sizeof(u8));
	vbytes_put(w, bus, sizeof(u8));
	vbytes_text(w, type, 6);
}

static void put_ioapic(struct vbytes *w)
{
	vbytes_put(w, MP_IO_APIC, sizeof(u8));
	vbytes_put(w, IOAPIC_ID, sizeof(u8));
	vbytes_put(w, IOAPIC_VERSION, sizeof(u8));
	vbytes_put(w, IO_APIC_EN, sizeof(u8));
	vbytes_put(w, BOARD_IOAPIC_BASE, sizeof(u32));
}

/* An ISA interrupt arrives at an input of an APIC. */
static void put_interrupt(struct vbytes *w, enum entry entry, enum interrupt type,
	u64 flags, u32 irq, u32 apic, u32 input)
{
	vbytes_put(w, entry, sizeof(u8));
	vbytes_put(w, type, sizeof(u8));
	vbytes_put(w, flags, sizeof(u16));
	vbytes_put(w, BUS_ISA, sizeof(u8));
	vbytes_put(w, irq, sizeof(u8));
	vbytes_put(w, apic, sizeof(u8));
	vbytes_put(w, input, sizeof(u8));
}

/* The PCI bus has no interrupts. How many entries there are. */
static u32 put_entries(struct vbytes *w, u32 cpus)
{
	u32 count = cpus + 5;

	for (u32 i = 0; i < cpus; i++)
		put_processor(w, i);
	put_bus(w, BUS_PCI, "PCI");
	put_bus(w, BUS_ISA, "ISA");
	put_ioapic(w);
	for (u32 irq = 0; irq < ISA_IRQS; irq++) {
		if (irq == ISA_CASCADE)
			continue;
		put_interrupt(w, MP_IO_INTERRUPT, MP_INT,
			irq == BOARD_SCI_IRQ ? LEVEL_HIGH : 0, irq, IOAPIC_ID,
			irq == PIT_ISA_IRQ ? BOARD_PIT_IRQ : irq);
		count++;
	}
	/* The 8259s' to the boot CPU, NMI to all. */
	put_interrupt(w, MP_LOCAL_INTERRUPT, MP_EXTINT, 0, 0, 0, 0);
	put_interrupt(w, MP_LOCAL_INTERRUPT, MP_NMI, 0, 0, ALL_LAPICS, 1);
	return count;
}

void vmptable_put(struct vbytes *w, u64 gpa, u32 cpus)
{
	u32 table, count;

	vbytes_align(w, PARAGRAPH);
	put_pointer(w, gpa);
	table = w->used;
	put_header(w);
	count = put_entries(w, cpus);
	vbytes_set(w, table + TABLE_LENGTH, w->used - table, sizeof(u16));
	vbytes_set(w, table + TABLE_COUNT, count, sizeof(u16));
	vbytes_sum(w, table, w->used, table + TABLE_SUM);
}
