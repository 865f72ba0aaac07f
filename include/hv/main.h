// SPDX-License-Identifier: Apache-2.0
// Where the ISA's boot code enters the hypervisor.
#pragma once

#include <hv/types.h>

/*
 * Adds how far the image lies from where it was linked to all pointers in its tables. Before
 * any of them is used, MMU off or everything mapped where it is.
 */
void hv_relocate(u64 moved_by);

/* On the boot cpu, in C, on any stack of 8 KiB, image relocated, bss zero. */
_Noreturn void hv_main(void);
