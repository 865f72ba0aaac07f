// SPDX-License-Identifier: Apache-2.0
// The console: the board's UART, polled. clock.c has set it up.
#include <guest/console.h>
#include <guest/cpu.h>
#include <arch/uart.h>

void console_putc(char c)
{
	while (*uart_reg(UART_FR) & FR_TXFF)
		cpu_relax();
	*uart_reg(UART_DR) = (u8)c;
}

int console_getc(void)
{
	if (*uart_reg(UART_FR) & FR_RXFE)
		return -1;
	return (u8)*uart_reg(UART_DR);
}
