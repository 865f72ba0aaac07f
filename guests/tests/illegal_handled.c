// SPDX-License-Identifier: Apache-2.0
// Instructions that a guest must not execute, in its own mode and in user mode, with a handler:
// each must be an illegal instruction to it, and nothing else may happen.
#define TEST "illegal_handled"
#include "check.h"
#include <isa/illegal_handled.h>

#define DEFINE(name, insn)                                   \
	__attribute__((naked)) static void insn_##name(void) \
	{                                                    \
		__asm__(INSN(insn));                         \
	}
#define ENTRY(name, insn) {#name, insn_##name},

BOTH_MODES(DEFINE)
USER_MODE(DEFINE)

struct insn {
	const char *name;
	void (*fn)(void);
};

static const struct insn both_modes[] = {BOTH_MODES(ENTRY)};
static const struct insn user_mode[] = {USER_MODE(ENTRY)};

static struct fault last;

/* As if the function with the instruction had returned, to our mode, interrupts off. */
static bool handler(struct trap_frame *frame, const struct fault *fault)
{
	last = *fault;
	frame_leave(frame);
	return true;
}

static void expect_illegal(const struct insn *insn, bool user)
{
	const char *mode = user ? "user" : "the kernel's";

	expect_true(fault_is_illegal(&last, insn->fn, user),
		"%s to be illegal in %s mode, found 0x%lx", insn->name, mode, last.cause);
	expect_equal(last.pc, insn->fn, "pc of %s in %s mode", insn->name, mode);
	last = (struct fault){0};
}

static void check_user(const struct insn *insn)
{
	call_user(insn->fn);
	expect_illegal(insn, true);
}

/*
 * A wait that ends at once, for an interrupt is pending: whoever is below must not take the
 * instruction that follows for another one.
 */
static void wait_nothing(void)
{
	irq_unmask(IRQ_TIMER);
	cpu_wait();
	irq_mask(IRQ_TIMER);
}

int guest_main(void)
{
	fault_handler_set(handler);
	timer_set(0);
	for (u32 i = 0; i < ARRAY_LEN(both_modes); i++) {
		wait_nothing();
		both_modes[i].fn();
		expect_illegal(&both_modes[i], false);
		check_user(&both_modes[i]);
	}
	for (u32 i = 0; i < ARRAY_LEN(user_mode); i++)
		check_user(&user_mode[i]);
	print(TEST ": %lu instructions\n", ARRAY_LEN(both_modes) + ARRAY_LEN(user_mode));
	return test_ok();
}
