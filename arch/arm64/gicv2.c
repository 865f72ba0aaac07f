// SPDX-License-Identifier: Apache-2.0
// The machine's GICv2 (Arm IHI 0048): distributor and CPU interface, in memory, banked by cpu.
// SPIs go to the boot cpu.
#include "gic.h"

#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/irq.h>
#include <arch/sysreg.h>

/* Distributor, 4.3. The bitmaps have a word for each 32 interrupts, the first one banked. */
#define GICD_SIZE       0x1000
#define GICD_CTLR       0x000
#define GICD_TYPER      0x004
#define GICD_ISENABLER  0x100
#define GICD_ICENABLER  0x180
#define GICD_ICPENDR    0x280
#define GICD_ISACTIVER  0x300
#define GICD_ICACTIVER  0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR  0x800
#define GICD_ICFGR      0xc00 /* two bits each; 0: level-sensitive */
#define GICD_SGIR       0xf00

#define GICD_CTLR_ENABLE BIT(0)
#define GICD_TYPER_LINES BITS(4, 0) /* how many times 32, less one */
#define GICD_SGIR_LIST   BITS(23, 16)

/* CPU interface, 4.4 */
#define GICC_SIZE 0x2000
#define GICC_CTLR 0x0000
#define GICC_PMR  0x0004
#define GICC_BPR  0x0008
#define GICC_IAR  0x000c
#define GICC_EOIR 0x0010
#define GICC_APR  0x00d0
#define GICC_DIR  0x1000

#define GICC_CTLR_EOIMODE BIT(9) /* priority drop and deactivation apart */
#define GICC_CTLR_ENABLE  BIT(0)
#define GICC_IAR_INTID    BITS(9, 0) /* above it, of an SGI, who sent it */

#define PRIORITY_OURS 0xa0a0a0a0U /* four of them */
#define PRIORITY_OPEN 0xffU       /* the mask that lets all through */
#define SGIS          16U

static u8 *gicd, *gicc;
static u32 spi_end; /* the first INTID that is no SPI */
/* By cpu: its bit in GICD_ITARGETSR, and what it acknowledged of an SGI. */
static u8 target[CPU_MAX];
static u32 sgi_iar[CPU_MAX];

static u8 *word_of(u32 reg, u32 irq)
{
	return gicd + reg + irq / 32 * sizeof(u32);
}

static u32 bit_of(u32 irq)
{
	return 1U << irq % 32;
}

/* Off, not pending, not active, our priority: 32 interrupts. */
static void reset_word(u32 irq)
{
	mmio_write32(word_of(GICD_ICENABLER, irq), ~0U);
	mmio_write32(word_of(GICD_ICPENDR, irq), ~0U);
	mmio_write32(word_of(GICD_ICACTIVER, irq), ~0U);
	for (u32 i = 0; i < 32; i += sizeof(u32))
		mmio_write32(gicd + GICD_IPRIORITYR + irq + i, PRIORITY_OURS);
}

/* ---- struct gic ---- */

static int gicv2_cpu_init(struct cpu *cpu)
{
	u8 mask = mmio_read8(gicd + GICD_ITARGETSR);

	/* With one cpu it reads as zero. */
	target[cpu->index] = mask ? mask : 1;
	reset_word(0);
	mmio_write32(word_of(GICD_ISENABLER, GIC_SGI_KICK), bit_of(GIC_SGI_KICK));
	mmio_write32(gicc + GICC_PMR, PRIORITY_OPEN);
	mmio_write32(gicc + GICC_BPR, 0);
	mmio_write32(gicc + GICC_APR, 0);
	mmio_write32(gicc + GICC_CTLR, GICC_CTLR_EOIMODE | GICC_CTLR_ENABLE);
	return 0;
}

static u32 gicv2_ack(void)
{
	u32 iar = mmio_read32(gicc + GICC_IAR), irq = iar & (u32)GICC_IAR_INTID;

	/* What is read from here on was written before the interrupt. */
	io_barrier();
	if (irq < SGIS)
		sgi_iar[cpu_this()->index] = iar;
	return irq;
}

/* As it was acknowledged. */
static u32 iar_of(u32 irq)
{
	return irq < SGIS ? sgi_iar[cpu_this()->index] : irq;
}

static void gicv2_drop(u32 irq)
{
	mmio_write32(gicc + GICC_EOIR, iar_of(irq));
}

static void gicv2_deactivate(u32 irq)
{
	/* The handler's accesses first. */
	io_barrier();
	mmio_write32(gicc + GICC_DIR, iar_of(irq));
}

static void gicv2_ipi(struct cpu *cpu)
{
	dsb(ish);
	mmio_write32(gicd + GICD_SGIR,
		(u32)field_put(GICD_SGIR_LIST, target[cpu->index]) | GIC_SGI_KICK);
}

static void gicv2_ppi_enable(u32 irq, bool on)
{
	mmio_write32(word_of(on ? GICD_ISENABLER : GICD_ICENABLER, irq), bit_of(irq));
}

static void gicv2_ppi_active(u32 irq, bool active)
{
	mmio_write32(word_of(active ? GICD_ISACTIVER : GICD_ICACTIVER, irq), bit_of(irq));
	/* Before the guest can see it, or its timer is turned on. */
	io_barrier();
}

static void gicv2_spi_enable(u32 irq, bool on)
{
	if (irq >= GIC_SPI && irq < spi_end)
		mmio_write32(word_of(on ? GICD_ISENABLER : GICD_ICENABLER, irq),
			bit_of(irq));
}

static const struct gic gicv2 = {
	.name = "gicv2",
	.cpu_init = gicv2_cpu_init,
	.ack = gicv2_ack,
	.drop = gicv2_drop,
	.deactivate = gicv2_deactivate,
	.ipi = gicv2_ipi,
	.ppi_enable = gicv2_ppi_enable,
	.ppi_active = gicv2_ppi_active,
	.spi_enable = gicv2_spi_enable,
};

/* ---- The machine's ---- */

static void gicd_init(void)
{
	u32 boot = mmio_read8(gicd + GICD_ITARGETSR);

	boot = (boot ? boot : 1) * 0x01010101U;
	mmio_write32(gicd + GICD_CTLR, 0);
	spi_end = 32 * ((mmio_read32(gicd + GICD_TYPER) & (u32)GICD_TYPER_LINES) + 1);
	spi_end = MIN(spi_end, GIC_NONE);
	for (u32 irq = GIC_SPI; irq < spi_end; irq += 32)
		reset_word(irq);
	for (u32 irq = GIC_SPI; irq < spi_end; irq += 16)
		mmio_write32(gicd + GICD_ICFGR + irq / 4, 0);
	for (u32 irq = GIC_SPI; irq < spi_end; irq += sizeof(u32))
		mmio_write32(gicd + GICD_ITARGETSR + irq, boot);
	mmio_write32(gicd + GICD_CTLR, GICD_CTLR_ENABLE);
}

int gicv2_init(const struct gicv2_ranges *ranges)
{
	int error = 0;

	if (ranges->gicd.size < GICD_SIZE || ranges->gicc.size < GICC_SIZE)
		return fail(-EINVAL);
	gicd = mmio_map(ranges->gicd.base, ranges->gicd.size);
	gicc = mmio_map(ranges->gicc.base, ranges->gicc.size);
	if (!gicd || !gicc)
		return fail(-ENOMEM);
	gicd_init();
	if (ranges->gich.size)
		error = gichv2_init(&ranges->gich);
	if (error)
		return error;
	gic = &gicv2;
	irq_set_chip(&gic_irqchip);
	return 0;
}
