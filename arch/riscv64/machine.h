// SPDX-License-Identifier: Apache-2.0
// What machine.c and its guests' device tree (vfdt.c) share.
#pragma once

#include <hv/types.h>

struct vm;

/*
 * Writes the device tree of a VM into `buf`: exactly the devices and regions it has. Its
 * size, or -ENOSPC. initrd_size 0: there is none.
 */
int vfdt_write(struct vm *vm, void *buf, u32 size, u64 initrd, u64 initrd_size);

/* The flash banks of the host, for the board's pass-through; false if there is no n-th. */
bool host_flash(u32 n, u64 *base, u64 *size);

/* ---- visa.c: what a guest may know of the hart ---- */

/* henvcfg for what the guest's ISA string promises. */
u64 guest_envcfg(void);
/* "rv64imafdc_zicsr_..." */
void guest_isa(char *buf, size_t size);
