// SPDX-License-Identifier: Apache-2.0
// The runtime of guests at EL0: what they need of the others' interface, made of two calls.
#include <guest/console.h>
#include <guest/machine.h>
#include <arch/bare.h>

_Noreturn void bare_start(void);

void console_putc(char c)
{
	bare_call(BARE_PUTCHAR, (u8)c);
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
	for (;;)
		bare_call(BARE_EXIT, failed);
}

_Noreturn void bare_start(void)
{
	machine_off(guest_main() != 0);
}
