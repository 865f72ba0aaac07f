// SPDX-License-Identifier: Apache-2.0
// Loads and stores of all sizes, aligned or not, at random places in and around the windows
// of all devices. Faults are skipped. Whatever it does to its devices, it must be able to
// print and to switch itself off afterwards, and nobody else may suffer. "seed=N" in the
// command line makes other accesses of it.
#define TEST "randmmio"
#include "check.h"
#include <isa/randmmio.h>

#define ROUNDS 20000
static u64 seed = 20240229; /* or the digits behind "seed=" in the command line */
static u32 faults;

static bool skip(struct trap_frame *frame, const struct fault *fault)
{
	(void)fault;
	faults++;
	trap_skip(frame);
	return true;
}

static void one_access(void)
{
	u64 choice = random_next(&seed), value = random_next(&seed);
	u64 offset = random_next(&seed);
	u32 window = choice % ARRAY_LEN(windows), kind = choice >> 32 & 3;
	u64 addr = windows[window].base - AROUND +
		offset % (windows[window].size + 2 * AROUND);

	if (choice >> 40 & 3)
		addr = ALIGN_DOWN(addr, 1UL << kind);
	if (choice >> 50 & 1)
		device_store(addr, kind, harmless(addr, value));
	else
		device_load(addr, kind);
}

static void seed_read(void)
{
	const char *args = machine_cmdline();
	const char *digit = args ? strstr(args, "seed=") : NULL;

	if (!digit)
		return;
	seed = 1;
	for (digit += strlen("seed="); *digit >= '0' && *digit <= '9'; digit++)
		seed = seed * 10 + (u64)(*digit - '0');
}

int guest_main(void)
{
	seed_read();
	fault_handler_set(skip);
	for (u32 i = 0; i < ROUNDS; i++)
		one_access();
	fault_handler_set(NULL);
	devices_restore();
	print("\n" TEST ": %u accesses, %u faults\n", ROUNDS, faults);
	return test_ok();
}
