// SPDX-License-Identifier: Apache-2.0
// The 16550 family of UARTs, for machines where its registers are not in memory.
#pragma once

#include <hv/driver.h>

/* How a register at `at`, device->base + (its number << device->reg_shift), is accessed. */
struct uart_access {
	u8 (*read)(u64 at);
	void (*write)(u64 at, u8 value);
	bool in_memory; /* has to be mapped first */
};

/*
 * Makes it the console, or gives the console its interrupt if it is that already and has one
 * now. 0, -EBUSY (another one is the console), -ENODEV (nothing there) or -E.
 */
int uart16550_probe(const struct device *device, const struct uart_access *access);
