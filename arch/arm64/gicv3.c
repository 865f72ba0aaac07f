// SPDX-License-Identifier: Apache-2.0
// The machine's GICv3 or GICv4 (Arm IHI 0069): distributor and redistributors in memory, the CPU
// interface as system registers. SPIs go to the boot cpu; all are of non-secure group 1.
#include "gic.h"

#include <hv/assert.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/irq.h>
#include <hv/time.h>
#include <arch/sysreg.h>

#include "boot.h"

/* Distributor, 12.8 and 12.9. The bitmaps have a word for each 32 interrupts. */
#define GICD_SIZE     0x10000
#define GICD_CTLR     0x0000
#define GICD_TYPER    0x0004
#define GIC_IGROUPR   0x0080 /* from here on also in a redistributor's SGI frame */
#define GIC_ISENABLER 0x0100
#define GIC_ICENABLER 0x0180
#define GIC_ICPENDR   0x0280
#define GIC_ISACTIVER 0x0300
#define GIC_ICACTIVER 0x0380
#define GIC_IPRIORITY 0x0400
#define GICD_ICFGR    0x0c00 /* two bits each; 0: level-sensitive */
#define GICD_IROUTER  0x6000
#define GIC_PIDR2     0xffe8

#define GICD_CTLR_RWP     BIT(31) /* a write is still on its way */
#define GICD_CTLR_ARE     BIT(4)  /* routing by affinity */
#define GICD_CTLR_GRP1    BIT(1)
#define GICD_TYPER_LINES  BITS(4, 0) /* how many times 32, less one */
#define GIC_PIDR2_ARCHREV BITS(7, 4)
#define ARCHREV_3         3

/* Redistributor, 12.10 and 12.11: two frames, or four with virtual LPIs. */
#define GICR_FRAME 0x10000UL
#define GICR_SIZE  (2 * GICR_FRAME)
#define GICR_CTLR  0x0000
#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_SGI   GICR_FRAME /* SGIs and PPIs */

#define GICR_CTLR_RWP       BIT(3)
#define GICR_TYPER_AFFINITY BITS(63, 32)
#define GICR_TYPER_LAST     BIT(4) /* of its region */
#define GICR_TYPER_VLPIS    BIT(1)
#define GICR_WAKER_ASLEEP   BIT(2)
#define GICR_WAKER_SLEEP    BIT(1)

/* CPU interface, 12.2 */
#define ICC_CTLR_EOIMODE BIT(1) /* priority drop and deactivation apart */
#define ICC_SRE_ENABLE   BIT(3) /* EL1 may, too */
#define ICC_SRE_SRE      BIT(0) /* of ICC_SRE_ALL: it took the write */
#define ICC_IAR_INTID    BITS(23, 0)
#define ICC_SGIR_AFF3    BITS(55, 48)
#define ICC_SGIR_RS      BITS(47, 44)
#define ICC_SGIR_AFF2    BITS(39, 32)
#define ICC_SGIR_INTID   BITS(27, 24)
#define ICC_SGIR_AFF1    BITS(23, 16)

/* MPIDR_EL1 */
#define MPIDR_AFF3 BITS(39, 32)
#define MPIDR_AFF2 BITS(23, 16)
#define MPIDR_AFF1 BITS(15, 8)
#define MPIDR_AFF0 BITS(7, 0)

#define PRIORITY_OURS 0xa0a0a0a0U  /* four of them */
#define PRIORITY_OPEN 0xffU        /* the mask that lets all through */
#define WAIT_NS       1000000000UL /* what takes longer will not happen */

static u8 *gicd;
static u32 spi_end; /* the first INTID that is no SPI */
static u8 *regions[GICR_REGIONS_MAX];
static u64 region_size[GICR_REGIONS_MAX];
static u32 region_count;
static u64 stride; /* 0: as each redistributor says */
static u8 *redistributors[CPU_MAX];

/* ---- Registers ---- */

/* Until `bits` of a register are 0. Nothing can go on without. */
static void wait_clear(const u8 *reg, u32 bits, const char *name)
{
	u64 end = time_now() + WAIT_NS;

	while (mmio_read32(reg) & bits) {
		if (time_now() > end)
			panic("gicv3: expected bits 0x%x of %s to become 0, found 0x%x",
				bits, name, mmio_read32(reg));
		cpu_relax();
	}
}

