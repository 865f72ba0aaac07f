// SPDX-License-Identifier: Apache-2.0
// Loads, stores and fetches where nobody answers, and accesses that a device does not take: the
// guest must get the architecture's access fault, with the right pc and address.
#define TEST "nobody"
#include "check.h"
#include <isa/nobody.h>

#define UNUSED __attribute__((unused))
#define DEFINE(name, insn, kind)                                            \
	__attribute__((naked)) static void access_##name(void *addr UNUSED) \
	{                                                                   \
		__asm__(insn "\n\tret");                                    \
	}
#define ENTRY(name, insn, kind) {#name, access_##name, kind},

ACCESSES(DEFINE)

static const struct access {
	const char *name;
	void (*fn)(void *addr);
	u64 cause;
} accesses[] = {ACCESSES(ENTRY)};

static void expect_fault(const struct access *access, u64 addr)
{
	struct fault fault;

	expect_true(fault_catch(access->fn, (void *)addr, &fault),
		"a fault of %s at 0x%lx", access->name, addr);
	expect_equal(fault_code(&fault), access->cause, "cause of %s at 0x%lx",
		access->name, addr);
	expect_equal(fault.addr, addr, "address of %s at 0x%lx", access->name, addr);
	expect_equal(fault.pc, access->fn, "pc of %s at 0x%lx", access->name, addr);
}

static void expect_refused(const char *name, u64 addr)
{
	for (u32 i = 0; i < ARRAY_LEN(accesses); i++) {
		if (!strcmp(accesses[i].name, name))
			expect_fault(&accesses[i], addr);
	}
}

static void fetch(void *addr)
{
	((void (*)(void))addr)();
}

static void expect_fetch_fault(u64 addr)
{
	struct fault fault;

	expect_true(fault_catch(fetch, (void *)addr, &fault),
		"a fault of a fetch at 0x%lx", addr);
	expect_equal(fault_code(&fault), FETCH, "cause of a fetch at 0x%lx", addr);
	expect_equal(fault.addr, addr, "address of a fetch at 0x%lx", addr);
	expect_equal(fault.pc, addr, "pc of a fetch at 0x%lx", addr);
}

static void check_devices(void)
{
	const u64 no_code[] = {NO_CODE};

	for (u32 i = 0; i < ARRAY_LEN(refused); i++)
		expect_refused(refused[i].name, refused[i].addr);
	for (u32 i = 0; i < ARRAY_LEN(no_code); i++)
		expect_fetch_fault(no_code[i]);
}

int guest_main(void)
{
	const u64 nobody[] = {NOBODY};

	for (u32 i = 0; i < ARRAY_LEN(nobody); i++) {
		for (u32 j = 0; j < ARRAY_LEN(accesses); j++)
			expect_fault(&accesses[j], nobody[i]);
		expect_fetch_fault(nobody[i]);
	}
	check_devices();
	print(TEST ": %lu kinds of access at %lu addresses\n", ARRAY_LEN(accesses),
		ARRAY_LEN(nobody));
	return test_ok();
}
