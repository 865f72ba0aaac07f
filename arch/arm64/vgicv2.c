// SPDX-License-Identifier: Apache-2.0
// The GICv2 distributor that guests see (IHI 0048, chapter 4), without Security Extensions. Its
// first 32 interrupts are those of the CPU that asks. The guest's CPU interface is hardware.
#include "vgic_state.h"

#include <hv/fdt.h>
#include <hv/vcpu.h>
#include <arch/machine.h>

enum {
	GICD_ITARGETSR = 0x800, /* a byte each: a mask of CPUs */
	GICD_ITARGETSR_END = 0xc00,
	GICD_SGIR = 0xf00,
	GICD_CPENDSGIR = 0xf10, /* a byte for each SGI: a mask of the CPUs that sent it */
	GICD_SPENDSGIR = 0xf20,
	GICD_SPENDSGIR_END = 0xf30,
	GICD_ICPIDR2 = 0xfe8,
};

#define SGIR_FILTER  BITS(25, 24)
#define SGIR_TARGETS BITS(23, 16)
#define SGIR_INTID   BITS(3, 0)

enum { FILTER_TARGETS, FILTER_OTHERS, FILTER_SELF }; /* SGIR_FILTER */

#define PIDR2_GICV2 field_put(GIC_PIDR2_ARCH, 2)

/* The CPU whose access this is: the one that is loaded here. */
static u32 accessor(const struct vgic *vgic)
{
	const struct vcpu *vcpu = cpu_this()->current;

	return vcpu && vcpu->index < vgic->cpu_count ? vcpu->index : 0;
}

static u32 all_cpus(const struct vgic *vgic)
{
	return (1U << vgic->cpu_count) - 1;
}

static void sgi_write(struct vgic *vgic, u32 cpu, u32 value)
{
	u32 targets = 0;

	switch (field_get(SGIR_FILTER, value)) {
	case FILTER_TARGETS: targets = (u32)field_get(SGIR_TARGETS, value); break;
	case FILTER_OTHERS: targets = ~(1U << cpu); break;
	case FILTER_SELF: targets = 1U << cpu; break;
	}
	vgic_send_sgi(vgic, cpu, targets & all_cpus(vgic),
		(u32)field_get(SGIR_INTID, value), true);
}

/* ---- Registers of bytes ---- */

/* An SPI's go to the first CPU of its mask. */
static void target_write(struct vgic *vgic, u32 intid, u32 mask)
{
	mask &= all_cpus(vgic);
	vgic->s.route[intid] = mask;
	vgic_set_home(vgic, intid, mask ? (u32)__builtin_ctz(mask) : VGIC_NOBODY);
}

static u8 target_read(const struct vgic *vgic, u32 cpu, u32 intid)
{
	return (u8)(intid < GIC_SPI ? 1U << cpu : vgic->s.route[intid]);
}

static void sources_set(struct vgic *vgic, struct vgic_cpu *c, u32 sgi, u32 sources)
{
	u32 bit = 1U << sgi;

	c->sgi_sources[sgi] = (u8)sources;
	if (sources)
		vgic_set_pending(vgic, c, 0, bit);
	else
		c->bank.latch &= ~bit;
}

/* A byte of the range 0x800 to 0xbff or 0xf10 to 0xf2f. */
static u8 byte_read(struct vgic *vgic, u32 cpu, u64 offset)
{
	if (offset < GICD_ITARGETSR_END)
		return target_read(vgic, cpu, (u32)(offset - GICD_ITARGETSR));
	return vgic->s.cpus[cpu].sgi_sources[offset % VGIC_SGIS];
}

static void byte_write(struct vgic *vgic, u32 cpu, u64 offset, u8 value)
{
	struct vgic_cpu *c = &vgic->s.cpus[cpu];
	u32 intid = (u32)(offset - GICD_ITARGETSR), sgi = offset % VGIC_SGIS;

	if (offset < GICD_ITARGETSR_END) {
		if (intid >= GIC_SPI)
			target_write(vgic, intid, value);
	} else if (offset < GICD_SPENDSGIR) {
		sources_set(vgic, c, sgi, c->sgi_sources[sgi] & ~value);
	} else if (value) {
		sources_set(vgic, c, sgi, c->sgi_sources[sgi] | (value & all_cpus(vgic)));
	}
}

static bool is_bytes(u64 offset, u32 size)
{
	return (size == 1 || size == 4) &&
		((offset >= GICD_ITARGETSR && offset < GICD_ITARGETSR + VGIC_INTIDS) ||
			(offset >= GICD_CPENDSGIR && offset < GICD_SPENDSGIR_END));
}

