// SPDX-License-Identifier: Apache-2.0
// The machine as a whole: where the guest starts and how it ends.
#pragma once

#include <hv/types.h>

/*
 * What a guest supplies. Called on the first cpu with console, clock, memory and traps
 * working, interrupts off, page tables off. Returning is machine_off(value != 0).
 */
int guest_main(void);

/* Switches the machine off, telling whoever is below whether the guest failed. */
_Noreturn void machine_off(bool failed);

/* Starts the machine anew, from cold. Returns if whoever is below refuses. */
void machine_reset(void);

/* Prints `art`, then the names of architecture and platform and the cpus in use. */
void banner_print(const char *art);

/* The runtime's first C function; `fdt` is the device tree. Called by start.S. */
_Noreturn void runtime_start(const void *fdt);

/* Each ISA: reads what it needs from the device tree before memory is set up. */
void machine_init(void);

/* Where the image lies (link.ld); each section starts on its own page. */
extern char image_text[], image_rodata[], image_data[], image_bss[], image_end[];
