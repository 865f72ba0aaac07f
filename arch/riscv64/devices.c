// SPDX-License-Identifier: Apache-2.0
// The host machine's devices, from its device tree: the interrupt controller first, a PLIC or an
// APLIC, then each node to its driver.
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/fail.h>
#include <hv/hostfdt.h>
#include <hv/print.h>
#include <hv/string.h>

#include "aplic.h"
#include "plic.h"

#define NO_INPUT (~0U)

/* The controller in use. */
static u32 intc_phandle;
static bool intc_is_aplic;

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

/*
 * For each cpu the number of the controller's output that is its external interrupt in supervisor
 * mode: a PLIC's context, an APLIC's hart index. "interrupts-extended" has one (hart's phandle,
 * interrupt) pair for each. False if the boot cpu has none.
 */
static bool find_outputs(int node, u32 *outputs)
{
	const struct fdt *fdt = &hostfdt;
	u32 phandle, irq;

	memset(outputs, 0xff, CPU_MAX * sizeof(*outputs)); /* NO_INPUT */
	for (u32 n = 0; fdt_cell(fdt, node, "interrupts-extended", 2 * n, &phandle) &&
		fdt_cell(fdt, node, "interrupts-extended", 2 * n + 1, &irq);
		n++) {
		struct cpu *cpu = irq == IRQ_S_EXTERNAL ? cpu_of_intc(phandle) : NULL;

		if (cpu)
			outputs[cpu->index] = n;
	}
	return outputs[0] != NO_INPUT;
}

static bool is_plic(int node)
{
	return fdt_is_compatible(&hostfdt, node, "riscv,plic0") ||
		fdt_is_compatible(&hostfdt, node, "sifive,plic-1.0.0");
}

/* Of its domains the one that interrupts supervisor mode by wires, not by messages. */
static bool is_aplic(int node)
{
	u32 outputs[CPU_MAX];

	return fdt_is_compatible(&hostfdt, node, "riscv,aplic") &&
		!fdt_prop(&hostfdt, node, "msi-parent", NULL) &&
		find_outputs(node, outputs);
}

static bool is_intc(int node)
{
	return is_plic(node) || is_aplic(node);
}

static int start_intc(int node, hpa_t base, u64 size, const u32 *outputs)
{
	u32 sources = 0;

	if (!intc_is_aplic)
		return plic_init(base, size, outputs);
	fdt_cell(&hostfdt, node, "riscv,num-sources", 0, &sources);
	return aplic_init(base, size, sources, outputs);
}

static void probe_intc(int node)
{
	u32 outputs[CPU_MAX];
	u64 base, size;

	if (!fdt_reg(&hostfdt, node, 0, &base, &size))
		return;
	intc_is_aplic = !is_plic(node);
	/* Device interrupts are the boot cpu's; a controller of another socket is not its own. */
	if (!find_outputs(node, outputs) || start_intc(node, HPA(base), size, outputs))
		warn("the interrupt controller at 0x%lx does not serve cpu 0: no device "
		     "interrupts, and so no console input",
			base);
	else
		fdt_cell(&hostfdt, node, "phandle", 0, &intc_phandle);
}

/* An APLIC's have a second cell, which says what the wire is like. */
static u32 irq_of(int node)
{
	u32 irq = 0, trigger = APLIC_LEVEL_HIGH;

	if (!intc_phandle || hostfdt_interrupt_parent(node) != intc_phandle ||
		!fdt_cell(&hostfdt, node, "interrupts", 0, &irq))
		return 0;
	if (intc_is_aplic)
		fdt_cell(&hostfdt, node, "interrupts", 1, &trigger);
	return !intc_is_aplic || aplic_wire(irq, trigger) ? irq : 0;
}

/* Where there is one a socket, the console's; we serve no more than one. */
static int find_intc(void)
{
	const struct fdt *fdt = &hostfdt;
	int uart = fdt_compatible(fdt, -1, "ns16550a");
	int intc = uart < 0 ? uart : fdt_by_phandle(fdt, hostfdt_interrupt_parent(uart));

	if (intc >= 0 && is_intc(intc))
		return intc;
	for (intc = fdt_root(fdt); intc >= 0; intc = fdt_next(fdt, intc))
		if (fdt_enabled(fdt, intc) && is_intc(intc))
			return intc;
	return -ENOENT;
}

void arch_devices_probe(void)
{
	int intc = find_intc();

	if (intc >= 0)
		probe_intc(intc);
	else
		warn("expected a PLIC, or an APLIC without messages, in the device tree, found "
		     "none: no device interrupts, and so no console input");
	hostfdt_probe(irq_of);
}
