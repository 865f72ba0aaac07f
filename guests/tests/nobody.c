// SPDX-License-Identifier: Apache-2.0
// Loads and stores of all forms where nobody answers, and accesses that a device does not take:
// the guest must get what the architecture has for it (<isa/nobody.h>): a fault with the right pc
// and address, or bits that are all ones.
#define TEST "nobody"
#include "nobody.h"
#include <isa/nobody.h>

#define DEFINE(name, insn, wanted)                                          \
	__attribute__((naked)) static void access_##name(void *addr UNUSED) \
	{                                                                   \
		__asm__(insn "\n\tret");                                    \
	}
#define ENTRY(name, insn, wanted) {#name, access_##name, wanted},

ACCESSES(DEFINE)

static const struct access accesses[] = {ACCESSES(ENTRY)};

static const struct access *access_find(const char *name)
{
	u32 i = 0;

	while (strcmp(accesses[i].name, name) != 0)
		i++;
	return &accesses[i];
}

int guest_main(void)
{
	const u64 nobody[] = {NOBODY};

	for (u32 i = 0; i < ARRAY_LEN(nobody); i++) {
		for (u32 j = 0; j < ARRAY_LEN(accesses); j++)
			expect_nobody(&accesses[j], nobody[i]);
		expect_no_code(nobody[i]);
	}
	for (u32 i = 0; i < ARRAY_LEN(refused); i++)
		expect_nobody(access_find(refused[i].name), refused[i].addr);
	expect_no_device_code();
	print(TEST ": %lu kinds of access at %lu addresses\n", ARRAY_LEN(accesses),
		ARRAY_LEN(nobody));
	return test_ok();
}
