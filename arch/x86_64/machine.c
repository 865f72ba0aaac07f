// SPDX-License-Identifier: Apache-2.0
// The virtual PC (include/arch/machine.h has its map): what a guest finds where, and how an
// interrupt gets to its two controllers.
#include <hv/arch.h>
#include <hv/board.h>
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vm.h>
#include <arch/machine.h>

#include "../../vdev/hpet.h"
#include "../../vdev/models.h"

#include "boot.h"
#include "vboot.h"
#include "../../vdev/rtc_cmos.h"
#include "vioapic.h"
#include "vpic.h"

#define EM_386    3
#define EM_X86_64 62
#define ISA_IRQS  16

static const struct image_format *const formats[] = {
	&multiboot_format, &pvh_format, &bzimage_format, NULL};

void arch_machine_board(const struct vm_config *config, struct image_board *board)
{
	*board = (struct image_board){
		.formats = formats,
		.elf_machine = EM_X86_64,
		.elf_machine_32 = EM_386,
		.ram_base = 0,
		.ram_size = config->memory,
		/* With a BIOS it is that which is there. */
		.flat_offset = config->bios[0] ? VBOOT_FLAT : VBOOT_REAL,
		.bios = true,
	};
}

/* ---- Interrupts ---- */

/* Inputs of this wiring that are no global system interrupts. */
enum { PIT_WIRE = VIOAPIC_INPUTS, RTC_WIRE };

struct vintc_pc {
	struct vintc vintc;
	struct vm *vm;
};

/*
 * Every ISA interrupt is wired to both: kernels mask the one that they do not use. The 8254 and the
 * clock are cut off while the HPET takes their place.
 */
static void pc_set(struct vintc *chip, u32 irq, bool level)
{
	const struct arch_vm *vm = &container_of(chip, struct vintc_pc, vintc)->vm->arch;

	if (irq == PIT_WIRE || irq == RTC_WIRE) {
		if (level && vm->hpet && hpet_is_legacy(vm->hpet))
			return;
		irq = irq == PIT_WIRE ? BOARD_PIT_IRQ : BOARD_RTC_IRQ;
	}
	if (irq == BOARD_PIT_IRQ)
		vpic_set(vm->pic, 0, level);
	else if (irq < ISA_IRQS)
		vpic_set(vm->pic, irq, level);
	vioapic_set(vm->ioapic, irq, level);
}

static const struct vintc_ops pc_ops = {.set = pc_set};

static int create_intc(struct vm *vm)
{
	const struct vdev_place pic = {.pio = true}, ioapic = {.base = BOARD_IOAPIC_BASE};
	struct vintc_pc *intc;
	int err;

	if (vm->config.intc[0] && strcmp(vm->config.intc, "apic") != 0) {
		error("%s: expected intc apic, found \"%s\"", vm->config.path,
			vm->config.intc);
		return fail(-EINVAL);
	}
	err = vdev_create(vm, &vpic_ops, &pic, "");
	if (!err)
		err = vdev_create(vm, &vioapic_ops, &ioapic, "");
	if (err)
		return err;
	intc = mem_alloc(sizeof(*intc));
	if (!intc) {
		error("%s: no memory for its interrupt controllers", vm->name);
		return fail(-ENOMEM);
	}
	*intc = (struct vintc_pc){{&pc_ops}, vm};
	vm->arch.intc = &intc->vintc;
	vm->arch.pic = bus_find(&vm->pio, vpic_ops.windows->base)->dev;
	vm->arch.ioapic = bus_find(&vm->mmio, BOARD_IOAPIC_BASE)->dev;
	return 0;
}

/* ---- The board ---- */

static const struct board_device devices[] = {
	{&uart16550_ops, BOARD_UART_PORT, BOARD_UART_IRQ, true},
	{&pit_8254_ops, 0, PIT_WIRE, true},
	{&rtc_cmos_ops, 0, RTC_WIRE, true},
	{&kbc_8042_ops, 0, 0, true},
	{&pci_host_ops, 0, 0, true},
	{&pc_power_ops, 0, BOARD_SCI_IRQ, true},
	{&hpet_ops, BOARD_HPET_BASE, BOARD_PIT_IRQ, false},
	{NULL, 0, 0, false},
};

static const struct board board = {
	.devices = devices,
	.at_irq = BOARD_AT_IRQ(0),
	.flash_base = {BOARD_FLASH_BASE},
	.flash_size = BOARD_FLASH_SIZE,
	.ports = BOARD_PORTS,
};

/* The flash is a boot module, and ends where the first 4 GiB do. */
static int add_flash(struct vm *vm)
{
	const struct boot_module *flash = boot_module("flash");

	if (!flash)
		return 0;
	return vmem_add_rom(vm, BOARD_FLASH_BASE,
		MIN(ALIGN_DOWN(flash->size, PAGE_SIZE), BOARD_FLASH_SIZE), flash->base);
}

int arch_machine_init(struct vm *vm)
{
	int err;

	if (vm->config.memory > BOARD_RAM_MAX) {
		error("%s: expected at most %lu MiB of memory on this board, found %lu MiB",
			vm->name, BOARD_RAM_MAX >> 20, vm->config.memory >> 20);
		return fail(-E2BIG);
	}
	err = create_intc(vm);
	if (!err)
		err = board_build(vm, &board, vm->arch.intc);
	if (err)
		return err;
	vm->arch.hpet = bus_find(&vm->mmio, BOARD_HPET_BASE)->dev;
	rtc_cmos_set_memory(bus_find(&vm->pio, rtc_cmos_ops.windows->base)->dev,
		vm->config.memory, 0);
	return add_flash(vm);
}

void arch_machine_fini(struct vm *vm)
{
	mem_free(vm->arch.intc);
	vm->arch.intc = NULL;
}

#define CLEAR_STEP 128

/*
 * Caches are coherent, whatever a guest says of its memory. By 16 bytes: a page given on touch is
 * waited for. The register is the guest's, and gets back what it had.
 */
void arch_guest_clear(void *page, u64 size)
{
	u8 *end = (u8 *)page + size, xmm0[16];

	asm volatile("movups %%xmm0, %1\n\t"
		     "xorps %%xmm0, %%xmm0\n"
		     "1:\n\t"
		     "movaps %%xmm0, (%0)\n\t"
		     "movaps %%xmm0, 16(%0)\n\t"
		     "movaps %%xmm0, 32(%0)\n\t"
		     "movaps %%xmm0, 48(%0)\n\t"
		     "movaps %%xmm0, 64(%0)\n\t"
		     "movaps %%xmm0, 80(%0)\n\t"
		     "movaps %%xmm0, 96(%0)\n\t"
		     "movaps %%xmm0, 112(%0)\n\t"
		     "addq %3, %0\n\t"
		     "cmpq %2, %0\n\t"
		     "jb 1b\n\t"
		     "movups %1, %%xmm0"
		: "+r"(page), "=m"(xmm0)
		: "r"(end), "i"(CLEAR_STEP)
		: "memory", "cc");
}

void arch_machine_ready(struct vm *vm)
{
	(void)vm;
}

int arch_machine_boot(struct vm *vm, struct fat *fat)
{
	return vboot_prepare(vm, fat);
}
