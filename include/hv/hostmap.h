// SPDX-License-Identifier: Apache-2.0
// The hypervisor's own address space (mm/hostmap.c): everything where it is, text executable
// and not writable, constants neither, all else writable and not executable, the firmware's
// memory and guard pages absent. The format is the ISA's, and so is turning it on.
#pragma once

#include <hv/pgtable.h>
#include <hv/types.h>

struct boot_info;

/* Where the image lies (each ISA's link.ld); the parts begin on pages of their own. */
extern char image_start[], text_end[], rodata_end[], image_end[];

/*
 * Builds the map; arch_paging_on() will turn it on. 0, or -E (memory for tables). Boot cpu,
 * once, after page_init().
 */
int hostmap_init(const struct boot_info *boot);
/* The root of its tables, for cpus that turn it on. */
hpa_t hostmap_root(void);

/*
 * Takes the page below a stack away, so that an overflow is a fault. Before the map is on: some
 * CPUs do not bear that a block they may use is split.
 */
void hostmap_guard(void *page);
/*
 * Adds device registers, uncached; also for cpus that are running, and before hostmap_init(),
 * while translation is off. Ranges may share pages. 0
 * or -ENOMEM.
 */
int hostmap_add_device(hpa_t base, u64 size);
