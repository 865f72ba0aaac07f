// SPDX-License-Identifier: Apache-2.0
// From the firmware's hand to core/main.c: what the device tree says of the harts and their
// ISA.
#include "boot.h"
#include "random.h"

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/hostfdt.h>
#include <hv/main.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/time.h>
#include <arch/csr.h>

#include "sbi.h"

struct machine machine;

static u64 boot_hart;
static const void *boot_fdt;

_Noreturn void boot_main(u64 hart, const void *fdt)
{
	boot_hart = hart;
	boot_fdt = fdt;
	hv_main();
}

/* Sv39 addresses above are not canonical, so we could not see memory there where it is. */
#define RAM_LIMIT GiB(256)

/* Newer trees list extensions one by one; we want the one string either way. */
static void read_isa(int hart)
{
	const char *isa = fdt_string(&hostfdt, hart, "riscv,isa");
	const char *mmu = fdt_string(&hostfdt, hart, "mmu-type");
	size_t used = 0;
	u32 len;

	fdt_cell(&hostfdt, hart, "riscv,cbom-block-size", 0, &machine.cbom_size);
	fdt_cell(&hostfdt, hart, "riscv,cboz-block-size", 0, &machine.cboz_size);
	str_copy(machine.mmu, sizeof(machine.mmu), mmu ? mmu : "riscv,sv39");
	if (isa) {
		str_copy(machine.isa, sizeof(machine.isa), isa);
		return;
	}
	used = (size_t)snprint(machine.isa, sizeof(machine.isa), "rv64");
	for (u32 pass = 1; pass <= 2; pass++) { /* single letters come first */
		const char *list = fdt_prop(&hostfdt, hart, "riscv,isa-extensions", &len);

		for (u32 at = 0; list && at < len;
			at += (u32)strnlen(list + at, len - at) + 1)
			if ((strnlen(list + at, len - at) == 1) == (pass == 1) &&
				used < sizeof(machine.isa))
				used += (size_t)snprint(machine.isa + used,
					sizeof(machine.isa) - used, "%s%.*s",
					pass == 1 ? "" : "_", (int)(len - at), list + at);
	}
}

static void read_harts(struct boot_info *boot)
{
	static const char *const alike[] = {
		"riscv,isa", "riscv,isa-extensions", "mmu-type", NULL};
	int node = hostfdt_cpus(boot, boot_hart, alike);
	u32 timebase;

	if (!fdt_cell(&hostfdt, fdt_parent(&hostfdt, node), "timebase-frequency", 0,
		    &timebase) ||
		!timebase)
		panic("device tree: expected /cpus with a timebase-frequency, found none");
	time_init(timebase);
	read_isa(node);
}

bool machine_has(const char *extension)
{
	const char *single = machine.isa + 4; /* behind "rv64" */
	const char *multi = strchr(machine.isa, '_');
	size_t len = strlen(extension);

	if (strlen(machine.isa) < 4)
		return false;
	if (len == 1) {
		for (; *single && *single != '_'; single++)
			if (*single == extension[0])
				return true;
		return false;
	}
	for (; multi; multi = strchr(multi + 1, '_'))
		if (strncmp(multi + 1, extension, len) == 0 &&
			(multi[1 + len] == '_' || !multi[1 + len]))
			return true;
	return false;
}

void arch_boot(struct boot_info *boot)
{
	sbi_console_attach();
	hostfdt_open(boot, boot_fdt, RAM_LIMIT);
	read_harts(boot);
	machine.fp = machine_has("d");
	machine.sstc = machine_has("sstc") && csr_probe(stimecmp);
	machine.zkr = machine_has("zkr") && random_probe();
}
