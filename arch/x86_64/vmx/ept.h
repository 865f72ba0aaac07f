// SPDX-License-Identifier: Apache-2.0
// Formats of the extended page tables (ept.c): pure functions, tested on the build machine.
#pragma once

#include <hv/pgtable.h>

extern const struct pt_format pt_ept;    /* blocks of 1 GiB and 2 MiB */
extern const struct pt_format pt_ept_2m; /* for CPUs without those of 1 GiB */
