// SPDX-License-Identifier: Apache-2.0
// COM1, polled (PC16550D data sheet, 8), what is printed on it, and the way out.
#include <stdarg.h>

#include <arch/uart.h>

#include "rvmguest.h"

#define LCR_DLAB     0x80
#define DIVISOR_FAST 1    /* 115200 baud */
#define FCR_CLEAR    0xc7 /* on, both FIFOs emptied, 14 bytes at a time */
#define MCR_DTR_RTS  0x03
#define SLEEP_S5     0x2000 /* PM1a control: off */
#define IRQS_WANTED  3
#define PATIENCE     (100 * NS_PER_MS)

static volatile u32 irqs;

void console_start(void)
{
	uart_out(UART_IER, 0);
	uart_out(UART_LCR, LCR_DLAB);
	uart_out(UART_THR, DIVISOR_FAST);
	uart_out(UART_IER, 0);
	uart_out(UART_LCR, LCR_8_BITS);
	uart_out(UART_FCR, FCR_CLEAR);
	uart_out(UART_MCR, MCR_OUT2 | MCR_DTR_RTS);
	uart_out(UART_IER, 0);
}

void console_put(char c)
{
	while (!(uart_in(UART_LSR) & LSR_THRE))
		;
	uart_write(c);
}

int console_get(void)
{
	return uart_readable() ? (u8)uart_read() : -1;
}

static void print_number(u64 value, u32 base, u32 width)
{
	char digits[20];
	u32 n = 0;

	do
		digits[n++] = "0123456789abcdef"[value % base];
	while ((value /= base) != 0);
	for (u32 i = n; i < width; i++)
		console_put('0');
	while (n)
		console_put(digits[--n]);
}

void print(const char *format, ...)
{
	u64 flags;
	va_list args;

	/* A line is not cut by another task's. */
	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags)::"memory");
	va_start(args, format);
	for (const char *p = format; *p; p++) {
		u32 width = 0;

		if (*p != '%') {
			console_put(*p);
			continue;
		}
		while (*++p == 'l' || (*p >= '0' && *p <= '9'))
			width = *p == 'l' ? width : width * 10 + (u32)(*p - '0');
		if (*p == 's')
			for (const char *s = va_arg(args, const char *); *s; s++)
				console_put(*s);
		else if (*p == 'c')
			console_put((char)va_arg(args, int));
		else
			print_number(va_arg(args, u64), *p == 'x' ? 16 : 10, width);
	}
	va_end(args);
	if (flags & RFLAGS_IF)
		irqs_on();
}

void console_irq(void)
{
	/* Reading says that the transmitter's interrupt is known; the next byte makes another. */
	if (uart_why() != UART_SEND)
		return;
	if (++irqs < IRQS_WANTED)
		uart_write('.');
	else
		uart_irqs_set(false, false);
}

u32 console_irqs_try(void)
{
	u64 end = clock_ns() + PATIENCE;

	irqs = 0;
	intc_unmask(UART_LINE, IRQ_UART, true);
	uart_irqs_set(false, true);
	while (irqs < IRQS_WANTED && clock_ns() < end)
		wait_for_irq();
	uart_irqs_set(false, false);
	intc_unmask(UART_LINE, IRQ_UART, false);
	console_put('\n');
	return irqs;
}

_Noreturn void shutdown(void)
{
	print("Shutting down...\n");
	io_write16(PM1_PORT, SLEEP_S5);
	irqs_off();
	for (;;)
		__asm__ volatile("hlt");
}
