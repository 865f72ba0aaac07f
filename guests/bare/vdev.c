// SPDX-License-Identifier: Apache-2.0
// vdev, the demo for those without a kernel: prints by calls, and reads a word of the board's
// pflash, an address that whoever is below has not given it before.
#include <guest/console.h>
#include <guest/machine.h>
#include <guest/string.h>
#include <arch/board.h>

#define PFLASH_MAGIC 0x646c6670 /* "pfld", lowest byte first */

static const char banner[] = "\n"
			     "  +---- vdev ----+\n"
			     "  | calls > vdev |\n"
			     "  +--------------+\n"
			     "\n";

int guest_main(void)
{
	char magic[sizeof(u32) + 1] = "";
	u32 word;

	banner_print(banner);
	print("Virtual Device (vdev) Test\n");
	print("Reading PFlash at physical address 0x%08lx...\n", PFLASH_BASE);
	word = *(volatile u32 *)PFLASH_BASE;
	print("Try to access pflash dev region [0x%08lx], got 0x%08x\n", PFLASH_BASE,
		word);
	if (word != PFLASH_MAGIC) {
		print("No pflash magic: expected 0x%08x\n", PFLASH_MAGIC);
		return 1;
	}
	memcpy(magic, &word, sizeof(word));
	print("Got pflash magic: %s\n", magic);
	return 0;
}
