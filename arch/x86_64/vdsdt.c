// SPDX-License-Identifier: Apache-2.0
// The DSDT: the devices of the virtual PC that no bus tells of (ACPI 6.4, 5.2.11.1 and chapter
// 6), and how it is switched off (7.4.2).
#include "vaml.h"
#include "vtables.h"

#include <arch/machine.h>

#define DSDT_REVISION 2 /* integers of 64 bits */

/* Ports, as the devices' sources have them. */
#define PIC_PORT    0x20
#define PIC2_PORT   0xa0
#define ELCR_PORT   0x4d0
#define PIC_COUNT   2
#define PIC_CASCADE 2 /* the input of the first that the second has */
#define PIT_PORT    0x40
#define PIT_COUNT   4
#define PIT_ISA_IRQ 0
#define RTC_PORT    0x70
#define RTC_COUNT   2
#define UART_COUNT  8
#define PCI_PORT    0xcf8
#define PCI_COUNT   8
#define PORTS_LAST  0xffff
#define HPET_SIZE   0x400
#define SLP_TYP_S5  0 /* pc_power.c */
#define S5_VALUES   4 /* types for PM1a and PM1b, and two that are reserved */

/* Where devices of PCI may be: between RAM and the I/O APIC. */
#define PCI_MEMORY_FIRST 0xe0000000U
#define PCI_MEMORY_LAST  ((u32)BOARD_IOAPIC_BASE - 1)

static void put_device(struct vbytes *w, const char *name, const char *id,
	struct vaml_resources *r)
{
	u32 device = vaml_open_device(w, name);

	vaml_name(w, "_HID");
	vaml_eisa_id(w, id);
	vaml_name(w, "_UID");
	vaml_integer(w, 0);
	vaml_crs(w, r);
	vaml_close(w, device);
}

static void put_pci(struct vbytes *w)
{
	struct vaml_resources r;

	vaml_resources_start(&r);
	vaml_bus_range(&r, 0, 0);
	vaml_ports(&r, PCI_PORT, PCI_COUNT);
	vaml_port_range(&r, 0, PCI_PORT - 1);
	vaml_port_range(&r, PCI_PORT + PCI_COUNT, PORTS_LAST);
	vaml_memory_range(&r, PCI_MEMORY_FIRST, PCI_MEMORY_LAST);
	put_device(w, "PCI0", "PNP0A03", &r);
}

static void put_pic(struct vbytes *w)
{
	struct vaml_resources r;

	vaml_resources_start(&r);
	vaml_ports(&r, PIC_PORT, PIC_COUNT);
	vaml_ports(&r, PIC2_PORT, PIC_COUNT);
	vaml_ports(&r, ELCR_PORT, PIC_COUNT);
	vaml_isa_irq(&r, PIC_CASCADE);
	put_device(w, "PIC_", "PNP0000", &r);
}

/* A device with one range of ports and one interrupt. */
static void put_isa(struct vbytes *w, const char *name, const char *id, u16 port,
	u8 count, u8 irq)
{
	struct vaml_resources r;

	vaml_resources_start(&r);
	vaml_ports(&r, port, count);
	vaml_isa_irq(&r, irq);
	put_device(w, name, id, &r);
}

static void put_hpet(struct vbytes *w)
{
	struct vaml_resources r;

	vaml_resources_start(&r);
	vaml_memory(&r, (u32)BOARD_HPET_BASE, HPET_SIZE);
	put_device(w, "HPET", "PNP0103", &r);
}

static void put_s5(struct vbytes *w)
{
	u32 package;

	vaml_name(w, "\\_S5_");
	package = vaml_open_package(w, S5_VALUES);
	vaml_integer(w, SLP_TYP_S5);
	for (u32 i = 1; i < S5_VALUES; i++)
		vaml_integer(w, 0);
	vaml_close(w, package);
}

u32 vdsdt_put(struct vbytes *w)
{
	u32 table = vtables_open(w, "DSDT", DSDT_REVISION), scope;

	put_s5(w);
	scope = vaml_open_scope(w, "\\_SB_");
	put_pci(w);
	put_pic(w);
	put_isa(w, "TIMR", "PNP0100", PIT_PORT, PIT_COUNT, PIT_ISA_IRQ);
	put_isa(w, "RTC_", "PNP0B00", RTC_PORT, RTC_COUNT, BOARD_RTC_IRQ);
	put_isa(w, "COM1", "PNP0501", BOARD_UART_PORT, UART_COUNT, BOARD_UART_IRQ);
	put_hpet(w);
	vaml_close(w, scope);
	vtables_close(w, table);
	return table;
}
