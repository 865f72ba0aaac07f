// SPDX-License-Identifier: Apache-2.0
// Calls to the supervisor binary interface. SBI specification 2.0.
#pragma once

#include <hv/types.h>

/* Chapters 4-12: extension numbers, then the functions of each. */
enum sbi_extension {
	SBI_EXT_LEGACY_SET_TIMER = 0,
	SBI_EXT_LEGACY_PUTCHAR = 1,
	SBI_EXT_LEGACY_GETCHAR = 2,
	SBI_EXT_LEGACY_SHUTDOWN = 8,
	SBI_EXT_BASE = 0x10,
	SBI_EXT_TIME = 0x54494d45,
	SBI_EXT_IPI = 0x735049,
	SBI_EXT_RFENCE = 0x52464e43,
	SBI_EXT_HSM = 0x48534d,
	SBI_EXT_SRST = 0x53525354,
	SBI_EXT_DBCN = 0x4442434e,
};

enum {
	SBI_BASE_SPEC_VERSION,
	SBI_BASE_IMPL_ID,
	SBI_BASE_IMPL_VERSION,
	SBI_BASE_PROBE,
	SBI_BASE_MVENDORID,
	SBI_BASE_MARCHID,
	SBI_BASE_MIMPID
};
enum { SBI_TIME_SET_TIMER };
enum { SBI_IPI_SEND };
enum { SBI_RFENCE_FENCE_I, SBI_RFENCE_SFENCE_VMA, SBI_RFENCE_SFENCE_VMA_ASID };
enum { SBI_HSM_START, SBI_HSM_STOP, SBI_HSM_STATUS, SBI_HSM_SUSPEND };
enum { HSM_STARTED, HSM_STOPPED, HSM_START_PENDING, HSM_STOP_PENDING, HSM_SUSPENDED };
enum { HSM_RETENTIVE }; /* a default kind of suspend, which keeps all registers */
enum { SBI_SRST_RESET };
enum { SBI_DBCN_WRITE, SBI_DBCN_READ, SBI_DBCN_WRITE_BYTE };

enum { SRST_SHUTDOWN, SRST_COLD_REBOOT, SRST_WARM_REBOOT };
enum { SRST_NO_REASON, SRST_SYSTEM_FAILURE };

/* Chapter 3, table 1 */
enum sbi_error {
	SBI_SUCCESS = 0,
	SBI_ERR_FAILED = -1,
	SBI_ERR_NOT_SUPPORTED = -2,
	SBI_ERR_INVALID_PARAM = -3,
	SBI_ERR_DENIED = -4,
	SBI_ERR_INVALID_ADDRESS = -5,
	SBI_ERR_ALREADY_AVAILABLE = -6,
	SBI_ERR_ALREADY_STARTED = -7,
	SBI_ERR_ALREADY_STOPPED = -8,
	SBI_ERR_NO_SHMEM = -9,
};

struct sbi_ret {
	s64 error; /* enum sbi_error; legacy calls return here */
	u64 value;
};

/* Inline, so that a measured loop holds nothing but the call. */
static inline struct sbi_ret sbi_call(u64 ext, u64 fid, u64 arg0, u64 arg1, u64 arg2,
	u64 arg3, u64 arg4)
{
	register u64 a0 __asm__("a0") = arg0;
	register u64 a1 __asm__("a1") = arg1;
	register u64 a2 __asm__("a2") = arg2;
	register u64 a3 __asm__("a3") = arg3;
	register u64 a4 __asm__("a4") = arg4;
	register u64 a6 __asm__("a6") = fid;
	register u64 a7 __asm__("a7") = ext;

	__asm__ volatile("ecall"
		: "+r"(a0), "+r"(a1)
		: "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7)
		: "memory");
	return (struct sbi_ret){(s64)a0, a1};
}

/* Base, chapter 4 */
u64 sbi_spec_version(void);
bool sbi_probe(u64 ext);

/* TIME, IPI, RFENCE; `mask` bit n is hart base + n; base -1: all harts */
struct sbi_ret sbi_set_timer(u64 tick);
struct sbi_ret sbi_send_ipi(u64 mask, u64 base);
struct sbi_ret sbi_fence_i(u64 mask, u64 base);
struct sbi_ret sbi_sfence_vma(u64 mask, u64 base, u64 start, u64 size);

/* HSM, chapter 9. A started hart gets its number in a0 and `opaque` in a1. */
struct sbi_ret sbi_hart_start(u64 hart, u64 entry, u64 opaque);
struct sbi_ret sbi_hart_stop(void);
struct sbi_ret sbi_hart_status(u64 hart);
/* Comes back behind the call once an interrupt is pending. */
struct sbi_ret sbi_hart_suspend(u32 type);

/* DBCN, chapter 12: `text` lies at its own address in physical memory. */
struct sbi_ret sbi_debug_write(const char *text, u64 len);
struct sbi_ret sbi_debug_read(char *text, u64 len);

/* SRST, chapter 10 */
struct sbi_ret sbi_system_reset(u32 type, u32 reason);
