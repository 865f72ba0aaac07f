// SPDX-License-Identifier: Apache-2.0
// The host's ACPI tables (ACPI 6.4, chapter 5): RSDP, RSDT and XSDT, and in them MADT and
// FADT. Of the code in them (AML) one package is looked for, \_S5, by its bytes (acpi_s5.c).
#include <hv/bits.h>
#include <hv/fail.h>

#include "acpi.h"
#include "acpi_s5.h"

/* RSDP (5.2.5.3) */
#define RSDP_REVISION   15
#define RSDP_RSDT       16
#define RSDP_SIZE_1     20
#define RSDP_XSDT       24
#define RSDP_SIZE       36
#define RSDP_REVISION_2 2

/* Headers of all other tables (5.2.6) */
#define TABLE_LENGTH 4
#define TABLE_HEADER 36

#define TABLE_MAX MiB(4) /* no sane one is longer */

/* MADT (5.2.12), and its entries */
#define MADT_ENTRIES      44
#define MADT_CPU_ENABLED  BIT(0)
#define MADT_ENTRY_HEADER 2
#define MADT_CPU_NONE     0xffU /* no processor has this xAPIC id */
#define MADT_CPU_NONE_X2  0xffffffffU

enum madt_entry {
	MADT_LOCAL_APIC = 0,
	MADT_IO_APIC = 1,
	MADT_INTERRUPT_OVERRIDE = 2,
	MADT_LOCAL_X2APIC = 9,
};

/* FADT (5.2.9) */
#define FADT_DSDT        40
#define FADT_SMI_CMD     48
#define FADT_ACPI_ENABLE 52
#define FADT_PM1A_CNT    64
#define FADT_PM1B_CNT    68
#define FADT_X_DSDT      140
#define FADT_X_PM1A_CNT  172
#define FADT_X_PM1B_CNT  184

/* Generic address structure (5.2.3.2) */
#define GAS_SPACE   0
#define GAS_ADDRESS 4
#define SPACE_PORT  1

/* A whole table whose length and sum are right; bytes NULL: none. */
struct table {
	const u8 *bytes;
	u32 length;
};

/* ---- Tables ---- */

static struct table table_at(bios_map *map, u64 hpa)
{
	const u8 *header = hpa ? bios_at(map, hpa, TABLE_HEADER) : NULL;
	struct table table = {NULL, 0};
	u32 length;

	if (!header)
		return table;
	length = bios_get32(header + TABLE_LENGTH);
	if (length < TABLE_HEADER || length > TABLE_MAX)
		return table;
	table.bytes = bios_at(map, hpa, length);
	if (table.bytes && !bios_sum_ok(table.bytes, length))
		table.bytes = NULL;
	table.length = table.bytes ? length : 0;
	return table;
}

static bool table_is(struct table table, const char *signature)
{
	return table.bytes && memcmp(table.bytes, signature, 4) == 0;
}

/* A field; 0 if the table is of a version without it. */
static u64 table_field(struct table table, u32 offset, u32 size)
{
	if (!range_inside(offset, size, 0, table.length))
		return 0;
	switch (size) {
	case sizeof(u8): return table.bytes[offset];
	case sizeof(u16): return bios_get16(table.bytes + offset);
	case sizeof(u32): return bios_get32(table.bytes + offset);
	}
	return bios_get64(table.bytes + offset);
}

/* ---- MADT ---- */

static u32 madt_entry_size(u8 type)
{
	switch (type) {
	case MADT_LOCAL_APIC: return 8;
	case MADT_IO_APIC: return 12;
	case MADT_INTERRUPT_OVERRIDE: return 10;
	case MADT_LOCAL_X2APIC: return 16;
	}
	return MADT_ENTRY_HEADER;
}

static void read_madt_entry(struct acpi_info *info, const u8 *entry)
{
	switch (entry[0]) {
	case MADT_LOCAL_APIC:
		if (entry[4] & MADT_CPU_ENABLED && entry[3] != MADT_CPU_NONE)
			acpi_add_cpu(info, entry[3]);
		break;
	case MADT_IO_APIC:
		acpi_add_ioapic(info, entry[2], bios_get32(entry + 4),
			bios_get32(entry + 8));
		break;
	case MADT_INTERRUPT_OVERRIDE:
		acpi_set_isa_irq(info, entry[3], bios_get32(entry + 4),
			bios_get16(entry + 8));
		break;
	case MADT_LOCAL_X2APIC:
		if (entry[8] & MADT_CPU_ENABLED &&
			bios_get32(entry + 4) != MADT_CPU_NONE_X2)
			acpi_add_cpu(info, bios_get32(entry + 4));
		break;
	}
}

