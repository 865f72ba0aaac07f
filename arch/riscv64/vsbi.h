// SPDX-License-Identifier: Apache-2.0
// The SBI that guests see: base, TIME, IPI, RFENCE, HSM, SRST, DBCN and the legacy calls
// (SBI 2.0). Arguments in a0-a5, function in a6, extension in a7; error in a0, value in a1.
#pragma once

#include <hv/types.h>

struct vcpu;

/*
 * Carries out the call at the vCPU's pc if it touches nothing but the vCPU itself: true, with
 * the result in its registers and the pc behind the ecall. Else false, nothing changed, and
 * arch_call() will do it. vCPU loaded.
 */
bool vsbi_local(struct vcpu *vcpu)
	__attribute__((noinline)); /* short, and so are its callers */
