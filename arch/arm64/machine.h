// SPDX-License-Identifier: Apache-2.0
// What machine.c and its guests' device tree (vfdt.c) share.
#pragma once

#include <hv/board.h>
#include <hv/types.h>

struct vm;

/* Writes the device tree of a VM into `buf`: its size, or -ENOSPC. For board_load(). */
int vfdt_write(struct vm *vm, void *buf, u32 size, const struct board_images *images);

/* ---- devices.c ---- */

/* The GICv2's virtual CPU interface, for guests; false if there is none. */
bool host_gicv(hpa_t *base);
