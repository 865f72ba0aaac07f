// SPDX-License-Identifier: Apache-2.0
// Random numbers of the processor's own (SDM volume 1, 7.3.17): RDSEED, which gives what the
// source has, or RDRAND, a generator that the source seeds all the time.
#include <hv/arch.h>
#include <hv/fail.h>

#include "boot.h"

#define TRIES 10 /* of RDRAND, which fails that often only if it is broken */

static bool rdseed(u64 *bits)
{
	bool ok;

	asm volatile("rdseed %0" : "=r"(*bits), "=@ccc"(ok));
	return ok;
}

static bool rdrand(u64 *bits)
{
	bool ok;

	asm volatile("rdrand %0" : "=r"(*bits), "=@ccc"(ok));
	return ok;
}

int arch_random(u64 *bits)
{
	if (!machine.rdseed && !machine.rdrand)
		return -ENODEV;
	/* Others may have emptied the source. */
	if (machine.rdseed && rdseed(bits))
		return 0;
	for (u32 i = 0; machine.rdrand && i < TRIES; i++)
		if (rdrand(bits))
			return 0;
	return -EAGAIN;
}
