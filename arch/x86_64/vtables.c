// SPDX-License-Identifier: Apache-2.0
// The ACPI tables of the virtual PC (ACPI 6.4, chapter 5, in the form of version 4.0; IA-PC HPET
// Specification 1.0a, 3.2.4), and where all of firmware's tables are put.
#include "vtables.h"

#include <hv/assert.h>
#include <hv/bits.h>
#include <hv/string.h>
#include <hv/vm.h>
#include <arch/machine.h>

#include "vboot.h"

#define TABLES_SIZE KiB(64) /* up to 1 MiB */

#define OEM_ID       "LODGE "
#define OEM_TABLE_ID "LODGEPC "
#define OEM_REVISION 1
#define CREATOR_ID   "LODG"

/* ---- What all tables have (5.2.6) ---- */

#define TABLE_LENGTH 4 /* offsets */
#define TABLE_SUM    9

u32 vtables_open(struct vbytes *w, const char *signature, u8 revision)
{
	u32 table;

	vbytes_align(w, sizeof(u64));
	table = w->used;
	vbytes_text(w, signature, 4);
	vbytes_grow(w, sizeof(u32)); /* length */
	vbytes_put(w, revision, sizeof(u8));
	vbytes_grow(w, sizeof(u8)); /* the sum */
	vbytes_text(w, OEM_ID, 6);
	vbytes_text(w, OEM_TABLE_ID, 8);
	vbytes_put(w, OEM_REVISION, sizeof(u32));
	vbytes_text(w, CREATOR_ID, 4);
	vbytes_put(w, OEM_REVISION, sizeof(u32));
	return table;
}

void vtables_close(struct vbytes *w, u32 table)
{
	vbytes_set(w, table + TABLE_LENGTH, w->used - table, sizeof(u32));
	vbytes_sum(w, table, w->used, table + TABLE_SUM);
}

void vtables_register(struct vbytes *w, enum vtables_space space, u64 address, u32 bytes,
	enum vtables_access access)
{
	vbytes_put(w, space, sizeof(u8));
	vbytes_put(w, 8 * bytes, sizeof(u8)); /* its width in bits */
	vbytes_put(w, 0, sizeof(u8));
	vbytes_put(w, access, sizeof(u8));
	vbytes_put(w, address, sizeof(u64));
}

/* ---- MADT (5.2.12) ---- */

#define MADT_REVISION    3
#define MADT_PCAT_COMPAT BIT(0) /* there are 8259s */
#define MADT_CPU_ENABLED BIT(0)
#define MADT_ALL_CPUS    0xff
#define MADT_LINT1       1
#define BUS_ISA          0
#define IOAPIC_ID        0
#define PIT_ISA_IRQ      0

enum madt_entry {
	MADT_LOCAL_APIC = 0,
	MADT_IO_APIC = 1,
	MADT_INTERRUPT_OVERRIDE = 2,
	MADT_LOCAL_NMI = 4,
};

/* Lengths of entries. */
enum { LOCAL_APIC_LENGTH = 8, IO_APIC_LENGTH = 12, OVERRIDE_LENGTH = 10, NMI_LENGTH = 6 };

/* Polarity and trigger mode (table 5.26); 0: as the bus has it */
#define INTI_LEVEL_HIGH (field_put(BITS(3, 2), 3) | field_put(BITS(1, 0), 1))

static void put_madt_cpu(struct vbytes *w, u32 id)
{
	vbytes_put(w, MADT_LOCAL_APIC, sizeof(u8));
	vbytes_put(w, LOCAL_APIC_LENGTH, sizeof(u8));
	vbytes_put(w, id, sizeof(u8)); /* in ACPI, and */
	vbytes_put(w, id, sizeof(u8)); /* of the APIC */
	vbytes_put(w, MADT_CPU_ENABLED, sizeof(u32));
}

static void put_madt_ioapic(struct vbytes *w)
{
	vbytes_put(w, MADT_IO_APIC, sizeof(u8));
	vbytes_put(w, IO_APIC_LENGTH, sizeof(u8));
	vbytes_put(w, IOAPIC_ID, sizeof(u8));
	vbytes_put(w, 0, sizeof(u8));
	vbytes_put(w, BOARD_IOAPIC_BASE, sizeof(u32));
	vbytes_put(w, 0, sizeof(u32)); /* the global number of its input 0 */
}

static void put_madt_override(struct vbytes *w, u32 irq, u32 gsi, u64 flags)
{
	vbytes_put(w, MADT_INTERRUPT_OVERRIDE, sizeof(u8));
	vbytes_put(w, OVERRIDE_LENGTH, sizeof(u8));
	vbytes_put(w, BUS_ISA, sizeof(u8));
	vbytes_put(w, irq, sizeof(u8));
	vbytes_put(w, gsi, sizeof(u32));
	vbytes_put(w, flags, sizeof(u16));
}

