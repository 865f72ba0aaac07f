// SPDX-License-Identifier: Apache-2.0
// The smallest guest that uses the runtime: one line, then off.
#include <guest/guest.h>

int guest_main(void)
{
	print("hello from cpu %u of %u\n", cpu_id(), cpu_count());
	return 0;
}
