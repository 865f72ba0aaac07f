// SPDX-License-Identifier: Apache-2.0
// What a demo guest shows first.
#include <guest/machine.h>
#include <guest/console.h>
#include <arch/board.h>

#define CPUS_USED 1 /* the demos leave the other cpus off */

void banner_print(const char *art)
{
	print("%s", art);
	print("arch = %s\nplatform = %s\nsmp = %u\n\n", ARCH_NAME, PLATFORM_NAME,
		CPUS_USED);
}
