// SPDX-License-Identifier: Apache-2.0
// Our calls to the firmware (Devicetree binding "arm,psci"): by SMC, or by HVC where something
// else sits at EL2.
#include "psci.h"

#include <hv/bits.h>
#include <hv/hostfdt.h>
#include <hv/print.h>
#include <hv/string.h>

static enum { CONDUIT_NONE, CONDUIT_SMC, CONDUIT_HVC } conduit;

void psci_init(void)
{
	/* Each version lists those it is compatible with; before 0.2 numbers were not fixed. */
	int node = fdt_compatible(&hostfdt, -1, "arm,psci-0.2");
	const char *method;

	if (node < 0)
		node = fdt_compatible(&hostfdt, -1, "arm,psci-1.0");
	method = fdt_string(&hostfdt, node, "method");
	if (method && strcmp(method, "smc") == 0)
		conduit = CONDUIT_SMC;
	else if (method && strcmp(method, "hvc") == 0)
		conduit = CONDUIT_HVC;
	else
		warn("expected PSCI 0.2 or later in the device tree, found none: other cpus "
		     "cannot be started, nor the power switched off");
}

s64 psci_call(u32 function, u64 arg0, u64 arg1, u64 arg2)
{
	register u64 x0 asm("x0") = function;
	register u64 x1 asm("x1") = arg0;
	register u64 x2 asm("x2") = arg1;
	register u64 x3 asm("x3") = arg2;

	/* x4 to x17 may be changed, too, before version 1.1 of the convention. */
#define PSCI_CLOBBERS                                                                 \
	"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", \
		"x16", "x17", "memory"
	if (conduit == CONDUIT_SMC)
		asm volatile("smc #0"
			: "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::PSCI_CLOBBERS);
	else if (conduit == CONDUIT_HVC)
		asm volatile("hvc #0"
			: "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::PSCI_CLOBBERS);
	else
		return PSCI_NOT_SUPPORTED;
	return (s32)x0;
}
