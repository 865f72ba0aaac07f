// SPDX-License-Identifier: Apache-2.0
// What boot.S, link.ld and boot.c know of the image and of the machine, for this folder.
#pragma once

struct cpu;

#include <hv/fdt.h>
#include <hv/mm.h>
#include <hv/types.h>

/* link.ld */
extern char image_start[], text_end[], rodata_end[], image_end[];

/* boot.S */
void hart_entry(u64 hart, struct cpu *cpu);
_Noreturn void stack_switch(u64 stack_top, void (*then)(void));

/* boot.S to C */
void boot_relocate(u64 moved_by);
_Noreturn void boot_main(u64 hart, const void *fdt);

/* paging.c, for hart_entry */
extern u64 host_satp;

/* Firmware memory we must not even map (device tree: no-map). */
#define BOOT_FIRMWARE_MAX 8
extern struct mem_range boot_firmware[BOOT_FIRMWARE_MAX];
extern u32 boot_firmware_count;

/* The machine, from the device tree. */
struct machine {
	struct fdt fdt;
	u64 timebase;   /* Hz of the time CSR */
	char isa[1024]; /* riscv,isa of the boot hart */
	char mmu[32];   /* mmu-type likewise: "riscv,sv57" */
	u32 cbom_size,
		cboz_size; /* bytes a cache-block instruction works on; 0: not told */
	bool sstc;         /* stimecmp exists (ISA string, and the CSR answers) */
	bool fp;           /* F and D */
};
extern struct machine machine;

/* The ISA string lists the extension: a single letter or a multi-letter name. */
bool machine_has(const char *extension);
