// SPDX-License-Identifier: Apache-2.0
// How much of a cpu it gets: counts rounds of a loop between two moments of its time, which guests
// that start together share.
#define TEST "share"
#include "check.h"

#define FROM_NS  (NS_PER_S / 4)
#define UNTIL_NS (NS_PER_S + NS_PER_S / 4)
#define BURST    1000 /* rounds between two looks at the clock */

static void burst(void)
{
	for (volatile u32 i = 0; i < BURST; i++)
		;
}

int guest_main(void)
{
	u64 bursts = 0;

	while (clock_now() < FROM_NS)
		burst();
	while (clock_now() < UNTIL_NS) {
		burst();
		bursts++;
	}
	print(TEST ": %lu bursts\n", bursts);
	return 0;
}
