// SPDX-License-Identifier: Apache-2.0
// The serial port of nearly every board, "uart16550" (National Semiconductor PC16550D
// data sheet, section 8). Registers are one byte apart; wider accesses reach the same
// register.
//
// Sending takes no time, so the transmitter is always empty. Receiving takes none either:
// the receive timeout (four character times of silence) has always passed, and a guest
// that asked for a FIFO trigger level gets what was typed at once, as a timeout. OUT2
// gates the interrupt in PCs only; boards with a device tree wire INTR directly, and so
// does this one.
#include "models.h"
#include "rxfifo.h"

#include <hv/bits.h>
#include <hv/fdt.h>
#include <hv/string.h>

#define UART_WINDOW 8
#define UART_CLOCK  3686400 /* Hz, what the boards' oscillators have */

/* Register offsets; names for reading and writing. */
enum {
	UART_RBR = 0, /* THR when written, DLL with LCR_DLAB */
	UART_IER = 1, /* DLM with LCR_DLAB */
	UART_IIR = 2, /* FCR when written */
	UART_LCR = 3,
	UART_MCR = 4,
	UART_LSR = 5,
	UART_MSR = 6,
	UART_SCR = 7,
};

#define IER_EDSSI BIT(3) /* modem status */
#define IER_ELSI  BIT(2) /* receiver line status */
#define IER_ETBEI BIT(1) /* transmitter holding register empty */
#define IER_ERBFI BIT(0) /* received data */
#define IER_BITS  BITS(3, 0)

/* IIR bits 3:0 by falling priority. */
enum {
	IIR_LINE_STATUS = 6,
	IIR_RECEIVED = 4,
	IIR_TIMEOUT = 12,
	IIR_THR_EMPTY = 2,
	IIR_MODEM_STATUS = 0,
	IIR_NONE = 1,
};
#define IIR_FIFOS BITS(7, 6) /* both set while they are enabled */

#define FCR_TRIGGER  BITS(7, 6)
#define FCR_RX_RESET BIT(1)
#define FCR_ENABLE   BIT(0)

#define LCR_DLAB BIT(7)

#define MCR_LOOP BIT(4)
#define MCR_OUT2 BIT(3)
#define MCR_OUT1 BIT(2)
#define MCR_RTS  BIT(1)
#define MCR_DTR  BIT(0)
#define MCR_BITS BITS(4, 0)

#define LSR_TEMT BIT(6)
#define LSR_THRE BIT(5)
#define LSR_OE   BIT(1)
#define LSR_DR   BIT(0)

#define MSR_DCD  BIT(7)
#define MSR_RI   BIT(6)
#define MSR_DSR  BIT(5)
#define MSR_CTS  BIT(4)
#define MSR_DDCD BIT(3)
#define MSR_TERI BIT(2)
#define MSR_DDSR BIT(1)
#define MSR_DCTS BIT(0)

struct uart16550_state {
	u8 ier, fcr, lcr, mcr, scr, dll, dlm;
	u8 overrun; /* LSR_OE or 0 */
	u8 modem;   /* MSR, with the changes since it was read */
	bool thre;  /* the "THR became empty" interrupt is due */
	bool level; /* of the interrupt line */
	struct rxfifo rx;
};

struct uart16550 {
	struct vdev vdev;
	struct chardev chardev;
	struct uart16550_state s;
};

static struct uart16550 *to_uart(struct vdev *dev)
{
	return container_of(dev, struct uart16550, vdev);
}

/* How many bytes the receiver holds: without FIFOs only RBR. */
static u32 rx_capacity(const struct uart16550_state *s)
{
	return s->fcr & FCR_ENABLE ? RXFIFO_SIZE : 1;
}

static u32 rx_trigger(const struct uart16550_state *s)
{
	static const u8 levels[] = {1, 4, 8, 14};

	return s->fcr & FCR_ENABLE ? levels[field_get(FCR_TRIGGER, s->fcr)] : 1;
}

