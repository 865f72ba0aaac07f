// SPDX-License-Identifier: Apache-2.0
// Starting a kernel on the virtual PC (vboot.h): what lies where in low memory, where initrd and
// BIOS go, and how the CPU begins.
#include "vboot.h"

#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vm.h>
#include <arch/machine.h>

#include "vboot_info.h"
#include "vtables.h"

#define BIOS_MAX    KiB(32) /* to the end of the segment that it runs in */
#define CMDLINE_MAX CONFIG_CMDLINE_MAX

#define GDT_CODE32 0x00cf9b000000ffffUL /* flat, accessed */
#define GDT_CODE64 0x00af9b000000ffffUL
#define GDT_DATA   0x00cf93000000ffffUL

#define PTE_TABLE 0x7UL  /* present, writable, user */
#define PTE_BLOCK 0x87UL /* and of 2 MiB */
#define GIBS      4U     /* of the 1:1 map */

/* ---- The processor's tables ---- */

static bool write_tables(struct vm *vm)
{
	u64 *gdt = vm_ram(vm, GPA(VBOOT_GDT), VBOOT_GDT_LIMIT + 1);
	u64 *pages = vm_ram(vm, GPA(VBOOT_PML4), (2 + GIBS) * PAGE_SIZE);
	u64 *pdpt, *pd;

	if (!gdt || !pages)
		return false;
	gdt[VBOOT_CS32 / 8] = GDT_CODE32;
	gdt[VBOOT_CS64 / 8] = GDT_CODE64;
	gdt[VBOOT_DS / 8] = GDT_DATA;
	pdpt = pages + PAGE_SIZE / sizeof(u64);
	pd = pdpt + PAGE_SIZE / sizeof(u64);
	pages[0] = (VBOOT_PML4 + PAGE_SIZE) | PTE_TABLE;
	for (u64 i = 0; i < GIBS; i++)
		pdpt[i] = (VBOOT_PML4 + (2 + i) * PAGE_SIZE) | PTE_TABLE;
	for (u64 i = 0; i < GIBS * PAGE_SIZE / sizeof(u64); i++)
		pd[i] = i * MiB(2) | PTE_BLOCK;
	return true;
}

/* ---- Files ---- */

/* The last `size` bytes below `end`, if they begin at or above `start`; 0 if not. */
static u64 place_below(u64 end, u64 size, u64 start)
{
	u64 at = size > end ? 0 : ALIGN_DOWN(end - size, PAGE_SIZE);

	return at >= start ? at : 0;
}

/*
 * The top of RAM. A kernel in the first MiB may have so little of it that there is only place
 * below the tables.
 */
static u64 initrd_place(const struct vm *vm, u64 size)
{
	const struct image *image = &vm->image;
	u64 end = MIN(vm->config.memory, vboot_initrd_limit(image));
	u64 at = place_below(end, size, MAX(image->end.raw, TABLES_END));

	return at ? at : place_below(MIN(end, LOW_RAM_END), size, image->end.raw);
}

static int load_initrd(struct boot *boot, struct fat *fat)
{
	struct vm *vm = boot->vm;
	struct fat_file initrd;
	int err;

	if (!vm->config.initrd[0])
		return 0;
	err = vm_open(fat, vm, "initrd", vm->config.initrd, &initrd);
	if (err)
		return err;
	boot->initrd = initrd_place(vm, initrd.size);
	boot->initrd_size = initrd.size;
	if (boot->initrd)
		return image_load_at(vm, &initrd, vm->config.initrd, GPA(boot->initrd));
	error("%s: kernel (up to 0x%lx) and initrd (%u bytes) do not fit into %lu KiB of memory",
		vm->name, vm->image.end.raw, initrd.size, vm->config.memory >> 10);
	return fail(-E2BIG);
}

static int load_bios(struct vm *vm, struct fat *fat)
{
	struct fat_file bios;
	int err = vm_open(fat, vm, "bios", vm->config.bios, &bios);

	if (err)
		return err;
	if (!bios.size || bios.size > BIOS_MAX ||
		vm->image.start.raw < VBOOT_REAL + bios.size) {
		error("%s: expected a bios of 1 to %lu bytes and a kernel behind it, found %u "
		      "bytes and one at 0x%lx",
			vm->config.bios, BIOS_MAX, bios.size, vm->image.start.raw);
		return fail(-E2BIG);
	}
	return image_load_at(vm, &bios, vm->config.bios, GPA(VBOOT_REAL));
}

/* ---- All of it ---- */

/* What we write must not lie in the kernel. */
static int check_place(const struct vm *vm)
{
	const struct image *image = &vm->image;

	if (image->start.raw >= VBOOT_REAL &&
		(image->end.raw <= VBOOT_TABLES || image->start.raw >= TABLES_END))
		return 0;
	error("%s: expected a kernel between 0x%lx and 0x%lx, or from 0x%lx on, found it at 0x%lx "
	      "to 0x%lx",
		vm->name, VBOOT_REAL, VBOOT_TABLES, TABLES_END, image->start.raw,
		image->end.raw);
	return fail(-EINVAL);
}

static void set_start(struct vm *vm, enum start_mode mode, u64 pc, u64 entry)
{
	vm->start = (struct vm_start){pc, {VBOOT_INFO, (u64)mode | entry << 32}};
}

/* How it starts without a BIOS. */
static void start_kernel(struct boot *boot)
{
	struct vm *vm = boot->vm;
	u64 entry = vm->image.entry.raw;

	switch (vm->image.kind) {
	case IMAGE_PVH:
		vboot_write_pvh(boot);
		set_start(vm, START_32, entry, 0);
		break;
	case IMAGE_BZIMAGE:
		vboot_write_linux(boot);
		set_start(vm, START_64, entry, 0);
		break;
	case IMAGE_FLAT:
		vboot_write_multiboot(boot);
		set_start(vm, START_REAL, entry, 0);
		break;
	case IMAGE_MULTIBOOT:
	case IMAGE_ELF:
	case IMAGE_LINUX:
		vboot_write_multiboot(boot);
		set_start(vm, START_32, entry, 0);
		break;
	}
}

static void start_bios(struct boot *boot)
{
	vboot_write_multiboot(boot);
	set_start(boot->vm, START_REAL, VBOOT_REAL, boot->vm->image.entry.raw);
}

int vboot_prepare(struct vm *vm, struct fat *fat)
{
	struct boot boot = {.vm = vm};
	char *cmdline;
	int err = check_place(vm);

	if (!err)
		err = load_initrd(&boot, fat);
	if (!err && vm->config.bios[0])
		err = load_bios(vm, fat);
	if (err)
		return err;
	boot.info = vm_ram(vm, GPA(VBOOT_INFO), PAGE_SIZE);
	cmdline = vm_ram(vm, GPA(VBOOT_CMDLINE), CMDLINE_MAX);
	if (!boot.info || !cmdline || !write_tables(vm)) {
		error("%s: expected at least %lu KiB of memory, found %lu", vm->name,
			VBOOT_REAL >> 10, vm->config.memory >> 10);
		return fail(-E2BIG);
	}
	str_copy(cmdline, CMDLINE_MAX, vm->config.cmdline);
	boot.rsdp = vtables_write(vm);
	vboot_map_memory(&boot);
	if (vm->config.bios[0])
		start_bios(&boot);
	else
		start_kernel(&boot);
	return 0;
}
