// SPDX-License-Identifier: Apache-2.0
// The page-table formats of x86-64 but EPT (vmx/ept.c): pure functions, tested on the build
// machine.
#pragma once

#include <hv/pgtable.h>

extern const struct pt_format pt_x86_64; /* ours (SDM 4.5), blocks of 1 GiB and 2 MiB */
extern const struct pt_format pt_x86_64_2m; /* likewise, on CPUs without 1 GiB pages */
extern const struct pt_format pt_npt; /* nested (APM 15.25): an access is a user's */
extern const struct pt_format pt_npt_2m;