/* The most urgent enabled interrupt, as IIR shows it. */
static u32 irq_pending(const struct uart16550_state *s)
{
	if ((s->ier & IER_ELSI) && s->overrun)
		return IIR_LINE_STATUS;
	if ((s->ier & IER_ERBFI) && s->rx.count)
		return s->rx.count >= rx_trigger(s) ? IIR_RECEIVED : IIR_TIMEOUT;
	if ((s->ier & IER_ETBEI) && s->thre)
		return IIR_THR_EMPTY;
	if ((s->ier & IER_EDSSI) &&
		(s->modem & (MSR_DDCD | MSR_TERI | MSR_DDSR | MSR_DCTS)))
		return IIR_MODEM_STATUS;
	return IIR_NONE;
}

static void irq_update(struct uart16550 *uart)
{
	bool level = irq_pending(&uart->s) != IIR_NONE;

	if (level == uart->s.level)
		return;
	uart->s.level = level;
	virq_set(&uart->vdev.place.line, level);
}

/* One byte arrives, whether there is room or not. */
static void rx_push(struct uart16550_state *s, u8 byte)
{
	u32 capacity = rx_capacity(s);

	if (rxfifo_fill(&s->rx, capacity, &byte, 1))
		return;
	s->overrun = LSR_OE;
	/* A FIFO keeps what it has; without one the new byte replaces the old. */
	if (capacity == 1) {
		rxfifo_pop(&s->rx);
		rxfifo_push(&s->rx, byte);
	}
}

static u8 rx_pop(struct uart16550 *uart)
{
	bool empty = uart->s.rx.count == 0;
	u8 byte = rxfifo_pop(&uart->s.rx);

	if (empty)
		return byte;
	/* Not before it is empty, so that many bytes come for one interrupt. */
	if (uart->s.rx.count == 0)
		chardev_ready(&uart->chardev);
	irq_update(uart);
	return byte;
}

static u32 uart_receive(struct chardev *chardev, const u8 *data, u32 len)
{
	struct uart16550 *uart = container_of(chardev, struct uart16550, chardev);
	u32 taken;

	/* In loopback the input pin is disconnected. */
	if (uart->s.mcr & MCR_LOOP)
		return 0;
	taken = rxfifo_fill(&uart->s.rx, rx_capacity(&uart->s), data, len);
	irq_update(uart);
	return taken;
}

static void thr_write(struct uart16550 *uart, u8 byte)
{
	if (uart->s.mcr & MCR_LOOP)
		rx_push(&uart->s, byte);
	else
		chardev_send(&uart->chardev, &byte, 1);
	uart->s.thre = true;
	irq_update(uart);
}

static void ier_write(struct uart16550 *uart, u8 value)
{
	/* The transmitter is empty: enabling its interrupt raises it. */
	if (value & ~uart->s.ier & IER_ETBEI)
		uart->s.thre = true;
	uart->s.ier = value & IER_BITS;
	irq_update(uart);
}

static u8 iir_read(struct uart16550 *uart)
{
	u32 pending = irq_pending(&uart->s);

	if (pending == IIR_THR_EMPTY) {
		uart->s.thre = false;
		irq_update(uart);
	}
	return pending | (uart->s.fcr & FCR_ENABLE ? IIR_FIFOS : 0);
}

static void fcr_write(struct uart16550 *uart, u8 value)
{
	struct uart16550_state *s = &uart->s;

	if (((value ^ s->fcr) & FCR_ENABLE) ||
		(value & FCR_ENABLE && value & FCR_RX_RESET))
		s->rx.count = 0;
	s->fcr = value & (FCR_TRIGGER | FCR_ENABLE);
	if (s->rx.count == 0)
		chardev_ready(&uart->chardev);
	irq_update(uart);
}

/* MSR 7:4: the other side is there, or in loopback our own MCR outputs. */
static u8 modem_inputs(u8 mcr)
{
	if (!(mcr & MCR_LOOP))
		return MSR_DCD | MSR_DSR | MSR_CTS;
	return (mcr & MCR_OUT2 ? MSR_DCD : 0) | (mcr & MCR_OUT1 ? MSR_RI : 0) |
		(mcr & MCR_DTR ? MSR_DSR : 0) | (mcr & MCR_RTS ? MSR_CTS : 0);
}

