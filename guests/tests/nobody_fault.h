// SPDX-License-Identifier: Apache-2.0
// For ISAs where an access that nobody answers is a fault. They define fault_code(), FETCH, and
// NO_CODE: devices that no code can be fetched from.
#pragma once

#include "nobody.h"

static inline void expect_nobody(const struct access *access, u64 addr)
{
	struct fault fault;

	expect_true(fault_catch(access->fn, (void *)addr, &fault),
		"a fault of %s at 0x%lx", access->name, addr);
	expect_equal(fault_code(&fault), access->wanted, "cause of %s at 0x%lx",
		access->name, addr);
	expect_equal(fault.addr, addr, "address of %s at 0x%lx", access->name, addr);
	expect_equal(fault.pc, access->fn, "pc of %s at 0x%lx", access->name, addr);
}

static inline void fetch(void *addr)
{
	((void (*)(void))addr)();
}

static inline void expect_no_code(u64 addr)
{
	struct fault fault;

	expect_true(fault_catch(fetch, (void *)addr, &fault),
		"a fault of a fetch at 0x%lx", addr);
	expect_equal(fault_code(&fault), FETCH, "cause of a fetch at 0x%lx", addr);
	expect_equal(fault.addr, addr, "address of a fetch at 0x%lx", addr);
	expect_equal(fault.pc, addr, "pc of a fetch at 0x%lx", addr);
}

static inline void expect_no_device_code(void)
{
	const u64 no_code[] = {NO_CODE};

	for (u32 i = 0; i < ARRAY_LEN(no_code); i++)
		expect_no_code(no_code[i]);
}
