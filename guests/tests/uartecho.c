// SPDX-License-Identifier: Apache-2.0
// The UART by interrupts both ways: repeats each typed line as "echo: <line>" until "quit".
#define TEST "uartecho"
#include "check.h"
#include <guest/intc.h>
#include <arch/uart.h>

#define LINE_MAX  256
#define TYPED_MAX 4096 /* a power of two */

/* What was typed and not read yet; the handler writes it. */
static char typed[TYPED_MAX];
static volatile u32 typed_end;
static u32 typed_at;

/* What is being sent; the handler takes from it. */
static const char *sending;
static volatile u32 sending_left;

static volatile u32 receive_irqs, send_irqs;

static void receive(void)
{
	while (uart_readable())
		typed[typed_end++ % TYPED_MAX] = uart_read();
}

static void send(void)
{
	for (u32 room = UART_FIFO; room && sending_left; room--, sending_left--)
		uart_write(*sending++);
	if (!sending_left)
		uart_irqs_set(true, false);
}

static void external_handler(void)
{
	u32 source = intc_claim();
	enum uart_why why;

	expect_equal(source, UART_LINE, "the interrupting line");
	while ((why = uart_why()) != UART_NOTHING) {
		if (why == UART_RECEIVE) {
			receive_irqs++;
			receive();
		} else if (why == UART_SEND) {
			send_irqs++;
			send();
		}
	}
	intc_done(source);
}

/* Interrupts are off but in the wait, so none comes between the look and the wait. */
static void sleep(void)
{
	cpu_wait();
	irq_on();
	irq_off();
}

static void send_text(const char *text, u32 len)
{
	sending = text;
	sending_left = len;
	uart_irqs_set(true, true);
	while (sending_left)
		sleep();
}

static char next(void)
{
	while (typed_at == typed_end)
		sleep();
	return typed[typed_at++ % TYPED_MAX];
}

static void line_read(char *line)
{
	u32 len = 0;

	for (char c; (c = next()) != '\r' && c != '\n';) {
		if (len < LINE_MAX - 1)
			line[len++] = c;
	}
	line[len] = '\0';
}

int guest_main(void)
{
	char line[LINE_MAX], answer[LINE_MAX + 16];

	intc_init();
	intc_enable(UART_LINE, true);
	irq_handler_set(IRQ_EXTERNAL, external_handler);
	uart_start();
	uart_irqs_set(true, false);
	print(TEST ": ready\n");
	while (line_read(line), strcmp(line, "quit") != 0)
		send_text(answer,
			(u32)snprint(answer, sizeof(answer), "echo: %s\n", line));
	uart_irqs_set(false, false);
	print(TEST ": %u interrupts to receive, %u to send\n", receive_irqs, send_irqs);
	return test_ok();
}
