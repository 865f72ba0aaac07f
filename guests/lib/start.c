// SPDX-License-Identifier: Apache-2.0
// From the first instruction of start.S to guest_main(): what every guest has.
#include <guest/machine.h>
#include <guest/console.h>
#include <guest/fdt.h>
#include <guest/memory.h>

_Noreturn void runtime_start(const void *fdt)
{
	u64 size, tree = (u64)fdt;

	if (!fdt_init(fdt) || !fdt_reg("/memory", 0, &ram.start, &size)) {
		print("guest: no memory node in a device tree at %p\n", fdt);
		machine_off(true);
	}
	ram.end = ram.start + size;
	machine_init();
	page_init((u64)image_end, ram.end, tree, tree + fdt_size());
	machine_off(guest_main() != 0);
}
