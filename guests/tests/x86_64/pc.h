// SPDX-License-Identifier: Apache-2.0
// The older devices of a PC, for the tests that are about them: 8259A and 8254 (Intel's data
// sheets), and what they all do: count interrupts and wait for them.
#pragma once

#include "../check.h"
#include <guest/intc.h>
#include <arch/apic.h>
#include <arch/io.h>
#include <arch/ioapic.h>
#include <arch/trap.h>

/* ---- 8259A: `port` is PIC1_PORT or PIC2_PORT ---- */

#define ICW1_INIT  0x11 /* edges, a pair, ICW4 follows */
#define ICW4_8086  0x01
#define ICW4_AUTO  0x02 /* ends interrupts by itself */
#define OCW2_EOI   0x20
#define OCW2_THIS  0x60 /* ends that of the input in the low bits */
#define OCW3_IRR   0x0a /* the next read of the command port gives the IRR */
#define OCW3_ISR   0x0b
#define PIC_SLAVE  2 /* where the second is at the first */
#define PIC_CLOCK  8 /* the real-time clock's input */
#define ALL_MASKED 0xff

static inline void pic_mask(u16 inputs)
{
	io_write8(PIC1_PORT + 1, (u8)inputs);
	io_write8(PIC2_PORT + 1, (u8)(inputs >> 8));
}

/* All masked. */
static inline void pic_init_at(u8 vector, u8 icw4)
{
	io_write8(PIC1_PORT, ICW1_INIT);
	io_write8(PIC1_PORT + 1, vector);
	io_write8(PIC1_PORT + 1, 1 << PIC_SLAVE);
	io_write8(PIC1_PORT + 1, icw4);
	io_write8(PIC2_PORT, ICW1_INIT);
	io_write8(PIC2_PORT + 1, (u8)(vector + 8));
	io_write8(PIC2_PORT + 1, PIC_SLAVE);
	io_write8(PIC2_PORT + 1, icw4);
	pic_mask(0xffff);
}

static inline u8 pic_read(u16 port, u8 ocw3)
{
	io_write8(port, ocw3);
	return io_read8(port);
}

static inline void pic_init(u8 icw4)
{
	pic_init_at(VECTOR_PIC, icw4);
}

/* ---- 8254 ---- */

#define PIT_HZ       1193182UL
#define PIT_CONTROL  (PIT_PORT + 3)
#define PIT_LINE     2    /* of the I/O APIC; 0 of the 8259A */
#define PIT_BOTH     0x30 /* both bytes, the low one first */
#define PIT_LATCH    0x00
#define PIT_READBACK 0xc0

static inline void pit_set(u32 channel, u32 mode, u16 count)
{
	io_write8(PIT_CONTROL, (u8)(channel << 6 | PIT_BOTH | mode << 1));
	io_write8((u16)(PIT_PORT + channel), (u8)count);
	io_write8((u16)(PIT_PORT + channel), (u8)(count >> 8));
}

static inline u16 pit_count(u32 channel)
{
	u8 low;

	io_write8(PIT_CONTROL, (u8)(channel << 6 | PIT_LATCH));
	low = io_read8((u16)(PIT_PORT + channel));
	return (u16)(io_read8((u16)(PIT_PORT + channel)) << 8 | low);
}

/* A mode that waits for a count, and none comes. */
static inline void pit_stop(void)
{
	io_write8(PIT_CONTROL, PIT_BOTH);
}

/* ---- Waiting ---- */

/* With interrupts on, until *count is `wanted` or more, at most 2 s. */
static inline bool wait_count(volatile u32 *count, u32 wanted)
{
	u64 end = clock_now() + 2 * NS_PER_S;

	irq_on();
	while (*count < wanted && clock_now() < end)
		cpu_relax();
	irq_off();
	return *count >= wanted;
}

/* With interrupts on. */
static inline void wait_ns(u64 ns)
{
	irq_on();
	clock_delay(ns);
	irq_off();
}
