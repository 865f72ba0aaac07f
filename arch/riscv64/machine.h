// SPDX-License-Identifier: Apache-2.0
// What machine.c and its guests' device tree (vfdt.c) share.
#pragma once

#include <hv/board.h>
#include <hv/types.h>

struct vm;

/* Writes the device tree of a VM into `buf`: its size, or -ENOSPC. For board_load(). */
int vfdt_write(struct vm *vm, void *buf, u32 size, const struct board_images *images);

/* ---- visa.c: what a guest may know of the hart ---- */

/* henvcfg for what the guest's ISA string promises. */
u64 guest_envcfg(void);
/* "rv64imafdc_zicsr_..." */
void guest_isa(char *buf, size_t size);
