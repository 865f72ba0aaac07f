// SPDX-License-Identifier: Apache-2.0
// The host machine's devices, from its device tree: the PLIC first, then each node to its
// driver.
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/hostfdt.h>
#include <hv/print.h>
#include <hv/string.h>

#include "plic.h"

#define NO_CONTEXT (~0U)

static u32 plic_phandle; /* of the PLIC in use */

/* The cpu whose interrupt inputs have this phandle, or NULL. */
static struct cpu *cpu_of_intc(u32 phandle)
{
	const struct fdt *fdt = &hostfdt;
	int intc = fdt_by_phandle(fdt, phandle);
	int hart = intc < 0 ? intc : fdt_parent(fdt, intc);
	u64 id, size;

	if (hart < 0 || !fdt_reg(fdt, hart, 0, &id, &size))
		return NULL;
	for (u32 i = 0; i < cpu_count; i++)
		if (cpus[i]->arch.id == id)
			return cpus[i];
	return NULL;
}

/* "interrupts-extended" has one (hart's phandle, interrupt) pair for each context. */
static void probe_plic(int node)
{
	const struct fdt *fdt = &hostfdt;
	u32 contexts[CPU_MAX], phandle, irq;
	u64 base, size;

	if (!fdt_reg(fdt, node, 0, &base, &size))
		return;
	memset(contexts, 0xff, sizeof(contexts)); /* NO_CONTEXT */
	for (u32 n = 0; fdt_cell(fdt, node, "interrupts-extended", 2 * n, &phandle) &&
		fdt_cell(fdt, node, "interrupts-extended", 2 * n + 1, &irq);
		n++) {
		struct cpu *cpu = irq == IRQ_S_EXTERNAL ? cpu_of_intc(phandle) : NULL;

		if (cpu)
			contexts[cpu->index] = n;
	}
	/* Device interrupts are the boot cpu's; a PLIC of another socket does not reach it. */
	if (contexts[0] == NO_CONTEXT || plic_init(HPA(base), size, contexts))
		warn("the PLIC at 0x%lx does not serve cpu 0: no device interrupts, and so no "
		     "console input",
			base);
	else
		fdt_cell(fdt, node, "phandle", 0, &plic_phandle);
}

static u32 irq_of(int node)
{
	u32 irq = 0;

	if (plic_phandle && hostfdt_interrupt_parent(node) == plic_phandle)
		fdt_cell(&hostfdt, node, "interrupts", 0, &irq);
	return irq;
}

static bool is_plic(int node)
{
	return fdt_is_compatible(&hostfdt, node, "riscv,plic0") ||
		fdt_is_compatible(&hostfdt, node, "sifive,plic-1.0.0");
}

/* Where there is one a socket, the console's; we serve no more than one. */
static int find_plic(void)
{
	const struct fdt *fdt = &hostfdt;
	int uart = fdt_compatible(fdt, -1, "ns16550a");
	int plic = uart < 0 ? uart : fdt_by_phandle(fdt, hostfdt_interrupt_parent(uart));

	if (plic >= 0 && is_plic(plic))
		return plic;
	for (plic = fdt_root(fdt); plic >= 0; plic = fdt_next(fdt, plic))
		if (is_plic(plic) && fdt_enabled(fdt, plic))
			return plic;
	return -ENOENT;
}

void arch_devices_probe(void)
{
	int plic = find_plic();

	if (plic >= 0)
		probe_plic(plic);
	else
		warn("expected a PLIC in the device tree, found none: no device interrupts, "
		     "and so no console input");
	hostfdt_probe(irq_of);
}
