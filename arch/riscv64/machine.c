// SPDX-License-Identifier: Apache-2.0
// The virtual board (include/arch/machine.h has its map): what a guest finds where, and how
// its first CPU starts.
#include "machine.h"

#include <hv/arch.h>
#include <hv/board.h>
#include <hv/fail.h>
#include <hv/hostfdt.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vm.h>
#include <arch/machine.h>

#include "../../vdev/models.h"

#include "plic.h"

#define EM_RISCV     243
#define LINUX_MAGIC2 0x05435352U /* "RSC\x05" */
#define FLAT_OFFSET  MiB(2)

static const struct image_format *const formats[] = {&elf_format, &linux_format, NULL};

void arch_machine_board(const struct vm_config *config, struct image_board *board)
{
	*board = (struct image_board){
		.formats = formats,
		.elf_machine = EM_RISCV,
		.ram_base = BOARD_RAM_BASE,
		.ram_size = config->memory,
		.flat_offset = FLAT_OFFSET,
		.linux_magic = LINUX_MAGIC2,
	};
}

static const struct board_device devices[] = {
	{&uart16550_ops, BOARD_UART_BASE, BOARD_UART_IRQ, false},
	{&rtc_goldfish_ops, BOARD_RTC_BASE, BOARD_RTC_IRQ, false},
	{&sifive_test_ops, BOARD_TEST_BASE, 0, false},
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
};

int arch_machine_init(struct vm *vm)
{
	const struct vdev_place plic = {.base = BOARD_PLIC_BASE};
	int err;

	if (vm->config.intc[0] && strcmp(vm->config.intc, vplic_ops.name) != 0) {
		error("%s: expected intc %s, found \"%s\"", vm->config.path,
			vplic_ops.name, vm->config.intc);
		return fail(-EINVAL);
	}
	err = vdev_create(vm, &vplic_ops, &plic, "");
	if (err)
		return err;
	vm->arch.plic = vplic_vintc(bus_find(&vm->mmio, BOARD_PLIC_BASE)->dev);
	return board_build(vm, &board, vm->arch.plic);
}

void arch_machine_fini(struct vm *vm)
{
	vm->arch.plic = NULL;
}

/* Guests see memory as we do. */
void arch_guest_clear(void *page, u64 size)
{
	page_clear(page, size);
}

void arch_machine_ready(struct vm *vm)
{
	(void)vm;
}

int arch_machine_boot(struct vm *vm, struct fat *fat)
{
	struct board_images images;
	int err = board_load(vm, fat, &board, &images, vfdt_write);

	if (err)
		return err;
	/* Linux, "Kernel Runtime Requirements": a0 hart id, a1 device tree */
	vm->start = (struct vm_start){vm->image.entry.raw, {0, images.fdt}};
	return 0;
}
