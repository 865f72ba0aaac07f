// SPDX-License-Identifier: Apache-2.0
// The firmware that guests see: PSCI 1.1 and the SMC Calling Convention 1.1, by HVC and by SMC.
// Function in w0, arguments in x1 to x3, the result in x0.
#pragma once

#include <hv/types.h>

struct vcpu;

/*
 * Carries out the call in the vCPU's registers if it touches nothing but the vCPU itself: true,
 * with the result in x0. Else false, nothing changed, and arch_call() will do it. The pc is
 * behind the instruction already. vCPU loaded.
 */
bool vpsci_local(struct vcpu *vcpu);
/* All other calls; no locks held. */
void vpsci_call(struct vcpu *vcpu);
