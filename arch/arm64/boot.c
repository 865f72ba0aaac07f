// SPDX-License-Identifier: Apache-2.0
// From the loader's hand to core/main.c: what registers, device tree and UEFI say of the machine.
#include "boot.h"

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/hostfdt.h>
#include <hv/main.h>
#include <hv/time.h>
#include <arch/sysreg.h>

#include "efi.h"
#include "psci.h"

struct machine machine;

static const void *boot_fdt;
static const struct efi_boot *boot_efi;

_Noreturn void boot_main(const void *fdt, const struct efi_boot *efi)
{
	boot_fdt = fdt;
	boot_efi = efi;
	hv_main();
}

static void read_cpu(void)
{
	static const u8 bits[] = {32, 36, 40, 42, 44, 48}; /* by PARange */
	u64 range = field_get(MMFR0_PARANGE, sysreg_read(id_aa64mmfr0_el1));

	machine.el2 = sysreg_read(CurrentEL) == CURRENTEL_EL2;
	machine.pa_range = (u32)MIN(range, (u64)PA_RANGE_48);
	machine.pa_bits = bits[machine.pa_range];
}

void arch_boot(struct boot_info *boot)
{
	static const char *const alike[] = {"compatible", NULL};

	read_cpu();
	time_init(sysreg_read(cntfrq_el0));
	if (boot_efi)
		efi_boot_info(boot, boot_efi);
	hostfdt_open(boot, boot_fdt, RAM_LIMIT);
	hostfdt_console();
	hostfdt_cpus(boot, sysreg_read(mpidr_el1) & MPIDR_AFF, alike);
	psci_init();
}
