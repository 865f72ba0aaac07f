// SPDX-License-Identifier: Apache-2.0
// Switches the machine off by SMC, while the device tree names HVC.
#include <guest/guest.h>
#include <arch/psci.h>

int guest_main(void)
{
	print("poweroff: ok\n");
	psci_smc(PSCI_SYSTEM_OFF, 0, 0, 0);
	print("poweroff: FAILED: expected to be off, found itself running\n");
	return 1;
}
