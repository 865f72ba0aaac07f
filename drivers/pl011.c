// SPDX-License-Identifier: Apache-2.0
// The PrimeCell UART as the host's console (Arm DDI 0183, chapter 3), and the part of it that
// the Arm Base System Architecture asks of every server ("SBSA generic UART"): no line
// control and no baud rate. Those stay as the firmware made them. Usable polled from the
// first moment; interrupts are added as soon as there is a controller for them.
#include <hv/bits.h>
#include <hv/console.h>
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/irq.h>
#include <hv/mm.h>

#include "drivers.h"

/* Register offsets. */
#define UART_DR   0x00
#define UART_FR   0x18
#define UART_CR   0x30 /* not in the generic UART */
#define UART_IMSC 0x38
#define UART_MIS  0x40
#define UART_ICR  0x44
#define UART_SIZE 0x48 /* of what is used */

#define DR_DATA BITS(7, 0) /* above them: what was wrong with it */

#define FR_TXFF BIT(5) /* no room */
#define FR_RXFE BIT(4) /* nothing was received */
#define FR_BUSY BIT(3) /* something has not left yet */

#define CR_RXE    BIT(9)
#define CR_TXE    BIT(8)
#define CR_UARTEN BIT(0)

/* Interrupts, in IMSC, MIS and ICR. */
#define INT_RT BIT(6) /* received, and then nothing more for a while */
#define INT_TX BIT(5) /* the transmitter's FIFO has become emptier than its level */
#define INT_RX BIT(4) /* the receiver's FIFO is at its level */

/* In one interrupt, so that a broken UART cannot hold the cpu; it just fires again. */
#define ROUNDS_MAX 16

static struct {
	hpa_t base;
	u8 *regs; /* NULL: none found yet */
	bool has_irq;
	u32 imsc; /* (console's lock, once attached) */
} uart;

static u32 uart_read(u32 reg)
{
	return mmio_read32(uart.regs + reg);
}

static void uart_write(u32 reg, u64 value)
{
	mmio_write32(uart.regs + reg, (u32)value);
}

static u32 uart_send(const u8 *data, u32 len)
{
	u32 count = 0;

	while (count < len && !(uart_read(UART_FR) & FR_TXFF))
		uart_write(UART_DR, data[count++]);
	return count;
}

/*
 * The transmitter's interrupt comes when its FIFO passes the level on the way down. Room is
 * wanted only after send() has found it full, so it is still to come, or it is in RIS.
 */
static void uart_want_room(bool on)
{
	uart.imsc = on ? uart.imsc | INT_TX : uart.imsc & ~INT_TX;
	uart_write(UART_IMSC, uart.imsc);
}

static u32 uart_receive(u8 *data, u32 len)
{
	u32 count = 0;

	while (count < len && !(uart_read(UART_FR) & FR_RXFE))
		data[count++] = (u8)field_get(DR_DATA, uart_read(UART_DR));
	return count;
}

static bool uart_sent(void)
{
	return !(uart_read(UART_FR) & FR_BUSY);
}

static const struct console_ops uart_console = {
	.send = uart_send,
	.want_room = uart_want_room,
	.receive = uart_receive,
	.sent = uart_sent,
};

static void uart_interrupt(void *arg)
{
	u32 pending;

	(void)arg;
	/* Until nothing is pending: the line may be an edge. */
	for (u32 round = 0; round < ROUNDS_MAX; round++) {
		pending = uart_read(UART_MIS);
		if (!pending)
			return;
		/* First, or what comes while the FIFOs are served would be cleared, too. */
		uart_write(UART_ICR, pending);
		console_interrupt();
	}
}

/* Leaves what is in the FIFOs: the firmware's last words, and what was typed already. */
static void uart_setup(bool generic)
{
	uart_write(UART_IMSC, 0);
	if (!generic)
		uart_write(UART_CR, uart_read(UART_CR) | CR_RXE | CR_TXE | CR_UARTEN);
}

/* The first probe may come before there is an interrupt controller, a later one adds it. */
static void uart_attach_irq(const struct device *device)
{
	if (uart.has_irq || device->irq == 0)
		return;
	if (irq_attach(device->irq, uart_interrupt, NULL))
		return;
	uart.has_irq = true;
	uart.imsc |= INT_RT | INT_RX;
	uart_write(UART_IMSC, uart.imsc);
}

static int uart_start(const struct device *device, bool generic)
{
	int error;

	if (uart.regs && uart.base.raw != device->base.raw)
		return -EBUSY;
	if (device->size < UART_SIZE)
		return fail(-EINVAL);
	if (!uart.regs) {
		uart.regs = mmio_map(device->base, device->size);
		if (!uart.regs)
			return fail(-ENOMEM);
		uart.base = device->base;
		uart_setup(generic);
		error = console_attach(&uart_console);
		if (error)
			return error;
	}
	uart_attach_irq(device);
	return 0;
}

static int uart_probe(const struct device *device)
{
	return uart_start(device, false);
}

static int uart_probe_generic(const struct device *device)
{
	return uart_start(device, true);
}

const struct driver pl011_driver = {"arm,pl011", uart_probe};
const struct driver sbsa_uart_driver = {"arm,sbsa-uart", uart_probe_generic};
