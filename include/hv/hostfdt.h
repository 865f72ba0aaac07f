// SPDX-License-Identifier: Apache-2.0
// The device tree that the firmware gave us: what every architecture that boots with one reads
// in it (drivers/hostfdt.c). What is special to an ISA it reads itself.
#pragma once

#include <hv/fdt.h>
#include <hv/types.h>

struct boot_info;

#define HOSTFDT_MAX MiB(2) /* no machine's tree is near that */

extern struct fdt hostfdt;

/*
 * First of all: checks the tree at `blob` and fills in memory (below `ram_limit`), what is
 * reserved or hidden in it, the image itself, the command line and the machine's name. Panics
 * if it is no tree, or has no memory. What `boot` has from elsewhere is kept: ranges reserved;
 * RAM and command line, which are then not taken from the tree.
 */
void hostfdt_open(struct boot_info *boot, const void *blob, u64 ram_limit);

/*
 * Lists the machine's CPUs in `boot`, the one that runs, `boot_id`, first: of the enabled ones
 * those whose `alike` properties (names, NULL-terminated) are as its own, since any vCPU may run
 * on any cpu. Its node; panics if there is none.
 */
int hostfdt_cpus(struct boot_info *boot, u64 boot_id, const char *const *alike);

/*
 * Offers the node of the console (/chosen, stdout-path) to its driver, without an interrupt: it
 * can say something from then on. Before there is a map, too.
 */
void hostfdt_console(void);

/* The node's interrupt as irq_attach() wants it, or 0. */
typedef u32 hostfdt_irq(int node);

/* Offers each enabled node with registers to the drivers, its most specific name first. */
void hostfdt_probe(hostfdt_irq *irq);

/* The phandle of the controller that a node's "interrupts" are about, or 0. */
u32 hostfdt_interrupt_parent(int node);

/* The banks of the machine's flash; false if there is no n-th. */
bool hostfdt_flash(u32 n, u64 *base, u64 *size);
