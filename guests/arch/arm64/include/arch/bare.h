// SPDX-License-Identifier: Apache-2.0
// Calls of guests at EL0 to whoever is below: `svc #0`, x8 = which, x0 = argument and result.
#pragma once

#include <hv/types.h>

enum bare_call {
	BARE_PUTCHAR = 1,
	BARE_EXIT = 2, /* x0 = 0: all is well */
};

/* The result is -1 if there is no such call. All registers but x0 are kept. */
static inline s64 bare_call(u64 call, u64 arg)
{
	register u64 x0 __asm__("x0") = arg;
	register u64 x8 __asm__("x8") = call;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory");
	return (s64)x0;
}
