// SPDX-License-Identifier: Apache-2.0
// COM1: registers of the 16550. PC16550D data sheet, table II.
#pragma once

#include <hv/bits.h>
#include <arch/board.h>
#include <arch/io.h>

enum uart_register {
	UART_RBR = 0, /* received */
	UART_THR = 0, /* to send */
	UART_IER = 1, /* interrupts enabled */
	UART_IIR = 2, /* why it interrupts */
	UART_FCR = 2, /* FIFO control */
	UART_LCR = 3, /* line control */
	UART_MCR = 4, /* modem control */
	UART_LSR = 5, /* line status */
	UART_SCR = 7, /* scratch: keeps any byte */
};

#define IER_SEND    BIT(1) /* room in the transmitter */
#define IER_RECEIVE BIT(0)

#define IIR_WHY     BITS(3, 0)
#define WHY_TIMEOUT 12 /* received bytes wait */
#define WHY_RECEIVE 4
#define WHY_SEND    2
#define WHY_NOTHING 1

#define FCR_ENABLE BIT(0)

#define LCR_8_BITS 3

#define MCR_OUT2 BIT(3) /* lets interrupts through */

#define LSR_THRE  BIT(5) /* may send */
#define LSR_READY BIT(0) /* received something */

static inline u8 uart_in(enum uart_register reg)
{
	return io_read8((u16)(UART_PORT + reg));
}

static inline void uart_out(enum uart_register reg, u8 value)
{
	io_write8((u16)(UART_PORT + reg), value);
}

#define UART_FIFO 16 /* what may be sent after UART_SEND */

/* Why it interrupts; UART_NOTHING when it does no more. */
enum uart_why { UART_NOTHING, UART_RECEIVE, UART_SEND, UART_OTHER };

/* Ready for interrupts. */
static inline void uart_start(void)
{
	uart_out(UART_LCR, LCR_8_BITS);
	uart_out(UART_FCR, FCR_ENABLE);
	uart_out(UART_MCR, MCR_OUT2);
}

static inline void uart_irqs_set(bool receive, bool send)
{
	uart_out(UART_IER, (u8)((receive ? IER_RECEIVE : 0) | (send ? IER_SEND : 0)));
}

static inline enum uart_why uart_why(void)
{
	u32 why = uart_in(UART_IIR) & IIR_WHY;

	if (why & WHY_NOTHING)
		return UART_NOTHING;
	switch (why) {
	case WHY_RECEIVE:
	case WHY_TIMEOUT: return UART_RECEIVE;
	case WHY_SEND: return UART_SEND;
	default: uart_in(UART_LSR); return UART_OTHER;
	}
}

static inline bool uart_readable(void)
{
	return uart_in(UART_LSR) & LSR_READY;
}

static inline char uart_read(void)
{
	return (char)uart_in(UART_RBR);
}

static inline void uart_write(char c)
{
	uart_out(UART_THR, (u8)c);
}
