// SPDX-License-Identifier: Apache-2.0
// The GICv3 that guests see: distributor and redistributors (IHI 0069, "Programmers' Model").
// One security state (DS = 1), affinity routing always on (ARE = 1), no LPIs. The guest's CPU
// interface is hardware, but for its SGI registers, which trap (vgic_sgi()).
#include "vgic_state.h"

#include <hv/fdt.h>
#include <arch/machine.h>

/* The distributor's own. */
enum {
	GICD_IGRPMODR = 0x0d00, /* nothing, with one security state; nor behind it, */
	GICD_NSACR = 0x0e00,    /* ... nor here */
	GICD_NSACR_END = 0x0f00,
	GICD_IROUTER = 0x6000, /* of INTID 0, which has none */
	GICD_PIDR2 = 0xffe8,
};

#define GICD_CTLR_DS  BIT(6)
#define GICD_CTLR_ARE BIT(4)

#define GICD_TYPER_A3V BIT(24) /* affinity level 3 may be other than 0 */
#define GICD_TYPER_ID  BITS(23, 19)
#define INTID_BITS     10UL /* of all but LPIs */

#define IROUTER_AFF3     BITS(39, 32)
#define IROUTER_IRM      BIT(31) /* any one CPU */
#define IROUTER_AFF2     BITS(23, 16)
#define IROUTER_AFF1     BITS(15, 8)
#define IROUTER_AFF0     BITS(7, 0)
#define IROUTER_AFFINITY (IROUTER_AFF3 | IROUTER_AFF2 | IROUTER_AFF1 | IROUTER_AFF0)

/* A redistributor's first frame, behind which the SGI frame is. */
enum {
	GICR_CTLR = 0x0000,
	GICR_IIDR = 0x0004,
	GICR_TYPER = 0x0008, /* 64 bits */
	GICR_TYPER_HIGH = 0x000c,
	GICR_WAKER = 0x0014,
	GICR_PIDR2 = 0xffe8,
	GICR_SGI_FRAME = 0x10000,
};

#define GICR_TYPER_AFFINITY  BITS(63, 32)
#define GICR_TYPER_PROCESSOR BITS(23, 8)
#define GICR_TYPER_LAST      BIT(4)

#define GICR_WAKER_CHILDREN  BIT(2) /* read only: the CPU interface is asleep */
#define GICR_WAKER_PROCESSOR BIT(1)

#define PIDR2_GICV3 field_put(GIC_PIDR2_ARCH, 3)

/* ---- Routes ---- */

static u32 first_awake(const struct vgic *vgic)
{
	for (u32 cpu = 0; cpu < vgic->cpu_count; cpu++)
		if (!vgic->s.cpus[cpu].asleep)
			return cpu;
	return 0;
}

/* A CPU's number is its Aff0: there are no more than 16. */
static void route_update(struct vgic *vgic, u32 intid)
{
	u64 route = vgic->s.route[intid];
	u32 cpu = (u32)field_get(IROUTER_AFF0, route);

	if (route & IROUTER_IRM)
		cpu = first_awake(vgic);
	else if (route & IROUTER_AFFINITY & ~IROUTER_AFF0 || cpu >= vgic->cpu_count)
		cpu = VGIC_NOBODY;
	vgic_set_home(vgic, intid, cpu);
}

static void waker_write(struct vgic *vgic, struct vgic_cpu *c, u64 value)
{
	c->asleep = value & GICR_WAKER_PROCESSOR;
	for (u32 intid = GIC_SPI; intid < VGIC_INTIDS; intid++)
		if (vgic->s.route[intid] & IROUTER_IRM)
			route_update(vgic, intid);
}

/* The INTID of a route register of an SPI, or 0. */
static u32 route_intid(u64 offset, u32 size)
{
	u64 intid = (offset - GICD_IROUTER) / 8;

	return size >= 4 && intid >= GIC_SPI && intid < VGIC_INTIDS ? (u32)intid : 0;
}

/* 64 bits, or 32 of them. */
static u64 part_read(u64 reg, u64 offset, u32 size)
{
	reg >>= 8 * (offset % 8);
	return size == 8 ? reg : (u32)reg;
}

