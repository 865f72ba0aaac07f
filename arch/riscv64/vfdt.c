// SPDX-License-Identifier: Apache-2.0
// The guest's device tree: its CPUs, memory, command line, and a node from each device.
#include "machine.h"

#include <hv/fdt.h>
#include <hv/list.h>
#include <hv/print.h>
#include <hv/vm.h>
#include <arch/machine.h>

#include "boot.h"

static void put_chosen(struct vm *vm, struct fdt_writer *w, u64 initrd, u64 initrd_size)
{
	fdt_node(w, "chosen");
	fdt_put_string(w, "bootargs", vm->config.cmdline);
	fdt_put_string(w, "stdout-path", "/soc/serial@10000000");
	if (initrd_size) {
		fdt_put_u64(w, "linux,initrd-start", initrd);
		fdt_put_u64(w, "linux,initrd-end", initrd + initrd_size);
	}
	fdt_end_node(w);
}

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
	fdt_put_cell(w, "timebase-frequency", (u32)machine.timebase);
	for (u32 i = 0; i < vm->vcpu_count; i++)
		put_cpu(w, i, isa, machine.mmu);
	fdt_end_node(w);
}

static void put_memory(struct vm *vm, struct fdt_writer *w)
{
	const struct region *ram = &vm->mem.regions[0];

	fdt_node_at(w, "memory", ram->base);
	fdt_put_string(w, "device_type", "memory");
	fdt_put_reg(w, ram->base, ram->size);
	fdt_end_node(w);
}

/* Read-only, so not "cfi-flash": a kernel would write commands to that. */
static void put_regions(struct vm *vm, struct fdt_writer *w)
{
	for (u32 i = 1; i < vm->mem.count; i++) {
		const struct region *region = &vm->mem.regions[i];

		if (region->flags & PT_WRITE)
			continue;
		fdt_node_at(w, "flash", region->base);
		fdt_put_string(w, "compatible", "mtd-rom");
		fdt_put_reg(w, region->base, region->size);
		fdt_put_cell(w, "bank-width", sizeof(u32));
		fdt_end_node(w);
	}
}

static void put_soc(struct vm *vm, struct fdt_writer *w)
{
	fdt_node(w, "soc");
	fdt_put_string(w, "compatible", "simple-bus");
	fdt_put_cell(w, "#address-cells", 2);
	fdt_put_cell(w, "#size-cells", 2);
	fdt_put_empty(w, "ranges");
	fdt_put_cell(w, "interrupt-parent", PHANDLE_PLIC);
	list_for_each(it, &vm->devices) {
		const struct vdev *dev = list_entry(it, struct vdev, node);

		if (dev->ops->fdt)
			dev->ops->fdt(dev, w);
	}
	put_regions(vm, w);
	fdt_end_node(w);
}

int vfdt_write(struct vm *vm, void *buf, u32 size, u64 initrd, u64 initrd_size)
{
	struct fdt_writer w;

	fdt_start(&w, buf, size);
	fdt_node(&w, "");
	fdt_put_cell(&w, "#address-cells", 2);
	fdt_put_cell(&w, "#size-cells", 2);
	fdt_put_string(&w, "model", "Lodge virtual RISC-V board");
	fdt_put_strings(&w, "compatible", "lodge,riscv-virt\0riscv-virtio",
		sizeof("lodge,riscv-virt\0riscv-virtio") - 1);
	put_chosen(vm, &w, initrd, initrd_size);
	put_memory(vm, &w);
	put_cpus(vm, &w);
	put_soc(vm, &w);
	fdt_end_node(&w);
	return fdt_finish(&w);
}
