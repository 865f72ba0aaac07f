// SPDX-License-Identifier: Apache-2.0
// guestaspace, the nested-fault demo: maps the board's pflash in its own page tables and
// reads a word there, an address that whoever is below has not given it before.
#include <guest/guest.h>
#include <arch/board.h>

#define PFLASH_MAGIC 0x646c6670 /* "pfld", lowest byte first */

static const char banner[] = "\n"
			     "  +-- guestaspace --+\n"
			     "  | gva > gpa > hpa |\n"
			     "  +-----------------+\n"
			     "\n";

static u32 word;

static void word_read(void *at)
{
	word = *(volatile u32 *)at;
}

int guest_main(void)
{
	char magic[sizeof(word) + 1] = "";
	struct fault fault;

	paging_init();
	banner_print(banner);
	print("Virtual Device (vdev) Test\n");
	print("Reading PFlash at physical address 0x%08lx...\n", PFLASH_BASE);
	if (!paging_map(PFLASH_BASE, PFLASH_BASE, PAGE_SIZE, PAGE_READ | PAGE_DEVICE)) {
		print("No memory for page tables\n");
		return 1;
	}
	if (fault_catch(word_read, (void *)PFLASH_BASE, &fault)) {
		print("No pflash: fault %lu at 0x%08lx\n", fault.cause, fault.addr);
		return 1;
	}
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
