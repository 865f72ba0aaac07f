// SPDX-License-Identifier: Apache-2.0
// What a guest may know of the CPU: its identity, and the ID registers, which show what it can
// use and nothing that would need state we do not switch.
#pragma once

#include <hv/types.h>

/* This cpu's ID registers are looked at: on the boot cpu, whose like all others are. */
void vid_init(u32 stage2_bits);

/* The guest has FEAT_PAN. */
bool vid_has_pan(void);

/* The affinity of a VM's n-th CPU, as in MPIDR_EL1: 16 in a cluster. */
static inline u64 vid_mpidr(u32 index)
{
	return (u64)(index >> 4) << 8 | (index & 15);
}

/* The vCPU of that affinity, or ~0. */
static inline u32 vid_index(u64 affinity)
{
	u64 index = (affinity >> 8 & 0xff) << 4 | (affinity & 15);

	return vid_mpidr((u32)index) == affinity ? (u32)index : ~0U;
}

/*
 * The ID registers are op0 3, op1 0, CRn 0, CRm 1 to 7: the value of one. Those the architecture
 * reserves read as 0.
 */
#define VID_CRM_FIRST 1
#define VID_CRM_COUNT 7
extern u64 vid_values[VID_CRM_COUNT][8];

/* ID_AA64PFR0_EL1 (CRm 4, op2 0) is shown with this where the guest's GIC is a v3. */
#define PFR0_GIC_SYSREGS BIT(24)
