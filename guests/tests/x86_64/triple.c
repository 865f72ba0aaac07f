// SPDX-License-Identifier: Apache-2.0
// An exception without any vectors, which shuts the processor down (SDM 6.15, "Interrupt 8"):
// whoever is below must end the machine, and say why.
#include <guest/guest.h>

int guest_main(void)
{
	static const struct {
		u16 limit;
		u64 base;
	} __attribute__((packed)) none;

	print("triple: no vectors\n");
	__asm__ volatile("lidt %0\n\tint3" ::"m"(none));
	print("triple: FAILED: expected to be ended, found itself running\n");
	return 1;
}
