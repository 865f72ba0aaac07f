// SPDX-License-Identifier: Apache-2.0
// A program at EL0: every form of load and store to devices (<isa/insn.h>), the counter, which it
// may read, and calls, which keep all other registers.
#define TEST "el0insn"
#include "../../tests/check.h"
#include <isa/insn.h>
#include <arch/bare.h>

#define RTC_MATCH   (RTC_BASE + 0x04) /* keeps any word */
#define NO_SUCH     77
#define NO_SUCH_TOO (BIT(32) | BARE_PUTCHAR)

static void check_words(void)
{
	static const u32 words[] = {0, ~0U, 0x80000000, 0x12345678};
	u32 before = *reg(RTC_MATCH);

	for (u32 i = 0; i < ARRAY_LEN(words); i++) {
		*reg(RTC_MATCH) = words[i];
		expect_equal(*reg(RTC_MATCH), words[i], "a word that the clock keeps");
		LOAD("ldrsw x1, [x0]", RTC_MATCH, (u64)(s32)words[i], 0);
		LOAD("ldr w1, [x0, #-4]!", RTC_MATCH + 4, words[i], -4UL);
	}
	*reg(RTC_MATCH) = before;
}

static void check_counter(void)
{
	u64 hz = sysreg_read(cntfrq_el0), last = sysreg_read(cntvct_el0), first = last;

	expect_true(hz >= 1000000, "a counter of 1 MHz or more, found %lu Hz", hz);
	while (last - first < hz / 1000) {
		u64 now = sysreg_read(cntvct_el0);

		expect_true(now >= last, "time not to run backwards from %lu, found %lu",
			last, now);
		last = now;
	}
}

/* x0 is the result; all others must come back. */
static void check_calls(void)
{
	register u64 x0 __asm__("x0") = 5;
	register u64 x1 __asm__("x1") = 0x11;
	register u64 x7 __asm__("x7") = 0x77;
	register u64 x8 __asm__("x8") = NO_SUCH;
	register u64 x18 __asm__("x18") = 0x18;
	register u64 x28 __asm__("x28") = 0x28;

	__asm__ volatile("svc #0"
		: "+r"(x0), "+r"(x1), "+r"(x7), "+r"(x8), "+r"(x18), "+r"(x28)::"memory");
	expect_equal(x0, -1, "result of an unknown call");
	expect_true(x1 == 0x11 && x7 == 0x77 && x8 == NO_SUCH && x18 == 0x18 &&
			x28 == 0x28,
		"x1, x7, x8, x18 and x28 kept, found %lx %lx %lx %lx %lx", x1, x7, x8,
		x18, x28);
	expect_equal(bare_call(NO_SUCH_TOO, '!'), -1, "result of a call with more bits");
	expect_equal(bare_call(0, 0), -1, "result of call 0");
}

int guest_main(void)
{
	check_forms();
	check_words();
	check_counter();
	check_calls();
	return test_ok();
}
