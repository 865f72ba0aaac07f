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
