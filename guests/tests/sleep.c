// SPDX-License-Identifier: Apache-2.0
// Sleeps for ever; ten times a second its timer wakes it to print a dot. For tests of idling.
#include <guest/guest.h>

#define PERIOD_NS 100000000UL

static void timer_handler(void)
{
	console_putc('.');
	timer_set(clock_ticks() + clock_ns_to_ticks(PERIOD_NS));
}

int guest_main(void)
{
	print("sleep: sleeping\n");
	irq_handler_set(IRQ_TIMER, timer_handler);
	timer_set(clock_ticks() + clock_ns_to_ticks(PERIOD_NS));
	irq_on();
	for (;;)
		cpu_wait();
}
