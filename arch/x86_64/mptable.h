// SPDX-License-Identifier: Apache-2.0
// The tables of the MultiProcessor Specification 1.4, for PCs without ACPI. Pure.
#pragma once

#include "acpi.h"

/*
 * Searches for the tables and reads CPUs, I/O APICs and ISA interrupts. 0, or -ENOENT (none, or
 * damaged; *info is as acpi_defaults() leaves it). What follows an unknown entry is not read.
 */
int mptable_read(bios_map *map, struct acpi_info *info);
