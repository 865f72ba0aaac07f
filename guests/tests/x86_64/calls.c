// SPDX-License-Identifier: Apache-2.0
// Calls to whoever is below (<arch/hypercall.h>), good and bad, by both instructions: each has its
// answer in RAX, and nothing else changes.
#define TEST "calls"
#include "../check.h"
#include <arch/hypercall.h>
#include <arch/regs.h>

static const u64 unknown[] = {0, 2, 0x8400000a, 0x84000002, 0x84000003, 0xc4000003,
	0xc4000000, 0xffffffff, BIT(32) | CALL_VERSION, BIT(63) | CALL_OFF,
	BIT(32) | CALL_RESET, BIT(40) | CALL_RESET2, ~0UL << 8};

/* All registers but RAX, and the flags. */
static void check_kept(u64 (*call)(u64 rax, u64 rbx), const char *name)
{
	register u64 r8 __asm__("r8") = 0x88, r9 __asm__("r9") = 0x99;
	register u64 r14 __asm__("r14") = 0xee, r15 __asm__("r15") = 0xff;
	u64 rax = CALL_VERSION, rbx = 0xbb, rcx = 0xcc, rdx = 0xdd, rsi = 0x51,
	    rdi = 0xd1;
	bool intel = call == vmcall;

	/* CF, and ZF of the comparison. */
	__asm__ volatile("testb %b10, %b10\n\t"
			 "stc\n\t"
			 "jz 1f\n\t"
			 "vmcall\n\t"
			 "jmp 2f\n"
			 "1:\tvmmcall\n"
			 "2:\tadcq $0, %%rsi"
		: "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx), "+S"(rsi), "+D"(rdi),
		"+r"(r8), "+r"(r9), "+r"(r14), "+r"(r15)
		: "r"((u32)intel)
		: "memory", "cc");
	expect_equal(rax, CALL_VERSION_1_1, "the version by %s", name);
	expect_true(rbx == 0xbb && rcx == 0xcc && rdx == 0xdd && rdi == 0xd1 &&
			r8 == 0x88 && r9 == 0x99 && r14 == 0xee && r15 == 0xff,
		"all registers kept by %s, found %lx %lx %lx %lx %lx %lx %lx %lx", name,
		rbx, rcx, rdx, rdi, r8, r9, r14, r15);
	expect_equal(rsi, 0x52, "the carry flag, added, after %s", name);
}

static void check_way(u64 (*call)(u64 rax, u64 rbx), const char *name)
{
	expect_equal(call(CALL_VERSION, 0), CALL_VERSION_1_1, "the version by %s", name);
	for (u32 i = 0; i < ARRAY_LEN(unknown); i++)
		expect_equal(call(unknown[i], 0), CALL_NO_SUCH, "call 0x%lx by %s",
			unknown[i], name);
	for (const char *c = TEST ": written by calls\n"; *c; c++)
		call(CALL_PUTCHAR | (u64)(u8)*c << 8, 0);
	/* What is above the character does not matter. */
	call(0xffffffffffff0000 | '\n' << 8 | CALL_PUTCHAR, 0);
	check_kept(call, name);
}

int guest_main(void)
{
	if (!hypercall_works()) {
		print(TEST ": nobody below: not tried\n");
		return test_ok();
	}
	check_way(vmmcall, "VMMCALL");
	check_way(vmcall, "VMCALL");
	return test_ok();
}
