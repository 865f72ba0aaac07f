// SPDX-License-Identifier: Apache-2.0
// What boot.S, link.ld and boot.c know of the image, and what boot.c found out about the
// machine, for this folder.
#pragma once

#include <hv/types.h>

struct cpu;

/* ---- boot.S ---- */

_Noreturn void stack_switch(u64 stack_top, void (*then)(void));
/* The code that other processors begin with, in real mode; copied to TRAMPOLINE. */
extern char trampoline[], trampoline_end[], trampoline_cpu[], trampoline_image[];

/* boot.S to C, after hv_relocate(): what the multiboot loader left in eax and ebx. */
_Noreturn void boot_main(u32 magic, u32 info);

/* paging.c, for processors that start */
extern u64 host_cr3;

/* ---- boot.c ---- */

/* A file that the loader put into memory. */
struct boot_module {
	hpa_t base;
	u64 size;
	char name[16]; /* the first word of its command line: "disk", "flash" */
};
#define BOOT_MODULES_MAX 4

struct machine {
	struct boot_module modules[BOOT_MODULES_MAX];
	u32 module_count;
	bool x2apic, tsc_deadline, xsave, page_1g, rdtscp, rdrand, rdseed;
	u64 xcr0; /* what XCR0 may be */
};
extern struct machine machine;

/* The module of this name, or NULL. */
const struct boot_module *boot_module(const char *name);
