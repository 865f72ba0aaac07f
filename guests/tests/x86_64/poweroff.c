// SPDX-License-Identifier: Apache-2.0
// Switches the machine off by a call, where somebody below understands it.
#include <guest/guest.h>
#include <arch/hypercall.h>

int guest_main(void)
{
	print("poweroff: ok\n");
	if (!hypercall_works())
		return 0;
	hypercall(CALL_OFF, 0);
	print("poweroff: FAILED: expected to be off, found itself running\n");
	return 1;
}
