// SPDX-License-Identifier: Apache-2.0
// The runtime of guests without a kernel: what they need of the others' interface, made of calls.
#include <guest/console.h>
#include <guest/machine.h>
#include <arch/hypercall.h>

_Noreturn void bare_start(void);

void console_putc(char c)
{
	vmmcall(CALL_PUTCHAR | (u64)(u8)c << 8, 0);
}

int print(const char *fmt, ...)
{
	va_list args;
	int count;

	va_start(args, fmt);
	count = vprint_unlocked(fmt, args);
	va_end(args);
	return count;
}

_Noreturn void machine_off(bool failed)
{
	if (failed)
		vmmcall(CALL_RESET2, RESET2_FAILED);
	for (;;)
		vmmcall(CALL_OFF, 0);
}

_Noreturn void bare_start(void)
{
	machine_off(guest_main() != 0);
}
