// SPDX-License-Identifier: Apache-2.0
// Formatted lines on the console, each as a whole.
#include <guest/console.h>
#include <guest/lock.h>

static struct spinlock console_lock;

int vprint(const char *fmt, va_list args)
{
	u64 flags = spin_lock_irq(&console_lock);
	int count = vprint_unlocked(fmt, args);

	spin_unlock_irq(&console_lock, flags);
	return count;
}

int print(const char *fmt, ...)
{
	va_list args;
	int count;

	va_start(args, fmt);
	count = vprint(fmt, args);
	va_end(args);
	return count;
}
