// SPDX-License-Identifier: Apache-2.0
// Asks for a cold reboot.
#include <guest/guest.h>

int guest_main(void)
{
	print("reset: asking for a cold reboot\n");
	machine_reset();
	print("reset: FAILED: expected no return\n");
	return 1;
}
