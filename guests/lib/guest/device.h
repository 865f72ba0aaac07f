// SPDX-License-Identifier: Apache-2.0
// The board's devices as the device tree describes them: children of the root or of /soc.
#pragma once

#include <hv/types.h>

struct device {
	u64 base, size; /* its registers */
	u32 line;       /* its interrupt, for <guest/intc.h> */
};

/* The first device `name`, without "@unit"; false if there is none with an interrupt. */
bool device_find(const char *name, struct device *device);

/* A property of it, or NULL. */
const void *device_property(const char *name, const char *property);

/* The ISA's intc.c: the line that the value of a device's "interrupts" means. */
u32 intc_line(const void *cells);