static void wait_gicd(void)
{
	wait_clear(gicd + GICD_CTLR, GICD_CTLR_RWP, "GICD_CTLR");
}

static u8 *gicr(void)
{
	return redistributors[cpu_this()->index];
}

static void wait_gicr(void)
{
	wait_clear(gicr() + GICR_CTLR, GICR_CTLR_RWP, "GICR_CTLR");
}

static u8 *word_of(u8 *base, u32 reg, u32 irq)
{
	return base + reg + irq / 32 * sizeof(u32);
}

static u32 bit_of(u32 irq)
{
	return 1U << irq % 32;
}

/* Off, not pending, not active, ours: 32 interrupts, in the distributor or an SGI frame. */
static void reset_word(u8 *base, u32 irq)
{
	mmio_write32(word_of(base, GIC_ICENABLER, irq), ~0U);
	mmio_write32(word_of(base, GIC_ICPENDR, irq), ~0U);
	mmio_write32(word_of(base, GIC_ICACTIVER, irq), ~0U);
	mmio_write32(word_of(base, GIC_IGROUPR, irq), ~0U);
	for (u32 i = 0; i < 32; i += sizeof(u32))
		mmio_write32(base + GIC_IPRIORITY + irq + i, PRIORITY_OURS);
}

/* ---- This cpu's part ---- */

/* GICR_TYPER has the four affinity levels side by side. */
static u32 affinity_value(u64 mpidr)
{
	return (u32)(field_get(MPIDR_AFF3, mpidr) << 24 | (mpidr & BITS(23, 0)));
}

/* The redistributor of this affinity in one region, or NULL. */
static u8 *find_in_region(u8 *base, u64 size, u32 affinity)
{
	for (u64 at = 0; range_inside(at, GICR_SIZE, 0, size);) {
		u64 typer = mmio_read64(base + at + GICR_TYPER);

		if (field_get(GICR_TYPER_AFFINITY, typer) == affinity)
			return base + at;
		if (typer & GICR_TYPER_LAST)
			break;
		at += stride                       ? stride
			: typer & GICR_TYPER_VLPIS ? 2 * GICR_SIZE
						   : GICR_SIZE;
	}
	return NULL;
}

static u8 *find_redistributor(u64 mpidr)
{
	u32 affinity = affinity_value(mpidr);
	u8 *found = NULL;

	for (u32 i = 0; i < region_count && !found; i++)
		found = find_in_region(regions[i], region_size[i], affinity);
	return found;
}

static void wake(u8 *base)
{
	mmio_write32(base + GICR_WAKER,
		mmio_read32(base + GICR_WAKER) & (u32)~GICR_WAKER_SLEEP);
	wait_clear(base + GICR_WAKER, GICR_WAKER_ASLEEP, "GICR_WAKER");
}

static int cpu_interface_init(void)
{
	if (machine.el2) {
		sysreg_write(icc_sre_el2, ICC_SRE_ENABLE | ICC_SRE_ALL);
		isb();
	}
	sysreg_write(icc_sre_el1, ICC_SRE_ALL);
	isb();
	if (!(sysreg_read(icc_sre_el1) & ICC_SRE_SRE))
		return fail(-ENODEV);
	sysreg_write(icc_pmr_el1, PRIORITY_OPEN);
	sysreg_write(icc_bpr1_el1, 0);
	sysreg_write(icc_ap1r0_el1, 0);
	sysreg_write(icc_ctlr_el1, ICC_CTLR_EOIMODE);
	sysreg_write(icc_igrpen1_el1, 1);
	isb();
	return 0;
}

static int gicv3_cpu_init(struct cpu *cpu)
{
	u8 *base = find_redistributor(cpu->arch.id);

	if (!base)
		return fail(-ENODEV);
	redistributors[cpu->index] = base;
	wake(base);
	reset_word(base + GICR_SGI, 0);
	wait_gicr();
	mmio_write32(base + GICR_SGI + GIC_ISENABLER, bit_of(GIC_SGI_KICK));
	return cpu_interface_init();
}

/* ---- struct gic ---- */

static u32 gicv3_ack(void)
{
	u32 irq = sysreg_read(icc_iar1_el1) & ICC_IAR_INTID;

	/* What is read from here on was written before the interrupt. */
	io_barrier();
	return irq;
}

static void gicv3_drop(u32 irq)
{
	sysreg_write(icc_eoir1_el1, irq);
	isb();
}

