// SPDX-License-Identifier: Apache-2.0
// Never ends and never asks for anything: for tests that end it from outside.
#include <guest/guest.h>

int guest_main(void)
{
	print("spin: spinning\n");
	for (;;)
		cpu_relax();
}
