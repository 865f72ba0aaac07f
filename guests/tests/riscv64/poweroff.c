// SPDX-License-Identifier: Apache-2.0
// Switches the machine off through the board's test device.
#include <guest/guest.h>
#include <arch/board.h>

#define TEST_PASS 0x5555

int guest_main(void)
{
	print("poweroff: ok\n");
	*(volatile u32 *)TEST_BASE = TEST_PASS;
	print("poweroff: FAILED: expected to be off, found itself running\n");
	return 1;
}