static u64 part_write(u64 reg, u64 offset, u32 size, u64 value)
{
	u32 shift = 8 * (offset % 8);

	if (size == 8)
		return value;
	return (reg & ~(BITS(31, 0) << shift)) | (u64)(u32)value << shift;
}

/* ---- The distributor ---- */

static u64 gicd_typer(void)
{
	return GICD_TYPER_A3V | field_put(GICD_TYPER_ID, INTID_BITS - 1) |
		field_put(GICD_TYPER_LINES, VGIC_WORDS - 1);
}

static bool gicd_read(struct vgic *vgic, u64 offset, u32 size, u64 *value)
{
	*value = 0;
	if (offset >= GICD_IROUTER && route_intid(offset, size)) {
		*value =
			part_read(vgic->s.route[route_intid(offset, size)], offset, size);
		return true;
	}
	if (size == 4) {
		switch (offset) {
		case GICD_CTLR:
			*value = GICD_CTLR_DS | GICD_CTLR_ARE | vgic->s.ctlr;
			return true;
		case GICD_TYPER: *value = gicd_typer(); return true;
		case GICD_IIDR: *value = VGIC_IIDR; return true;
		case GICD_PIDR2: *value = PIDR2_GICV3; return true;
		}
		if (offset >= GICD_IGRPMODR && offset < GICD_NSACR_END)
			return true;
	}
	return vgic_regs_read(vgic, NULL, VGIC_WORDS, offset, size, value);
}

static bool gicd_write(struct vgic *vgic, u64 offset, u32 size, u64 value)
{
	u32 intid;

	if (offset >= GICD_IROUTER && (intid = route_intid(offset, size))) {
		u64 *route = &vgic->s.route[intid];

		*route = part_write(*route, offset, size, value) &
			(IROUTER_AFFINITY | IROUTER_IRM);
		route_update(vgic, intid);
		return true;
	}
	if (size == 4) {
		switch (offset) {
		case GICD_CTLR:
			vgic_set_ctlr(vgic, value & GICD_CTLR_ENABLE);
			return true;
		case GICD_TYPER: /* read only */
		case GICD_IIDR:
		case GICD_PIDR2: return true;
		}
		if (offset >= GICD_IGRPMODR && offset < GICD_NSACR_END)
			return true;
	}
	return vgic_regs_write(vgic, NULL, VGIC_WORDS, offset, size, value);
}

/* ---- A redistributor ---- */

static u64 gicr_typer(const struct vgic *vgic, u32 cpu)
{
	return field_put(GICR_TYPER_AFFINITY, cpu) |
		field_put(GICR_TYPER_PROCESSOR, cpu) |
		(cpu == vgic->cpu_count - 1 ? GICR_TYPER_LAST : 0);
}

static bool gicr_read(struct vgic *vgic, u32 cpu, u64 offset, u32 size, u64 *value)
{
	struct vgic_cpu *c = &vgic->s.cpus[cpu];

	*value = 0;
	if (offset >= GICR_SGI_FRAME) {
		offset -= GICR_SGI_FRAME;
		return vgic_regs_read(vgic, c, 1, offset, size, value) ||
			(size == 4 && (offset == GICD_IGRPMODR || offset == GICD_NSACR));
	}
	if (size == 8 && offset != GICR_TYPER)
		return false;
	if (size < 4)
		return false;
	switch (offset) {
	case GICR_CTLR: return true;
	case GICR_IIDR: *value = VGIC_IIDR; return true;
	case GICR_TYPER:
	case GICR_TYPER_HIGH:
		*value = part_read(gicr_typer(vgic, cpu), offset, size);
		return true;
	case GICR_WAKER:
		*value = c->asleep ? GICR_WAKER_PROCESSOR | GICR_WAKER_CHILDREN : 0;
		return true;
	case GICR_PIDR2: *value = PIDR2_GICV3; return true;
	}
	return false;
}

