// SPDX-License-Identifier: Apache-2.0
// Where the board's devices are, and what must not be done to them.
#pragma once

#include "../../../mmio.h"
#include <arch/board.h>
#include <arch/gic.h>
#include <arch/uart.h>

#define AROUND 64 /* bytes beyond each end of a window */

static const struct {
	u64 base, size;
} windows[] = {
	{GICD_BASE, 0x1000},
	{GICD_BASE, GICC_BASE - GICD_BASE},
	{GICC_BASE, GICC_SIZE},
	{GICR_BASE, 0x100},
	{GICR_BASE + GICR_SGI, 0x1000},
	{GICR_BASE, 2 * GICR_SIZE},
	{UART_BASE, 0x50},
	{UART_BASE, 0x1000},
	{RTC_BASE, 0x20},
	{RTC_BASE, 0x1000},
	{VIRTIO_BASE, VIRTIO_SIZE},
	{PFLASH_BASE, 0x1000},
};

/* A value that makes no mess of the terminal. */
static inline u64 harmless(u64 addr, u64 value)
{
	return addr == UART_BASE ? '.' : value;
}

#define device_store mmio_store
#define device_load  mmio_load

/* 8 bits, no loop back: the console may share the port. */
static inline void devices_restore(void)
{
	uart_start();
	uart_irqs_set(false, false);
}
