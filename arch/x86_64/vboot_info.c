// SPDX-License-Identifier: Apache-2.0
// What a kernel is told (vboot_info.h): by multiboot 1 (Multiboot Specification 0.6.96, 3.2 and
// 3.3), PVH (Xen, docs/misc/pvh), and Linux's 64-bit protocol (Linux,
// Documentation/arch/x86/boot.rst and zero-page.rst).
#include "vboot_info.h"

#include <hv/string.h>
#include <hv/vm.h>

#include "multiboot.h"

/* ---- Memory ---- */

static void add_range(struct boot *boot, u64 base, u64 end, u32 type)
{
	if (base < end)
		boot->ranges[boot->range_count++] =
			(struct range){base, end - base, type};
}

void vboot_map_memory(struct boot *boot)
{
	u64 size = boot->vm->config.memory;

	add_range(boot, 0, MIN(size, LOW_RAM_END), MULTIBOOT_RAM);
	if (boot->rsdp)
		add_range(boot, VBOOT_TABLES, TABLES_END, MULTIBOOT_RESERVED);
	add_range(boot, TABLES_END, size, MULTIBOOT_RAM);
}

/* ---- Multiboot ---- */

static const char loader_name[] = "Lodge";

/* Offsets in the information page. */
enum {
	MULTIBOOT_MMAP = 0x80,
	MULTIBOOT_MODULE = 0x100,
	MULTIBOOT_NAME = 0x120,
	MULTIBOOT_PATH = 0x140, /* of the initrd */
};

void vboot_write_multiboot(struct boot *boot)
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
		.cmdline = VBOOT_INFO + MULTIBOOT_PATH,
	};

	memcpy(boot->info, &info, sizeof(info));
	memcpy(boot->info + MULTIBOOT_MODULE, &module, sizeof(module));
	memcpy(boot->info + MULTIBOOT_NAME, loader_name, sizeof(loader_name));
	str_copy((char *)boot->info + MULTIBOOT_PATH, CONFIG_PATH_MAX,
		boot->vm->config.initrd);
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

void vboot_write_pvh(struct boot *boot)
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
	ZERO_INITRD_ADDR_MAX = 0x22c,
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

void vboot_write_linux(struct boot *boot)
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

u64 vboot_initrd_limit(const struct image *image)
{
	u32 last;

	if (image->kind != IMAGE_BZIMAGE)
		return UINT64_MAX;
	memcpy(&last, &image->setup[ZERO_INITRD_ADDR_MAX - LINUX_SETUP_OFFSET],
		sizeof(last));
	return last + 1UL;
}
