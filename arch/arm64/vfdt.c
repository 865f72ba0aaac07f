// SPDX-License-Identifier: Apache-2.0
// The guest's device tree: what is special to AArch64 in it, its CPUs, PSCI and timers.
#include "machine.h"

#include <hv/vm.h>
#include <arch/machine.h>
#include <arch/regs.h>

#include "vid.h"

/* Cells of an interrupt (binding "arm,gic-v3"). */
enum { GIC_CELL_PPI = 1 };
enum { GIC_LEVEL_LOW = 8 };
#define PPI_CELL(intid) ((intid) - 16)

static void put_cpu(struct fdt_writer *w, u32 index)
{
	fdt_node_at(w, "cpu", vid_mpidr(index));
	fdt_put_string(w, "device_type", "cpu");
	fdt_put_string(w, "compatible", "arm,armv8");
	fdt_put_cell(w, "reg", (u32)vid_mpidr(index));
	fdt_put_string(w, "enable-method", "psci");
	fdt_end_node(w);
}

static void put_cpus(struct vm *vm, struct fdt_writer *w)
{
	fdt_node(w, "cpus");
	fdt_put_cell(w, "#address-cells", 1);
	fdt_put_cell(w, "#size-cells", 0);
	for (u32 i = 0; i < vm->vcpu_count; i++)
		put_cpu(w, i);
	fdt_end_node(w);
}

static void put_psci(struct fdt_writer *w)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

	fdt_node(w, "psci");
	fdt_put_strings(w, "compatible", compatible, sizeof(compatible) - 1);
	fdt_put_string(w, "method", "hvc");
	fdt_end_node(w);
}

/* Secure physical, physical, virtual, hypervisor's: the first and the last are nobody's here. */
static void put_timer(struct fdt_writer *w)
{
	static const u32 intids[] = {
		29, PPI_PHYSICAL_TIMER, PPI_VIRTUAL_TIMER, PPI_HYP_TIMER};
	u32 cells[3 * ARRAY_LEN(intids)];

	for (u32 i = 0; i < ARRAY_LEN(intids); i++) {
		cells[3 * i] = GIC_CELL_PPI;
		cells[3 * i + 1] = PPI_CELL(intids[i]);
		cells[3 * i + 2] = GIC_LEVEL_LOW;
	}
	fdt_node(w, "timer");
	fdt_put_string(w, "compatible", "arm,armv8-timer");
	fdt_put_cells(w, "interrupts", cells, ARRAY_LEN(cells));
	fdt_put_empty(w, "always-on");
	fdt_end_node(w);
}

int vfdt_write(struct vm *vm, void *buf, u32 size, const struct board_images *images)
{
	static const char compatible[] = "lodge,arm-virt\0linux,dummy-virt";
	static const struct board_root root = {
		.model = "Lodge virtual Arm board",
		.compatible = compatible,
		.compatible_len = sizeof(compatible) - 1,
		.interrupt_parent = PHANDLE_GIC,
		.console = "/pl011@9000000",
	};
	struct fdt_writer w;

	fdt_start(&w, buf, size);
	board_fdt_start(vm, &w, &root, images);
	put_cpus(vm, &w);
	put_psci(&w);
	put_timer(&w);
	board_fdt_devices(vm, &w);
	fdt_end_node(&w);
	return fdt_finish(&w);
}
