// SPDX-License-Identifier: Apache-2.0
// How kernels are started on the virtual PC (vboot.h): by multiboot 1 (Multiboot Specification
// 0.6.96, 3.2 and 3.3), PVH (Xen, docs/misc/pvh), or Linux's 64-bit protocol (Linux,
// Documentation/arch/x86/boot.rst and zero-page.rst), or from real mode.
#include "vboot.h"

#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vm.h>
#include <arch/machine.h>

#include "multiboot.h"
#include "vtables.h"

#define LOW_RAM_END 0x9fc00UL /* where an extended BIOS data area would begin */
#define TABLES_END  MiB(1)
#define BIOS_MAX    KiB(32) /* from VBOOT_REAL to 64 KiB, whose second half is its own */
#define CMDLINE_MAX CONFIG_CMDLINE_MAX

#define GDT_CODE32 0x00cf9b000000ffffUL /* flat, accessed */
#define GDT_CODE64 0x00af9b000000ffffUL
#define GDT_DATA   0x00cf93000000ffffUL

#define PTE_TABLE 0x7UL  /* present, writable, user */
#define PTE_BLOCK 0x87UL /* and of 2 MiB */
#define GIBS      4U     /* of the 1:1 map */

/* A range of the memory map, as multiboot, PVH and E820 number its kinds. */
struct range {
	u64 base, size;
	u32 type;
};
#define RANGES_MAX 4

/* What is known by now of what the kernel is told. */
struct boot {
	struct vm *vm;
	u8 *info; /* the page at VBOOT_INFO */
	u64 initrd, initrd_size;
	u64 rsdp;
	struct range ranges[RANGES_MAX];
	u32 range_count;
};

/* ---- Memory ---- */

static void add_range(struct boot *boot, u64 base, u64 end, u32 type)
{
	if (base < end)
		boot->ranges[boot->range_count++] =
			(struct range){base, end - base, type};
}

static void map_memory(struct boot *boot)
{
	u64 size = boot->vm->config.memory;

	add_range(boot, 0, MIN(size, LOW_RAM_END), MULTIBOOT_RAM);
	if (boot->rsdp)
		add_range(boot, VBOOT_TABLES, TABLES_END, MULTIBOOT_RESERVED);
	add_range(boot, TABLES_END, size, MULTIBOOT_RAM);
}

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

/* ---- Multiboot ---- */

static const char loader_name[] = "Lodge";

/* Offsets in the information page. */
enum { MULTIBOOT_MMAP = 0x80, MULTIBOOT_MODULE = 0x100, MULTIBOOT_NAME = 0x120 };

static void write_multiboot(struct boot *boot)
{
	struct multiboot_info info = {
		.flags = MULTIBOOT_HAS_MEMORY | MULTIBOOT_HAS_CMDLINE |
			MULTIBOOT_HAS_MMAP | MULTIBOOT_HAS_LOADER | MULTIBOOT_HAS_MODULES,
		.mem_lower = (u32)(MIN(boot->vm->config.memory, LOW_RAM_END) >> 10),
		.mem_upper = boot->vm->config.memory > TABLES_END
			? (u32)((boot->vm->config.memory - TABLES_END) >> 10)
			: 0,
		.cmdline = VBOOT_CMDLINE,
		.mods_count = boot->initrd_size ? 1 : 0,
		.mods_addr = VBOOT_INFO + MULTIBOOT_MODULE,
		.mmap_length = boot->range_count * (u32)sizeof(struct multiboot_range),
		.mmap_addr = VBOOT_INFO + MULTIBOOT_MMAP,
		.loader_name = VBOOT_INFO + MULTIBOOT_NAME,
	};
	const struct multiboot_module module = {
		.start = (u32)boot->initrd,
		.end = (u32)(boot->initrd + boot->initrd_size),
		.cmdline = VBOOT_INFO + MULTIBOOT_NAME,
	};

	memcpy(boot->info, &info, sizeof(info));
	memcpy(boot->info + MULTIBOOT_MODULE, &module, sizeof(module));
	memcpy(boot->info + MULTIBOOT_NAME, loader_name, sizeof(loader_name));
	for (u32 i = 0; i < boot->range_count; i++) {
		const struct multiboot_range range = {
			.size = sizeof(range) - sizeof(range.size),
			.base = boot->ranges[i].base,
			.length = boot->ranges[i].size,
			.type = boot->ranges[i].type,
		};

		memcpy(boot->info + MULTIBOOT_MMAP + i * sizeof(range), &range,
			sizeof(range));
	}
}
_Static_assert(MULTIBOOT_MMAP + RANGES_MAX * sizeof(struct multiboot_range) <=
		MULTIBOOT_MODULE,
	"the map has room");

/* ---- PVH ---- */

#define PVH_MAGIC 0x336ec578U

struct pvh_info {
	u32 magic, version, flags, module_count;
	u64 modules, cmdline, rsdp, map;
	u32 map_count, reserved;
};
_Static_assert(sizeof(struct pvh_info) == 56, "hvm_start_info, version 1");

struct pvh_module {
	u64 base, size, cmdline, reserved;
};

struct pvh_range {
	u64 base, size;
	u32 type, reserved;
};

