// SPDX-License-Identifier: Apache-2.0
// A disk that the boot loader put into memory.
#pragma once

#include <hv/types.h>

/*
 * Makes a disk of `size` bytes of memory, of which a last piece smaller than a sector is left
 * out; it is the disk's for ever. 0, -EINVAL (not even a sector), -ENOMEM or -ENOSPC. Boot cpu.
 */
int ramdisk_register(void *data, u64 size, bool read_only);
