// SPDX-License-Identifier: Apache-2.0
// From the first instruction of start.S to guest_main(): what every guest has.
#include <guest/machine.h>
#include <guest/console.h>
#include <guest/memory.h>

_Noreturn void runtime_start(const void *info)
{
	u64 at;

	if (!machine_describe(info)) {
		print("guest: nothing at %p says where RAM is\n", info);
		machine_off(true);
	}
	machine_init();
	at = (u64)machine_info();
	page_init((u64)image_end, ram.end, at, at + machine_info_size());
	machine_off(guest_main() != 0);
}
