// SPDX-License-Identifier: Apache-2.0
// From the first C to the first task, in the order in which the PC's parts are needed.
#include "rvmguest.h"

#define LOADER_MAGIC 0x2badb002

#define INFO_NAME   BIT(9)
#define INFO_MEMORY BIT(0)

/* Multiboot information (Multiboot specification 0.6.96, 3.3). */
struct boot_info {
	u32 flags;
	u32 lower, upper; /* KiB, below 640 KiB and above 1 MiB */
	u32 others[13];
	u32 name; /* of the loader */
};

_Noreturn void main(u32 magic, u32 info);

static void loader_print(u32 magic, u32 address)
{
	const struct boot_info *info = memory_at(address);

	if (magic != LOADER_MAGIC) {
		print("loader: none that is known: 0x%lx\n", (u64)magic);
		return;
	}
	print("loader: multiboot");
	if (address && info->flags & INFO_NAME)
		print(", %s", (const char *)memory_at(info->name));
	if (address && info->flags & INFO_MEMORY)
		print(", memory %lu KiB and %lu KiB", (u64)info->lower, (u64)info->upper);
	print("\n");
}

_Noreturn void main(u32 magic, u32 info)
{
	console_start();
	print("\n" IDENTITY ": arch = " ARCH_NAME "\n");
	loader_print(magic, info);
	cpu_start();
	memory_start();
	print("Initializing drivers...\n");
	intc_start();
	clock_start();
	print("Running tasks...\n");
	task_start();
}
