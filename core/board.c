// SPDX-License-Identifier: Apache-2.0
// Virtual boards (<hv/board.h>): which devices a guest gets, and where its images go.
#include <hv/board.h>

#include <hv/bus.h>
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vm.h>

#define FDT_SIZE_MAX KiB(64)

/* ---- Devices ---- */

static int add_device(struct vm *vm, struct vintc *intc, const struct vdev_ops *ops,
	u64 base, u32 irq, bool pio, const char *args)
{
	const struct vdev_place place = {base, {irq ? intc : NULL, irq}, pio};

	return vdev_create(vm, ops, &place, args);
}

static bool board_has(const struct board *board, const char *model)
{
	for (const struct board_device *device = board->devices; device->ops; device++)
		if (strcmp(device->ops->name, model) == 0)
			return true;
	return false;
}

/* Into the first free slot. */
static int add_virtio(struct vm *vm, const struct board *board, struct vintc *intc,
	const struct device_config *device)
{
	if (!board->virtio_slots || !str_starts(device->model, "virtio-")) {
		error("%s:%u: device %s needs \"at ADDRESS\" on this board",
			vm->config.path, device->line, device->model);
		return fail(-EINVAL);
	}
	for (u32 slot = 0; slot < board->virtio_slots; slot++) {
		u64 base = board->virtio_base + slot * board->virtio_stride;

		if (!bus_find(&vm->mmio, base))
			return add_device(vm, intc, vdev_model(device->model), base,
				board->virtio_irq + slot, false, device->args);
	}
	error("%s:%u: expected at most %u virtio devices", vm->config.path, device->line,
		board->virtio_slots);
	return fail(-ENOSPC);
}

/* "device MODEL ... [at ADDRESS]", the n-th line of the VM file. */
static int add_configured(struct vm *vm, const struct board *board, struct vintc *intc,
	u32 n)
{
	const struct device_config *device = &vm->config.devices[n];

	/* The board has one of these already, where kernels expect it. */
	if (!device->base && board_has(board, device->model))
		return 0;
	if (!vdev_model(device->model)) {
		error("%s:%u: expected a device model, found \"%s\"", vm->config.path,
			device->line, device->model);
		return fail(-EINVAL);
	}
	if (device->base)
		return add_device(vm, intc, vdev_model(device->model), device->base,
			board->at_irq ? board->at_irq + n : 0,
			device->base < board->ports, device->args);
	return add_virtio(vm, board, intc, device);
}

static int add_flash(struct vm *vm, const struct board *board)
{
	u64 base, size;

	if (!board->flash)
		return 0;
	for (u32 n = 0; n < BOARD_FLASH_BANKS && board->flash(n, &base, &size); n++) {
		int err = vmem_add_pass(vm, board->flash_base[n],
			MIN(size, board->flash_size), HPA(base), true);

		if (err)
			return err;
	}
	return 0;
}

int board_build(struct vm *vm, const struct board *board, struct vintc *intc)
{
	int err = 0;

	for (const struct board_device *device = board->devices; !err && device->ops;
		device++)
		err = add_device(vm, intc, device->ops, device->base, device->irq,
			device->pio, "");
	for (u32 n = 0; !err && n < vm->config.device_count; n++)
		err = add_configured(vm, board, intc, n);
	return err ? err : add_flash(vm, board);
}

/* ---- Images ---- */

/* Top of RAM down: device tree, initrd; the kernel lies at the bottom. */
static int place(struct vm *vm, const struct board *board, struct board_images *images)
{
	const struct region *ram = &vm->mem.regions[0];
	u64 top = ram->base + ram->size;

	images->fdt = ALIGN_DOWN(top - MIN(ram->size, FDT_SIZE_MAX), PAGE_SIZE);
	images->initrd = images->initrd_size > images->fdt - ram->base
		? 0
		: ALIGN_DOWN(images->fdt - images->initrd_size, PAGE_SIZE);
	if (board->fdt_low && vm->image.start.raw - ram->base >= FDT_SIZE_MAX)
		images->fdt = ram->base;
	if (images->initrd >= vm->image.end.raw && ram->size >= FDT_SIZE_MAX)
		return 0;
	error("%s: kernel (up to 0x%lx), initrd (%lu bytes) and device tree (%lu bytes) do not "
	      "fit into %lu KiB of memory",
		vm->name, vm->image.end.raw, images->initrd_size, FDT_SIZE_MAX,
		ram->size >> 10);
	return fail(-E2BIG);
}

static int load_initrd(struct vm *vm, struct fat *fat, const struct board *board,
	struct board_images *images)
{
	struct fat_file initrd = {.size = 0};
	int err = 0;

	if (vm->config.initrd[0])
		err = vm_open(fat, vm, "initrd", vm->config.initrd, &initrd);
	images->initrd_size = initrd.size;
	if (!err)
		err = place(vm, board, images);
	if (!err && initrd.size)
		err = image_load_at(vm, &initrd, vm->config.initrd, GPA(images->initrd));
	return err;
}

int board_load(struct vm *vm, struct fat *fat, const struct board *board,
	struct board_images *images,
	int (*write)(struct vm *vm, void *buf, u32 size,
		const struct board_images *images))
{
	int err = load_initrd(vm, fat, board, images), len;
	u8 *buf;

	if (err)
		return err;
	buf = vm_ram(vm, GPA(images->fdt), FDT_SIZE_MAX);
	if (!buf) {
		error("%s: no host memory for its memory map", vm->name);
		return fail(-ENOMEM);
	}
	len = write(vm, buf, FDT_SIZE_MAX, images);
	if (len < 0) {
		error("%s: the device tree does not fit into %lu bytes", vm->name,
			FDT_SIZE_MAX);
		return len;
	}
	memset(buf + len, 0,
		FDT_SIZE_MAX - (u32)len); /* what was left while writing it */
	return 0;
}

/* ---- The device tree ---- */

static void put_chosen(struct vm *vm, struct fdt_writer *w, const char *console,
	const struct board_images *images)
{
	fdt_node(w, "chosen");
	fdt_put_string(w, "bootargs", vm->config.cmdline);
	fdt_put_string(w, "stdout-path", console);
	if (images->initrd_size) {
		fdt_put_u64(w, "linux,initrd-start", images->initrd);
		fdt_put_u64(w, "linux,initrd-end", images->initrd + images->initrd_size);
	}
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

void board_fdt_start(struct vm *vm, struct fdt_writer *w, const struct board_root *root,
	const struct board_images *images)
{
	fdt_node(w, "");
	fdt_put_cell(w, "#address-cells", 2);
	fdt_put_cell(w, "#size-cells", 2);
	fdt_put_string(w, "model", root->model);
	fdt_put_strings(w, "compatible", root->compatible, root->compatible_len);
	if (root->interrupt_parent)
		fdt_put_cell(w, "interrupt-parent", root->interrupt_parent);
	put_chosen(vm, w, root->console, images);
	put_memory(vm, w);
}

/* Read-only, so not "cfi-flash": a kernel would write commands to that. */
static void put_flash(struct vm *vm, struct fdt_writer *w)
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

void board_fdt_devices(struct vm *vm, struct fdt_writer *w)
{
	list_for_each(it, &vm->devices) {
		const struct vdev *dev = list_entry(it, struct vdev, node);

		if (dev->ops->fdt)
			dev->ops->fdt(dev, w);
	}
	put_flash(vm, w);
}
