// SPDX-License-Identifier: Apache-2.0
// The kinds of exit on RISC-V. SBI specification 2.0; the loops are in loops.S.
#include <guest/guest.h>
#include <arch/uart.h>
#include <arch/sbi.h>
#include "../bench.h"

#define TICK_FAR BIT(62) /* a deadline that never comes */

/* Registers of a call: a7, a6, a0, a1. */
struct call {
	u64 ext, fid, arg0, arg1;
};

void loop_call(u64 count, const struct call *call);
void loop_call_base(u64 count, const struct call *call);
void loop_irq(u64 count, const struct call *call);
void loop_irq_base(u64 count, const struct call *call);
void loop_load(u64 count, u64 addr);
void loop_store(u64 count, u64 addr);
u64 latency_busy(u64 *rounds);
u64 latency_asleep(u64 *rounds);
extern char handler_ipi[], handler_timer[], handler_latency[], trap_entry[];

static const struct call null_call = {SBI_EXT_BASE, SBI_BASE_SPEC_VERSION, 0, 0};

static void base_call(u64 count)
{
	loop_call_base(count, &null_call);
}

static void run_null(u64 count)
{
	loop_call(count, &null_call);
}

static void run_set_timer(u64 count)
{
	loop_call(count, &(struct call){SBI_EXT_TIME, SBI_TIME_SET_TIMER, TICK_FAR, 0});
}

static void run_fence_i(u64 count)
{
	loop_call(count, &(struct call){SBI_EXT_RFENCE, SBI_RFENCE_FENCE_I, 1, cpu_id()});
}

/* With `handler` alone for traps. */
static void run_irq(u64 count, const struct call *call, enum irq irq, char *handler)
{
	csr_write(stvec, handler);
	irq_unmask(irq);
	irq_on();
	loop_irq(count, call);
	irq_off();
	irq_mask(irq);
	csr_write(stvec, trap_entry);
}

static void base_irq(u64 count)
{
	loop_irq_base(count, &null_call);
}

static void run_timer(u64 count)
{
	struct call call = {SBI_EXT_TIME, SBI_TIME_SET_TIMER, 0, 0};

	run_irq(count, &call, IRQ_TIMER, handler_timer);
}

static void run_ipi(u64 count)
{
	struct call call = {SBI_EXT_IPI, SBI_IPI_SEND, 1, cpu_id()};

	run_irq(count, &call, IRQ_IPI, handler_ipi);
}

static void run_load(u64 count)
{
	loop_load(count, UART_BASE + UART_LSR);
}

static void run_store(u64 count)
{
	loop_store(count, UART_BASE + UART_SCR);
}

static u8 memory;

static void base_load(u64 count)
{
	loop_load(count, (u64)&memory);
}

static void base_store(u64 count)
{
	loop_store(count, (u64)&memory);
}

// clang-format off
const struct bench_row bench_rows[] = {
	{ "null",      "null call (SBI get_spec_version)",  4000, run_null,      base_call },
	{ "set_timer", "set_timer, far away",               4000, run_set_timer, base_call },
	{ "timer",     "set_timer, now; handler; set_timer", 4000, run_timer,    base_irq },
	{ "load",      "load from a UART register",         4000, run_load,      base_load },
	{ "store",     "store to a UART register",          4000, run_store,     base_store },
	{ "ipi",       "IPI to itself; handler",            4000, run_ipi,       base_irq },
	{ "fence_i",   "remote fence.i to itself",          4000, run_fence_i,   base_call },
	{ 0 },
};
// clang-format on

u64 bench_latency(u64 deadline, bool asleep, u64 *rounds)
{
	u64 tick;

	csr_write(stvec, handler_latency);
	timer_set(deadline);
	irq_unmask(IRQ_TIMER);
	tick = asleep ? latency_asleep(rounds) : latency_busy(rounds);
	timer_stop();
	csr_write(stvec, trap_entry);
	return tick;
}
