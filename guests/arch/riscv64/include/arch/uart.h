// SPDX-License-Identifier: Apache-2.0
// The board's UART: registers of the ns16550. PC16550D data sheet, table II.
#pragma once

#include <hv/bits.h>
#include <arch/board.h>

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
#define WHY_LINE    6
#define WHY_RECEIVE 4
#define WHY_SEND    2
#define WHY_NOTHING 1

#define FCR_ENABLE BIT(0)

#define LCR_8_BITS 3

#define MCR_OUT2 BIT(3) /* lets interrupts through on a PC */

#define LSR_THRE  BIT(5) /* may send */
#define LSR_READY BIT(0) /* received something */

static inline volatile u8 *uart_reg(enum uart_register reg)
{
	return (volatile u8 *)(UART_BASE + reg);
}
