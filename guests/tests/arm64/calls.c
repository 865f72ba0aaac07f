// SPDX-License-Identifier: Apache-2.0
// PSCI (DEN 0022) and the SMC Calling Convention (DEN 0028), by HVC and by SMC: what is there, that
// nothing else is, that each mistake has its own result, and that no register is changed that may
// not be. With several CPUs: their start, what they report, and their end.
#define TEST "calls"
#include "../check.h"
#include <arch/psci.h>

#define VERSION_1_0   0x10000
#define ABSENT        0x77UL /* no such CPU */
#define WAIT_NS       (20 * NS_PER_S)
#define NOT_A_CALL    0x84000fffU
#define RANDOM_CALLS  20000
#define MIGRATE_NO_OS 2

typedef s32 call_fn(u64 function, u64 a1, u64 a2, u64 a3);

static const struct {
	const char *name;
	call_fn *call;
} conduits[] = {{"HVC", psci_hvc}, {"SMC", psci_smc}};

static void check_there(call_fn *call, const char *by)
{
	static const u32 features[] = {PSCI_CPU_SUSPEND, PSCI_CPU_OFF, PSCI_CPU_ON,
		PSCI_CPU_ON_32, PSCI_AFFINITY_INFO, PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET,
		PSCI_FEATURES, PSCI_SYSTEM_RESET2, SMCCC_VERSION};

	expect_true(call(PSCI_VERSION, 0, 0, 0) >= VERSION_1_0, "PSCI 1.0 or later by %s",
		by);
	expect_true(call(SMCCC_VERSION, 0, 0, 0) >= VERSION_1_0, "an SMCCC version by %s",
		by);
	expect_equal(call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), MIGRATE_NO_OS,
		"MIGRATE_INFO_TYPE by %s", by);
	for (u32 i = 0; i < ARRAY_LEN(features); i++)
		expect_true(call(PSCI_FEATURES, features[i], 0, 0) >= 0,
			"function 0x%x by %s", features[i], by);
}

static void check_not_there(call_fn *call, const char *by)
{
	static const u64 unknown[] = {NOT_A_CALL, 0, 1, 0x80000fff, 0xc4000000,
		0xc4000008, 0xc4000009, 0xb2000000, 0xffffffff};

	for (u32 i = 0; i < ARRAY_LEN(unknown); i++) {
		expect_equal(call(unknown[i], 1, 2, 3), PSCI_NOT_SUPPORTED,
			"function 0x%lx by %s", unknown[i], by);
		expect_equal(call(PSCI_FEATURES, unknown[i], 0, 0), PSCI_NOT_SUPPORTED,
			"features of 0x%lx by %s", unknown[i], by);
	}
}

static void check_mistakes(call_fn *call)
{
	u64 entry = (u64)image_text;

	expect_equal(call(PSCI_CPU_ON, ABSENT, entry, 0), PSCI_INVALID_PARAMETERS,
		"start of an absent CPU");
	expect_equal(call(PSCI_CPU_ON, ~0UL, entry, 0), PSCI_INVALID_PARAMETERS,
		"start of CPU -1");
	expect_equal(call(PSCI_CPU_ON, cpu_id(), entry, 0), PSCI_ALREADY_ON,
		"start of this CPU");
	expect_equal(call(PSCI_AFFINITY_INFO, ABSENT, 0, 0), PSCI_INVALID_PARAMETERS,
		"state of an absent CPU");
	expect_equal(call(PSCI_AFFINITY_INFO, cpu_id(), 0, 0), AFFINITY_ON,
		"state of this CPU");
	expect_equal(call(PSCI_SYSTEM_RESET2, 7, 0, 0), PSCI_INVALID_PARAMETERS,
		"reset of a reserved type");
	if (cpu_count() == 1) {
		print(TEST ": one CPU only: not tried: start of others\n");
		return;
	}
	expect_equal(call(PSCI_CPU_ON, 1, 0x10, 0), PSCI_INVALID_ADDRESS,
		"start outside of RAM");
	expect_equal(call(PSCI_CPU_ON, 1, ram.end, 0), PSCI_INVALID_ADDRESS,
		"start behind RAM");
	expect_equal(call(PSCI_CPU_ON, 1, entry + 2, 0), PSCI_INVALID_ADDRESS,
		"start between two instructions");
	expect_equal(call(PSCI_AFFINITY_INFO, 1, 0, 0), AFFINITY_OFF,
		"state of a CPU after failed starts");
}

