// SPDX-License-Identifier: Apache-2.0
// The I/O APIC: its registers, edges, levels with their ends, masks and delivery modes; COM1 and
// the 8254 make the interrupts. Intel 82093AA data sheet.
#define TEST "ioapic"
#include "pc.h"
#include <arch/uart.h>

#define VECTOR VECTOR_FREE

#define INPUT_LAST BITS(23, 16) /* of IOAPIC_VERSION */

static volatile u32 interrupts, nmis, remote, quiet_at;

static void handler(struct trap_frame *frame)
{
	(void)frame;
	interrupts++;
	remote = !!(ioapic_entry(UART_LINE) & ENTRY_REMOTE_IRR);
	if (interrupts >= quiet_at)
		uart_irqs_set(false, false);
	apic_eoi();
}

static void nmi_handler(struct trap_frame *frame)
{
	(void)frame;
	nmis++;
}

static void entry_set(u32 line, u64 flags)
{
	ioapic_entry_set(line, field_put(ENTRY_DEST, cpu_id()) | flags | VECTOR);
}

static void check_registers(void)
{
	u32 version = ioapic_read(IOAPIC_VERSION);
	u64 entry = field_put(ENTRY_DEST, 3) | ENTRY_MASKED | ENTRY_LEVEL | ENTRY_LOW |
		ENTRY_LOGICAL | 0x55;

	expect_equal(field_get(INPUT_LAST, version), LINES - 1, "the last input");
	for (u32 line = 0; line < LINES; line++) {
		/* Both that cannot be written are asked for, too. */
		ioapic_entry_set(line, entry | ENTRY_PENDING | ENTRY_REMOTE_IRR);
		expect_equal(ioapic_entry(line), entry, "the entry of input %u", line);
		ioapic_entry_set(line, ENTRY_MASKED);
		expect_equal(ioapic_entry(line), ENTRY_MASKED, "the entry of input %u",
			line);
	}
	expect_equal(*ioapic_mmio(IOAPIC_SELECT) & 0xff, IOAPIC_ENTRIES + 2 * LINES - 1,
		"the register select");
}

/* COM1 has room in its transmitter, so it interrupts when it is allowed to. */
static void check_edge(void)
{
	quiet_at = 1;
	interrupts = 0;
	entry_set(UART_LINE, 0);
	uart_irqs_set(false, true);
	expect_true(wait_count(&interrupts, 1), "an interrupt by an edge");
	expect_equal(remote, 0, "Remote IRR of an edge");
	wait_ns(1000000);
	expect_equal(interrupts, 1, "interrupts of one edge");
	uart_irqs_set(false, true);
	expect_true(wait_count(&interrupts, 2), "an interrupt by another edge");
	wait_ns(1000000);
	expect_equal(interrupts, 2, "interrupts of two edges");
}

static void check_level(void)
{
	quiet_at = 5;
	interrupts = 0;
	entry_set(UART_LINE, ENTRY_LEVEL);
	uart_irqs_set(false, true);
	expect_true(wait_count(&interrupts, 5),
		"interrupts as long as the level is there");
	expect_equal(remote, 1, "Remote IRR of a level in service");
	wait_ns(1000000);
	expect_equal(interrupts, 5, "interrupts after the level is gone");
	expect_equal(ioapic_entry(UART_LINE) & ENTRY_REMOTE_IRR, 0,
		"Remote IRR after the end");
}

/* A level that comes while it is masked is there when it is not; so it is not with an edge. */
static void check_mask(void)
{
	quiet_at = 1;
	interrupts = 0;
	entry_set(UART_LINE, ENTRY_LEVEL | ENTRY_MASKED);
	uart_irqs_set(false, true);
	wait_ns(1000000);
	expect_equal(interrupts, 0, "interrupts of a masked level");
	entry_set(UART_LINE, ENTRY_LEVEL);
	expect_true(wait_count(&interrupts, 1), "an interrupt of a level, once unmasked");
}

/* The output of the 8254, as an NMI; and to an APIC that is not there. */
static void check_modes(void)
{
	nmis = 0;
	pit_stop();
	entry_set(PIT_LINE, field_put(ENTRY_MODE, ICR_NMI >> 8));
	pit_set(0, 0, 1193);
	expect_true(wait_count(&nmis, 1), "an NMI by the I/O APIC");
	pit_stop();
	ioapic_entry_set(PIT_LINE, field_put(ENTRY_DEST, 0xe) | VECTOR);
	interrupts = 0;
	pit_set(0, 0, 1193);
	wait_ns(5000000);
	expect_equal(interrupts, 0, "interrupts for somebody else");
	pit_stop();
	/* To all, as a broadcast. */
	ioapic_entry_set(PIT_LINE, field_put(ENTRY_DEST, 0xff) | VECTOR);
	pit_set(0, 0, 1193);
	expect_true(wait_count(&interrupts, 1), "an interrupt for everybody");
	pit_stop();
	ioapic_entry_set(PIT_LINE, ENTRY_MASKED);
}

int guest_main(void)
{
	vector_handler_set(VECTOR, handler);
	vector_handler_set(VECTOR_NMI, nmi_handler);
	apic_start();
	uart_start();
	check_registers();
	check_edge();
	check_level();
	check_mask();
	check_modes();
	ioapic_entry_set(UART_LINE, ENTRY_MASKED);
	return test_ok();
}