static void mcr_write(struct uart16550 *uart, u8 value)
{
	struct uart16550_state *s = &uart->s;
	u8 inputs = modem_inputs(value), changed = inputs ^ s->modem;
	bool opened = s->mcr & ~value & MCR_LOOP;

	s->mcr = value & MCR_BITS;
	s->modem = (s->modem & BITS(3, 0)) | inputs;
	s->modem |= (changed & MSR_DCD ? MSR_DDCD : 0) |
		(changed & MSR_DSR ? MSR_DDSR : 0) | (changed & MSR_CTS ? MSR_DCTS : 0) |
		(changed & ~inputs & MSR_RI ? MSR_TERI : 0);
	if (opened)
		chardev_ready(&uart->chardev);
	irq_update(uart);
}

static u8 lsr_read(struct uart16550 *uart)
{
	struct uart16550_state *s = &uart->s;
	u8 value = LSR_TEMT | LSR_THRE | s->overrun | (s->rx.count ? LSR_DR : 0);

	if (s->overrun) {
		s->overrun = 0;
		irq_update(uart);
	}
	return value;
}

static u8 msr_read(struct uart16550 *uart)
{
	u8 value = uart->s.modem;

	uart->s.modem &= BITS(7, 4);
	irq_update(uart);
	return value;
}

static u64 uart_read(struct vdev *dev, u64 offset, u32 size)
{
	struct uart16550 *uart = to_uart(dev);
	struct uart16550_state *s = &uart->s;

	(void)size;
	switch (offset) {
	case UART_RBR: return s->lcr & LCR_DLAB ? s->dll : rx_pop(uart);
	case UART_IER: return s->lcr & LCR_DLAB ? s->dlm : s->ier;
	case UART_IIR: return iir_read(uart);
	case UART_LCR: return s->lcr;
	case UART_MCR: return s->mcr;
	case UART_LSR: return lsr_read(uart);
	case UART_MSR: return msr_read(uart);
	default: return s->scr; /* UART_SCR: the window has no more */
	}
}

static void uart_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct uart16550 *uart = to_uart(dev);
	struct uart16550_state *s = &uart->s;
	bool dlab = s->lcr & LCR_DLAB;

	(void)size;
	switch (offset) {
	case UART_RBR:
		if (dlab)
			s->dll = value;
		else
			thr_write(uart, value);
		break;
	case UART_IER:
		if (dlab)
			s->dlm = value;
		else
			ier_write(uart, value);
		break;
	case UART_IIR: fcr_write(uart, value); break;
	case UART_LCR: s->lcr = value; break;
	case UART_MCR: mcr_write(uart, value); break;
	case UART_LSR:
	case UART_MSR: break;    /* read only */
	default: s->scr = value; /* UART_SCR: the window has no more */
	}
}

static void uart_reset(struct vdev *dev)
{
	struct uart16550 *uart = to_uart(dev);
	bool level = uart->s.level;

	uart->s = (struct uart16550_state){.modem = modem_inputs(0), .level = level};
	irq_update(uart);
}

static int uart_create(struct vdev *dev, const char *args)
{
	struct uart16550 *uart = to_uart(dev);

	(void)args;
	uart->chardev.receive = uart_receive;
	chardev_attach(&uart->chardev, dev->vm);
	return 0;
}

static void uart_destroy(struct vdev *dev)
{
	chardev_detach(&to_uart(dev)->chardev);
}

static void uart_fdt(const struct vdev *dev, struct fdt_writer *w)
{
	fdt_node_at(w, "serial", dev->place.base);
	fdt_put_string(w, "compatible", "ns16550a");
	fdt_put_reg(w, dev->place.base, UART_WINDOW);
	fdt_put_cell(w, "clock-frequency", UART_CLOCK);
	virq_fdt(&dev->place.line, w);
	fdt_end_node(w);
}

const struct vdev_ops uart16550_ops = {
	.name = "uart16550",
	.min_size = 1,
	.max_size = 4,
	.size = UART_WINDOW,
	.bytes = sizeof(struct uart16550),
	.word = "console",
	.create = uart_create,
	.reset = uart_reset,
	.read = uart_read,
	.write = uart_write,
	.destroy = uart_destroy,
	.fdt = uart_fdt,
};