/* x4 to x29 are the caller's ("DEN 0028", 2.6). */
static void check_registers(void)
{
	u64 sum;

	__asm__ volatile("mov x0, %1\n\t"
			 ".irp n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17\n\t"
			 "mov x\\n, #\\n\n\t"
			 ".endr\n\t"
			 "hvc #0\n\t"
			 "mov x0, #0\n\t"
			 ".irp n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17\n\t"
			 "add x0, x0, x\\n\n\t"
			 ".endr\n\t"
			 "mov %0, x0"
		: "=r"(sum)
		: "r"((u64)PSCI_VERSION)
		: "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10",
		"x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	expect_equal(sum, (4 + 17) * 14 / 2, "sum of x4 to x17 after a call");
}

static void hvc_1(void *arg)
{
	(void)arg;
	__asm__ volatile("hvc #1" ::: "memory");
}

static void smc_1(void *arg)
{
	(void)arg;
	__asm__ volatile("smc #0xffff" ::: "memory");
}

/* Only the number 0 is anybody's. */
static void check_numbers(void)
{
	struct fault fault;

	expect_true(fault_catch(hvc_1, NULL, &fault) && fault.kind == FAULT_ILLEGAL,
		"hvc #1 to be undefined");
	expect_equal(*(const u32 *)fault.pc, 0xd4000022U,
		"instruction that was undefined");
	expect_true(fault_catch(smc_1, NULL, &fault) && fault.kind == FAULT_ILLEGAL,
		"smc #0xffff to be undefined");
}

/* Nothing but what ends the machine or this CPU, or starts others where nothing is. */
static bool is_harmless(u32 function)
{
	switch (function & ~0x40000000U) {
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_SYSTEM_RESET2 & ~0x40000000U:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON_32:
	case PSCI_CPU_SUSPEND & ~0x40000000U: return false;
	}
	return true;
}

static void check_random(void)
{
	u64 seed = 20261125;

	for (u32 i = 0; i < RANDOM_CALLS; i++) {
		u64 r = random_next(&seed);
		u32 function = i % 2 ? (u32)r : 0x84000000U | (u32)(r & 0x4000001fU);

		if (is_harmless(function))
			conduits[i / 2 % 2].call(function, random_next(&seed),
				random_next(&seed), random_next(&seed));
	}
}

static volatile u32 arrived;

static void other(void *arg)
{
	expect_equal((u64)arg, cpu_id() + 100, "context of a started CPU");
	__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
}

/* Each one comes, goes, and can come again. */
static void check_cpus(void)
{
	for (u32 round = 0; round < 3; round++) {
		for (u32 id = 1; id < cpu_count(); id++) {
			u64 end = clock_now() + WAIT_NS;

			expect_true(cpu_start(id, other, (void *)(u64)(id + 100)),
				"CPU %u to start", id);
			while (psci_affinity_info(id, 0) != AFFINITY_OFF &&
				clock_now() < end)
				clock_delay(10000);
			expect_equal(psci_affinity_info(id, 0), AFFINITY_OFF,
				"state of CPU %u after its end", id);
		}
	}
	expect_equal(arrived, 3 * (cpu_count() - 1), "CPUs that have run");
}

int guest_main(void)
{
	for (u32 i = 0; i < ARRAY_LEN(conduits); i++) {
		check_there(conduits[i].call, conduits[i].name);
		check_not_there(conduits[i].call, conduits[i].name);
		check_mistakes(conduits[i].call);
	}
	check_registers();
	check_numbers();
	check_random();
	check_cpus();
	return test_ok();
}