static void gicv3_deactivate(u32 irq)
{
	sysreg_write(icc_dir_el1, irq);
	isb();
}

static void gicv3_ipi(struct cpu *cpu)
{
	u64 id = cpu->arch.id, aff0 = field_get(MPIDR_AFF0, id);

	dsb(ish);
	sysreg_write(icc_sgi1r_el1,
		field_put(ICC_SGIR_AFF3, field_get(MPIDR_AFF3, id)) |
			field_put(ICC_SGIR_AFF2, field_get(MPIDR_AFF2, id)) |
			field_put(ICC_SGIR_AFF1, field_get(MPIDR_AFF1, id)) |
			field_put(ICC_SGIR_RS, aff0 / 16) |
			field_put(ICC_SGIR_INTID, GIC_SGI_KICK) | BIT(aff0 % 16));
	isb();
}

static void gicv3_ppi_enable(u32 irq, bool on)
{
	mmio_write32(gicr() + GICR_SGI + (on ? GIC_ISENABLER : GIC_ICENABLER),
		bit_of(irq));
	wait_gicr();
}

static void gicv3_ppi_active(u32 irq, bool active)
{
	mmio_write32(gicr() + GICR_SGI + (active ? GIC_ISACTIVER : GIC_ICACTIVER),
		bit_of(irq));
	/* Before the guest can see it, or its timer is turned on. */
	io_barrier();
}

static void gicv3_spi_enable(u32 irq, bool on)
{
	if (irq < GIC_SPI || irq >= spi_end)
		return;
	mmio_write32(word_of(gicd, on ? GIC_ISENABLER : GIC_ICENABLER, irq), bit_of(irq));
	wait_gicd();
}

static const struct gic gicv3 = {
	.name = "gicv3",
	.cpu_init = gicv3_cpu_init,
	.ack = gicv3_ack,
	.drop = gicv3_drop,
	.deactivate = gicv3_deactivate,
	.ipi = gicv3_ipi,
	.ppi_enable = gicv3_ppi_enable,
	.ppi_active = gicv3_ppi_active,
	.spi_enable = gicv3_spi_enable,
};

/* ---- The machine's ---- */

static int map_regions(const struct gicv3_ranges *ranges)
{
	for (u32 i = 0; i < ranges->gicr_count; i++) {
		const struct gic_range *range = &ranges->gicr[i];

		if (range->size < GICR_SIZE)
			return fail(-EINVAL);
		regions[i] = mmio_map(range->base, range->size);
		if (!regions[i])
			return fail(-ENOMEM);
		region_size[i] = range->size;
		region_count++;
	}
	return 0;
}

static void gicd_init(void)
{
	u64 boot = cpu_this()->arch.id;

	mmio_write32(gicd + GICD_CTLR, 0);
	wait_gicd();
	spi_end = 32 * ((mmio_read32(gicd + GICD_TYPER) & (u32)GICD_TYPER_LINES) + 1);
	spi_end = MIN(spi_end, GIC_NONE);
	for (u32 irq = GIC_SPI; irq < spi_end; irq += 32)
		reset_word(gicd, irq);
	for (u32 irq = GIC_SPI; irq < spi_end; irq += 16)
		mmio_write32(gicd + GICD_ICFGR + irq / 4, 0);
	mmio_write32(gicd + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1);
	wait_gicd();
	for (u32 irq = GIC_SPI; irq < spi_end; irq++)
		mmio_write64(gicd + GICD_IROUTER + sizeof(u64) * irq, boot);
}

int gicv3_init(const struct gicv3_ranges *ranges)
{
	int error;

	if (ranges->gicd.size < GICD_SIZE || ranges->gicr_count > GICR_REGIONS_MAX ||
		(ranges->gicr_stride && ranges->gicr_stride < GICR_SIZE))
		return fail(-EINVAL);
	gicd = mmio_map(ranges->gicd.base, ranges->gicd.size);
	if (!gicd)
		return fail(-ENOMEM);
	if (field_get(GIC_PIDR2_ARCHREV, mmio_read32(gicd + GIC_PIDR2)) < ARCHREV_3)
		return fail(-ENODEV);
	stride = ranges->gicr_stride;
	error = map_regions(ranges);
	if (error)
		return error;
	gicd_init();
	if (machine.el2)
		gichv3_init();
	gic = &gicv3;
	irq_set_chip(&gic_irqchip);
	return 0;
}
