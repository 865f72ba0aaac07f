// SPDX-License-Identifier: Apache-2.0
// Prints the device tree it was given as hex between "dtb: begin" and "dtb: end", for a test
// that decompiles it.
#define TEST "dtb"
#include "../check.h"
#include <guest/fdt.h>

#define LINE_BYTES 32

int guest_main(void)
{
	const u8 *tree = fdt_base();
	u32 size = fdt_size();

	expect_true((u64)tree % 8 == 0, "the device tree at a multiple of 8, found %p",
		tree);
	expect_true((u64)tree >= ram.start && (u64)tree + size <= ram.end,
		"the device tree in RAM, found %p", tree);
	print("dtb: begin\n");
	for (u32 at = 0; at < size; at += LINE_BYTES) {
		for (u32 i = at; i < MIN(size, at + LINE_BYTES); i++)
			print("%02x", tree[i]);
		print("\n");
	}
	print("dtb: end\n");
	return test_ok();
}
