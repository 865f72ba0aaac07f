// SPDX-License-Identifier: Apache-2.0
// Jumps to where nobody answers. What is fetched there is all ones, as everything is that is read
// there, and that is no instruction.
#define TEST "jump"
#include "../check.h"
#include <arch/board.h>
#include <arch/trap.h>

/* Behind RAM, between devices, and behind a device. */
static const u64 nowhere[] = {
	0xc0000000, 0xd0000000, 0xfed80000, IOAPIC_BASE + PAGE_SIZE};

static void jump(void *to)
{
	((void (*)(void))to)();
}

int guest_main(void)
{
	struct fault fault;

	for (u32 i = 0; i < ARRAY_LEN(nowhere); i++) {
		expect_true(fault_catch(jump, (void *)nowhere[i], &fault),
			"a fault of a jump to 0x%lx", nowhere[i]);
		expect_equal(fault.cause, VECTOR_UD, "cause of a jump to 0x%lx",
			nowhere[i]);
		expect_equal(fault.pc, nowhere[i], "pc of a jump to 0x%lx", nowhere[i]);
	}
	return test_ok();
}
