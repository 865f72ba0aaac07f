// SPDX-License-Identifier: Apache-2.0
// What test guests share. A file defines TEST, its name, before it includes this. The first
// failed check prints one line, "<name>: FAILED: what was expected, what was found", and
// switches the machine off as failed.
#pragma once

#include <guest/guest.h>

#define test_fail(fmt, ...)                                       \
	do {                                                      \
		print(TEST ": FAILED: " fmt "\n", ##__VA_ARGS__); \
		machine_off(true);                                \
	} while (0)

/* `what`, a format, says which value this is. */
#define expect_equal(found, wanted, what, ...)                                         \
	do {                                                                           \
		u64 found_ = (u64)(found), wanted_ = (u64)(wanted);                    \
		if (found_ != wanted_)                                                 \
			test_fail(what ": expected 0x%lx, found 0x%lx", ##__VA_ARGS__, \
				wanted_, found_);                                      \
	} while (0)

/* `what`, a format, says what should have been. */
#define expect_true(cond, what, ...)                                \
	do {                                                        \
		if (!(cond))                                        \
			test_fail("expected " what, ##__VA_ARGS__); \
	} while (0)

/* The end of a test: what guest_main() returns. */
#define test_ok() (print(TEST ": ok\n"), 0)

/* The next number of a sequence that is the same in each run. `state` is not 0. */
static inline u64 random_next(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/*
 * Before a line that a test reads of two guests at once: what they print is mixed, so the one
 * whose command line has the word "late" waits until the other has surely printed its own.
 */
static inline void test_wait_turn(void)
{
	const char *words = machine_cmdline();

	if (words && strstr(words, "late"))
		clock_delay(3 * NS_PER_S);
}