/*
 * Senders are known of what is not listed. This CPU is loaded, so what it has listed can be
 * taken back; it enters no sooner than vgic_sync() was called.
 */
static void sgis_take(struct vgic *vgic, u32 cpu, u64 offset)
{
	struct vgic_cpu *c = &vgic->s.cpus[cpu];

	if (offset < GICD_CPENDSGIR || !vgic_is_here(c))
		return;
	vgic_take(vgic, c);
	vgic_notify(vgic, c);
}

static u64 bytes_read(struct vgic *vgic, u32 cpu, u64 offset, u32 size)
{
	u64 value = 0;

	sgis_take(vgic, cpu, offset);
	for (u32 i = 0; i < size; i++)
		value |= (u64)byte_read(vgic, cpu, offset + i) << 8 * i;
	return value;
}

static void bytes_write(struct vgic *vgic, u32 cpu, u64 offset, u32 size, u64 value)
{
	sgis_take(vgic, cpu, offset);
	for (u32 i = 0; i < size; i++)
		byte_write(vgic, cpu, offset + i, (u8)(value >> 8 * i));
}

/* ---- The device ---- */

static u64 gicd_typer(const struct vgic *vgic)
{
	return field_put(GICD_TYPER_CPUS, vgic->cpu_count - 1) |
		field_put(GICD_TYPER_LINES, VGIC_WORDS - 1);
}

static u64 vgicv2_read(struct vdev *dev, u64 offset, u32 size)
{
	struct vgic *vgic = vgic_of(dev);
	u32 cpu = accessor(vgic);
	u64 value;

	if (likely(size == 4)) {
		switch (offset) {
		case GICD_CTLR: return vgic->s.ctlr;
		case GICD_TYPER: return gicd_typer(vgic);
		case GICD_IIDR: return VGIC_IIDR;
		case GICD_ICPIDR2: return PIDR2_GICV2;
		case GICD_SGIR: return 0; /* write only */
		}
	}
	if (is_bytes(offset, size))
		return bytes_read(vgic, cpu, offset, size);
	if (!vgic_regs_read(vgic, &vgic->s.cpus[cpu], VGIC_WORDS, offset, size, &value))
		vdev_refused(dev, offset, false, 0);
	return value;
}

static void vgicv2_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct vgic *vgic = vgic_of(dev);
	u32 cpu = accessor(vgic);

	if (likely(size == 4)) {
		switch (offset) {
		case GICD_CTLR: vgic_set_ctlr(vgic, value & GICD_CTLR_ENABLE); return;
		case GICD_TYPER: /* read only */
		case GICD_IIDR:
		case GICD_ICPIDR2: return;
		case GICD_SGIR: sgi_write(vgic, cpu, (u32)value); return;
		}
	}
	if (is_bytes(offset, size))
		bytes_write(vgic, cpu, offset, size, value);
	else if (!vgic_regs_write(vgic, &vgic->s.cpus[cpu], VGIC_WORDS, offset, size,
			 value))
		vdev_refused(dev, offset, true, value);
}

static void vgicv2_reset(struct vdev *dev)
{
	struct vgic *vgic = vgic_of(dev);

	vgic_reset(vgic);
	for (u32 intid = GIC_SPI; intid < VGIC_INTIDS; intid++)
		target_write(vgic, intid, 1);
}

static int vgicv2_create(struct vdev *dev, const char *args)
{
	(void)args;
	return vgic_create(dev, true, VGICV2_CPUS_MAX);
}

static void vgicv2_fdt(const struct vdev *dev, struct fdt_writer *w)
{
	/* Two ranges, each of a 64-bit address and size. */
	const u32 reg[] = {0, (u32)dev->place.base, 0, (u32)dev->ops->size, 0,
		(u32)BOARD_GICC_BASE, 0, (u32)GICV_SIZE};

	fdt_node_at(w, "interrupt-controller", dev->place.base);
	fdt_put_string(w, "compatible", "arm,cortex-a15-gic");
	fdt_put_cells(w, "reg", reg, ARRAY_LEN(reg));
	fdt_put_cell(w, "#interrupt-cells", 3);
	fdt_put_cell(w, "#address-cells", 0);
	fdt_put_empty(w, "interrupt-controller");
	fdt_put_cell(w, "phandle", PHANDLE_GIC);
	fdt_end_node(w);
}

const struct vdev_ops vgicv2_ops = {
	.name = "gicv2",
	.min_size = 1,
	.max_size = 4,
	.size = 0x10000,
	.bytes = sizeof(struct vgic),
	.create = vgicv2_create,
	.reset = vgicv2_reset,
	.read = vgicv2_read,
	.write = vgicv2_write,
	.fdt = vgicv2_fdt,
};
