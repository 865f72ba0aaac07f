// SPDX-License-Identifier: Apache-2.0
// The kinds of exit on x86-64; the loops are in loops.S. Interrupts are made and ended as the
// local APIC wants it, by MSRs or by MMIO.
#include <guest/guest.h>
#include <guest/string.h>
#include <arch/apic.h>
#include <arch/hypercall.h>
#include <arch/trap.h>
#include <arch/uart.h>
#include "../bench.h"

void loop_base(u64 count, u64 value);
void loop_rdmsr(u64 count, u64 value);
void loop_cr0(u64 count, u64 value);
void loop_in_pic(u64 count, u64 value);
void loop_out_pic(u64 count, u64 value);
void loop_load(u64 count, u64 value);
void loop_store(u64 count, u64 value);
void loop_in(u64 count, u64 port);
void loop_out(u64 count, u64 port);
void loop_port_base(u64 count, u64 port);
void loop_vmmcall(u64 count, u64 function);
void loop_vmcall(u64 count, u64 function);
void loop_cpuid(u64 count, u64 function);
void loop_call_base(u64 count, u64 function);
void loop_wrmsr_ipi(u64 count, u64 value);
void loop_mmio_ipi(u64 count, u64 value);
void loop_deadline(u64 count, u64 value);
void loop_wrmsr_count(u64 count, u64 value);
void loop_mmio_count(u64 count, u64 value);
void loop_irq_base(u64 count, u64 value);
u64 latency_busy(u64 *rounds);
u64 latency_asleep(u64 *rounds);
extern char handler_x2[], handler_mmio[], handler_latency_x2[], handler_latency_mmio[];

#define CALL_NONE 0 /* CPUID leaf 0 */

static void base_call(u64 count)
{
	loop_call_base(count, CALL_NONE);
}

static void run_cpuid(u64 count)
{
	loop_cpuid(count, CALL_NONE);
}

/* Without anybody below it would be an illegal instruction. */
static void run_null(u64 count)
{
	if (!hypercall_works())
		loop_call_base(count, CALL_NONE);
	else if (hypercall_is_vmcall())
		loop_vmcall(count, CALL_VERSION);
	else
		loop_vmmcall(count, CALL_VERSION);
}

static void base_plain(u64 count)
{
	loop_base(count, 0);
}

static void run_rdmsr(u64 count)
{
	loop_rdmsr(count, 0);
}

static void run_cr0(u64 count)
{
	loop_cr0(count, cr_read(cr0));
}

static void run_pio_in(u64 count)
{
	loop_in_pic(count, 0);
}

static void run_pio_out(u64 count)
{
	loop_out_pic(count, io_read8(PIC1_PORT + 1));
}

static void base_port(u64 count)
{
	loop_port_base(count, 0);
}

static void run_load(u64 count)
{
	loop_in(count, UART_PORT + UART_LSR);
}

static void run_store(u64 count)
{
	loop_out(count, UART_PORT + UART_SCR);
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

/* These registers are in memory in xAPIC mode only. */
static void run_apic(u64 count, void (*loop)(u64 count, u64 value), u32 reg)
{
	bool x2 = apic_is_x2();

	apic_set_x2(false);
	loop(count, APIC_BASE + reg);
	irq_mask(IRQ_EXTERNAL); /* TPR as it was */
	apic_set_x2(x2);
}

static void run_apic_load(u64 count)
{
	run_apic(count, loop_load, APIC_ID);
}

static void run_apic_store(u64 count)
{
	run_apic(count, loop_store, APIC_TPR);
}

static void base_irq(u64 count)
{
	loop_irq_base(count, 0);
}

static void run_irq(u64 count, u8 vector, void (*loop)(u64 count, u64 value), u64 value)
{
	vector_entry_set(vector, apic_is_x2() ? handler_x2 : handler_mmio);
	irq_on();
	loop(count, value);
	irq_off();
	vector_entry_set(vector, NULL);
}

static void run_self_ipi(u64 count)
{
	apic_start();
	run_irq(count, VECTOR_IPI, apic_is_x2() ? loop_wrmsr_ipi : loop_mmio_ipi,
		ICR_SHORT_SELF | ICR_ASSERT | ICR_FIXED | VECTOR_IPI);
}

/* The shortest count, or a deadline long past. */
static void run_timer(u64 count)
{
	irq_unmask(IRQ_TIMER);
	if (strstr(timer_way(), "deadline"))
		run_irq(count, VECTOR_TIMER, loop_deadline, 1);
	else
		run_irq(count, VECTOR_TIMER,
			apic_is_x2() ? loop_wrmsr_count : loop_mmio_count, 1);
	irq_mask(IRQ_TIMER);
	timer_stop();
}

// clang-format off
const struct bench_row bench_rows[] = {
	{ "null",       "null call (version)",              4000, run_null,       base_call },
	{ "cpuid",      "CPUID",                            4000, run_cpuid,      base_call },
	{ "rdmsr",      "RDMSR of IA32_APIC_BASE",          4000, run_rdmsr,      base_plain },
	{ "cr0",        "write of CR0 as it was",           4000, run_cr0,        base_plain },
	{ "pio_in",     "IN from the PIC's mask",           4000, run_pio_in,     base_plain },
	{ "pio_out",    "OUT to the PIC's mask",            4000, run_pio_out,    base_plain },
	{ "load",       "IN from COM1's LSR",               4000, run_load,       base_port },
	{ "store",      "OUT to COM1's SCR",                4000, run_store,      base_port },
	{ "apic_load",  "load of the local APIC's ID",      4000, run_apic_load,  base_load },
	{ "apic_store", "store to the local APIC's TPR",    4000, run_apic_store, base_store },
	{ "self_ipi",   "IPI to itself; handler; EOI",      4000, run_self_ipi,   base_irq },
	{ "timer",      "APIC timer, now; handler; EOI",    4000, run_timer,      base_irq },
	{ 0 },
};
// clang-format on

u64 bench_latency(u64 deadline, bool asleep, u64 *rounds)
{
	u64 tick;

	vector_entry_set(VECTOR_TIMER,
		apic_is_x2() ? handler_latency_x2 : handler_latency_mmio);
	irq_unmask(IRQ_TIMER);
	timer_set(deadline);
	tick = asleep ? latency_asleep(rounds) : latency_busy(rounds);
	timer_stop();
	irq_mask(IRQ_TIMER);
	vector_entry_set(VECTOR_TIMER, NULL);
	return tick;
}
