// SPDX-License-Identifier: Apache-2.0
// Every form of load and store against device registers (<isa/insn.h>). What no device takes is
// an external abort.
#define TEST "insn"
#include "../check.h"
#include <isa/insn.h>

// clang-format off
/* What no device takes, by size, alignment or kind. */
#define ACCESSES(one)                                    \
	one(ldr_x, "ldr x1, [x0]")                       \
	one(str_x, "str xzr, [x0]")                      \
	one(ldp_x, "ldp x1, x2, [x0]")                   \
	one(ldxr, "ldxr w1, [x0]")                       \
	one(ldr_q, ".arch_extension fp\n\tldr s0, [x0]") \
	one(misaligned, "ldrh w1, [x0, #1]")
// clang-format on

#define UNUSED __attribute__((unused))
#define DEFINE(name, insn)                                                  \
	__attribute__((naked)) static void access_##name(void *addr UNUSED) \
	{                                                                   \
		__asm__(insn "\n\tret");                                    \
	}
#define ENTRY(name, insn) {#name, access_##name},

ACCESSES(DEFINE)

static const struct {
	const char *name;
	void (*fn)(void *at);
} refused[] = {ACCESSES(ENTRY)};

static void check_refused(void)
{
	struct fault fault;

	sysreg_write(cpacr_el1, CPACR_FPEN);
	isb();
	for (u32 i = 0; i < ARRAY_LEN(refused); i++) {
		expect_true(fault_catch(refused[i].fn, (void *)IBRD, &fault),
			"%s to be refused", refused[i].name);
		expect_equal(fault.kind, FAULT_ACCESS, "kind of fault of %s",
			refused[i].name);
		expect_equal(field_get(ESR_FSC, fault.cause), FSC_EXTERNAL,
			"status code of %s", refused[i].name);
		expect_true(fault.pc >= (u64)refused[i].fn &&
				fault.pc < (u64)refused[i].fn + 8,
			"%s to be where it faulted", refused[i].name);
	}
}

int guest_main(void)
{
	check_forms();
	check_refused();
	return test_ok();
}
