// SPDX-License-Identifier: Apache-2.0
// Devices' lines of the GIC. An interrupt is taken at trap entry, to know what it is, and kept
// here until the handler asks for it.
#include <guest/intc.h>
#include <guest/cpu.h>
#include <guest/device.h>
#include <guest/fdt.h>
#include <arch/gic.h>

#define FDT_CELL     4
#define FDT_KIND_PPI 1 /* the first cell of an interrupt; 0 for devices' */
#define PPI_FIRST    16

static u32 kept[CPUS_MAX]; /* 0: none */

void intc_keep(u32 ack)
{
	kept[cpu_id()] = ack;
}

void intc_drop(void)
{
	u32 ack = kept[cpu_id()];

	kept[cpu_id()] = 0;
	if (ack)
		gic_end(ack);
}

void intc_init(void)
{
	gic_start();
}

void intc_enable(u32 line, bool on)
{
	gic_start();
	if (on)
		gic_line_set(line, PRIORITY_DEVICE);
	gic_line_enable(line, on);
}

u32 intc_claim(void)
{
	u32 ack = kept[cpu_id()];

	kept[cpu_id()] = 0;
	if (ack)
		return ack;
	/* The timer's and the others' interrupts are not for us to take. */
	if (gic_peek() < LINE_DEVICE_FIRST)
		return 0;
	ack = field_get(IAR_LINE, gic_ack());
	return ack < LINE_NONE ? ack : 0;
}

void intc_done(u32 line)
{
	gic_end(line);
}

u32 intc_line(const void *cells)
{
	const u8 *cell = cells;
	u32 number = (u32)fdt_cells(cell + FDT_CELL, 1);
	bool own = fdt_cells(cell, 1) == FDT_KIND_PPI;

	return number + (own ? PPI_FIRST : LINE_DEVICE_FIRST);
}
