// SPDX-License-Identifier: Apache-2.0
// How kernels are started on the virtual PC (vboot.c): what lies in low memory when the first
// instruction of a guest runs.
//
//       0 interrupt vectors of real mode, BIOS data area: zero
//     500 a GDT: null, 0x08 code 32, 0x10 code 64, 0x18 data (all flat)
//     600 the command line
//    1000 1:1 page tables of the first 4 GiB, six pages             (START_64)
//    7000 boot information: multiboot, PVH's start_info, Linux's zero page
//    8000 a flat image: 16-bit code, such as a BIOS
//   f0000 ACPI and MP tables                                        (vtables.c)
#pragma once

#include <hv/types.h>

struct fat;
struct vm;

#define VBOOT_GDT       0x500UL
#define VBOOT_GDT_LIMIT 0x1fU
#define VBOOT_CS64      0x10
#define VBOOT_CS32      0x08
#define VBOOT_DS        0x18
#define VBOOT_CMDLINE   0x600UL
#define VBOOT_PML4      0x1000UL
#define VBOOT_INFO      0x7000UL
#define VBOOT_REAL      0x8000UL
#define VBOOT_FLAT      0x200000UL /* a flat kernel, if there is a BIOS */
#define VBOOT_TABLES    0xf0000UL

/* How a CPU starts: vm_start.args[1], and arg1 of vcpu_reset(). */
enum start_mode {
	START_REAL, /* 16-bit real mode: CS:IP = 0:pc, below 64 KiB */
	START_SIPI, /* likewise, CS:IP = pc >> 4:0, a page below 1 MiB */
	START_32, /* protected mode, flat segments, no paging: multiboot, PVH. eax: the magic */
	START_64, /* long mode, 1:1 page tables made by vboot.c: Linux's 64-bit protocol */
};

/*
 * The kernel is in place: loads initrd and BIOS, writes all of the above, and fills vm->start:
 * pc; args[0], which the CPU has in rbx and rsi, the address of the boot information (multiboot's
 * for a BIOS, whatever the kernel is); args[1], an enum start_mode, and in its upper half what the
 * CPU has in rdi: for a BIOS the kernel's entry. Tables only if there is RAM up to 1 MiB. 0, or -E
 * after a line.
 */
int vboot_prepare(struct vm *vm, struct fat *fat);
