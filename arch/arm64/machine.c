// SPDX-License-Identifier: Apache-2.0
// The virtual board (include/arch/machine.h has its map): what a guest finds where, and how its
// first CPU starts.
#include "machine.h"

#include <hv/arch.h>
#include <hv/fail.h>
#include <hv/hostfdt.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vm.h>
#include <arch/machine.h>

#include "../../vdev/models.h"

#include "cache.h"
#include "el/el.h"
#include "gic.h"
#include "vgic.h"

#define EM_AARCH64  183
#define LINUX_MAGIC 0x644d5241U /* "ARM\x64" */
#define FLAT_OFFSET 0x80000UL   /* as kernels without a header have always been */

static const struct image_format *const formats[] = {&elf_format, &linux_format, NULL};

void arch_machine_board(const struct vm_config *config, struct image_board *board)
{
	*board = (struct image_board){
		.formats = formats,
		.elf_machine = EM_AARCH64,
		.ram_base = BOARD_RAM_BASE,
		.ram_size = config->memory,
		.flat_offset = FLAT_OFFSET,
		.linux_magic = LINUX_MAGIC,
	};
}

static const struct board_device devices[] = {
	{&pl011_ops, BOARD_UART_BASE, BOARD_UART_IRQ, false},
	{&pl031_ops, BOARD_RTC_BASE, BOARD_RTC_IRQ, false},
	{NULL, 0, 0, false},
};

static const struct board board = {
	.devices = devices,
	.virtio_base = BOARD_VIRTIO_BASE(0),
	.virtio_stride = BOARD_VIRTIO_BASE(1) - BOARD_VIRTIO_BASE(0),
	.virtio_slots = BOARD_VIRTIO_SLOTS,
	.virtio_irq = BOARD_VIRTIO_IRQ(0),
	.at_irq = BOARD_AT_IRQ(0),
	.flash = hostfdt_flash,
	.flash_base = {BOARD_FLASH0_BASE, BOARD_FLASH1_BASE},
	.flash_size = BOARD_FLASH_SIZE,
	.fdt_low = true,
};

/* ---- The interrupt controller ---- */

/* The machine's kind, which is the only one its list registers can show. */
static const struct vdev_ops *choose_gic(const struct vm *vm)
{
	const struct vdev_ops *ops =
		strcmp(gic->name, vgicv3_ops.name) == 0 ? &vgicv3_ops : &vgicv2_ops;

	if (!vm->config.intc[0] || strcmp(vm->config.intc, ops->name) == 0)
		return ops;
	error("%s: expected intc %s, which is what this machine can give, found \"%s\"",
		vm->config.path, ops->name, vm->config.intc);
	return NULL;
}

/* The GICv3's redistributors are a second window; the GICv2's CPU interface is the hardware's. */
static int add_cpu_interfaces(struct vm *vm, struct vdev *dev)
{
	hpa_t gicv;

	if (vm->arch.gicv3)
		return bus_attach(&vm->mmio, BOARD_GICR_BASE,
			vm->vcpu_count * VGICV3_GICR_SIZE, dev, VGICV3_GICR_OFFSET);
	if (host_gicv(&gicv))
		return vmem_add_device(vm, BOARD_GICC_BASE, GICV_SIZE, gicv);
	error("%s: expected a virtual CPU interface of the machine's GIC, found none",
		vm->name);
	return fail(-ENODEV);
}

static int add_gic(struct vm *vm)
{
	const struct vdev_place place = {.base = BOARD_GICD_BASE};
	const struct vdev_ops *ops = choose_gic(vm);
	struct vdev *dev;
	int err;

	if (!ops)
		return fail(-EINVAL);
	err = vdev_create(vm, ops, &place, "");
	if (err)
		return err;
	dev = bus_find(&vm->mmio, BOARD_GICD_BASE)->dev;
	vm->arch.vgic = vgic_of(dev);
	vm->arch.gicv3 = ops == &vgicv3_ops;
	return add_cpu_interfaces(vm, dev);
}

/* ---- The rest ---- */

/* A program has no use for interrupts, other CPUs, or firmware. */
static int check_user(const struct vm *vm)
{
	if (vm->config.cpus == 1 && !vm->config.intc[0])
		return 0;
	error("%s: a guest without privilege has one CPU and no interrupt controller, found "
	      "%u and \"%s\"",
		vm->config.path, vm->config.cpus, vm->config.intc);
	return fail(-EINVAL);
}

int arch_machine_init(struct vm *vm)
{
	int err;

	if (vm->backend->privilege == PRIVILEGE_USER) {
		err = check_user(vm);
		return err ? err : board_build(vm, &board, NULL);
	}
	err = add_gic(vm);
	return err ? err : board_build(vm, &board, vgic_vintc(vm->arch.vgic));
}

void arch_machine_fini(struct vm *vm)
{
	vm->arch.vgic = NULL;
}

/* A program starts with nothing, a kernel with the device tree ("booting.rst": x0). */
int arch_machine_boot(struct vm *vm, struct fat *fat)
{
	struct board_images images;
	int err;

	vm->start = (struct vm_start){vm->image.entry.raw, {0, 0}};
	if (vm->backend->privilege == PRIVILEGE_USER) {
		if (vm->image.kind != IMAGE_LINUX)
			return 0;
		error("%s: expected a program that runs at EL0, found a Linux Image, which "
		      "needs EL1",
			vm->config.kernel);
		return fail(-EINVAL);
	}
	err = board_load(vm, fat, &board, &images, vfdt_write);
	vm->start.args[0] = images.fdt;
	return err;
}

void arch_guest_clear(void *page, u64 size)
{
	cache_clear(page, size);
}

/* Guests start with their caches off: what we have loaded and cleared must be in memory. */
void arch_machine_ready(struct vm *vm)
{
	vmem_for_each_mapped(vm, cache_clean);
	cache_forget_code();
}
