// SPDX-License-Identifier: Apache-2.0
// Where the board's devices are, and what must not be done to them.
#pragma once

#include "../../../mmio.h"
#include <arch/board.h>
#include <arch/uart.h>

#define AROUND 64 /* bytes beyond each end of a window */

static const struct {
	u64 base, size;
} windows[] = {
	{TEST_BASE, 0x1000},
	{RTC_BASE, 0x1000},
	{RTC_BASE, 0x24},
	{INTC_BASE, 0x1000},
	{INTC_BASE + 0x2000, 0x400},
	{INTC_BASE + 0x200000, 0x4000},
	{INTC_BASE, 0x600000},
	{UART_BASE, 8},
	{UART_BASE + 0x1000, 0x8000}, /* virtio-mmio */
	{PFLASH_BASE, 0x1000},
};

/* A value that does not switch the machine off, or make a mess of the terminal. */
static inline u64 harmless(u64 addr, u64 value)
{
	if (addr - (TEST_BASE - AROUND) < 0x1000 + 2 * AROUND)
		return value & ~0xffffffffUL;
	if (addr == UART_BASE)
		return '.';
	return value;
}

#define device_store mmio_store
#define device_load  mmio_load

/* 8 bits, no loop back: the console may share the port. */
static inline void devices_restore(void)
{
	*uart_reg(UART_LCR) = LCR_8_BITS;
	*uart_reg(UART_IER) = 0;
	*uart_reg(UART_FCR) = 0;
	*uart_reg(UART_MCR) = 0;
}
