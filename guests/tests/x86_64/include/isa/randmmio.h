// SPDX-License-Identifier: Apache-2.0
// Where the PC's devices are, in memory and at ports, and what must not be done to them.
#pragma once

#include "../../../mmio.h"
#include <arch/apic.h>
#include <arch/ioapic.h>
#include <arch/uart.h>

#define AROUND 64 /* bytes beyond each end of a window */

/* Ports are at these addresses here; nothing else is. */
#define PORTS         BIT(40)
#define PORTS_SIZE    0x10000UL
#define FAST_A20_PORT 0x92 /* bit 0 resets the machine */
#define KEYBOARD_PORT 0x64 /* so does a command */
#define PM1_SLEEP     0x2000UL
#define ICR_MODE      0x700UL

static const struct {
	u64 base, size;
} windows[] = {
	{APIC_BASE, 0x400},
	{APIC_BASE, 0x1000},
	{IOAPIC_BASE, 0x20},
	{IOAPIC_BASE, 0x1000},
	{HPET_BASE, 0x180},
	{HPET_BASE, 0x400},
	{PFLASH_BASE, 0x1000},
	{PORTS + PIC1_PORT, 2},
	{PORTS + PIC2_PORT, 2},
	{PORTS + ELCR_PORT, 2},
	{PORTS + PIT_PORT, 4},
	{PORTS + NMI_PORT, 1},
	{PORTS + RTC_PORT, 2},
	{PORTS + UART_PORT, 8},
	{PORTS + PM1_PORT - 4, 0x40},
	{PORTS + PCI_ADDRESS_PORT, 8},
	{PORTS, PORTS_SIZE},
};

/* `value` without `forbidden` at `at`; whatever else reaches one of its `size` bytes is 0. */
static inline u64 without(u64 addr, u64 value, u64 at, u64 size, u64 forbidden)
{
	if (addr == at)
		return value & ~forbidden;
	return addr + sizeof(u64) > at && addr < at + size ? 0 : value;
}

/*
 * A value that does not switch the machine off, reset it or its processor, cause an NMI, or make
 * a mess of the terminal.
 */
static inline u64 harmless(u64 addr, u64 value)
{
	if (addr == PORTS + UART_PORT)
		return '.';
	value = without(addr, value, PORTS + PM1_PORT, 2, PM1_SLEEP);
	value = without(addr, value, PORTS + RESET_PORT, 1, ~0UL);
	value = without(addr, value, PORTS + FAST_A20_PORT, 1, ~0UL);
	value = without(addr, value, PORTS + KEYBOARD_PORT, 1, ~0UL);
	value = without(addr, value, APIC_BASE + APIC_ICR, 4, ICR_MODE);
	return without(addr, value, IOAPIC_BASE + IOAPIC_WINDOW, 4, ENTRY_MODE);
}

static inline bool is_port(u64 addr)
{
	return addr - (PORTS - AROUND) < PORTS_SIZE + 2 * AROUND;
}

static inline void device_store(u64 addr, u32 kind, u64 value)
{
	if (!is_port(addr))
		mmio_store(addr, kind, value);
	else if (kind == 0)
		io_write8((u16)addr, (u8)value);
	else if (kind == 1)
		io_write16((u16)addr, (u16)value);
	else
		io_write32((u16)addr, (u32)value);
}

static inline void device_load(u64 addr, u32 kind)
{
	if (!is_port(addr))
		mmio_load(addr, kind);
	else if (kind == 0)
		io_read8((u16)addr);
	else if (kind == 1)
		io_read16((u16)addr);
	else
		io_read32((u16)addr);
}

/* 8 bits, no loop back: the console may share the port. */
static inline void devices_restore(void)
{
	uart_start();
	uart_irqs_set(false, false);
}