static void read_madt(struct acpi_info *info, struct table madt)
{
	u32 at = MADT_ENTRIES;

	if (madt.length < MADT_ENTRIES)
		return;
	while (madt.length - at >= MADT_ENTRY_HEADER) {
		const u8 *entry = madt.bytes + at;
		u8 size = entry[1];

		if (size < madt_entry_size(entry[0]) || size > madt.length - at)
			return;
		read_madt_entry(info, entry);
		at += size;
	}
}

/* ---- FADT ---- */

/* The newer field of 64 bits, if it is there and says something. */
static u16 fadt_port(struct table fadt, u32 offset, u32 extended)
{
	u64 space = table_field(fadt, extended + GAS_SPACE, sizeof(u8));
	u64 port = table_field(fadt, extended + GAS_ADDRESS, sizeof(u64));

	if (space != SPACE_PORT || !port)
		port = table_field(fadt, offset, sizeof(u32));
	return port == (u16)port ? (u16)port : 0;
}

static struct table find_dsdt(bios_map *map, struct table fadt)
{
	struct table dsdt = table_at(map, table_field(fadt, FADT_X_DSDT, sizeof(u64)));

	if (!table_is(dsdt, "DSDT"))
		dsdt = table_at(map, table_field(fadt, FADT_DSDT, sizeof(u32)));
	return table_is(dsdt, "DSDT") ? dsdt : (struct table){NULL, 0};
}

static void read_s5(struct acpi_info *info, struct table code)
{
	if (!info->has_s5 && code.bytes)
		info->has_s5 = acpi_s5_find(code.bytes + TABLE_HEADER,
			code.length - TABLE_HEADER, &info->s5_type_a, &info->s5_type_b);
}

static void read_fadt(struct acpi_info *info, bios_map *map, struct table fadt)
{
	u64 smi_command = table_field(fadt, FADT_SMI_CMD, sizeof(u32));

	info->pm1a_control = fadt_port(fadt, FADT_PM1A_CNT, FADT_X_PM1A_CNT);
	info->pm1b_control = fadt_port(fadt, FADT_PM1B_CNT, FADT_X_PM1B_CNT);
	if (smi_command == (u16)smi_command)
		info->smi_command = (u16)smi_command;
	info->acpi_enable = (u8)table_field(fadt, FADT_ACPI_ENABLE, sizeof(u8));
	read_s5(info, find_dsdt(map, fadt));
}

/* ---- All of them ---- */

static void read_table(struct acpi_info *info, bios_map *map, struct table table)
{
	if (table_is(table, "APIC"))
		read_madt(info, table);
	else if (table_is(table, "FACP"))
		read_fadt(info, map, table);
	else if (table_is(table, "SSDT"))
		read_s5(info, table);
}

/* RSDT or XSDT: addresses of tables, of this size. */
static void read_root(struct acpi_info *info, bios_map *map, struct table root, u32 size)
{
	for (u32 at = TABLE_HEADER; range_inside(at, size, 0, root.length); at += size)
		read_table(info, map, table_at(map, table_field(root, at, size)));
}

static bool is_rsdp(const u8 *at)
{
	return memcmp(at, "RSD PTR ", 8) == 0 && bios_sum_ok(at, RSDP_SIZE_1);
}

int acpi_read(u64 rsdp, bios_map *map, struct acpi_info *info)
{
	const u8 *at;
	struct table root = {NULL, 0};

	acpi_defaults(info);
	if (!rsdp)
		rsdp = bios_search(map, RSDP_SIZE_1, is_rsdp);
	at = rsdp ? bios_at(map, rsdp, RSDP_SIZE_1) : NULL;
	if (!at || !is_rsdp(at))
		return fail(-ENOENT);
	if (at[RSDP_REVISION] >= RSDP_REVISION_2) {
		const u8 *whole = bios_at(map, rsdp, RSDP_SIZE);

		if (whole && bios_sum_ok(whole, RSDP_SIZE))
			root = table_at(map, bios_get64(whole + RSDP_XSDT));
		if (table_is(root, "XSDT")) {
			read_root(info, map, root, sizeof(u64));
			return 0;
		}
	}
	root = table_at(map, bios_get32(at + RSDP_RSDT));
	if (!table_is(root, "RSDT"))
		return fail(-ENOENT);
	read_root(info, map, root, sizeof(u32));
	return 0;
}
