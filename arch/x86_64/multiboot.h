// SPDX-License-Identifier: Apache-2.0
// What a multiboot 1 loader hands over (Multiboot Specification 0.6.96, 3.2 and 3.3): to us, and
// by us to guests.
#pragma once

#include <hv/bits.h>
#include <hv/types.h>

#define MULTIBOOT_LOADER_MAGIC 0x2badb002U /* in eax */

/* multiboot_info.flags: which fields are there */
#define MULTIBOOT_HAS_LOADER  BIT(9)
#define MULTIBOOT_HAS_MMAP    BIT(6)
#define MULTIBOOT_HAS_MODULES BIT(3)
#define MULTIBOOT_HAS_CMDLINE BIT(2)
#define MULTIBOOT_HAS_MEMORY  BIT(0)

/* Addresses are physical; strings end with 0. */
struct multiboot_info {
	u32 flags;
	u32 mem_lower; /* KiB from 0, at most 640 */
	u32 mem_upper; /* KiB from 1 MiB */
	u32 boot_device;
	u32 cmdline;
	u32 mods_count;
	u32 mods_addr;
	u32 syms[4];
	u32 mmap_length; /* bytes */
	u32 mmap_addr;
	u32 drives_length;
	u32 drives_addr;
	u32 config_table;
	u32 loader_name;
	u32 apm_table;
};
_Static_assert(offsetof(struct multiboot_info, loader_name) == 64, "Multiboot 3.3");

struct multiboot_module {
	u32 start;
	u32 end; /* behind its last byte */
	u32 cmdline;
	u32 reserved;
};

enum { MULTIBOOT_RAM = 1, MULTIBOOT_RESERVED = 2 };

struct multiboot_range {
	u32 size; /* of what follows */
	u64 base;
	u64 length;
	u32 type;
} __attribute__((packed));
_Static_assert(sizeof(struct multiboot_range) == 24, "Multiboot 3.3");
