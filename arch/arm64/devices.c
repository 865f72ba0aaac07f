// SPDX-License-Identifier: Apache-2.0
// The host machine's devices, from its device tree: the GIC first, then each node to its driver.
#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/cpu.h>
#include <hv/hostfdt.h>
#include <hv/print.h>

#include "gic.h"
#include "machine.h"

static u32 gic_phandle;
static struct gic_range gicv;

/* Cells of an interrupt: kind, number, flags (binding "arm,gic-v3"). */
enum { GIC_CELL_SPI = 0 };

static u32 irq_of(int node)
{
	u32 kind, number;

	if (hostfdt_interrupt_parent(node) != gic_phandle ||
		!fdt_cell(&hostfdt, node, "interrupts", 0, &kind) ||
		!fdt_cell(&hostfdt, node, "interrupts", 1, &number) ||
		kind != GIC_CELL_SPI)
		return 0;
	return GIC_SPI + number;
}

static struct gic_range range_of(int node, u32 n)
{
	struct gic_range range = {.size = 0};
	u64 base;

	if (fdt_reg(&hostfdt, node, n, &base, &range.size))
		range.base = HPA(base);
	return range;
}

static int start_v3(int node)
{
	struct gicv3_ranges ranges = {.gicd = range_of(node, 0), .gicr_count = 1};
	const void *stride;
	u32 len;

	fdt_cell(&hostfdt, node, "#redistributor-regions", 0, &ranges.gicr_count);
	if (ranges.gicr_count > GICR_REGIONS_MAX)
		ranges.gicr_count = GICR_REGIONS_MAX;
	for (u32 n = 0; n < ranges.gicr_count; n++)
		ranges.gicr[n] = range_of(node, 1 + n);
	stride = fdt_prop(&hostfdt, node, "redistributor-stride", &len);
	if (stride && len == sizeof(u64)) {
		u32 high = 0, low = 0;

		fdt_cell(&hostfdt, node, "redistributor-stride", 0, &high);
		fdt_cell(&hostfdt, node, "redistributor-stride", 1, &low);
		ranges.gicr_stride = (u64)high << 32 | low;
	}
	return gicv3_init(&ranges);
}

static int start_v2(int node)
{
	struct gicv2_ranges ranges = {
		.gicd = range_of(node, 0),
		.gicc = range_of(node, 1),
		.gich = range_of(node, 2),
		.gicv = range_of(node, 3),
	};

	gicv = ranges.gicv;
	return gicv2_init(&ranges);
}

static const struct {
	const char *compatible;
	int (*start)(int node);
} kinds[] = {
	{"arm,gic-v3", start_v3},
	{"arm,cortex-a15-gic", start_v2},
	{"arm,gic-400", start_v2},
};

/* Without one nothing could ever interrupt a guest. */
static void start_gic(void)
{
	for (u32 i = 0; i < ARRAY_LEN(kinds); i++) {
		int node = fdt_compatible(&hostfdt, -1, kinds[i].compatible);

		if (node < 0 || kinds[i].start(node))
			continue;
		fdt_cell(&hostfdt, node, "phandle", 0, &gic_phandle);
		return;
	}
	panic("device tree: expected a GICv3 or GICv2 that works, found none");
}

void arch_devices_probe(void)
{
	start_gic();
	arch_cpu_init(cpu_this());
	hostfdt_probe(irq_of);
}

bool host_gicv(hpa_t *base)
{
	*base = gicv.base;
	return gicv.size >= GICV_SIZE;
}
