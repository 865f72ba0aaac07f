// SPDX-License-Identifier: Apache-2.0
// Jumps to where nobody answers: there is no code, so whoever is below must end the machine, and
// say why.
#include <guest/guest.h>

#define NOBODY 0xd0000000UL

int guest_main(void)
{
	print("jump: to 0x%lx\n", NOBODY);
	((void (*)(void))NOBODY)();
	print("jump: FAILED: expected to be ended, found itself running\n");
	return 1;
}
