// SPDX-License-Identifier: Apache-2.0
// Loads, stores and fetches where nobody answers, and accesses that a device does not take: the
// guest must get the architecture's access fault, with the right pc and address.
#define TEST "nobody"
#include "../check.h"
#include <arch/plic.h>
#include <arch/uart.h>

/* The assembler may not make a compressed instruction of it. */
#define LONG(insn) ".option push; .option norvc; " insn "; .option pop"

/* Functions of one access at a0, so that its pc is the function's. */
// clang-format off
#define ACCESSES(one)                                            \
	one(lb, "lb a1, (a0)", LOAD)                             \
	one(lbu, "lbu a1, (a0)", LOAD)                           \
	one(lh, "lh a1, (a0)", LOAD)                             \
	one(lhu, "lhu a1, (a0)", LOAD)                           \
	one(lw, LONG("lw a1, (a0)"), LOAD)                       \
	one(lwu, "lwu a1, (a0)", LOAD)                           \
	one(ld, LONG("ld a1, (a0)"), LOAD)                       \
	one(c_lw, "c.lw a1, (a0)", LOAD)                         \
	one(c_ld, "c.ld a1, (a0)", LOAD)                         \
	one(sb, "sb a1, (a0)", STORE)                            \
	one(sh, "sh a1, (a0)", STORE)                            \
	one(sw, LONG("sw a1, (a0)"), STORE)                      \
	one(sd, LONG("sd a1, (a0)"), STORE)                      \
	one(c_sw, "c.sw a1, (a0)", STORE)                        \
	one(c_sd, "c.sd a1, (a0)", STORE)                        \
	one(amoadd_w, "amoadd.w a1, a1, (a0)", STORE)            \
	one(amoswap_d, "amoswap.d a1, a1, (a0)", STORE)          \
	one(lr_w, "lr.w a1, (a0)", LOAD)                         \
	one(lr_d, "lr.d a1, (a0)", LOAD)
// clang-format on

#define UNUSED __attribute__((unused))
#define DEFINE(name, insn, kind)                                            \
	__attribute__((naked)) static void access_##name(void *addr UNUSED) \
	{                                                                   \
		__asm__(insn "\n\tret");                                    \
	}
#define ENTRY(name, insn, kind) {#name, access_##name, CAUSE_##kind##_ACCESS},

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
	expect_equal(fault.cause, access->cause, "cause of %s at 0x%lx", access->name,
		addr);
	expect_equal(fault.addr, addr, "stval of %s at 0x%lx", access->name, addr);
	expect_equal(fault.pc, access->fn, "sepc of %s at 0x%lx", access->name, addr);
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
	expect_equal(fault.cause, CAUSE_FETCH_ACCESS, "cause of a fetch at 0x%lx", addr);
	expect_equal(fault.addr, addr, "stval of a fetch at 0x%lx", addr);
	expect_equal(fault.pc, addr, "sepc of a fetch at 0x%lx", addr);
}

/* Sizes and places that the devices do not take. All that is atomic is among them. */
static void check_devices(void)
{
	static const char *const atomics[] = {"amoadd_w", "lr_w"};
	u64 uart = UART_BASE, plic = INTC_BASE;

	expect_refused("ld", uart);
	expect_refused("sd", uart);
	expect_refused("c_ld", uart);
	expect_refused("lh", uart + 1);
	expect_refused("sw", uart + 2);
	expect_refused("lb", plic + PLIC_PRIORITY(1));
	expect_refused("sh", plic + PLIC_PRIORITY(1));
	expect_refused("sd", plic + PLIC_ENABLE(1, 0));
	expect_refused("lw", plic + PLIC_PRIORITY(1) + 2);
	expect_refused("lbu", TEST_BASE);
	for (u32 i = 0; i < ARRAY_LEN(atomics); i++) {
		expect_refused(atomics[i], uart);
		expect_refused(atomics[i], plic + PLIC_PRIORITY(1));
	}
	expect_fetch_fault(uart);
	expect_fetch_fault(plic);
}

int guest_main(void)
{
	const u64 nobody[] = {0, 0x2000, 0x30000000, 0x40000000, 0x50000008,
		ram.start - 8, ram.end, ram.end + 0x1000, BIT(38), BIT(40), BIT(41),
		BIT(50)};

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
