// SPDX-License-Identifier: Apache-2.0
// System registers whose access traps to us: what the guest's CPU answers.
#pragma once

#include <hv/types.h>

struct vcpu;

/*
 * Carries out the access that `iss` (of ESR_EL2) describes if it concerns the vCPU alone: true,
 * with the pc behind it or, where the guest shall try again, on it. Else false, nothing changed,
 * and arch_sysreg() will see to it. vCPU loaded.
 */
bool vsysreg_local(struct vcpu *vcpu, u64 iss);
