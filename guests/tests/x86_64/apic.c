// SPDX-License-Identifier: Apache-2.0
// The local APIC, as x2APIC and as xAPIC: interrupts to itself, requests and services, priorities,
// NMI, the timer in all modes, and the ways from one mode to another. SDM volume 3A, chapter 11.
#define TEST "apic"
#include "pc.h"
#include <arch/hypercall.h>

#define LOW    0x51 /* vectors, by priority */
#define MIDDLE 0x82
#define HIGH   0xb3
#define CLASS  4 /* bits of a vector below its class */

#define ORDER_MAX 8

static volatile u32 order[ORDER_MAX], order_count, nmis, depth, depth_max, timers;
static volatile bool nest;

static void note(u32 vector)
{
	if (order_count < ORDER_MAX)
		order[order_count] = vector;
	order_count++;
}

static void vector_handler(struct trap_frame *frame)
{
	u8 vector = (u8)frame->vector;

	expect_true(apic_bit(APIC_ISR, vector), "vector 0x%x in service in its handler",
		vector);
	note(vector);
	if (nest && vector == MIDDLE) {
		apic_send_self(LOW);
		apic_send_self(HIGH);
		irq_on();
		clock_delay(10000);
		irq_off();
		note(0); /* its end */
	}
	apic_eoi();
}

static void nmi_handler(struct trap_frame *frame)
{
	(void)frame;
	depth++;
	depth_max = MAX(depth_max, depth);
	/* It waits until this one returns. */
	if (nmis++ == 0)
		apic_send(cpu_id(), ICR_NMI | ICR_ASSERT);
	clock_delay(10000);
	depth--;
}

static void timer_handler(struct trap_frame *frame)
{
	(void)frame;
	timers++;
	apic_eoi();
}

static void let_through(void)
{
	irq_on();
	irq_off();
}

static void expect_order(u32 count, u32 first, u32 second, u32 third, const char *what)
{
	expect_equal(order_count, count, "interrupts of %s", what);
	expect_equal(order[0], first, "the first of %s", what);
	if (count > 1)
		expect_equal(order[1], second, "the second of %s", what);
	if (count > 2)
		expect_equal(order[2], third, "the third of %s", what);
	order_count = 0;
}

static void check_self(void)
{
	static const u32 shorthands[] = {ICR_SHORT_SELF, ICR_SHORT_ALL};

	for (u32 i = 0; i < ARRAY_LEN(shorthands); i++) {
		apic_send(0, shorthands[i] | ICR_ASSERT | ICR_FIXED | MIDDLE);
		expect_true(apic_bit(APIC_IRR, MIDDLE), "a request");
		expect_true(!apic_bit(APIC_ISR, MIDDLE), "no service yet");
		/* Two of a vector are one. */
		apic_send(cpu_id(), ICR_ASSERT | ICR_FIXED | MIDDLE);
		let_through();
		expect_order(1, MIDDLE, 0, 0, "a vector sent twice");
		expect_true(!apic_bit(APIC_IRR, MIDDLE) && !apic_bit(APIC_ISR, MIDDLE),
			"neither request nor service afterwards");
	}
	apic_send(0, ICR_SHORT_OTHERS | ICR_ASSERT | ICR_FIXED | MIDDLE);
	let_through();
	expect_equal(order_count, 0, "interrupts of what is sent to the others");
	if (apic_is_x2()) {
		apic_write(APIC_SELF_IPI, HIGH);
		let_through();
		expect_order(1, HIGH, 0, 0, "SELF IPI");
	}
}

static void check_priorities(void)
{
	apic_send_self(LOW);
	apic_send_self(HIGH);
	apic_send_self(MIDDLE);
	let_through();
	expect_order(3, HIGH, MIDDLE, LOW, "three at once");

	/* In the handler of one only a higher one comes; the lower one after its end. */
	nest = true;
	apic_send_self(MIDDLE);
	let_through();
	nest = false;
	expect_equal(order_count, 4, "interrupts, and the end of one, of nested ones");
	expect_true(order[0] == MIDDLE && order[1] == HIGH && order[2] == 0 &&
			order[3] == LOW,
		"the order of nested ones, found %x %x %x %x", order[0], order[1],
		order[2], order[3]);
	order_count = 0;
}

static void check_tpr(void)
{
	u32 before = apic_read(APIC_TPR);

	apic_write(APIC_TPR, MIDDLE >> CLASS << CLASS);
	expect_equal(cr_read(cr8), MIDDLE >> CLASS, "CR8 after TPR was set");
	apic_send_self(LOW);
	apic_send_self(MIDDLE);
	apic_send_self(HIGH);
	let_through();
	expect_order(1, HIGH, 0, 0, "those above TPR");
	expect_true(apic_bit(APIC_IRR, MIDDLE), "a request that has to wait for TPR");
	cr_write(cr8, (MIDDLE >> CLASS) - 1);
	let_through();
	expect_order(1, MIDDLE, 0, 0, "those above CR8");
	expect_equal(apic_read(APIC_TPR) >> CLASS, (MIDDLE >> CLASS) - 1,
		"TPR after CR8 was set");
	/* What is pending comes as soon as CR8 lets it, with interrupts on. */
	irq_on();
	cr_write(cr8, 0);
	__asm__ volatile("nop");
	irq_off();
	expect_order(1, LOW, 0, 0, "the last one, by CR8");
	apic_write(APIC_TPR, before);
}

