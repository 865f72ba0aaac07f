// SPDX-License-Identifier: Apache-2.0
// PSCI wrappers, and the power switch made of them. DEN 0022, chapter 5.
#include <arch/psci.h>
#include <guest/fdt.h>
#include <guest/machine.h>
#include <guest/string.h>

static bool by_smc;

void psci_init(void)
{
	const char *method = fdt_property("/psci", "method", NULL);

	by_smc = method && !strcmp(method, "smc");
}

s32 psci_call(u64 function, u64 a1, u64 a2, u64 a3)
{
	return by_smc ? psci_smc(function, a1, a2, a3) : psci_hvc(function, a1, a2, a3);
}

s32 psci_cpu_on(u64 cpu, u64 entry, u64 context)
{
	return psci_call(PSCI_CPU_ON, cpu, entry, context);
}

s32 psci_cpu_off(void)
{
	return psci_call(PSCI_CPU_OFF, 0, 0, 0);
}

s32 psci_affinity_info(u64 cpu, u32 level)
{
	return psci_call(PSCI_AFFINITY_INFO, cpu, level, 0);
}

_Noreturn void machine_off(bool failed)
{
	/* The power switch takes no reason, so a failure is told as a vendor's kind of reset. */
	if (failed)
		psci_call(PSCI_SYSTEM_RESET2, RESET2_FAILED, 0, 0);
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		;
}

void machine_reset(void)
{
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}
