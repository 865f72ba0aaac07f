// SPDX-License-Identifier: Apache-2.0
// What the firmware's tables tell of the machine, and its devices.
#pragma once

struct boot_info;

/*
 * Reads the tables: which processors there are, for `boot`, and how the machine is switched off.
 * The last thing that arch_boot() does: the first 4 GiB are still mapped.
 */
void devices_boot(struct boot_info *boot);
