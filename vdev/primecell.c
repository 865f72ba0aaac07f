// SPDX-License-Identifier: Apache-2.0
// Identity and device-tree node of PrimeCell peripherals (<vdev/primecell.h>; DDI 0183, 3.3.15
// on; Devicetree Specification 0.4 and the bindings arm,primecell and fixed-clock).
#include "primecell.h"

#include <hv/fdt.h>
#include <hv/print.h>
#include <hv/vdev.h>

#define BUS_CLOCK 24000000 /* Hz, what the boards' oscillators have */

#define ID_FIRST 0xfe0 /* PeriphID0; each holds a byte */
#define ID_COUNT 8
#define PCELL_ID 0xb105f00dUL /* of every PrimeCell */
#define PCELL_AT 32           /* its first bit behind PeriphID */

bool primecell_id(u32 id, u64 offset, u64 *value)
{
	u64 bytes = PCELL_ID << PCELL_AT | id;
	u64 n = (offset - ID_FIRST) / sizeof(u32);

	*value = 0;
	if (offset < ID_FIRST || n >= ID_COUNT || !IS_ALIGNED(offset, sizeof(u32)))
		return false;
	*value = (u8)(bytes >> (8 * n));
	return true;
}

static void clock_fdt(struct fdt_writer *w, u32 phandle)
{
	char name[32];

	/* Without "@": it has no registers. */
	snprint(name, sizeof(name), "apb-pclk-%x", phandle);
	fdt_node(w, name);
	fdt_put_string(w, "compatible", "fixed-clock");
	fdt_put_cell(w, "#clock-cells", 0);
	fdt_put_cell(w, "clock-frequency", BUS_CLOCK);
	fdt_put_cell(w, "phandle", phandle);
	fdt_end_node(w);
}

void primecell_fdt(const struct vdev *dev, const struct primecell_node *node,
	struct fdt_writer *w)
{
	/* No other device has this address, and no board such high phandles. */
	u32 phandle = (u32)dev->place.base;
	const u32 phandles[] = {phandle, phandle};

	clock_fdt(w, phandle);
	fdt_node_at(w, node->name, dev->place.base);
	fdt_put_strings(w, "compatible", node->compatible, node->compatible_len);
	fdt_put_reg(w, dev->place.base, PRIMECELL_WINDOW);
	virq_fdt(&dev->place.line, w);
	fdt_put_cells(w, "clocks", phandles, node->clock_count);
	fdt_put_strings(w, "clock-names", node->clocks, node->clocks_len);
	fdt_end_node(w);
}
