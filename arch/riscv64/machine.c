// SPDX-License-Identifier: Apache-2.0
// The virtual board (include/arch/machine.h has its map): which devices a guest gets, where
// its images and its device tree go, and how its first CPU starts.
#include "machine.h"

#include <hv/arch.h>
#include <hv/fail.h>
#include <hv/mm.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vm.h>
#include <arch/machine.h>

#include "plic.h"

#define EM_RISCV     243
#define LINUX_MAGIC2 0x05435352U /* "RSC\x05" */
#define FLAT_OFFSET  MiB(2)
#define FDT_SIZE_MAX KiB(64)
#define INITRD_ALIGN PAGE_SIZE

void arch_machine_board(const struct vm_config *config, struct image_board *board)
{
	*board = (struct image_board){
		.elf_machine = EM_RISCV,
		.ram_base = BOARD_RAM_BASE,
		.ram_size = config->memory,
		.flat_offset = FLAT_OFFSET,
		.linux_magic = LINUX_MAGIC2,
	};
}

static int add_device(struct vm *vm, const char *model, u64 base, u32 irq,
	const char *args)
{
	const struct vdev_place place = {base, {irq ? vm->arch.plic : NULL, irq}};

	return vdev_create(vm, vdev_model(model), &place, args);
}

/* The devices that are always there. */
static const struct {
	const char *model;
	u64 base;
	u32 irq;
} board_devices[] = {
	{"uart16550", BOARD_UART_BASE, BOARD_UART_IRQ},
	{"rtc-goldfish", BOARD_RTC_BASE, BOARD_RTC_IRQ},
	{"sifive-test", BOARD_TEST_BASE, 0},
};

static bool board_has(const char *model)
{
	for (u32 i = 0; i < ARRAY_LEN(board_devices); i++)
		if (strcmp(board_devices[i].model, model) == 0)
			return true;
	return false;
}

/* Into the first free slot, where kernels look for them, wired as there. */
static int add_virtio(struct vm *vm, const struct device_config *device)
{
	if (!str_starts(device->model, "virtio-")) {
		error("%s:%u: device %s needs \"at ADDRESS\" on this board",
			vm->config.path, device->line, device->model);
		return fail(-EINVAL);
	}
	for (u32 slot = 0; slot < BOARD_VIRTIO_SLOTS; slot++)
		if (!bus_find(&vm->mmio, BOARD_VIRTIO_BASE(slot)))
			return add_device(vm, device->model, BOARD_VIRTIO_BASE(slot),
				BOARD_VIRTIO_IRQ(slot), device->args);
	error("%s:%u: expected at most %d virtio devices", vm->config.path, device->line,
		BOARD_VIRTIO_SLOTS);
	return fail(-ENOSPC);
}

/* "device MODEL ... [at ADDRESS]" lines of the VM file. */
static int add_configured(struct vm *vm)
{
	for (u32 i = 0; i < vm->config.device_count; i++) {
		const struct device_config *device = &vm->config.devices[i];
		int err;

		if (!vdev_model(device->model)) {
			error("%s:%u: expected a device model, found \"%s\"",
				vm->config.path, device->line, device->model);
			return fail(-EINVAL);
		}
		/* The board has one of these already, where kernels expect it. */
		if (!device->base && board_has(device->model))
			continue;
		if (device->base)
			err = add_device(vm, device->model, device->base, BOARD_AT_IRQ(i),
				device->args);
		else
			err = add_virtio(vm, device);
		if (err)
			return err;
	}
	return 0;
}

static int add_flash(struct vm *vm)
{
	static const u64 banks[] = {BOARD_FLASH0_BASE, BOARD_FLASH1_BASE};
	u64 base, size;

	for (u32 n = 0; n < ARRAY_LEN(banks) && host_flash(n, &base, &size); n++) {
		int err = vmem_add_pass(vm, banks[n], MIN(size, BOARD_FLASH_SIZE),
			HPA(base), true);

		if (err)
			return err;
	}
	return 0;
}

int arch_machine_init(struct vm *vm)
{
	const struct vdev_place plic = {.base = BOARD_PLIC_BASE};
	int err = vdev_create(vm, &vplic_ops, &plic, "");

	if (!err)
		vm->arch.plic = vplic_vintc(bus_find(&vm->mmio, BOARD_PLIC_BASE)->dev);
	for (u32 i = 0; !err && i < ARRAY_LEN(board_devices); i++)
		err = add_device(vm, board_devices[i].model, board_devices[i].base,
			board_devices[i].irq, "");
	if (!err)
		err = add_configured(vm);
	return err ? err : add_flash(vm);
}

void arch_machine_fini(struct vm *vm)
{
	vm->arch.plic = NULL;
}

/* Top of RAM down: device tree, initrd; the kernel lies at the bottom. */
int arch_machine_boot(struct vm *vm, struct fat *fat)
{
	const struct region *ram = &vm->mem.regions[0];
	u64 top = ram->base + ram->size;
	u64 fdt = ALIGN_DOWN(top - MIN(ram->size, FDT_SIZE_MAX), PAGE_SIZE);
	struct fat_file initrd = {.size = 0};
	u64 initrd_at = fdt;
	void *buf;
	int len;

	if (vm->config.initrd[0]) {
		int err = vm_open(fat, vm, "initrd", vm->config.initrd, &initrd);

		if (err)
			return err;
		initrd_at = initrd.size > fdt - ram->base
			? 0
			: ALIGN_DOWN(fdt - initrd.size, INITRD_ALIGN);
	}
	if (initrd_at < vm->image.end.raw || ram->size < FDT_SIZE_MAX) {
		error("%s: kernel (up to 0x%lx), initrd (%u bytes) and device tree (%lu bytes) do "
		      "not fit into %lu KiB of memory",
			vm->name, vm->image.end.raw, initrd.size, FDT_SIZE_MAX,
			ram->size >> 10);
		return fail(-E2BIG);
	}
	if (initrd.size) {
		int err = image_load_at(vm, &initrd, vm->config.initrd, GPA(initrd_at));

		if (err)
			return err;
	}
	buf = vm_ram(vm, GPA(fdt), FDT_SIZE_MAX);
	if (!buf) {
		error("%s: no host memory for its memory map", vm->name);
		return fail(-ENOMEM);
	}
	len = vfdt_write(vm, buf, FDT_SIZE_MAX, initrd_at, initrd.size);
	if (len < 0) {
		error("%s: the device tree does not fit into %lu bytes", vm->name,
			FDT_SIZE_MAX);
		return len;
	}
	memset((u8 *)buf + len, 0,
		FDT_SIZE_MAX - (u32)len); /* what was left while writing it */
	/* Linux, "Kernel Runtime Requirements": a0 hart id, a1 device tree */
	vm->start = (struct vm_start){vm->image.entry.raw, {0, fdt}};
	return 0;
}
