// SPDX-License-Identifier: Apache-2.0
// The host machine's devices: those that each PC has, those of which the firmware's tables tell,
// and what is on PCI.
#include "devices.h"

#include <hv/arch.h>
#include <hv/blockdev.h>
#include <hv/cpu.h>
#include <hv/driver.h>
#include <hv/lock.h>
#include <hv/mm.h>
#include <hv/print.h>
#include <arch/msr.h>
#include <arch/port.h>

#include "../../drivers/ramdisk.h"

#include "acpi.h"
#include "boot.h"
#include "cmos.h"
#include "com.h"
#include "ioapic.h"
#include "mptable.h"
#include "pci_ports.h"
#include "power.h"

static struct acpi_info firmware;

/* ---- Processors ---- */

enum { LEAF_FEATURES = 1, LEAF_TOPOLOGY = 0xb };
#define FEATURES_EBX_APIC_ID BITS(31, 24)

/* The local APIC itself is not mapped yet. */
static u32 own_id(void)
{
	struct cpuid topology = cpuid(LEAF_TOPOLOGY, 0);

	/* Without that leaf all of it is 0. */
	if (machine.x2apic && topology.ebx)
		return topology.edx;
	return (u32)field_get(FEATURES_EBX_APIC_ID, cpuid(LEAF_FEATURES, 0).ebx);
}

#define ID_MAX 0xfeU /* that an xAPIC can name; 0xff are all */

static void list_cpus(struct boot_info *boot)
{
	u32 left_out = firmware.cpus_left_out;

	boot->cpu_ids[0] = own_id();
	boot->cpu_count = 1;
	for (u32 i = 0; i < firmware.cpu_count; i++) {
		u32 id = firmware.cpu_ids[i];

		if (id == boot->cpu_ids[0])
			continue;
		if (boot->cpu_count < ARRAY_LEN(boot->cpu_ids) &&
			(machine.x2apic || id <= ID_MAX))
			boot->cpu_ids[boot->cpu_count++] = id;
		else
			left_out++;
	}
	if (left_out)
		warn("%u cpus cannot be used: no room for them, or no x2APIC to reach them",
			left_out);
}

#define MAPPED GiB(4) /* by the first tables */

static const void *low(u64 hpa, u64 size)
{
	return range_inside(hpa, size, 0, MAPPED) ? hpa_ptr(HPA(hpa)) : NULL;
}

void devices_boot(struct boot_info *boot)
{
	acpi_read(0, low, &firmware);
	power_init(&firmware);
	if (!firmware.cpu_count && mptable_read(low, &firmware))
		warn("expected ACPI or MultiProcessor tables, found none: one cpu, and no "
		     "device interrupts");
	list_cpus(boot);
}

/* ---- Interrupts ---- */

#define PIC_MASTER_DATA 0x21
#define PIC_SLAVE_DATA  0xa1
#define PIC_ALL         0xff

static void start_interrupts(void)
{
	port_write8(PIC_MASTER_DATA, PIC_ALL);
	port_write8(PIC_SLAVE_DATA, PIC_ALL);
	for (u32 i = 0; i < firmware.ioapic_count; i++)
		ioapic_add(HPA(firmware.ioapics[i].address), firmware.ioapics[i].gsi);
	for (u32 irq = 0; irq < ISA_IRQS; irq++) {
		const struct acpi_isa_irq *isa = &firmware.isa[irq];

		/* Only what differs: input 2 is interrupt 0's, and not also its own. */
		if (isa->gsi != irq || isa->level || isa->active_low)
			ioapic_set_mode(isa->gsi, isa->level, isa->active_low);
	}
	ioapic_start();
}

/*
 * 0 (none) without an I/O APIC, and for 0, which is the timer's alone. The firmware tells PCI's in
 * the same numbers.
 */
static u32 isa_gsi(u8 irq)
{
	return irq && irq < ISA_IRQS && firmware.ioapic_count ? firmware.isa[irq].gsi : 0;
}

/* ---- The clock ---- */

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

static struct spinlock cmos_lock; /* the pair of ports */

static u8 cmos_read(u8 reg)
{
	port_write8(CMOS_INDEX, reg);
	return port_read8(CMOS_DATA);
}

static u64 clock_seconds(void)
{
	u64 seconds;

	spin_lock(&cmos_lock);
	seconds = cmos_seconds(cmos_read);
	spin_unlock(&cmos_lock);
	return seconds;
}

/* ---- All of them ---- */

#define ISA_COM1 4

/* Where there is no disk that we can drive. */
static void add_module_disk(void)
{
	const struct boot_module *disk = boot_module("disk");

	if (disk && !blockdev_get(0))
		ramdisk_register(hpa_ptr(disk->base), disk->size, false);
}

void arch_devices_probe(void)
{
	start_interrupts();
	com_attach(isa_gsi(ISA_COM1));
	driver_set_clock(clock_seconds);
	pci_ports_probe(isa_gsi);
	add_module_disk();
}
