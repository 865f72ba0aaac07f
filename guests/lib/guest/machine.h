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

/* The runtime's first C function; `info` is what the boot loader says of the machine. */
_Noreturn void runtime_start(const void *info);

/*
 * Reads what the boot loader says, and sets `ram`. False if it is not what it should be. In
 * guests/lib/fdt/ for a device tree, else the ISA's, as are the next three.
 */
bool machine_describe(const void *info);
/* Where that lies and how long it is, if it has to be left alone; else NULL, 0. */
const void *machine_info(void);
u32 machine_info_size(void);
/* The guest's command line, or NULL. */
const char *machine_cmdline(void);

/* Each ISA: what it needs before memory is set up, with the machine described. */
void machine_init(void);

/* Where the image lies (link.ld); each section starts on its own page. */
extern char image_text[], image_rodata[], image_data[], image_bss[], image_end[];
