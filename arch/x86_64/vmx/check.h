// SPDX-License-Identifier: Apache-2.0
// Why the processor refuses to enter a guest, found by looking (check.c). Pure.
#pragma once

#include <hv/types.h>

#include "../include/arch/regs.h" /* also in unit tests, where <arch/regs.h> is another */
#include "vmcs.h"

/* The bits of a VMX control that must be 1, and those that may be (SDM A.3 to A.5). */
struct vmx_control {
	u32 must, may;
};

/* What the processor asks for, from its capability MSRs. */
struct vmx_caps {
	struct vmx_control pin, primary, secondary, exit, entry;
	u64 cr0_must, cr0_may; /* A.7 */
	u64 cr4_must, cr4_may; /* A.8 */
	u32 address_bits;      /* of a physical address */
};

struct check_source {
	u64 (*read)(void *arg, enum vmcs_field field);
	void *arg;
};

/* A field that breaks a rule. */
struct check_result {
	const char *field; /* its name in the manual */
	u64 value;
	const char *rule; /* "must ..." */
};

/*
 * Looks at all that VMLAUNCH and VMRESUME look at and that the hypervisor uses: true, or false
 * with the first broken rule in *result.
 */
bool check_vmcs(const struct vmx_caps *caps, const struct check_source *source,
	struct check_result *result);
