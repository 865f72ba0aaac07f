// SPDX-License-Identifier: Apache-2.0
// The Supervisor Binary Interface 2.0: numbers that sbi.c (we call the firmware) and vsbi.c
// (guests call us) share.
#pragma once

#include <hv/types.h>

/* Extension ids (chapters 4 to 12). */
enum sbi_extension {
	SBI_LEGACY_SET_TIMER = 0x00,
	SBI_LEGACY_PUTCHAR = 0x01,
	SBI_LEGACY_GETCHAR = 0x02,
	SBI_LEGACY_CLEAR_IPI = 0x03,
	SBI_LEGACY_SEND_IPI = 0x04,
	SBI_LEGACY_FENCE_I = 0x05,
	SBI_LEGACY_SFENCE_VMA = 0x06,
	SBI_LEGACY_SFENCE_VMA_ASID = 0x07,
	SBI_LEGACY_SHUTDOWN = 0x08,
	SBI_BASE = 0x10,
	SBI_TIME = 0x54494d45,
	SBI_IPI = 0x735049,
	SBI_RFENCE = 0x52464e43,
	SBI_HSM = 0x48534d,
	SBI_SRST = 0x53525354,
	SBI_DBCN = 0x4442434e,
};

enum sbi_base_function {
	SBI_BASE_GET_SPEC_VERSION,
	SBI_BASE_GET_IMPL_ID,
	SBI_BASE_GET_IMPL_VERSION,
	SBI_BASE_PROBE_EXTENSION,
	SBI_BASE_GET_MVENDORID,
	SBI_BASE_GET_MARCHID,
	SBI_BASE_GET_MIMPID,
};

enum sbi_rfence_function {
	SBI_RFENCE_FENCE_I,
	SBI_RFENCE_SFENCE_VMA,
	SBI_RFENCE_SFENCE_VMA_ASID,
	SBI_RFENCE_HFENCE_GVMA_VMID,
	SBI_RFENCE_HFENCE_GVMA,
	SBI_RFENCE_HFENCE_VVMA_ASID,
	SBI_RFENCE_HFENCE_VVMA,
};

enum sbi_hsm_function {
	SBI_HSM_START,
	SBI_HSM_STOP,
	SBI_HSM_STATUS,
	SBI_HSM_SUSPEND,
};

enum sbi_hsm_state {
	SBI_HSM_STARTED,
	SBI_HSM_STOPPED,
	SBI_HSM_SUSPENDED = 4,
};

/* hart_suspend types (table 6): retentive wakes behind the call, the other starts anew. */
#define SBI_HSM_SUSPEND_RETENTIVE     0x00000000U
#define SBI_HSM_SUSPEND_NON_RETENTIVE 0x80000000U

enum sbi_srst_type { SBI_SRST_SHUTDOWN, SBI_SRST_COLD_REBOOT, SBI_SRST_WARM_REBOOT };
enum sbi_srst_reason { SBI_SRST_NO_REASON, SBI_SRST_SYSTEM_FAILURE };

enum sbi_dbcn_function { SBI_DBCN_WRITE, SBI_DBCN_READ, SBI_DBCN_WRITE_BYTE };

/* Error codes (table 1). */
enum {
	SBI_SUCCESS = 0,
	SBI_ERR_FAILED = -1,
	SBI_ERR_NOT_SUPPORTED = -2,
	SBI_ERR_INVALID_PARAM = -3,
	SBI_ERR_DENIED = -4,
	SBI_ERR_INVALID_ADDRESS = -5,
	SBI_ERR_ALREADY_AVAILABLE = -6,
	SBI_ERR_ALREADY_STARTED = -7,
	SBI_ERR_ALREADY_STOPPED = -8,
};

struct sbi_result {
	s64 error;
	s64 value;
};

/* One call into the firmware (chapter 3). */
static inline struct sbi_result sbi_call(u64 extension, u64 function, u64 arg0, u64 arg1,
	u64 arg2, u64 arg3, u64 arg4)
{
	register u64 a0 asm("a0") = arg0;
	register u64 a1 asm("a1") = arg1;
	register u64 a2 asm("a2") = arg2;
	register u64 a3 asm("a3") = arg3;
	register u64 a4 asm("a4") = arg4;
	register u64 a6 asm("a6") = function;
	register u64 a7 asm("a7") = extension;

	asm volatile("ecall"
		: "+r"(a0), "+r"(a1)
		: "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7)
		: "memory");
	return (struct sbi_result){(s64)a0, (s64)a1};
}

/* ---- sbi.c ---- */

/* The firmware has this extension. */
bool sbi_has(u64 extension);

/*
 * Carries an RFENCE function out on one hart, at once, also if it runs a guest. `start` and
 * `size` in bytes, size ~0: everything; `id` is the ASID where the function takes one.
 */
void sbi_remote_fence(u64 hart, enum sbi_rfence_function function, u64 start, u64 size,
	u64 id);

/* ---- sbi_console.c ---- */

/* Prints through the firmware until a UART's driver takes over. First of all. */
void sbi_console_attach(void);