enum { PVH_MODULE = 0x40, PVH_MAP = 0x80 };

static void write_pvh(struct boot *boot)
{
	const struct pvh_info info = {
		.magic = PVH_MAGIC,
		.version = 1,
		.module_count = boot->initrd_size ? 1 : 0,
		.modules = VBOOT_INFO + PVH_MODULE,
		.cmdline = VBOOT_CMDLINE,
		.rsdp = boot->rsdp,
		.map = VBOOT_INFO + PVH_MAP,
		.map_count = boot->range_count,
	};
	const struct pvh_module module = {
		.base = boot->initrd, .size = boot->initrd_size};

	memcpy(boot->info, &info, sizeof(info));
	memcpy(boot->info + PVH_MODULE, &module, sizeof(module));
	for (u32 i = 0; i < boot->range_count; i++) {
		const struct pvh_range range = {boot->ranges[i].base,
			boot->ranges[i].size, boot->ranges[i].type, 0};

		memcpy(boot->info + PVH_MAP + i * sizeof(range), &range, sizeof(range));
	}
}

/* ---- Linux ---- */

/* Offsets in the zero page. */
enum {
	ZERO_RSDP = 0x070,
	ZERO_E820_COUNT = 0x1e8,
	ZERO_LOADER = 0x210,
	ZERO_LOADFLAGS = 0x211,
	ZERO_RAMDISK = 0x218,
	ZERO_RAMDISK_SIZE = 0x21c,
	ZERO_CMDLINE = 0x228,
	ZERO_E820 = 0x2d0,
};

#define LOADER_UNREGISTERED 0xffU
#define LOADED_HIGH         0x01U

struct e820_entry {
	u64 base, size;
	u32 type;
} __attribute__((packed));
_Static_assert(sizeof(struct e820_entry) == 20, "boot_e820_entry");

static void zero_put(struct boot *boot, u32 offset, u64 value, u32 size)
{
	memcpy(boot->info + offset, &value, size);
}

static void write_linux(struct boot *boot)
{
	const struct image *image = &boot->vm->image;

	memcpy(boot->info + LINUX_SETUP_OFFSET, image->setup, image->setup_size);
	zero_put(boot, ZERO_RSDP, boot->rsdp, sizeof(u64));
	zero_put(boot, ZERO_E820_COUNT, boot->range_count, sizeof(u8));
	zero_put(boot, ZERO_LOADER, LOADER_UNREGISTERED, sizeof(u8));
	boot->info[ZERO_LOADFLAGS] |= LOADED_HIGH;
	zero_put(boot, ZERO_RAMDISK, boot->initrd, sizeof(u32));
	zero_put(boot, ZERO_RAMDISK_SIZE, boot->initrd_size, sizeof(u32));
	zero_put(boot, ZERO_CMDLINE, VBOOT_CMDLINE, sizeof(u32));
	for (u32 i = 0; i < boot->range_count; i++) {
		const struct e820_entry entry = {
			boot->ranges[i].base, boot->ranges[i].size, boot->ranges[i].type};

		memcpy(boot->info + ZERO_E820 + i * sizeof(entry), &entry, sizeof(entry));
	}
}

/* ---- Files ---- */

/* The top of RAM. */
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
	if (initrd.size > vm->config.memory ||
		ALIGN_DOWN(vm->config.memory - initrd.size, PAGE_SIZE) <
			vm->image.end.raw) {
		error("%s: kernel (up to 0x%lx) and initrd (%u bytes) do not fit into %lu KiB of "
		      "memory",
			vm->name, vm->image.end.raw, initrd.size,
			vm->config.memory >> 10);
		return fail(-E2BIG);
	}
	boot->initrd = ALIGN_DOWN(vm->config.memory - initrd.size, PAGE_SIZE);
	boot->initrd_size = initrd.size;
	return image_load_at(vm, &initrd, vm->config.initrd, GPA(boot->initrd));
}

static int load_bios(struct vm *vm, struct fat *fat)
{
	struct fat_file bios;
	int err = vm_open(fat, vm, "bios", vm->config.bios, &bios);

	if (err)
		return err;
	if (bios.size > BIOS_MAX || vm->image.start.raw < VBOOT_REAL + bios.size) {
		error("%s: expected a bios of at most %lu bytes and a kernel behind it, found %u "
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

static void write_info(struct boot *boot)
{
	struct vm *vm = boot->vm;
	u64 entry = vm->image.entry.raw;

	switch (vm->image.kind) {
	case IMAGE_PVH:
		write_pvh(boot);
		set_start(vm, START_32, entry, 0);
		break;
	case IMAGE_BZIMAGE:
		write_linux(boot);
		set_start(vm, START_64, entry, 0);
		break;
	case IMAGE_FLAT:
		write_multiboot(boot);
		set_start(vm, START_REAL, entry, 0);
		break;
	case IMAGE_MULTIBOOT:
	case IMAGE_ELF:
	case IMAGE_LINUX:
		write_multiboot(boot);
		set_start(vm, START_32, entry, 0);
		break;
	}
	if (vm->config.bios[0])
		set_start(vm, START_REAL, VBOOT_REAL, entry);
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
	map_memory(&boot);
	write_info(&boot);
	return 0;
}
