// SPDX-License-Identifier: Apache-2.0
// The smallest guest: asks for shutdown in its first instructions, so it has one exit. It
// brings its own entry and uses nothing of the runtime, not even a stack.
#include <arch/off.h>

_Noreturn void _start(void);

__attribute__((section(".text.start"))) _Noreturn void _start(void)
{
	machine_off_legacy();
}
