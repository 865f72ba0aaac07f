// SPDX-License-Identifier: Apache-2.0
// Random numbers from the machine: its CPU's own instruction (arch_random()), or else a device.
// There is no generator of ours behind it, so a machine without either has none. Guests' devices
// take them by vm_random_take() of <hv/vdev.h>.
#pragma once

#include <hv/types.h>

/*
 * A driver has a source: `draw` gives 64 bits of it, 0 or -EAGAIN (none at this moment); any cpu,
 * with a lock held under which only the driver's own may be taken. The first is used. At boot.
 */
void random_source_set(int (*draw)(u64 *bits));

/* 64 random bits: 0, -EAGAIN (none at this moment) or -ENODEV (there is no source). Any cpu. */
int random_draw(u64 *bits);
