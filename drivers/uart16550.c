// SPDX-License-Identifier: Apache-2.0
// The 16550 family of UARTs as the host's console (National Semiconductor, "PC16550D", 8.0;
// Synopsys, "DW_apb_uart", 5). Line settings stay as the firmware made them. Usable polled
// from the first moment; interrupts are added as soon as there is a controller for them.
#include <hv/bits.h>
#include <hv/console.h>
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/irq.h>
#include <hv/mm.h>

#include "drivers.h"
#include "uart16550.h"

/* Register numbers; they are 1 << reg_shift bytes apart. */
enum uart_reg {
	UART_RBR = 0, /* read: receiver buffer */
	UART_THR = 0, /* write: transmitter holding */
	UART_IER = 1, /* interrupt enable */
	UART_IIR = 2, /* read: interrupt identification */
	UART_FCR = 2, /* write: FIFO control */
	UART_LCR = 3, /* line control */
	UART_MCR = 4, /* modem control */
	UART_LSR = 5, /* line status */
	UART_REGS = 8,
	UART_USR = 31, /* DW_apb_uart: UART status */
};

#define IER_ETBEI BIT(1) /* transmitter holding register empty */
#define IER_ERBFI BIT(0) /* received data available */

#define IIR_FIFOS   BITS(7, 6) /* both set: the FIFOs are there and on */
#define IIR_ID      BITS(3, 0)
#define IIR_ID_NONE 0x1 /* nothing is pending */
#define IIR_ID_BUSY 0x7 /* DW_apb_uart: LCR written while busy; reading USR ends it */

#define FCR_ENABLE BIT(0) /* FIFOs on, receive interrupt at the first byte */

#define LCR_DLAB BIT(7) /* registers 0 and 1 are the divisor */

#define MCR_OUT2 BIT(3) /* lets interrupts out, on PCs */
#define MCR_RTS  BIT(1)
#define MCR_DTR  BIT(0)

#define LSR_TEMT BIT(6) /* everything has left */
#define LSR_THRE BIT(5) /* the transmitter's FIFO is empty */
#define LSR_DR   BIT(0) /* a byte was received */

#define FIFO_BYTES 16
/* An absent UART often reads as ones everywhere. */
#define LSR_ABSENT 0xffU
/* In one interrupt, so that a broken UART cannot hold the cpu; it just fires again. */
#define ROUNDS_MAX 16

static struct {
	const struct uart_access *access; /* NULL: none found yet */
	u64 base;
	u32 reg_shift;
	bool has_irq;
	u32 fifo; /* bytes that fit when LSR.THRE is set */
	u8 ier;   /* (console's lock, once attached) */
} uart;

static u8 memory_read8(u64 at)
{
	return mmio_read8(hpa_ptr(HPA(at)));
}

static void memory_write8(u64 at, u8 value)
{
	mmio_write8(hpa_ptr(HPA(at)), value);
}

static u8 memory_read32(u64 at)
{
	return (u8)mmio_read32(hpa_ptr(HPA(at)));
}

static void memory_write32(u64 at, u8 value)
{
	mmio_write32(hpa_ptr(HPA(at)), value);
}

static const struct uart_access bytes = {memory_read8, memory_write8, true};
/* For registers that take 32-bit accesses only. */
static const struct uart_access words = {memory_read32, memory_write32, true};

static u8 uart_read(enum uart_reg reg)
{
	return uart.access->read(uart.base + ((u64)reg << uart.reg_shift));
}

static void uart_write(enum uart_reg reg, u8 value)
{
	uart.access->write(uart.base + ((u64)reg << uart.reg_shift), value);
}

static u32 uart_send(const u8 *data, u32 len)
{
	u32 count = MIN(len, uart.fifo);

	if (!(uart_read(UART_LSR) & LSR_THRE))
		return 0;
	for (u32 i = 0; i < count; i++)
		uart_write(UART_THR, data[i]);
	return count;
}

static void uart_want_room(bool on)
{
	uart.ier = on ? uart.ier | IER_ETBEI : uart.ier & ~IER_ETBEI;
	uart_write(UART_IER, uart.ier);
}

static u32 uart_receive(u8 *data, u32 len)
{
	u32 count = 0;

	while (count < len && uart_read(UART_LSR) & LSR_DR)
		data[count++] = uart_read(UART_RBR);
	return count;
}

static bool uart_sent(void)
{
	return uart_read(UART_LSR) & LSR_TEMT;
}

static const struct console_ops uart_console = {
	.send = uart_send,
	.want_room = uart_want_room,
	.receive = uart_receive,
	.sent = uart_sent,
};

static void uart_interrupt(void *arg)
{
	(void)arg;
	/* Until nothing is pending: the line may be an edge. */
	for (u32 round = 0; round < ROUNDS_MAX; round++) {
		u64 id = field_get(IIR_ID, uart_read(UART_IIR));

		if (id == IIR_ID_NONE)
			return;
		if (id == IIR_ID_BUSY && uart.access == &words)
			uart_read(UART_USR);
		console_interrupt();
	}
}

/* Leaves what is in the FIFOs: the firmware's last words, and what was typed already. */
static void uart_setup(void)
{
	uart_write(UART_LCR, uart_read(UART_LCR) & ~LCR_DLAB);
	uart_write(UART_IER, 0);
	uart_write(UART_FCR, FCR_ENABLE);
	uart_write(UART_MCR, MCR_OUT2 | MCR_RTS | MCR_DTR);
	uart.fifo = (uart_read(UART_IIR) & IIR_FIFOS) == IIR_FIFOS ? FIFO_BYTES : 1;
}

/* The first probe may come before there is an interrupt controller, a later one adds it. */
static void uart_attach_irq(const struct device *device)
{
	if (uart.has_irq || device->irq == 0)
		return;
	if (irq_attach(device->irq, uart_interrupt, NULL))
		return;
	uart.has_irq = true;
	uart.ier |= IER_ERBFI;
	uart_write(UART_IER, uart.ier);
}

int uart16550_probe(const struct device *device, const struct uart_access *access)
{
	int error;

	if (uart.access && uart.base != device->base.raw)
		return -EBUSY;
	if (device->size < (u64)UART_REGS << device->reg_shift)
		return fail(-EINVAL);
	if (access->in_memory && !mmio_map(device->base, device->size))
		return fail(-ENOMEM);
	if (!uart.access) {
		uart.base = device->base.raw;
		uart.reg_shift = device->reg_shift;
		uart.access = access;
		if (uart_read(UART_LSR) == LSR_ABSENT) {
			uart.access = NULL;
			return fail(-ENODEV);
		}
		uart_setup();
		error = console_attach(&uart_console);
		if (error)
			return error;
	}
	uart_attach_irq(device);
	return 0;
}

static int uart_probe(const struct device *device)
{
	return uart16550_probe(device, &bytes);
}

static int uart_probe_dw(const struct device *device)
{
	/* With registers a word apart they sit on a bus that takes whole words only. */
	return uart16550_probe(device, device->reg_shift == 2 ? &words : &bytes);
}

const struct driver uart_ns16550a_driver = {"ns16550a", uart_probe};
const struct driver uart_ns16550_driver = {"ns16550", uart_probe};
const struct driver uart_dw_apb_driver = {"snps,dw-apb-uart", uart_probe_dw};
