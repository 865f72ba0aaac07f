// SPDX-License-Identifier: Apache-2.0
// The page-table formats of RISC-V (Privileged ISA, "Sv39" and "Two-Stage Address
// Translation"). Pure functions: no CSR is touched, so they are tested on the build machine.
#pragma once

#include <hv/pgtable.h>

extern const struct pt_format pt_sv39;   /* ours, and single-stage guests' */
extern const struct pt_format pt_sv39x4; /* guest-physical, 41 bits */
extern const struct pt_format pt_sv48x4; /* guest-physical, 50 bits */
