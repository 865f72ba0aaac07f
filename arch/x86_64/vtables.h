// SPDX-License-Identifier: Apache-2.0
// What a PC's firmware tells a kernel of the machine: ACPI and MP tables.
#pragma once

#include <hv/types.h>

struct vm;

/*
 * Writes them to VBOOT_TABLES, for the VM as it is configured. Where ACPI's root pointer is; 0 if
 * its RAM ends before. While the VM is being built.
 */
u64 vtables_write(struct vm *vm);
