// SPDX-License-Identifier: Apache-2.0
// The guest's device tree: what is special to RISC-V in it, its CPUs and their ISA.
#include "machine.h"

#include <hv/print.h>
#include <hv/time.h>
#include <hv/vm.h>
#include <arch/machine.h>

#include "boot.h"

static void put_cpu(struct fdt_writer *w, u32 index, const char *isa, const char *mmu)
{
	fdt_node_at(w, "cpu", index);
	fdt_put_string(w, "device_type", "cpu");
	fdt_put_cell(w, "reg", index);
	fdt_put_string(w, "status", "okay");
	fdt_put_string(w, "compatible", "riscv");
	fdt_put_string(w, "riscv,isa", isa);
	fdt_put_string(w, "mmu-type", mmu);
	if (machine.cbom_size)
		fdt_put_cell(w, "riscv,cbom-block-size", machine.cbom_size);
	if (machine.cboz_size)
		fdt_put_cell(w, "riscv,cboz-block-size", machine.cboz_size);
	fdt_node(w, "interrupt-controller");
	fdt_put_cell(w, "#interrupt-cells", 1);
	fdt_put_cell(w, "#address-cells", 0);
	fdt_put_empty(w, "interrupt-controller");
	fdt_put_string(w, "compatible", "riscv,cpu-intc");
	fdt_put_cell(w, "phandle", PHANDLE_CPU_INTC(index));
	fdt_end_node(w);
	fdt_end_node(w);
}

static void put_cpus(struct vm *vm, struct fdt_writer *w)
{
	char isa[sizeof(machine.isa)];

	guest_isa(isa, sizeof(isa));
	fdt_node(w, "cpus");
	fdt_put_cell(w, "#address-cells", 1);
	fdt_put_cell(w, "#size-cells", 0);
	fdt_put_cell(w, "timebase-frequency", (u32)time_hz());
	for (u32 i = 0; i < vm->vcpu_count; i++)
		put_cpu(w, i, isa, machine.mmu);
	fdt_end_node(w);
}

static void put_soc(struct vm *vm, struct fdt_writer *w)
{
	fdt_node(w, "soc");
	fdt_put_string(w, "compatible", "simple-bus");
	fdt_put_cell(w, "#address-cells", 2);
	fdt_put_cell(w, "#size-cells", 2);
	fdt_put_empty(w, "ranges");
	fdt_put_cell(w, "interrupt-parent", PHANDLE_PLIC);
	board_fdt_devices(vm, w);
	fdt_end_node(w);
}

int vfdt_write(struct vm *vm, void *buf, u32 size, const struct board_images *images)
{
	static const char compatible[] = "lodge,riscv-virt\0riscv-virtio";
	static const struct board_root root = {
		.model = "Lodge virtual RISC-V board",
		.compatible = compatible,
		.compatible_len = sizeof(compatible) - 1,
		.console = "/soc/serial@10000000",
	};
	struct fdt_writer w;

	fdt_start(&w, buf, size);
	board_fdt_start(vm, &w, &root, images);
	put_cpus(vm, &w);
	put_soc(vm, &w);
	fdt_end_node(&w);
	return fdt_finish(&w);
}