static void check_nmi(void)
{
	nmis = depth_max = 0;
	apic_send(cpu_id(), ICR_NMI | ICR_ASSERT);
	clock_delay(100000);
	expect_equal(nmis, 2, "NMIs, with interrupts off");
	expect_equal(depth_max, 1, "NMIs at a time");
}

static void check_once(void)
{
	u32 first, second;

	timers = 0;
	apic_write(APIC_LVT_TIMER, LVT_ONCE | MIDDLE);
	apic_write(APIC_TIMER_INITIAL, ~0U);
	first = apic_read(APIC_TIMER_CURRENT);
	clock_delay(10000);
	second = apic_read(APIC_TIMER_CURRENT);
	expect_true(second < first, "a count that goes down from 0x%x, found 0x%x", first,
		second);
	expect_equal(apic_read(APIC_TIMER_INITIAL), ~0U, "the initial count");
	apic_write(APIC_TIMER_INITIAL, 100000);
	expect_true(wait_count(&timers, 1), "an interrupt of the timer");
	wait_ns(5000000);
	expect_equal(timers, 1, "interrupts of one shot");
	expect_equal(apic_read(APIC_TIMER_CURRENT), 0, "the count after one shot");

	apic_write(APIC_LVT_TIMER, LVT_ONCE | LVT_MASKED | MIDDLE);
	apic_write(APIC_TIMER_INITIAL, 1000);
	wait_ns(5000000);
	expect_equal(timers, 1, "interrupts while it is masked");
	apic_write(APIC_LVT_TIMER, LVT_ONCE | MIDDLE);
	apic_write(APIC_TIMER_INITIAL, 10000000);
	apic_write(APIC_TIMER_INITIAL, 0);
	wait_ns(20000000);
	expect_equal(timers, 1, "interrupts after it was stopped");
}

static void check_periodic(void)
{
	u32 before, low;

	apic_write(APIC_LVT_TIMER, LVT_PERIODIC | MIDDLE);
	timers = 0;
	apic_write(APIC_TIMER_INITIAL, 1000000);
	expect_true(wait_count(&timers, 10), "ten periods");
	low = apic_read(APIC_TIMER_CURRENT);
	expect_true(low <= 1000000, "a count within the period, found %u", low);
	apic_write(APIC_TIMER_INITIAL, 0);
	irq_on();
	irq_off();
	before = timers;
	wait_ns(5000000);
	expect_equal(timers, before, "interrupts after it was stopped");
}

/* How far it counts in 1 ms, which may take longer where the machine has little time for us. */
static u32 counted(u32 divide)
{
	u64 begun;
	u32 start;

	apic_write(APIC_TIMER_DIVIDE, divide);
	apic_write(APIC_LVT_TIMER, LVT_ONCE | LVT_MASKED | MIDDLE);
	apic_write(APIC_TIMER_INITIAL, ~0U);
	begun = clock_now();
	start = apic_read(APIC_TIMER_CURRENT);
	clock_delay(1000000);
	start -= apic_read(APIC_TIMER_CURRENT);
	begun = clock_now() - begun;
	apic_write(APIC_TIMER_INITIAL, 0);
	return (u32)(start * 1000000UL / begun);
}

static void check_divide(void)
{
	u32 by_1 = counted(DIVIDE_BY_1), by_16 = counted(0x3), by_128 = counted(0xa);

	expect_true(by_1 / by_16 >= 8 && by_1 / by_16 <= 32, "a 16th of %u, found %u",
		by_1, by_16);
	expect_true(by_1 / by_128 >= 64 && by_1 / by_128 <= 256,
		"a 128th of %u, found %u", by_1, by_128);
	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
}

/* A deadline is a value of the TSC, whoever moves that. */
static void check_deadline_moved(void)
{
	u64 ahead = clock_ns_to_ticks(1000 * NS_PER_S);

	if (!hypercall_works())
		return; /* QEMU itself ignores that the TSC is written */
	timers = 0;
	msr_write(MSR_TSC_DEADLINE, clock_ticks() + ahead);
	msr_write(MSR_TSC, clock_ticks() + ahead);
	expect_true(wait_count(&timers, 1),
		"an interrupt of a deadline that the TSC jumps over");
	msr_write(MSR_TSC, clock_ticks() - ahead);
}

