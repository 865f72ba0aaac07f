// SPDX-License-Identifier: Apache-2.0
// COM1, a 16550 (drivers/uart16550.c) whose registers are I/O ports.
#include "com.h"

#include <arch/port.h>

#include "../../drivers/uart16550.h"

#define COM1       0x3f8
#define COM1_PORTS 8

static u8 com_read(u64 at)
{
	return port_read8((u16)at);
}

static void com_write(u64 at, u8 value)
{
	port_write8((u16)at, value);
}

static const struct uart_access ports = {com_read, com_write, false};

void com_attach(u32 irq)
{
	const struct device com1 = {
		.compatible = "ns16550a",
		.base = HPA(COM1),
		.size = COM1_PORTS,
		.irq = irq,
	};

	uart16550_probe(&com1, &ports);
}
