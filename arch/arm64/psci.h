// SPDX-License-Identifier: Apache-2.0
// Power State Coordination Interface: function numbers and results (Arm DEN 0022, "PSCI"), those
// of the SMC Calling Convention beside it (DEN 0028), and calls of ours to the firmware.
#pragma once

#include <hv/types.h>

/* DEN 0022, 5.1: bit 30 is set in those that take 64-bit arguments. */
#define PSCI_64 0x40000000U

enum psci_function {
	PSCI_VERSION = 0x84000000,
	PSCI_CPU_SUSPEND = 0x84000001,
	PSCI_CPU_OFF = 0x84000002,
	PSCI_CPU_ON = 0x84000003,
	PSCI_AFFINITY_INFO = 0x84000004,
	PSCI_MIGRATE_INFO_TYPE = 0x84000006,
	PSCI_SYSTEM_OFF = 0x84000008,
	PSCI_SYSTEM_RESET = 0x84000009,
	PSCI_FEATURES = 0x8400000a,
	PSCI_SYSTEM_RESET2 = 0x84000012,
};

/* DEN 0028, 7 */
enum smccc_function {
	SMCCC_VERSION = 0x80000000,
	SMCCC_ARCH_FEATURES = 0x80000001,
};

/* DEN 0022, 5.2.2; what is 0 or more depends on the function. */
enum psci_result {
	PSCI_SUCCESS = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_DENIED = -3,
	PSCI_ALREADY_ON = -4,
	PSCI_ON_PENDING = -5,
	PSCI_INTERNAL_FAILURE = -6,
	PSCI_NOT_PRESENT = -7,
	PSCI_DISABLED = -8,
	PSCI_INVALID_ADDRESS = -9,
};

/* AFFINITY_INFO */
enum { PSCI_AFFINITY_ON = 0, PSCI_AFFINITY_OFF = 1 };

/* MIGRATE_INFO_TYPE: no Trusted OS that would have to be */
enum { PSCI_MIGRATE_NOT_NEEDED = 2 };

/* CPU_SUSPEND's power state, original format: the CPU loses what it knew */
#define PSCI_POWER_DOWN BIT(16)

/* SYSTEM_RESET2's types: the architecture's, and the vendor's */
#define PSCI_RESET2_WARM   0U
#define PSCI_RESET2_VENDOR BIT(31)

/* What firmware the device tree has. At boot. */
void psci_init(void);
/* One call; PSCI_NOT_SUPPORTED if there is no firmware. */
s64 psci_call(u32 function, u64 arg0, u64 arg1, u64 arg2);
