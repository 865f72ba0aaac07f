// SPDX-License-Identifier: Apache-2.0
// GICv3 by system registers, and GICv2. See <arch/gic.h>.
#include <guest/cpu.h>
#include <guest/device.h>
#include <guest/string.h>
#include <arch/gic.h>

static u32 version = 3;
static bool started[CPUS_MAX];

void gic_find(void)
{
	const char *kind = device_property("intc", "compatible");

	if (!kind)
		kind = device_property("interrupt-controller", "compatible");
	version = kind && strcmp(kind, "arm,gic-v3") != 0 ? 2 : 3;
}

u32 gic_version(void)
{
	return version;
}

volatile u32 *gicd_reg(u64 offset)
{
	return (volatile u32 *)(GICD_BASE + offset);
}

volatile u32 *gicr_reg(u32 cpu, u64 offset)
{
	return (volatile u32 *)(GICR_BASE + cpu * GICR_SIZE + offset);
}

volatile u32 *gic_line_reg(u32 line, u64 offset)
{
	if (version == 3 && line < LINE_DEVICE_FIRST)
		return gicr_reg(cpu_id(), GICR_SGI + offset);
	return gicd_reg(offset);
}

static void wait_written(u32 line)
{
	if (version == 2)
		return;
	if (line < LINE_DEVICE_FIRST)
		while (*gicr_reg(cpu_id(), GICR_CTLR) & GICR_CTLR_RWP)
			cpu_relax();
	else
		while (*gicd_reg(GICD_CTLR) & CTLR_RWP)
			cpu_relax();
}

static void start_v3(void)
{
	volatile u32 *waker = gicr_reg(cpu_id(), GICR_WAKER);

	*gicd_reg(GICD_CTLR) = CTLR_ARE | CTLR_GROUP1;
	*waker &= (u32)~WAKER_SLEEP;
	while (*waker & WAKER_ASLEEP)
		cpu_relax();
	*gicr_reg(cpu_id(), GICR_SGI + GICD_IGROUPR(0)) = ~0U;
	sysreg_write(icc_sre_el1, ICC_SRE_SRE);
	isb();
	sysreg_write(icc_igrpen1_el1, 1);
}

static void start_v2(void)
{
	*gicd_reg(GICD_CTLR) = CTLR_GROUP0;
	*gicc_reg(GICC_CTLR) = CTLR_GROUP0;
}

void gic_start(void)
{
	if (started[cpu_id()])
		return;
	started[cpu_id()] = true;
	if (version == 3)
		start_v3();
	else
		start_v2();
	gic_mask_set(PRIORITY_MASK_CPU);
	gic_line_set(LINE_IPI, PRIORITY_CPU);
	gic_line_set(LINE_VTIMER, PRIORITY_CPU);
	gic_line_set(LINE_PTIMER, PRIORITY_CPU);
}

void gic_stopped(u32 cpu)
{
	started[cpu] = false;
}

u32 gic_ack(void)
{
	return version == 3 ? (u32)sysreg_read(icc_iar1_el1) : *gicc_reg(GICC_IAR);
}

void gic_end(u32 ack)
{
	/* What the handler did to the device comes first. */
	dsb();
	if (version == 3)
		sysreg_write(icc_eoir1_el1, ack);
	else
		*gicc_reg(GICC_EOIR) = ack;
	isb();
}

u32 gic_peek(void)
{
	u64 peek = version == 3 ? sysreg_read(icc_hppir1_el1) : *gicc_reg(GICC_HPPIR);

	return field_get(IAR_LINE, (u32)peek);
}

void gic_mask_set(u32 priority)
{
	if (version == 3)
		sysreg_write(icc_pmr_el1, priority);
	else
		*gicc_reg(GICC_PMR) = priority;
	isb();
}

void gic_line_set(u32 line, u32 priority)
{
	*((volatile u8 *)gic_line_reg(line, 0) + GICD_IPRIORITYR(line)) = (u8)priority;
	if (line < LINE_DEVICE_FIRST)
		return;
	if (version == 3) {
		*gicd_reg(GICD_IGROUPR(line / 32)) |= 1U << line % 32;
		*(volatile u64 *)gicd_reg(GICD_IROUTER(line)) = cpu_id();
	} else {
		*((volatile u8 *)gicd_reg(0) + GICD_ITARGETSR(line)) = (u8)BIT(cpu_id());
	}
}

void gic_line_enable(u32 line, bool on)
{
	u64 reg = on ? GICD_ISENABLER(line / 32) : GICD_ICENABLER(line / 32);

	*gic_line_reg(line, reg) = 1U << line % 32;
	wait_written(line);
}

void gic_sgi(u32 line, u32 cpu)
{
	/* What the receiver shall see comes first. */
	dsb();
	if (version == 3)
		sysreg_write(icc_sgi1r_el1,
			field_put(SGI1R_LINE, line) | field_put(SGI1R_TARGETS, BIT(cpu)));
	else
		*gicd_reg(GICD_SGIR) = (u32)(field_put(SGIR_TARGETS, BIT(cpu)) |
			field_put(SGIR_LINE, line));
	isb();
}
