// SPDX-License-Identifier: Apache-2.0
// The kinds of exit on Arm; the loops are in loops.S. Interrupts are taken and ended as the
// board's GIC wants it.
#include <guest/guest.h>
#include <arch/gic.h>
#include <arch/psci.h>
#include <arch/uart.h>
#include "../bench.h"

/* Each round makes an interrupt: `value` is what for, and `addr` where, with GICv2. */
void loop_ipi_v3(u64 count, u64 value, u64 addr, u64 gicc);
void loop_ipi_v2(u64 count, u64 value, u64 addr, u64 gicc);
void loop_vtimer(u64 count, u64 value, u64 addr, u64 gicc);
void loop_ptimer(u64 count, u64 value, u64 addr, u64 gicc);
void loop_irq_base(u64 count, u64 value, u64 addr, u64 gicc);
void loop_sysreg(u64 count, u64 unused);
void loop_load(u64 count, u64 addr);
void loop_store(u64 count, u64 addr);
void loop_base(u64 count, u64 unused);
void loop_call(u64 count, u64 function);
void loop_call_base(u64 count, u64 function);
u64 latency_busy(u64 *rounds, u64 gicc);
u64 latency_asleep(u64 *rounds, u64 gicc);
extern char handler_ipi_v3[], handler_ipi_v2[], handler_vtimer_v3[], handler_vtimer_v2[],
	handler_ptimer_v3[], handler_ptimer_v2[], handler_latency_v3[],
	handler_latency_v2[], trap_vectors[];

static void vectors_set(const char *vectors)
{
	sysreg_write(vbar_el1, vectors);
	isb();
}

static void base_call(u64 count)
{
	loop_call_base(count, 0);
}

static void run_null(u64 count)
{
	loop_call(count, PSCI_VERSION);
}

static void base_sysreg(u64 count)
{
	loop_base(count, 0);
}

static void run_sysreg(u64 count)
{
	loop_sysreg(count, 0);
}

static void run_intc_load(u64 count)
{
	loop_load(count, GICD_BASE + GICD_TYPER);
}

static void run_load(u64 count)
{
	loop_load(count, UART_BASE + UART_FR);
}

static void run_store(u64 count)
{
	loop_store(count, UART_BASE + UART_IMSC);
}

static u32 memory;

static void base_load(u64 count)
{
	loop_load(count, (u64)&memory);
}

static void base_store(u64 count)
{
	loop_store(count, (u64)&memory);
}

static void run_irq(u64 count, void (*loop)(u64 count, u64 value, u64 addr, u64 gicc),
	u64 value, enum irq irq, const char *vectors)
{
	irq_unmask(irq);
	vectors_set(vectors);
	irq_on();
	loop(count, value, GICD_BASE + GICD_SGIR, GICC_BASE);
	irq_off();
	vectors_set(trap_vectors);
	irq_mask(irq);
}

static void base_irq(u64 count)
{
	loop_irq_base(count, 0, 0, 0);
}

static void run_ipi(u64 count)
{
	u64 self = BIT(cpu_id());

	if (gic_version() == 3)
		run_irq(count, loop_ipi_v3,
			field_put(SGI1R_LINE, LINE_IPI) | field_put(SGI1R_TARGETS, self),
			IRQ_IPI, handler_ipi_v3);
	else
		run_irq(count, loop_ipi_v2,
			field_put(SGIR_LINE, LINE_IPI) | field_put(SGIR_TARGETS, self),
			IRQ_IPI, handler_ipi_v2);
}

static void run_timer(u64 count)
{
	run_irq(count, loop_vtimer, clock_ticks(), IRQ_TIMER,
		gic_version() == 3 ? handler_vtimer_v3 : handler_vtimer_v2);
	timer_stop();
}

static void run_ptimer(u64 count)
{
	run_irq(count, loop_ptimer, clock_ticks(), IRQ_TIMER,
		gic_version() == 3 ? handler_ptimer_v3 : handler_ptimer_v2);
	timer_stop();
}

// clang-format off
const struct bench_row bench_rows[] = {
	{ "null",      "null call (PSCI_VERSION by HVC)",    4000, run_null,      base_call },
	{ "sysreg",    "load of an ID register",             4000, run_sysreg,    base_sysreg },
	{ "intc_load", "load from a register of the GIC",    4000, run_intc_load, base_load },
	{ "load",      "load from a UART register",          4000, run_load,      base_load },
	{ "store",     "store to a UART register",           4000, run_store,     base_store },
	{ "ipi",       "IPI to itself; handler",             4000, run_ipi,       base_irq },
	{ "timer",     "virtual timer, now; handler",        4000, run_timer,     base_irq },
	{ "ptimer",    "physical timer, now; handler",       4000, run_ptimer,    base_irq },
	{ 0 },
};
// clang-format on

u64 bench_latency(u64 deadline, bool asleep, u64 *rounds)
{
	u64 tick;

	irq_unmask(IRQ_TIMER);
	vectors_set(gic_version() == 3 ? handler_latency_v3 : handler_latency_v2);
	timer_set(deadline);
	tick = asleep ? latency_asleep(rounds, GICC_BASE)
		      : latency_busy(rounds, GICC_BASE);
	timer_stop();
	vectors_set(trap_vectors);
	irq_mask(IRQ_TIMER);
	return tick;
}
