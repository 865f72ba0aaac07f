// SPDX-License-Identifier: Apache-2.0
// Says how it was entered. For tests of the loader: it may be loaded as a flat image or ELF.
#define TEST "elfguest"
#include "check.h"

static u64 zeroed[64];

int guest_main(void)
{
	print(TEST ": cpu %u, entry %p, board's description %p, %u bytes\n", cpu_id(),
		image_text, machine_info(), machine_info_size());
	for (u32 i = 0; i < ARRAY_LEN(zeroed); i++)
		expect_equal(zeroed[i], 0, "word %u of .bss", i);
	return test_ok();
}
