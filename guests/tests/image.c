// SPDX-License-Identifier: Apache-2.0
// A guest with the header of a Linux Image in front, which says where it wants to be and how much
// memory it takes. Prints how it was entered.
#define TEST "image"
#include "check.h"
#include <isa/image.h>

static u64 zeroed[512];

int guest_main(void)
{
	print(TEST ": cpu %u, entry %p, board's description %p, %u bytes\n", cpu_id(),
		image_text, machine_info(), machine_info_size());
	for (u32 i = 0; i < ARRAY_LEN(zeroed); i++)
		expect_equal(zeroed[i], 0, "word %u of .bss", i);
	return test_ok();
}
