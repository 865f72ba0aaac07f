// SPDX-License-Identifier: Apache-2.0
// Formatting and the hypervisor's own messages.
#pragma once

#include <stdarg.h>
#include <hv/types.h>

/*
 * C99 snprintf for %d %i %u %x %X %c %s %p %%, with flags "-0 +#", width, precision (also *)
 * and the lengths hh h l ll z. Writes at most `size` bytes, always ends with NUL if size > 0,
 * and returns the length the whole text would have had.
 */
int vsnprint(char *buf, size_t size, const char *fmt, va_list args);
int snprint(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * One message to the console, "\n" becomes "\r\n" on a serial line. Whole messages of
 * different cpus do not mix. Any context but panic; takes the console's lock.
 */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A line "error: ..." or "warning: ...", with the newline added. Same rules as print(). */
void error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
