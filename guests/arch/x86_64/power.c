// SPDX-License-Identifier: Apache-2.0
// The power switch (ACPI 6.5, 4.8.3.2), and calls to whoever is below.
#include <guest/machine.h>
#include <guest/string.h>
#include <arch/hypercall.h>
#include <arch/io.h>
#include <arch/board.h>
#include <arch/regs.h>

#define LEAF_HYPERVISOR 0x40000000U
#define PM1_SLEEP       0x2000 /* SLP_EN, SLP_TYP 0: this board's S5 */
#define RESET_HARD      0x06   /* the reset control register's both bits */
#define DEBUG_FAILED    1

static bool is_named(u32 leaf, const char *name)
{
	struct cpuid id = cpuid(leaf, 0);

	/* A vendor's name is told in another order than a hypervisor's. */
	if (leaf == 0)
		id = (struct cpuid){.ebx = id.ebx, .ecx = id.edx, .edx = id.ecx};
	return !memcmp(&id.ebx, name, 12);
}

u32 hypervisor_leaf_max(void)
{
	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_HYPERVISOR))
		return 0;
	return cpuid(LEAF_HYPERVISOR, 0).eax;
}

bool hypercall_works(void)
{
	return hypervisor_leaf_max() && is_named(LEAF_HYPERVISOR, "LodgeLodgeHV");
}

bool hypercall_is_vmcall(void)
{
	return is_named(0, "GenuineIntel");
}

u64 hypercall(u64 rax, u64 rbx)
{
	return hypercall_is_vmcall() ? vmcall(rax, rbx) : vmmcall(rax, rbx);
}

_Noreturn void machine_off(bool failed)
{
	if (failed && hypercall_works())
		hypercall(CALL_RESET2, RESET2_FAILED);
	if (failed)
		io_write8(DEBUG_EXIT_PORT, DEBUG_FAILED);
	else
		io_write16(PM1_PORT, PM1_SLEEP);
	for (;;)
		__asm__ volatile("cli\n\thlt");
}

void machine_reset(void)
{
	io_write8(RESET_PORT, RESET_HARD);
}
