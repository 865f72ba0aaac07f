// SPDX-License-Identifier: Apache-2.0
// SBI wrappers, and the console and the power switch made of them. SBI specification 2.0.
#include <arch/off.h>
#include <arch/sbi.h>
#include <guest/console.h>
#include <guest/machine.h>

u64 sbi_spec_version(void)
{
	return sbi_call(SBI_EXT_BASE, SBI_BASE_SPEC_VERSION, 0, 0, 0, 0, 0).value;
}

bool sbi_probe(u64 ext)
{
	return sbi_call(SBI_EXT_BASE, SBI_BASE_PROBE, ext, 0, 0, 0, 0).value;
}

struct sbi_ret sbi_set_timer(u64 tick)
{
	return sbi_call(SBI_EXT_TIME, SBI_TIME_SET_TIMER, tick, 0, 0, 0, 0);
}

struct sbi_ret sbi_send_ipi(u64 mask, u64 base)
{
	return sbi_call(SBI_EXT_IPI, SBI_IPI_SEND, mask, base, 0, 0, 0);
}

struct sbi_ret sbi_fence_i(u64 mask, u64 base)
{
	return sbi_call(SBI_EXT_RFENCE, SBI_RFENCE_FENCE_I, mask, base, 0, 0, 0);
}

struct sbi_ret sbi_sfence_vma(u64 mask, u64 base, u64 start, u64 size)
{
	return sbi_call(SBI_EXT_RFENCE, SBI_RFENCE_SFENCE_VMA, mask, base, start, size,
		0);
}

struct sbi_ret sbi_hart_start(u64 hart, u64 entry, u64 opaque)
{
	return sbi_call(SBI_EXT_HSM, SBI_HSM_START, hart, entry, opaque, 0, 0);
}

struct sbi_ret sbi_hart_stop(void)
{
	return sbi_call(SBI_EXT_HSM, SBI_HSM_STOP, 0, 0, 0, 0, 0);
}

struct sbi_ret sbi_hart_status(u64 hart)
{
	return sbi_call(SBI_EXT_HSM, SBI_HSM_STATUS, hart, 0, 0, 0, 0);
}

struct sbi_ret sbi_hart_suspend(u32 type)
{
	return sbi_call(SBI_EXT_HSM, SBI_HSM_SUSPEND, type, 0, 0, 0, 0);
}

struct sbi_ret sbi_debug_write(const char *text, u64 len)
{
	return sbi_call(SBI_EXT_DBCN, SBI_DBCN_WRITE, len, (u64)text, 0, 0, 0);
}

struct sbi_ret sbi_debug_read(char *text, u64 len)
{
	return sbi_call(SBI_EXT_DBCN, SBI_DBCN_READ, len, (u64)text, 0, 0, 0);
}

struct sbi_ret sbi_system_reset(u32 type, u32 reason)
{
	return sbi_call(SBI_EXT_SRST, SBI_SRST_RESET, type, reason, 0, 0, 0);
}

void console_putc(char c)
{
	sbi_call(SBI_EXT_LEGACY_PUTCHAR, 0, (u8)c, 0, 0, 0, 0);
}

int console_getc(void)
{
	return (int)sbi_call(SBI_EXT_LEGACY_GETCHAR, 0, 0, 0, 0, 0, 0).error;
}

_Noreturn void machine_off(bool failed)
{
	sbi_system_reset(SRST_SHUTDOWN, failed ? SRST_SYSTEM_FAILURE : SRST_NO_REASON);
	/* It came back: firmware from before SRST. */
	machine_off_legacy();
}

void machine_reset(void)
{
	sbi_system_reset(SRST_COLD_REBOOT, SRST_NO_REASON);
}
