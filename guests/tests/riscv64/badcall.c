// SPDX-License-Identifier: Apache-2.0
// Calls that cannot be carried out: each has its own error, and nothing else may happen. SBI
// specification 2.0.
#define TEST "badcall"
#include "../check.h"
#include <arch/sbi.h>

#define ABSENT     (CPUS_MAX + 40) /* no such hart */
#define RESERVED   0x77            /* no such function, type or reason */
#define LEGACY_END 0x10

static const u64 known[] = {SBI_EXT_BASE, SBI_EXT_TIME, SBI_EXT_IPI, SBI_EXT_RFENCE,
	SBI_EXT_HSM, SBI_EXT_SRST, SBI_EXT_DBCN};

static const u64 unknown[] = {SBI_EXT_LEGACY_SHUTDOWN + 1, LEGACY_END - 1, 0x11, 0x504d55,
	0x0a000000, 0x7fffffff, 0x80000000, BIT(32) | SBI_EXT_BASE, ~0UL};

static void check_unknown(void)
{
	for (u32 i = 0; i < ARRAY_LEN(unknown); i++)
		expect_equal(sbi_call(unknown[i], 0, 1, 2, 3, 4, 5).error,
			SBI_ERR_NOT_SUPPORTED, "unknown extension 0x%lx", unknown[i]);
	for (u32 i = 0; i < ARRAY_LEN(known); i++) {
		expect_equal(sbi_call(known[i], RESERVED, 0, 0, 0, 0, 0).error,
			SBI_ERR_NOT_SUPPORTED, "unknown function of extension 0x%lx",
			known[i]);
		expect_equal(sbi_call(known[i], ~0UL, 0, 0, 0, 0, 0).error,
			SBI_ERR_NOT_SUPPORTED, "function -1 of extension 0x%lx",
			known[i]);
	}
}

/* No function may take a mask that names harts which are not there. */
static void check_masks(void)
{
	static const struct {
		u64 ext, function;
	} calls[] = {{SBI_EXT_IPI, SBI_IPI_SEND}, {SBI_EXT_RFENCE, SBI_RFENCE_FENCE_I},
		{SBI_EXT_RFENCE, SBI_RFENCE_SFENCE_VMA},
		{SBI_EXT_RFENCE, SBI_RFENCE_SFENCE_VMA_ASID}};
	static const u64 masks[][2] = {
		{1, ABSENT}, {BIT(63), 0}, {~0UL, 0}, {1, BIT(63)}, {BIT(2), ~0UL - 1}};

	for (u32 i = 0; i < ARRAY_LEN(calls); i++) {
		for (u32 j = 0; j < ARRAY_LEN(masks); j++)
			expect_equal(sbi_call(calls[i].ext, calls[i].function,
					     masks[j][0], masks[j][1], 0, 0, 0)
					     .error,
				SBI_ERR_INVALID_PARAM, "mask 0x%lx from 0x%lx of %lx.%lu",
				masks[j][0], masks[j][1], calls[i].ext,
				calls[i].function);
	}
	csr_clear(sip, SIE_SSIE);
}

static void check_console(void)
{
	const struct {
		u64 addr, addr_high, len;
	} places[] = {{0, 0, 8}, {ram.end, 0, 1}, {ram.end - 4, 0, 8},
		{ram.start - 4, 0, 8}, {~0UL - 3, 0, 8}, {~0UL, 0, 1},
		{ram.start, 0, ~0UL}, {ram.start + 8, 0, -8UL}, {ram.start, 1, 8},
		{0x10000000, 0, 1}};

	for (u32 i = 0; i < ARRAY_LEN(places); i++) {
		for (u64 function = SBI_DBCN_WRITE; function <= SBI_DBCN_READ; function++)
			expect_equal(sbi_call(SBI_EXT_DBCN, function, places[i].len,
					     places[i].addr, places[i].addr_high, 0, 0)
					     .error,
				SBI_ERR_INVALID_PARAM,
				"console function %lu, %lu bytes at 0x%lx", function,
				places[i].len, places[i].addr);
	}
}

static void check_harts(void)
{
	u64 entry = (u64)image_text, here = cpu_id();

	expect_equal(sbi_hart_start(ABSENT, entry, 0).error, SBI_ERR_INVALID_PARAM,
		"start of an absent hart");
	expect_equal(sbi_hart_start(~0UL, entry, 0).error, SBI_ERR_INVALID_PARAM,
		"start of hart -1");
	expect_equal(sbi_hart_start(here, entry, 0).error, SBI_ERR_ALREADY_AVAILABLE,
		"start of this hart");
	expect_equal(sbi_hart_status(ABSENT).error, SBI_ERR_INVALID_PARAM,
		"status of an absent hart");
	expect_equal(sbi_call(SBI_EXT_HSM, SBI_HSM_SUSPEND, 1, 0, 0, 0, 0).error,
		SBI_ERR_INVALID_PARAM, "suspend of a reserved type");
	if (cpu_count() == 1) {
		print(TEST ": one hart only: not tried: start at bad addresses\n");
		return;
	}
	expect_equal(sbi_hart_start(here ^ 1, 0, 0).error, SBI_ERR_INVALID_ADDRESS,
		"start at address 0");
	expect_equal(sbi_hart_start(here ^ 1, ram.end, 0).error, SBI_ERR_INVALID_ADDRESS,
		"start behind RAM");
	expect_equal(sbi_hart_status(here ^ 1).value, HSM_STOPPED,
		"status of a hart after failed starts");
}

static void check_reset(void)
{
	expect_equal(sbi_system_reset(RESERVED, SRST_NO_REASON).error,
		SBI_ERR_INVALID_PARAM, "reset of a reserved type");
	expect_equal(sbi_system_reset(SRST_SHUTDOWN, RESERVED).error,
		SBI_ERR_INVALID_PARAM, "shutdown for a reserved reason");
}

int guest_main(void)
{
	check_unknown();
	check_masks();
	check_console();
	check_harts();
	check_reset();
	return test_ok();
}
