// SPDX-License-Identifier: Apache-2.0
// What a kernel is told of the virtual PC, in the form that it expects.
#pragma once

#include <hv/types.h>

#include "vboot.h"

struct image;

#define LOW_RAM_END 0x9fc00UL /* where an extended BIOS data area would begin */
#define TABLES_END  MiB(1)

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

/* Its memory, once `rsdp` is known. */
void vboot_map_memory(struct boot *boot);

/* Each fills the page at `info`. */
void vboot_write_multiboot(struct boot *boot);
void vboot_write_pvh(struct boot *boot);
void vboot_write_linux(struct boot *boot);

/* The first address that the kernel does not take for its initrd. */
u64 vboot_initrd_limit(const struct image *image);
