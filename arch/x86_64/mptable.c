// SPDX-License-Identifier: Apache-2.0
// MultiProcessor tables (MultiProcessor Specification 1.4, chapters 4 and 5).
#include "mptable.h"

#include <hv/bits.h>
#include <hv/fail.h>

/* The floating pointer (4.1) */
#define POINTER_TABLE   4
#define POINTER_DEFAULT 11 /* not 0: one of the default configurations, without a table */
#define POINTER_SIZE    16
#define DEFAULT_MAX     7

/* The configuration table (4.2) */
#define TABLE_LENGTH  4
#define TABLE_COUNT   34
#define TABLE_ENTRIES 44

/* Its entries (4.3) */
enum mp_entry { MP_PROCESSOR, MP_BUS, MP_IO_APIC, MP_IO_INTERRUPT, MP_LOCAL_INTERRUPT };
#define ENTRY_SIZE     8U
#define PROCESSOR_SIZE 20U

#define PROCESSOR_ENABLED BIT(0)
#define IO_APIC_ENABLED   BIT(0)
#define INTERRUPT_INT     0 /* a vector from an I/O APIC */

/* The specification counts inputs of each I/O APIC alone; those of its time had this many. */
#define IO_APIC_INPUTS 24U

#define DEFAULT_IO_APIC 0xfec00000UL
#define DEFAULT_CPUS    2U
#define DEFAULT_TIMER   2U /* input of interrupt 0 (5.1) */

#define BUSES 256U

struct mp_reader {
	struct acpi_info *info;
	u64 isa[BUSES / 64]; /* bit n: bus n is one of ISA or EISA */
};

static void read_bus(struct mp_reader *reader, const u8 *entry)
{
	if (memcmp(entry + 2, "ISA   ", 6) == 0 || memcmp(entry + 2, "EISA  ", 6) == 0)
		reader->isa[entry[1] / 64] |= BIT(entry[1] % 64);
}

static void read_interrupt(struct mp_reader *reader, const u8 *entry)
{
	u8 bus = entry[4], irq = entry[5], ioapic = entry[6], input = entry[7];
	struct acpi_info *info = reader->info;

	if (entry[1] != INTERRUPT_INT || !(reader->isa[bus / 64] & BIT(bus % 64)))
		return;
	for (u32 i = 0; i < info->ioapic_count; i++) {
		if (info->ioapics[i].id != ioapic)
			continue;
		acpi_set_isa_irq(info, irq, info->ioapics[i].gsi + input,
			bios_get16(entry + 2));
		return;
	}
}

static void read_entry(struct mp_reader *reader, const u8 *entry)
{
	struct acpi_info *info = reader->info;

	switch ((enum mp_entry)entry[0]) {
	case MP_PROCESSOR:
		if (entry[3] & PROCESSOR_ENABLED)
			acpi_add_cpu(info, entry[1]);
		break;
	case MP_BUS: read_bus(reader, entry); break;
	case MP_IO_APIC:
		if (entry[3] & IO_APIC_ENABLED)
			acpi_add_ioapic(info, entry[1], bios_get32(entry + 4),
				info->ioapic_count * IO_APIC_INPUTS);
		break;
	case MP_IO_INTERRUPT: read_interrupt(reader, entry); break;
	case MP_LOCAL_INTERRUPT: break;
	}
}

static int read_table(bios_map *map, u64 hpa, struct acpi_info *info)
{
	const u8 *table = hpa ? bios_at(map, hpa, TABLE_ENTRIES) : NULL;
	struct mp_reader reader = {.info = info};
	u32 length, at = TABLE_ENTRIES, left;

	if (!table || memcmp(table, "PCMP", 4) != 0)
		return fail(-ENOENT);
	length = bios_get16(table + TABLE_LENGTH);
	if (length < TABLE_ENTRIES)
		return fail(-ENOENT);
	table = bios_at(map, hpa, length);
	if (!table || !bios_sum_ok(table, length))
		return fail(-ENOENT);
	for (left = bios_get16(table + TABLE_COUNT); left > 0 && at < length; left--) {
		u32 size = table[at] == MP_PROCESSOR ? PROCESSOR_SIZE : ENTRY_SIZE;

		if (table[at] > MP_LOCAL_INTERRUPT || size > length - at)
			break;
		read_entry(&reader, table + at);
		at += size;
	}
	return 0;
}

/* All default configurations have two CPUs and one I/O APIC (5). */
static int read_default(struct acpi_info *info, u8 number)
{
	if (number > DEFAULT_MAX)
		return fail(-ENOENT);
	for (u32 id = 0; id < DEFAULT_CPUS; id++)
		acpi_add_cpu(info, id);
	acpi_add_ioapic(info, DEFAULT_CPUS, DEFAULT_IO_APIC, 0);
	acpi_set_isa_irq(info, 0, DEFAULT_TIMER, 0);
	return 0;
}

static bool is_pointer(const u8 *at)
{
	return memcmp(at, "_MP_", 4) == 0 && bios_sum_ok(at, POINTER_SIZE);
}

int mptable_read(bios_map *map, struct acpi_info *info)
{
	u64 hpa = bios_search(map, POINTER_SIZE, is_pointer);
	const u8 *pointer = hpa ? bios_at(map, hpa, POINTER_SIZE) : NULL;

	acpi_defaults(info);
	if (!pointer)
		return fail(-ENOENT);
	if (pointer[POINTER_DEFAULT])
		return read_default(info, pointer[POINTER_DEFAULT]);
	return read_table(map, bios_get32(pointer + POINTER_TABLE), info);
}
