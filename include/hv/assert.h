// SPDX-License-Identifier: Apache-2.0
// Our own mistakes: assert() is always on, panic() stops every cpu after saying what is known.
#pragma once

#include <hv/types.h>

/*
 * Prints the message, the host registers and the newest trace records, stops all cpus and
 * ends the machine with a failing status. Any context, any lock held.
 */
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define assert(cond)                                                                     \
	do {                                                                             \
		if (unlikely(!(cond)))                                                   \
			panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #cond); \
	} while (0)
