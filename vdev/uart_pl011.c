// SPDX-License-Identifier: Apache-2.0
// The serial port of Arm's boards, "pl011" (PrimeCell UART, Arm DDI 0183, chapter 3).
//
// Sending takes no time, so the transmitter is always empty. Receiving takes none either:
// the receive timeout (32 bit times of silence) has always passed while there is anything to
// read, and neither it nor the receive interrupt can be cleared for longer than that.
//
// UARTEN, TXE and RXE hold what is written and stop nothing: code that runs before a
// kernel's driver expects that firmware has enabled the UART, and here no firmware runs.
#include "models.h"
#include "primecell.h"
#include "rxfifo.h"

#include <hv/bits.h>
#include <hv/string.h>

/* Revision r1p1 of part 0x011: later ones have FIFOs of 32. */
#define UART_ID 0x00141011

/* Register offsets. */
enum {
	UART_DR = 0x00,
	UART_RSR = 0x04, /* ECR when written */
	UART_FR = 0x18,
	UART_IBRD = 0x24,
	UART_FBRD = 0x28,
	UART_LCR_H = 0x2c,
	UART_CR = 0x30,
	UART_IFLS = 0x34,
	UART_IMSC = 0x38,
	UART_RIS = 0x3c,
	UART_MIS = 0x40,
	UART_ICR = 0x44,
	UART_DMACR = 0x48,
};

#define DR_OE BIT(11) /* something was lost before this byte was read */

#define RSR_OE BIT(3)

#define FR_RI   BIT(8)
#define FR_TXFE BIT(7)
#define FR_RXFF BIT(6)
#define FR_RXFE BIT(4)
#define FR_DCD  BIT(2)
#define FR_DSR  BIT(1)
#define FR_CTS  BIT(0)

#define IBRD_BITS BITS(15, 0)
#define FBRD_BITS BITS(5, 0)

#define LCR_H_FEN  BIT(4)
#define LCR_H_BITS BITS(7, 0)

#define CR_OUT2 BIT(13)
#define CR_OUT1 BIT(12)
#define CR_RTS  BIT(11)
#define CR_DTR  BIT(10)
#define CR_RXE  BIT(9)
#define CR_TXE  BIT(8)
#define CR_LBE  BIT(7)
#define CR_BITS (BITS(15, 7) | BITS(2, 0))

#define IFLS_RXIFLSEL BITS(5, 3)
#define IFLS_BITS     BITS(5, 0)
#define IFLS_RESET    0x12 /* both at one half */

/* Interrupts, in IMSC, RIS, MIS and ICR. */
#define INT_OE   BIT(10)
#define INT_RT   BIT(6)
#define INT_TX   BIT(5)
#define INT_RX   BIT(4)
#define INT_DSR  BIT(3)
#define INT_DCD  BIT(2)
#define INT_CTS  BIT(1)
#define INT_RI   BIT(0)
#define INT_BITS BITS(10, 0)

#define DMACR_BITS BITS(2, 0) /* nothing here does DMA */

struct pl011_state {
	u16 ibrd, lcr_h, cr, imsc;
	u8 fbrd, ifls, dmacr;
	u16 latched; /* RIS, but for INT_RX and INT_RT */
	u8 overrun;  /* RSR_OE or 0 */
	bool lost;   /* DR_OE is due */
	bool level;  /* of the interrupt line */
	struct rxfifo rx;
};

struct pl011 {
	struct vdev vdev;
	struct chardev chardev;
	struct pl011_state s;
};

static struct pl011 *to_uart(struct vdev *dev)
{
	return container_of(dev, struct pl011, vdev);
}

/* How many bytes the receiver holds: without FIFOs one. */
static u32 rx_capacity(const struct pl011_state *s)
{
	return s->lcr_h & LCR_H_FEN ? RXFIFO_SIZE : 1;
}

static u32 rx_trigger(const struct pl011_state *s)
{
	/* 1/8, 1/4, 1/2, 3/4, 7/8 of the FIFO; the rest is reserved. */
	static const u8 levels[] = {2, 4, 8, 12, 14, 14, 14, 14};

	return s->lcr_h & LCR_H_FEN ? levels[field_get(IFLS_RXIFLSEL, s->ifls)] : 1;
}

static u32 irq_raw(const struct pl011_state *s)
{
	return s->latched | (s->rx.count ? INT_RT : 0) |
		(s->rx.count >= rx_trigger(s) ? INT_RX : 0);
}

static void irq_update(struct pl011 *uart)
{
	bool level = irq_raw(&uart->s) & uart->s.imsc;

	if (level == uart->s.level)
		return;
	uart->s.level = level;
	virq_set(&uart->vdev.place.line, level);
}

static u64 dr_read(struct pl011 *uart)
{
	struct pl011_state *s = &uart->s;
	bool empty = s->rx.count == 0;
	u64 value = rxfifo_pop(&s->rx) | (s->lost ? DR_OE : 0);

	if (empty)
		return value;
	s->lost = false;
	/* Not before it is empty, so that many bytes come for one interrupt. */
	if (s->rx.count == 0)
		chardev_ready(&uart->chardev);
	irq_update(uart);
	return value;
}

static u32 uart_receive(struct chardev *chardev, const u8 *data, u32 len)
{
	struct pl011 *uart = container_of(chardev, struct pl011, chardev);
	u32 taken;

	/* In loopback the input pin is disconnected. */
	if (uart->s.cr & CR_LBE)
		return 0;
	taken = rxfifo_fill(&uart->s.rx, rx_capacity(&uart->s), data, len);
	irq_update(uart);
	return taken;
}

static void loop_back(struct pl011_state *s, u8 byte)
{
	if (rxfifo_fill(&s->rx, rx_capacity(s), &byte, 1))
		return;
	s->overrun = RSR_OE;
	s->lost = true;
	s->latched |= INT_OE;
}

