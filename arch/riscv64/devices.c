// SPDX-License-Identifier: Apache-2.0
// The host machine's devices, from its device tree: the PLIC first, then each node to the
// first driver that knows it.
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/driver.h>
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

#include "boot.h"
#include "machine.h"
#include "plic.h"

#define NO_CONTEXT (~0U)

static u32 plic_phandle; /* of the PLIC in use */

/* The cpu whose interrupt inputs have this phandle, or NULL. */
static struct cpu *cpu_of_intc(u32 phandle)
{
	const struct fdt *fdt = &machine.fdt;
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
	const struct fdt *fdt = &machine.fdt;
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

/* The controller that a node's "interrupts" are about: its own, or one of its parents'. */
static u32 interrupt_parent(int node)
{
	u32 phandle = 0;

	while (node >= 0 &&
		!fdt_cell(&machine.fdt, node, "interrupt-parent", 0, &phandle))
		node = fdt_parent(&machine.fdt, node);
	return phandle;
}

static void probe_node(int node)
{
	const struct fdt *fdt = &machine.fdt;
	struct device device = {.compatible = NULL};
	u64 base, size;
	u32 len;
	const char *names = fdt_prop(fdt, node, "compatible", &len);

	if (!names || !fdt_enabled(fdt, node) || !fdt_reg(fdt, node, 0, &base, &size))
		return;
	device.base = HPA(base);
	device.size = size;
	if (plic_phandle && interrupt_parent(node) == plic_phandle)
		fdt_cell(fdt, node, "interrupts", 0, &device.irq);
	fdt_cell(fdt, node, "reg-shift", 0, &device.reg_shift);
	fdt_cell(fdt, node, "clock-frequency", 0, &device.clock);
	/* The most specific name comes first. */
	for (u32 at = 0; at < len; at += (u32)strnlen(names + at, len - at) + 1) {
		if (strnlen(names + at, len - at) == len - at)
			return;
		device.compatible = names + at;
		if (driver_probe(&device) != -ENODEV)
			return;
	}
}

static bool is_plic(int node)
{
	return fdt_is_compatible(&machine.fdt, node, "riscv,plic0") ||
		fdt_is_compatible(&machine.fdt, node, "sifive,plic-1.0.0");
}

/* Where there is one a socket, the console's; we serve no more than one. */
static int find_plic(void)
{
	const struct fdt *fdt = &machine.fdt;
	int uart = fdt_compatible(fdt, -1, "ns16550a");
	int plic = uart < 0 ? uart : fdt_by_phandle(fdt, interrupt_parent(uart));

	if (plic >= 0 && is_plic(plic))
		return plic;
	for (plic = fdt_root(fdt); plic >= 0; plic = fdt_next(fdt, plic))
		if (is_plic(plic) && fdt_enabled(fdt, plic))
			return plic;
	return -ENOENT;
}

void arch_devices_probe(void)
{
	const struct fdt *fdt = &machine.fdt;
	int plic = find_plic();

	if (plic >= 0)
		probe_plic(plic);
	else
		warn("expected a PLIC in the device tree, found none: no device interrupts, "
		     "and so no console input");
	for (int node = fdt_root(fdt); node >= 0; node = fdt_next(fdt, node))
		if (!is_plic(node))
			probe_node(node);
}

bool host_flash(u32 n, u64 *base, u64 *size)
{
	int node = fdt_compatible(&machine.fdt, -1, "cfi-flash");

	return node >= 0 && fdt_reg(&machine.fdt, node, n, base, size);
}
