// SPDX-License-Identifier: Apache-2.0
// The board's UART: registers of the PL011. PrimeCell UART technical reference manual
// (DDI 0183), chapter 3.
#pragma once

#include <hv/bits.h>
#include <arch/board.h>

enum uart_register {
	UART_DR = 0x00,   /* data, both ways */
	UART_FR = 0x18,   /* flags */
	UART_IBRD = 0x24, /* baud rate divisor, 16 bits */
	UART_FBRD = 0x28, /* ... and its fraction, 6 bits */
	UART_LCRH = 0x2c, /* line control */
	UART_CR = 0x30,   /* control */
	UART_IFLS = 0x34, /* FIFO levels that interrupt */
	UART_IMSC = 0x38, /* interrupts enabled, 11 bits */
	UART_RIS = 0x3c,  /* interrupts, enabled or not */
	UART_MIS = 0x40,  /* interrupts that are both */
	UART_ICR = 0x44,  /* clears interrupts */
};

#define FR_TXFF BIT(5) /* may not send */
#define FR_RXFE BIT(4) /* received nothing */

#define LCRH_8_BITS (BIT(6) | BIT(5))
#define LCRH_FEN    BIT(4) /* FIFOs */

#define CR_RXE    BIT(9)
#define CR_TXE    BIT(8)
#define CR_UARTEN BIT(0)

/* UART_IMSC, RIS, MIS, ICR */
#define INT_TIMEOUT BIT(6) /* received bytes wait */
#define INT_SEND    BIT(5) /* room in the transmitter */
#define INT_RECEIVE BIT(4)
#define INT_ALL     BITS(10, 0)

static inline volatile u32 *uart_reg(enum uart_register reg)
{
	return (volatile u32 *)(UART_BASE + reg);
}

#define UART_FIFO 16 /* what may be sent after UART_SEND, at most */

/* Why it interrupts; UART_NOTHING when it does no more. */
enum uart_why { UART_NOTHING, UART_RECEIVE, UART_SEND, UART_OTHER };

/* Ready for interrupts. */
static inline void uart_start(void)
{
	*uart_reg(UART_CR) = 0;
	*uart_reg(UART_LCRH) = LCRH_8_BITS | LCRH_FEN;
	*uart_reg(UART_ICR) = INT_ALL;
	*uart_reg(UART_CR) = CR_UARTEN | CR_TXE | CR_RXE;
}

static inline void uart_irqs_set(bool receive, bool send)
{
	*uart_reg(UART_IMSC) =
		(u32)((receive ? INT_RECEIVE | INT_TIMEOUT : 0) | (send ? INT_SEND : 0));
}

static inline enum uart_why uart_why(void)
{
	u32 why = *uart_reg(UART_MIS);

	if (why & (INT_RECEIVE | INT_TIMEOUT)) {
		*uart_reg(UART_ICR) = INT_RECEIVE | INT_TIMEOUT;
		return UART_RECEIVE;
	}
	*uart_reg(UART_ICR) = why;
	if (why & INT_SEND)
		return UART_SEND;
	return why ? UART_OTHER : UART_NOTHING;
}

static inline bool uart_readable(void)
{
	return !(*uart_reg(UART_FR) & FR_RXFE);
}

static inline char uart_read(void)
{
	return (char)*uart_reg(UART_DR);
}

/* The console sends by polling too, so there may be less room than the interrupt promised. */
static inline void uart_write(char c)
{
	while (*uart_reg(UART_FR) & FR_TXFF)
		;
	*uart_reg(UART_DR) = (u8)c;
}
