// SPDX-License-Identifier: Apache-2.0
// The machine as a device tree describes it, for the ISAs whose boards have one.
#include <guest/cpu.h>
#include <guest/fdt.h>
#include <guest/machine.h>
#include <guest/memory.h>

bool machine_describe(const void *info)
{
	u64 size;

	if (!fdt_init(info) || !fdt_reg("/memory", 0, &ram.start, &size))
		return false;
	ram.end = ram.start + size;
	return true;
}

const void *machine_info(void)
{
	return fdt_base();
}

u32 machine_info_size(void)
{
	return fdt_size();
}

const char *machine_cmdline(void)
{
	return fdt_property("/chosen", "bootargs", NULL);
}

u32 cpu_count(void)
{
	return fdt_count("/cpus/cpu");
}
