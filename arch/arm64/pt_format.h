// SPDX-License-Identifier: Apache-2.0
// The page-table formats of AArch64 (Arm ARM, D8 "The AArch64 Virtual Memory System
// Architecture", 4 KiB granule), and the two registers whose values belong to them. Pure
// functions: no system register is touched, so they are tested on the build machine.
#pragma once

#include <hv/pgtable.h>

extern const struct pt_format pt_host_el2; /* ours, 48 bits, where E2H is 0 */
extern const struct pt_format pt_host_el1; /* ours, 48 bits, at EL1 and never for EL0 */
extern const struct pt_format pt_user;     /* of a guest at EL0, 39 bits; not for EL1 */

/* Stage 2 comes in several sizes, by its levels. */
#define PT_STAGE2_BITS_MAX(levels) ((levels) == 3 ? 43 : 48)

/*
 * Fills *format with that of stage 2 for guest-physical addresses of `bits` bits, which must
 * not be more than the machine's own:
 * 3 levels: 31 to 43 bits; more than 39 make a wide root, up to 16 tables side by side.
 * 4 levels: 40 to 48 bits; not on a machine with less than 44 bits.
 */
void pt_stage2_init(struct pt_format *format, u32 levels, u32 bits);

/*
 * VTCR_EL2 for such a format. `pa_range` is ID_AA64MMFR0_EL1.PARange, in which values that
 * mean more than 48 bits count as 48; `vmid16`: VMIDs of 16 bits are there and are wanted.
 */
u64 pt_stage2_vtcr(const struct pt_format *format, u32 pa_range, bool vmid16);

/* MAIR_ELx, at both levels: what the formats' attribute indices stand for. */
extern const u64 pt_mair;