static void dr_write(struct pl011 *uart, u8 byte)
{
	if (uart->s.cr & CR_LBE)
		loop_back(&uart->s, byte);
	else
		chardev_send(&uart->chardev, &byte, 1);
	/* It left at once: the transmitter has passed its trigger level. */
	uart->s.latched |= INT_TX;
	irq_update(uart);
}

/* FR's modem inputs: the other side is there, or in loopback our own CR outputs. */
static u32 modem_inputs(u32 cr)
{
	if (!(cr & CR_LBE))
		return FR_DCD | FR_DSR | FR_CTS;
	return (cr & CR_OUT2 ? FR_RI : 0) | (cr & CR_OUT1 ? FR_DCD : 0) |
		(cr & CR_DTR ? FR_DSR : 0) | (cr & CR_RTS ? FR_CTS : 0);
}

static u64 fr_read(const struct pl011_state *s)
{
	return FR_TXFE | (s->rx.count >= rx_capacity(s) ? FR_RXFF : 0) |
		(s->rx.count ? 0 : FR_RXFE) | modem_inputs(s->cr);
}

static void lcr_h_write(struct pl011 *uart, u64 value)
{
	struct pl011_state *s = &uart->s;
	/* The manual's way to flush; what waits in a holding register moves into the FIFO. */
	bool flush = s->lcr_h & ~value & LCR_H_FEN;

	s->lcr_h = value & LCR_H_BITS;
	if (flush)
		s->rx.count = 0;
	if (s->rx.count < rx_capacity(s))
		chardev_ready(&uart->chardev);
	irq_update(uart);
}

static void cr_write(struct pl011 *uart, u64 value)
{
	struct pl011_state *s = &uart->s;
	u32 changed = modem_inputs(s->cr) ^ modem_inputs(value);
	bool opened = s->cr & ~value & CR_LBE;

	s->cr = value & CR_BITS;
	s->latched |= (changed & FR_DSR ? INT_DSR : 0) |
		(changed & FR_DCD ? INT_DCD : 0) | (changed & FR_CTS ? INT_CTS : 0) |
		(changed & FR_RI ? INT_RI : 0);
	if (opened)
		chardev_ready(&uart->chardev);
	irq_update(uart);
}

static u64 reg_read(struct pl011 *uart, u64 offset)
{
	struct pl011_state *s = &uart->s;
	u64 id;

	switch (offset) {
	case UART_DR: return dr_read(uart);
	case UART_RSR: return s->overrun;
	case UART_FR: return fr_read(s);
	case UART_IBRD: return s->ibrd;
	case UART_FBRD: return s->fbrd;
	case UART_LCR_H: return s->lcr_h;
	case UART_CR: return s->cr;
	case UART_IFLS: return s->ifls;
	case UART_IMSC: return s->imsc;
	case UART_RIS: return irq_raw(s);
	case UART_MIS: return irq_raw(s) & s->imsc;
	case UART_ICR: return 0; /* write only */
	case UART_DMACR: return s->dmacr;
	default:
		if (!primecell_id(UART_ID, offset, &id))
			vdev_refused(&uart->vdev, offset, false, 0);
		return id;
	}
}

static u64 uart_read(struct vdev *dev, u64 offset, u32 size)
{
	u64 value = reg_read(to_uart(dev), offset);

	/* A narrow access reaches the low bits of the register. */
	return value & BITS(8 * size - 1, 0);
}

static void uart_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct pl011 *uart = to_uart(dev);
	struct pl011_state *s = &uart->s;

	(void)size;
	switch (offset) {
	case UART_DR: dr_write(uart, value); return;
	case UART_RSR: s->overrun = 0; return;
	case UART_IBRD: s->ibrd = value & IBRD_BITS; return;
	case UART_FBRD: s->fbrd = value & FBRD_BITS; return;
	case UART_LCR_H: lcr_h_write(uart, value); return;
	case UART_CR: cr_write(uart, value); return;
	case UART_IFLS: s->ifls = value & IFLS_BITS; break;
	case UART_IMSC: s->imsc = value & INT_BITS; break;
	case UART_ICR: s->latched &= ~value; break;
	case UART_DMACR: s->dmacr = value & DMACR_BITS; return;
	case UART_FR:
	case UART_RIS:
	case UART_MIS: return; /* read only */
	default: vdev_refused(dev, offset, true, value); return;
	}
	irq_update(uart);
}

static void uart_reset(struct vdev *dev)
{
	struct pl011 *uart = to_uart(dev);

	uart->s = (struct pl011_state){
		.cr = CR_RXE | CR_TXE,
		.ifls = IFLS_RESET,
		.level = uart->s.level,
	};
	irq_update(uart);
}

static int uart_create(struct vdev *dev, const char *args)
{
	struct pl011 *uart = to_uart(dev);

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
	static const char compatible[] = "arm,pl011\0arm,primecell";
	static const char clocks[] = "uartclk\0apb_pclk";

	primecell_fdt(dev,
		&(const struct primecell_node){
			.name = "pl011",
			.compatible = compatible,
			.compatible_len = sizeof(compatible) - 1,
			.clocks = clocks,
			.clocks_len = sizeof(clocks) - 1,
			.clock_count = 2,
		},
		w);
}

const struct vdev_ops pl011_ops = {
	.name = "pl011",
	.min_size = 1,
	.max_size = 4,
	.size = PRIMECELL_WINDOW,
	.bytes = sizeof(struct pl011),
	.word = "console",
	.create = uart_create,
	.reset = uart_reset,
	.read = uart_read,
	.write = uart_write,
	.destroy = uart_destroy,
	.fdt = uart_fdt,
};
