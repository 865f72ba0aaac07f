// SPDX-License-Identifier: Apache-2.0
// Our own mistakes: say everything known, then stop.
#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/panic.h>
#include <hv/print.h>
#include <hv/trace.h>

#define PANIC_RECORDS 32

static bool panicking;

bool panic_active(void)
{
	return __atomic_load_n(&panicking, __ATOMIC_ACQUIRE);
}

_Noreturn void panic(const char *fmt, ...)
{
	char text[256];
	va_list args;

	/* A second one, or one of another cpu meanwhile, has nothing to add. */
	if (__atomic_exchange_n(&panicking, true, __ATOMIC_ACQ_REL))
		arch_cpu_halt();
	va_start(args, fmt);
	vsnprint(text, sizeof(text), fmt, args);
	va_end(args);

	arch_cpu_stop_others();
	console_panic();
	error("panic on cpu %d: %s", cpu_this() ? (int)cpu_this()->index : -1, text);
	arch_host_regs_print();
	if (cpu_count)
		trace_print(-1, PANIC_RECORDS);
	arch_poweroff(false);
}

int fail_at(int code, const char *file, int line)
{
	print("debug: %s:%d: %s\n", file, line, error_name(code));
	return code;
}
