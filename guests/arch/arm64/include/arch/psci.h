// SPDX-License-Identifier: Apache-2.0
// Calls to whoever is below: Power State Coordination Interface (DEN 0022) by the SMC Calling
// Convention (DEN 0028).
#pragma once

#include <hv/types.h>

/* DEN 0022 chapter 5; bit 30 tells the calls with 64-bit arguments. */
enum psci_function {
	PSCI_VERSION = 0x84000000,
	PSCI_CPU_SUSPEND = 0xc4000001,
	PSCI_CPU_OFF = 0x84000002,
	PSCI_CPU_ON = 0xc4000003,
	PSCI_CPU_ON_32 = 0x84000003,
	PSCI_AFFINITY_INFO = 0xc4000004,
	PSCI_MIGRATE_INFO_TYPE = 0x84000006,
	PSCI_SYSTEM_OFF = 0x84000008,
	PSCI_SYSTEM_RESET = 0x84000009,
	PSCI_FEATURES = 0x8400000a,
	PSCI_SYSTEM_RESET2 = 0xc4000012,
	SMCCC_VERSION = 0x80000000,
	SMCCC_ARCH_FEATURES = 0x80000001,
};

/* 5.2.2 */
enum psci_error {
	PSCI_SUCCESS = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_DENIED = -3,
	PSCI_ALREADY_ON = -4,
	PSCI_ON_PENDING = -5,
	PSCI_INVALID_ADDRESS = -9,
};

/* AFFINITY_INFO */
enum { AFFINITY_ON, AFFINITY_OFF, AFFINITY_ON_PENDING };

/* SYSTEM_RESET2: types from 0x8000_0000 on are the vendor's. Ours: "the guest has failed". */
#define RESET2_FAILED 0x80000001U

/*
 * One call, by either instruction. It may change x0-x3 (to 17, before SMCCC 1.1) and nothing
 * else; results are signed. Inline, so that a measured loop holds nothing but the call.
 */
#define PSCI_CALL_BY(name, insn)                                                    \
	__attribute__((always_inline)) static inline s32 name(u64 function, u64 a1, \
		u64 a2, u64 a3)                                                     \
	{                                                                           \
		register u64 x0 __asm__("x0") = function;                           \
		register u64 x1 __asm__("x1") = a1;                                 \
		register u64 x2 __asm__("x2") = a2;                                 \
		register u64 x3 __asm__("x3") = a3;                                 \
                                                                                    \
		__asm__ volatile(insn " #0"                                         \
			: "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", \
			"x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", \
			"x16", "x17", "memory");                                    \
		return (s32)x0;                                                     \
	}

PSCI_CALL_BY(psci_hvc, "hvc")
PSCI_CALL_BY(psci_smc, "smc")

/* By the instruction that the device tree names. */
s32 psci_call(u64 function, u64 a1, u64 a2, u64 a3);

/* Reads the device tree. Until then calls are made by HVC. */
void psci_init(void);

/* `cpu` as MPIDR_EL1 has it; a started one begins at `entry` with `context` in x0. */
s32 psci_cpu_on(u64 cpu, u64 entry, u64 context);
s32 psci_cpu_off(void);
s32 psci_affinity_info(u64 cpu, u32 level);
