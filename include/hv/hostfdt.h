// SPDX-License-Identifier: Apache-2.0
// The device tree that the firmware gave us: what every architecture that boots with one reads
// in it (drivers/hostfdt.c). What is special to an ISA it reads itself.
#pragma once

#include <hv/fdt.h>
#include <hv/types.h>

struct boot_info;

extern struct fdt hostfdt;

/*
 * First of all: checks the tree at `blob` and fills in memory (below `ram_limit`), what is
 * reserved or hidden in it, the image itself, the command line and the machine's name. Panics
 * if it is no tree, or has no memory.
 */
void hostfdt_open(struct boot_info *boot, const void *blob, u64 ram_limit);

/* The node's interrupt as irq_attach() wants it, or 0. */
typedef u32 hostfdt_irq(int node);

/* Offers each enabled node with registers to the drivers, its most specific name first. */
void hostfdt_probe(hostfdt_irq *irq);

/* The phandle of the controller that a node's "interrupts" are about, or 0. */
u32 hostfdt_interrupt_parent(int node);

/* The banks of the machine's flash; false if there is no n-th. */
bool hostfdt_flash(u32 n, u64 *base, u64 *size);
