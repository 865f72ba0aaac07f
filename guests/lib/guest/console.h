// SPDX-License-Identifier: Apache-2.0
// The guest's console: raw characters (each ISA) and formatted lines (lib/).
#pragma once

#include <stdarg.h>
#include <hv/types.h>

/* One character, exactly as it is: nothing is added to "\n". Each ISA; any context. */
void console_putc(char c);

/* The next character of input, or -1 if there is none now. Each ISA. */
int console_getc(void);

/*
 * printf with %d %u %x %X %c %s %p %%, the flags "-" and "0", a width, and the lengths l,
 * ll and z. Returns the number of characters. One call is printed as a whole: other
 * threads and cpus wait, and interrupts are off meanwhile. Any context.
 */
int print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int vprint(const char *fmt, va_list args);

/* The same for guests with one thread and no interrupts: nobody waits. lib/format.c. */
int vprint_unlocked(const char *fmt, va_list args);

/* The same into a buffer: at most `size` bytes, with the final NUL if size > 0. */
int snprint(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
