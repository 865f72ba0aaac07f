// SPDX-License-Identifier: Apache-2.0
// What a PC's firmware tells of it: CPUs, interrupt controllers, how it is powered off. From
// ACPI tables (acpi.c), or of what they would say the first half from the older MultiProcessor
// tables (mptable.c). Pure.
#pragma once

#include "bios.h"

#define ACPI_CPUS_MAX    64U /* as many as struct boot_info has room for */
#define ACPI_IOAPICS_MAX 8U
#define ISA_IRQS         16U

struct acpi_ioapic {
	u64 address;
	u32 gsi; /* global number of its input 0 */
	u8 id;
};

/* Where an ISA interrupt arrives. */
struct acpi_isa_irq {
	u32 gsi;
	bool level;
	bool active_low;
};

struct acpi_info {
	u32 cpu_ids[ACPI_CPUS_MAX]; /* APIC ids of all that are enabled, no two alike */
	u32 cpu_count;
	u32 cpus_left_out; /* for which there was no room */
	struct acpi_ioapic ioapics[ACPI_IOAPICS_MAX];
	u32 ioapic_count;
	struct acpi_isa_irq isa[ISA_IRQS];

	/* From here on: 0 or false where it is not told. */
	u16 pm1a_control, pm1b_control; /* ports */
	u16 smi_command;                /* port; writing acpi_enable turns ACPI on */
	u8 acpi_enable;
	bool has_s5; /* the types are known that switch the power off */
	u8 s5_type_a, s5_type_b;
};

/*
 * Reads the tables that the RSDP at `rsdp` leads to; 0: it is searched for. 0 with *info
 * filled, or -ENOENT (no tables that could be used: *info is as acpi_defaults() leaves it). A
 * damaged table counts as absent, what follows a damaged entry of one is not read. Without a
 * MADT: cpu_count is 0.
 */
int acpi_read(u64 rsdp, bios_map *map, struct acpi_info *info);

/* Nothing is known: no CPUs; ISA interrupts are where they were on the first PC. */
void acpi_defaults(struct acpi_info *info);

/* ---- For the two readers ---- */

void acpi_add_cpu(struct acpi_info *info, u32 id);
void acpi_add_ioapic(struct acpi_info *info, u8 id, u64 address, u32 gsi);
/* `flags` as in both kinds of tables (ACPI 6.4, table 5.26; MP 1.4, 4.3.4). */
void acpi_set_isa_irq(struct acpi_info *info, u8 irq, u32 gsi, u16 flags);
