// SPDX-License-Identifier: Apache-2.0
// One access of the guest "nobody", for what each ISA expects of it.
#pragma once

#include "check.h"

#define UNUSED __attribute__((unused))

struct access {
	const char *name;
	void (*fn)(void *addr); /* begins with the access, then returns */
	u64 wanted;             /* the ISA's: what has to come of it */
};

/* An access that a device does not take, by its name. */
struct refused {
	const char *name;
	u64 addr;
};
