// SPDX-License-Identifier: Apache-2.0
// What a PC's firmware tells a kernel of the machine: ACPI and MP tables.
#pragma once

#include "vbytes.h"

struct vm;

/*
 * Writes them to VBOOT_TABLES, for the VM as it is configured. Where ACPI's root pointer is; 0 if
 * its RAM ends before. While the VM is being built.
 */
u64 vtables_write(struct vm *vm);

/* ---- The parts, which are pure: each appends its tables ---- */

/* All of it, for a machine with that many CPUs, to lie at `gpa`. Where the root pointer will be. */
u64 vtables_put(struct vbytes *w, u64 gpa, u32 cpus);

/* Begins a table of ACPI with the header that all have: its place in `w`; and ends it. */
u32 vtables_open(struct vbytes *w, const char *signature, u8 revision);
void vtables_close(struct vbytes *w, u32 table);

/* Where a register is (ACPI 6.4, table 5.1), and how wide accesses to it are. */
enum vtables_space { VTABLES_MEMORY = 0, VTABLES_PORT = 1 };
enum vtables_access { VTABLES_ANY, VTABLES_BYTE, VTABLES_WORD, VTABLES_DWORD };
/* A register of that many bytes; 0: not told. */
void vtables_register(struct vbytes *w, enum vtables_space space, u64 address, u32 bytes,
	enum vtables_access access);

/* vdsdt.c: the table of devices. Its place. */
u32 vdsdt_put(struct vbytes *w);
/* vfadt.c: FACS and FADT; the DSDT's place is known. The FADT's place. */
u32 vfadt_put(struct vbytes *w, u64 gpa, u32 dsdt);
/* vmptable.c: MultiProcessor tables, the floating pointer first. */
void vmptable_put(struct vbytes *w, u64 gpa, u32 cpus);
