// SPDX-License-Identifier: Apache-2.0
// What boot.S, link.ld and boot.c know of the image and of the machine, for this folder.
#pragma once

struct cpu;

#include <hv/types.h>

/* boot.S */
void hart_entry(u64 hart, struct cpu *cpu);
_Noreturn void stack_switch(u64 stack_top, void (*then)(void));

/* boot.S to C, after hv_relocate() */
_Noreturn void boot_main(u64 hart, const void *fdt);

/* paging.c, for hart_entry */
extern u64 host_satp;

/* The machine, from the device tree. */
struct machine {
	char isa[1024]; /* riscv,isa of the boot hart */
	char mmu[32];   /* mmu-type likewise: "riscv,sv57" */
	u32 cbom_size,
		cboz_size; /* bytes a cache-block instruction works on; 0: not told */
	bool sstc;         /* stimecmp exists (ISA string, and the CSR answers) */
	bool zkr;          /* seed likewise: the firmware lets us have it */
	bool fp;           /* F and D */
};
extern struct machine machine;

/* The ISA string lists the extension: a single letter or a multi-letter name. */
bool machine_has(const char *extension);