static bool gicr_write(struct vgic *vgic, u32 cpu, u64 offset, u32 size, u64 value)
{
	struct vgic_cpu *c = &vgic->s.cpus[cpu];

	if (offset >= GICR_SGI_FRAME) {
		offset -= GICR_SGI_FRAME;
		return vgic_regs_write(vgic, c, 1, offset, size, value) ||
			(size == 4 && (offset == GICD_IGRPMODR || offset == GICD_NSACR));
	}
	if (size == 8 && offset != GICR_TYPER)
		return false;
	if (size < 4)
		return false;
	switch (offset) {
	case GICR_WAKER: waker_write(vgic, c, value); return true;
	case GICR_CTLR: /* nothing to control */
	case GICR_IIDR: /* read only */
	case GICR_TYPER:
	case GICR_TYPER_HIGH:
	case GICR_PIDR2: return true;
	}
	return false;
}

/* ---- The device ---- */

static u64 vgicv3_read(struct vdev *dev, u64 offset, u32 size)
{
	struct vgic *vgic = vgic_of(dev);
	u64 cpu, value;
	bool found;

	if (likely(offset < VGICV3_GICR_OFFSET)) {
		found = gicd_read(vgic, offset, size, &value);
	} else {
		cpu = (offset - VGICV3_GICR_OFFSET) / VGICV3_GICR_SIZE;
		value = 0;
		found = cpu < vgic->cpu_count &&
			gicr_read(vgic, (u32)cpu,
				(offset - VGICV3_GICR_OFFSET) % VGICV3_GICR_SIZE, size,
				&value);
	}
	if (unlikely(!found))
		vdev_refused(dev, offset, false, 0);
	return value;
}

static void vgicv3_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct vgic *vgic = vgic_of(dev);
	u64 cpu;
	bool found;

	if (likely(offset < VGICV3_GICR_OFFSET)) {
		found = gicd_write(vgic, offset, size, value);
	} else {
		cpu = (offset - VGICV3_GICR_OFFSET) / VGICV3_GICR_SIZE;
		found = cpu < vgic->cpu_count &&
			gicr_write(vgic, (u32)cpu,
				(offset - VGICV3_GICR_OFFSET) % VGICV3_GICR_SIZE, size,
				value);
	}
	if (unlikely(!found))
		vdev_refused(dev, offset, true, value);
}

static void vgicv3_reset(struct vdev *dev)
{
	struct vgic *vgic = vgic_of(dev);

	vgic_reset(vgic);
	vgic_for_each_cpu(c, vgic) c->asleep = true;
	for (u32 intid = GIC_SPI; intid < VGIC_INTIDS; intid++) {
		vgic->s.route[intid] = 0;
		route_update(vgic, intid);
	}
}

static int vgicv3_create(struct vdev *dev, const char *args)
{
	(void)args;
	return vgic_create(dev, false, VM_CPUS_MAX);
}

static void vgicv3_fdt(const struct vdev *dev, struct fdt_writer *w)
{
	const struct vgic *vgic = container_of(dev, struct vgic, vdev);
	u64 gicr_size = vgic->cpu_count * VGICV3_GICR_SIZE;
	/* Two ranges, each of a 64-bit address and size. */
	const u32 reg[] = {0, (u32)dev->place.base, 0, VGICV3_GICR_OFFSET, 0,
		(u32)BOARD_GICR_BASE, 0, (u32)gicr_size};

	fdt_node_at(w, "interrupt-controller", dev->place.base);
	fdt_put_string(w, "compatible", "arm,gic-v3");
	fdt_put_cells(w, "reg", reg, ARRAY_LEN(reg));
	fdt_put_cell(w, "#redistributor-regions", 1);
	fdt_put_cell(w, "#interrupt-cells", 3);
	fdt_put_cell(w, "#address-cells", 0);
	fdt_put_empty(w, "interrupt-controller");
	fdt_put_cell(w, "phandle", PHANDLE_GIC);
	fdt_end_node(w);
}

const struct vdev_ops vgicv3_ops = {
	.name = "gicv3",
	.min_size = 1,
	.max_size = 8,
	.size = VGICV3_GICR_OFFSET,
	.bytes = sizeof(struct vgic),
	.create = vgicv3_create,
	.reset = vgicv3_reset,
	.read = vgicv3_read,
	.write = vgicv3_write,
	.fdt = vgicv3_fdt,
};