static void check_deadline(void)
{
	u64 start, deadline;

	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_TSC_DEADLINE)) {
		print(TEST ": no TSC deadline: not tried\n");
		return;
	}
	apic_write(APIC_LVT_TIMER, LVT_DEADLINE | MIDDLE);
	__asm__ volatile("mfence" ::: "memory");
	timers = 0;
	msr_write(MSR_TSC_DEADLINE, 1);
	expect_true(wait_count(&timers, 1), "an interrupt of a past deadline");
	start = clock_ticks();
	deadline = start + clock_ns_to_ticks(2000000);
	msr_write(MSR_TSC_DEADLINE, deadline);
	expect_equal(msr_read(MSR_TSC_DEADLINE), deadline, "a deadline to come");
	expect_true(wait_count(&timers, 2), "an interrupt of a deadline");
	expect_true(clock_ticks() >= deadline, "no interrupt before its deadline");
	expect_equal(msr_read(MSR_TSC_DEADLINE), 0, "a deadline that has passed");
	msr_write(MSR_TSC_DEADLINE, clock_ticks() + clock_ns_to_ticks(5000000));
	msr_write(MSR_TSC_DEADLINE, 0);
	wait_ns(10000000);
	expect_equal(timers, 2, "interrupts after the deadline was taken back");
	check_deadline_moved();
	/* A count means nothing in this mode. */
	timers = 0;
	apic_write(APIC_TIMER_INITIAL, 1000);
	wait_ns(2000000);
	expect_equal(timers, 0, "interrupts of a count in deadline mode");
	apic_write(APIC_LVT_TIMER, LVT_ONCE | LVT_MASKED | MIDDLE);
}

static void check_mode(const char *mode)
{
	u32 id = apic_read(APIC_ID);

	expect_equal(apic_is_x2() ? id : id >> 24, cpu_id(), "the id in %s mode", mode);
	expect_true((apic_read(APIC_VERSION) & 0xff) >= 0x10,
		"a version of 0x10 or later");
	vector_handler_set(LOW, vector_handler);
	vector_handler_set(MIDDLE, vector_handler);
	vector_handler_set(HIGH, vector_handler);
	check_self();
	check_priorities();
	check_tpr();
	check_nmi();
	vector_handler_set(MIDDLE, timer_handler);
	check_once();
	check_periodic();
	check_divide();
	check_deadline();
	print(TEST ": %s\n", mode);
}

/* ---- x2APIC: what is not allowed ---- */

struct msr {
	u32 number;
	u64 value;
};

static void do_read(void *arg)
{
	msr_read(((struct msr *)arg)->number);
}

static void do_write(void *arg)
{
	msr_write(((struct msr *)arg)->number, ((struct msr *)arg)->value);
}

static void expect_gp(void (*fn)(void *arg), u32 number, u64 value, const char *what)
{
	struct msr msr = {number, value};
	struct fault fault;

	expect_true(fault_catch(fn, &msr, &fault), "a fault of %s", what);
	expect_equal(fault.cause, VECTOR_GP, "the fault of %s", what);
}

static void check_x2_forbidden(void)
{
	u64 base = msr_read(MSR_APIC_BASE);

	expect_gp(do_write, MSR_APIC_BASE, base & ~APIC_BASE_X2APIC, "x2APIC to xAPIC");
	expect_gp(do_write, MSR_APIC_BASE, base & ~APIC_BASE_ENABLE, "x2APIC without EN");
	expect_gp(do_write, MSR_X2APIC + APIC_ID / 16, 0, "a write of the ID");
	expect_gp(do_read, MSR_X2APIC + APIC_EOI / 16, 0, "a read of EOI");
	expect_gp(do_write, MSR_X2APIC + APIC_EOI / 16, 1, "a write of 1 to EOI");
	expect_gp(do_read, MSR_X2APIC + APIC_DFR / 16, 0, "a read of DFR, which is gone");
	expect_gp(do_read, MSR_X2APIC + APIC_ICR_HIGH / 16, 0,
		"a read of ICR's upper half");
	expect_gp(do_write, MSR_X2APIC + APIC_TPR / 16, 0x100, "reserved bits of TPR");
	expect_equal(msr_read(MSR_APIC_BASE), base, "the base after all that");
}

static void check_xapic_forbidden(void)
{
	u64 base = msr_read(MSR_APIC_BASE);

	expect_gp(do_read, MSR_X2APIC + APIC_ID / 16, 0,
		"an x2APIC register in xAPIC mode");
	expect_gp(do_write, MSR_X2APIC + APIC_EOI / 16, 0,
		"a write of one in xAPIC mode");
	expect_gp(do_write, MSR_APIC_BASE, (base & ~APIC_BASE_ENABLE) | APIC_BASE_X2APIC,
		"x2APIC without EN");
	expect_gp(do_write, MSR_APIC_BASE, base | 1, "reserved bits of the base");
}

int guest_main(void)
{
	vector_handler_set(VECTOR_NMI, nmi_handler);
	apic_start();
	if (apic_is_x2()) {
		check_mode("x2APIC");
		check_x2_forbidden();
		apic_set_x2(false);
		check_xapic_forbidden();
		check_mode("xAPIC");
		apic_set_x2(true);
		check_mode("x2APIC again");
	} else {
		print(TEST ": no x2APIC: not tried\n");
		check_mode("xAPIC");
	}
	return test_ok();
}
