// SPDX-License-Identifier: Apache-2.0
// The UART by interrupts both ways: repeats each typed line as "echo: <line>" until "quit".
#define TEST "uartecho"
#include "../check.h"
#include <guest/intc.h>
#include <arch/uart.h>

#define LINE_MAX 256
#define FIFO     16

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
	while (*uart_reg(UART_LSR) & LSR_READY)
		typed[typed_end++ % TYPED_MAX] = (char)*uart_reg(UART_RBR);
}

static void send(void)
{
	for (u32 room = FIFO; room && sending_left; room--, sending_left--)
		*uart_reg(UART_THR) = (u8)*sending++;
	if (!sending_left)
		*uart_reg(UART_IER) = IER_RECEIVE;
}

static void external_handler(void)
{
	u32 source = intc_claim();

	expect_equal(source, UART_LINE, "the interrupting line");
	for (;;) {
		u32 why = *uart_reg(UART_IIR) & IIR_WHY;

		if (why & WHY_NOTHING)
			break;
		switch (why) {
		case WHY_RECEIVE:
		case WHY_TIMEOUT:
			receive_irqs++;
			receive();
			break;
		case WHY_SEND:
			send_irqs++;
			send();
			break;
		default: (void)*uart_reg(UART_LSR);
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
	*uart_reg(UART_IER) = IER_RECEIVE | IER_SEND;
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
	*uart_reg(UART_LCR) = LCR_8_BITS;
	*uart_reg(UART_FCR) = FCR_ENABLE;
	*uart_reg(UART_MCR) = MCR_OUT2;
	*uart_reg(UART_IER) = IER_RECEIVE;
	print(TEST ": ready\n");
	while (line_read(line), strcmp(line, "quit") != 0)
		send_text(answer,
			(u32)snprint(answer, sizeof(answer), "echo: %s\n", line));
	*uart_reg(UART_IER) = 0;
	print(TEST ": %u interrupts to receive, %u to send\n", receive_irqs, send_irqs);
	return test_ok();
}
