// SPDX-License-Identifier: Apache-2.0
// What ACPI's and the MultiProcessor Specification's tables have in common: CPUs, I/O APICs and
// ISA interrupts are added one by one (acpi.h).
#include "acpi.h"

#include <hv/bits.h>

/* Polarity and trigger mode: 0 is as the bus has it, ISA active high and edge-triggered. */
#define FLAGS_TRIGGER  BITS(3, 2)
#define FLAGS_POLARITY BITS(1, 0)
#define TRIGGER_LEVEL  3
#define POLARITY_LOW   3

void acpi_defaults(struct acpi_info *info)
{
	*info = (struct acpi_info){.cpu_count = 0};
	for (u32 i = 0; i < ISA_IRQS; i++)
		info->isa[i].gsi = i;
}

void acpi_add_cpu(struct acpi_info *info, u32 id)
{
	for (u32 i = 0; i < info->cpu_count; i++)
		if (info->cpu_ids[i] == id)
			return;
	if (info->cpu_count < ACPI_CPUS_MAX)
		info->cpu_ids[info->cpu_count++] = id;
	else
		info->cpus_left_out++;
}

void acpi_add_ioapic(struct acpi_info *info, u8 id, u64 address, u32 gsi)
{
	if (address && info->ioapic_count < ACPI_IOAPICS_MAX)
		info->ioapics[info->ioapic_count++] =
			(struct acpi_ioapic){address, gsi, id};
}

void acpi_set_isa_irq(struct acpi_info *info, u8 irq, u32 gsi, u16 flags)
{
	if (irq < ISA_IRQS)
		info->isa[irq] = (struct acpi_isa_irq){
			.gsi = gsi,
			.level = field_get(FLAGS_TRIGGER, flags) == TRIGGER_LEVEL,
			.active_low = field_get(FLAGS_POLARITY, flags) == POLARITY_LOW,
		};
}
