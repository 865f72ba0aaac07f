// SPDX-License-Identifier: Apache-2.0
// All cpus at once: start, stop, status and suspend, IPIs from each to each, what makes a changed
// page table and changed code seen by the others, and a lock that all of them want.
#define TEST "smp"
#include "check.h"
#include <isa/smp.h>

#define COUNTS  2000
#define FENCES  8
#define SPINS   1000
#define NAP_NS  200000UL
#define WAIT_NS (20 * NS_PER_S) /* the machine may have fewer cpus than the guest */
#define VA      GiB(16)

static u32 cpus;
static struct spinlock lock;
static u32 counter; /* (lock) */
static volatile u32 arrived, phase, turn;
static volatile u32 ipis[CPUS_MAX];

static void wait_for(volatile u32 *value, u32 wanted, const char *what)
{
	u64 end = clock_now() + WAIT_NS;

	for (u32 round = 0; *value != wanted; round++) {
		if (clock_now() > end)
			test_fail("%s: expected %u, found %u after %lu s", what, wanted,
				*value, WAIT_NS / NS_PER_S);
		if (round < SPINS)
			cpu_relax();
		else
			cpu_nap(NAP_NS);
	}
}

static void ipi_handler(void)
{
	ipis[cpu_id()]++;
}

/* All cpus leave it when all are there. */
static void barrier(void)
{
	u32 now = phase;

	if (__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST) == cpus) {
		arrived = 0;
		__atomic_store_n(&phase, now + 1, __ATOMIC_SEQ_CST);
		return;
	}
	wait_for(&phase, now + 1, "barrier");
}

static void check_lock(void)
{
	for (u32 i = 0; i < COUNTS; i++) {
		u64 flags = spin_lock_irq(&lock);

		counter++;
		spin_unlock_irq(&lock, flags);
	}
	barrier();
	expect_equal(counter, COUNTS * cpus, "a counter under a lock");
}

/* In turn, each cpu sends to each, itself too, and waits for the handler. */
static void check_ipis(void)
{
	wait_for(&turn, cpu_id(), "turn");
	for (u32 to = 0; to < cpus; to++) {
		u32 before = ipis[to];

		cpu_ipi(to);
		wait_for(&ipis[to], before + 1, "an IPI");
	}
	turn++;
	barrier();
	expect_equal(ipis[cpu_id()], cpus, "IPIs received");
}

/* A function that returns a small number; on a page of its own. */
static u32 code[PAGE_SIZE / sizeof(u32)] __attribute__((aligned(PAGE_SIZE)));

/* `fence` is done by cpu 0 alone; then all cpus must see the new value. */
static void check_fence(u64 (*look)(void), void (*change)(u64 value),
	bool (*fence)(u32 cpus, u64 va), u64 va, const char *what)
{
	for (u64 value = 1; value < FENCES; value++) {
		if (cpu_id() == 0) {
			change(value);
			expect_true(fence(cpus, va), "%s to work", what);
		}
		barrier();
		expect_equal(look(), value, "value seen by cpu %u after %s", cpu_id(),
			what);
		barrier();
	}
}

static u64 *pages[2];

static u64 page_look(void)
{
	return *(volatile u64 *)VA;
}

static void page_change(u64 value)
{
	u64 *page = pages[value % 2];

	*page = value;
	expect_true(paging_map(VA, (u64)page, PAGE_SIZE, PAGE_READ),
		"paging_map to work");
}

static u64 code_look(void)
{
	code_refetch();
	return ((u64(*)(void))(VA + PAGE_SIZE))();
}

static void code_change(u64 value)
{
	code_write(code, (u32)value);
}

static void check_fences(void)
{
	for (u32 i = 0; i < ARRAY_LEN(page_fences); i++)
		check_fence(page_look, page_change, page_fences[i].fence, VA,
			page_fences[i].name);
	if (cpu_id() == 0) {
		u64 page = ALIGN_DOWN((u64)code, PAGE_SIZE);

		expect_true(paging_map(VA + PAGE_SIZE, page, PAGE_SIZE,
				    PAGE_READ | PAGE_EXEC),
			"paging_map to work");
	}
	barrier();
	check_fence(code_look, code_change, code_fence, VA + PAGE_SIZE,
		"a fence of code");
}

/* Retentive: it comes back behind the call once an interrupt is pending. */
static void check_suspend(void)
{
	u64 deadline = clock_ticks() + clock_ns_to_ticks(1000000);

	irq_off();
	timer_set(deadline);
	while (clock_ticks() < deadline)
		expect_true(cpu_suspend(), "cpu_suspend to work");
	timer_stop();
	irq_on();
	barrier();
}

/* One that came just when it was taken back. */
static void timer_late(void)
{
	timer_stop();
}

static void everything(void *arg)
{
	expect_equal((u64)arg, cpu_id(), "opaque value of a started hart");
	irq_unmask(IRQ_IPI);
	irq_unmask(IRQ_TIMER);
	irq_on();
	barrier();
	check_lock();
	check_ipis();
	check_fences();
	check_suspend();
	irq_off();
}

static void again(void *arg)
{
	(void)arg;
	__atomic_fetch_add(&turn, 1, __ATOMIC_SEQ_CST);
}

static void expect_status(u32 cpu, enum cpu_status wanted)
{
	u64 end = clock_now() + WAIT_NS;

	while (cpu_status(cpu) != wanted && clock_now() < end)
		cpu_relax();
	expect_equal(cpu_status(cpu), wanted, "status of cpu %u", cpu);
}

static void start_others(void (*fn)(void *arg))
{
	for (u64 cpu = 1; cpu < cpus; cpu++) {
		expect_status((u32)cpu, CPU_OFF);
		expect_true(cpu_start((u32)cpu, fn, (void *)cpu), "cpu %lu to start",
			cpu);
	}
}

int guest_main(void)
{
	cpus = cpu_count();
	expect_true(cpus <= CPUS_MAX && cpu_id() == 0, "at most %u cpus, entered on 0",
		CPUS_MAX);
	expect_status(0, CPU_ON);
	pages[0] = page_alloc();
	pages[1] = page_alloc();
	paging_init();
	page_change(0);
	irq_handler_set(IRQ_TIMER, timer_late);
	irq_handler_set(IRQ_IPI, ipi_handler);

	start_others(everything);
	for (u32 cpu = 1; cpu < cpus; cpu++)
		expect_status(cpu, CPU_ON);
	everything(NULL);
	print(TEST ": %u cpus\n", cpus);

	for (u32 round = 0; round < 10; round++) {
		turn = 0;
		start_others(again);
		wait_for(&turn, cpus - 1, "cpus that started again");
	}
	return test_ok();
}
