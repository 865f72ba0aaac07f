// SPDX-License-Identifier: Apache-2.0
// The console: COM1, polled. clock.c has set it up.
#include <guest/console.h>
#include <arch/uart.h>

void console_putc(char c)
{
	while (!(uart_in(UART_LSR) & LSR_THRE))
		__asm__ volatile("pause");
	uart_write(c);
}

int console_getc(void)
{
	return uart_readable() ? (u8)uart_read() : -1;
}