static u32 put_madt(struct vbytes *w, u32 cpus)
{
	u32 table = vtables_open(w, "APIC", MADT_REVISION);

	vbytes_put(w, BOARD_LAPIC_BASE, sizeof(u32));
	vbytes_put(w, MADT_PCAT_COMPAT, sizeof(u32));
	for (u32 i = 0; i < cpus; i++)
		put_madt_cpu(w, i);
	put_madt_ioapic(w);
	put_madt_override(w, PIT_ISA_IRQ, BOARD_PIT_IRQ, 0);
	put_madt_override(w, BOARD_SCI_IRQ, BOARD_SCI_IRQ, INTI_LEVEL_HIGH);
	vbytes_put(w, MADT_LOCAL_NMI, sizeof(u8));
	vbytes_put(w, NMI_LENGTH, sizeof(u8));
	vbytes_put(w, MADT_ALL_CPUS, sizeof(u8));
	vbytes_put(w, 0, sizeof(u16));
	vbytes_put(w, MADT_LINT1, sizeof(u8));
	vtables_close(w, table);
	return table;
}

/* ---- HPET ---- */

#define HPET_REVISION 1
#define HPET_ID       0x8086a201U /* the lower half of GCAP_ID: hpet.c */
#define HPET_MIN_TICK 10000       /* shorter periods miss interrupts: hpet.c */

static u32 put_hpet(struct vbytes *w)
{
	u32 table = vtables_open(w, "HPET", HPET_REVISION);

	vbytes_put(w, HPET_ID, sizeof(u32));
	vtables_register(w, VTABLES_MEMORY, BOARD_HPET_BASE, 0, VTABLES_ANY);
	vbytes_put(w, 0, sizeof(u8)); /* its number */
	vbytes_put(w, HPET_MIN_TICK, sizeof(u16));
	vbytes_put(w, 0, sizeof(u8)); /* no guarantee for what is beside it in the page */
	vtables_close(w, table);
	return table;
}

/* ---- The roots (5.2.5 to 5.2.8) ---- */

#define ROOT_REVISION 1
#define RSDP_ALIGN    16
#define RSDP_REVISION 2
#define RSDP_SUM      8  /* offsets */
#define RSDP_SIZE_1   20 /* of what the first version has */
#define RSDP_XSUM     32
#define RSDP_SIZE     36

/* RSDT and XSDT are the same but for the size of an address. */
static u32 put_root(struct vbytes *w, const char *signature, u32 size, u64 gpa,
	const u32 *tables, u32 count)
{
	u32 root = vtables_open(w, signature, ROOT_REVISION);

	for (u32 i = 0; i < count; i++)
		vbytes_put(w, gpa + tables[i], size);
	vtables_close(w, root);
	return root;
}

static u32 put_rsdp(struct vbytes *w, u64 rsdt, u64 xsdt)
{
	u32 start;

	vbytes_align(w, RSDP_ALIGN);
	start = w->used;
	vbytes_text(w, "RSD PTR ", 8);
	vbytes_grow(w, sizeof(u8)); /* the sum */
	vbytes_text(w, OEM_ID, 6);
	vbytes_put(w, RSDP_REVISION, sizeof(u8));
	vbytes_put(w, rsdt, sizeof(u32));
	vbytes_put(w, RSDP_SIZE, sizeof(u32));
	vbytes_put(w, xsdt, sizeof(u64));
	vbytes_grow(w, 4); /* the sum of all, and reserved */
	vbytes_sum(w, start, start + RSDP_SIZE_1, start + RSDP_SUM);
	vbytes_sum(w, start, start + RSDP_SIZE, start + RSDP_XSUM);
	return start;
}

u64 vtables_put(struct vbytes *w, u64 gpa, u32 cpus)
{
	u32 tables[3], rsdt, xsdt;

	vmptable_put(w, gpa, cpus);
	tables[0] = vfadt_put(w, gpa, vdsdt_put(w));
	tables[1] = put_madt(w, cpus);
	tables[2] = put_hpet(w);
	rsdt = put_root(w, "RSDT", sizeof(u32), gpa, tables, ARRAY_LEN(tables));
	xsdt = put_root(w, "XSDT", sizeof(u64), gpa, tables, ARRAY_LEN(tables));
	return gpa + put_rsdp(w, gpa + rsdt, gpa + xsdt);
}

u64 vtables_write(struct vm *vm)
{
	struct vbytes w = {
		.buf = vm_ram(vm, GPA(VBOOT_TABLES), TABLES_SIZE),
		.size = TABLES_SIZE,
	};
	u64 rsdp;

	if (!w.buf)
		return 0;
	rsdp = vtables_put(&w, VBOOT_TABLES, vm->config.cpus);
	assert(!w.full);
	return rsdp;
}
