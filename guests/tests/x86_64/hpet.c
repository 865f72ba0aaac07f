// SPDX-License-Identifier: Apache-2.0
// The HPET: its counter, comparators once and periodic, as edges and as levels, and legacy
// replacement. IA-PC HPET Specification 1.0a, 2.3.
#define TEST "hpet"
#include "pc.h"

enum hpet_register {
	GCAP_ID = 0x000,
	GEN_CONF = 0x010,
	GINTR_STA = 0x020,
	MAIN_CNT = 0x0f0,
	TIMER_CONF = 0x100,
	TIMER_COMPARATOR = 0x108,
};
#define TIMER(n) (0x20U * (n))

#define GCAP_PERIOD BITS(63, 32)
#define GCAP_LEGACY BIT(15)
#define GCAP_64     BIT(13)
#define GCAP_LAST   BITS(12, 8)

#define CONF_LEGACY BIT(1)
#define CONF_ENABLE BIT(0)

#define TN_ROUTES   BITS(63, 32)
#define TN_ROUTE    BITS(13, 9)
#define TN_32       BIT(8)
#define TN_SET      BIT(6)
#define TN_PERIODIC BIT(3)
#define TN_ENABLE   BIT(2)
#define TN_LEVEL    BIT(1)

#define PERIOD_MAX_FS 100000000UL
#define FS_PER_NS     1000000UL
#define VECTOR        VECTOR_FREE

static volatile u32 interrupts;
static volatile u64 status;
static u64 period_fs;

static volatile u64 *reg(u32 offset)
{
	return (volatile u64 *)(HPET_BASE + offset);
}

static u64 ns_to_counts(u64 ns)
{
	return ns * FS_PER_NS / period_fs;
}

static void handler(struct trap_frame *frame)
{
	(void)frame;
	interrupts++;
	status = *reg(GINTR_STA);
	*reg(GINTR_STA) = status;
	apic_eoi();
}

static void stop(void)
{
	*reg(GEN_CONF) = 0;
	for (u32 n = 0; n < 3; n++)
		*reg(TIMER_CONF + TIMER(n)) = 0;
	*reg(GINTR_STA) = ~0UL;
	*reg(MAIN_CNT) = 0;
	interrupts = 0;
}

static void check_capabilities(void)
{
	u64 id = *reg(GCAP_ID);

	period_fs = field_get(GCAP_PERIOD, id);
	expect_true(period_fs > 0 && period_fs <= PERIOD_MAX_FS,
		"a period up to 100 ns, found "
		"%lu fs",
		period_fs);
	expect_true(field_get(GCAP_LAST, id) >= 2, "three timers");
	expect_true(id & GCAP_64, "a counter of 64 bits");
	expect_true(id & GCAP_LEGACY, "legacy replacement");
	expect_equal(*(volatile u32 *)(HPET_BASE + GCAP_ID + 4), period_fs,
		"the upper word");
	*reg(GCAP_ID) = 0;
	expect_equal(*reg(GCAP_ID), id, "the capabilities after a write");
}

static void check_counter(void)
{
	u64 first, counts, ticks, start, ns;

	stop();
	*reg(MAIN_CNT) = 0x123456789abcdef0;
	first = *reg(MAIN_CNT);
	expect_equal(first, 0x123456789abcdef0, "the counter as it was set");
	clock_delay(100000);
	expect_equal(*reg(MAIN_CNT), first, "the counter while it stands");
	*(volatile u32 *)(HPET_BASE + MAIN_CNT + 4) = 1;
	expect_equal(*reg(MAIN_CNT), 0x19abcdef0,
		"the counter after its upper half was set");
	*reg(GEN_CONF) = CONF_ENABLE;
	first = *reg(MAIN_CNT);
	start = clock_ticks();
	clock_delay(20000000);
	counts = *reg(MAIN_CNT) - first;
	ticks = clock_ticks() - start;
	ns = clock_ticks_to_ns(ticks);
	counts = counts * period_fs / FS_PER_NS;
	expect_true(counts > ns - ns / 50 && counts < ns + ns / 10,
		"about %lu ns, found %lu", ns, counts);
	*reg(GEN_CONF) = 0;
	first = *reg(MAIN_CNT);
	clock_delay(100000);
	expect_equal(*reg(MAIN_CNT), first, "the counter, halted");
}

/* The timer's interrupt at the last input that it can drive, which ISA does not use; which one. */
static u32 route(u32 n, u64 flags)
{
	u64 routes = field_get(TN_ROUTES, *reg(TIMER_CONF + TIMER(n)));
	u32 line;

	expect_true(routes, "an input that timer %u can drive", n);
	line = 63 - (u32)__builtin_clzl(routes);
	*reg(TIMER_CONF + TIMER(n)) = field_put(TN_ROUTE, line) | flags;
	expect_equal(field_get(TN_ROUTE, *reg(TIMER_CONF + TIMER(n))), line, "a route");
	ioapic_entry_set(line,
		field_put(ENTRY_DEST, cpu_id()) | VECTOR |
			(flags & TN_LEVEL ? ENTRY_LEVEL : 0));
	return line;
}

static void check_once(u32 n, u64 flags)
{
	u64 start;
	u32 line;

	stop();
	line = route(n, TN_ENABLE | flags);
	*reg(TIMER_COMPARATOR + TIMER(n)) = ns_to_counts(5000000);
	expect_equal(*reg(TIMER_COMPARATOR + TIMER(n)), ns_to_counts(5000000),
		"a comparator");
	start = clock_now();
	*reg(GEN_CONF) = CONF_ENABLE;
	expect_true(wait_count(&interrupts, 1), "an interrupt of timer %u", n);
	expect_true(clock_now() - start >= 4900000, "no interrupt before 5 ms");
	expect_equal(status & BIT(n), flags & TN_LEVEL ? BIT(n) : 0,
		"the status of timer %u", n);
	wait_ns(20000000);
	expect_equal(interrupts, 1, "interrupts of one match of timer %u", n);
	expect_equal(*reg(GINTR_STA) & BIT(n), 0, "the status once cleared");
	ioapic_entry_set(line, ENTRY_MASKED);
}

static void check_periodic(void)
{
	u64 start;
	u32 line;

	stop();
	line = route(0, TN_ENABLE | TN_PERIODIC | TN_SET);
	*reg(TIMER_COMPARATOR) = ns_to_counts(2000000);
	*reg(TIMER_COMPARATOR) = ns_to_counts(2000000);
	start = clock_now();
	*reg(GEN_CONF) = CONF_ENABLE;
	expect_true(wait_count(&interrupts, 10), "ten periods");
	expect_true(clock_now() - start >= 19000000,
		"ten periods to take 20 ms, found %lu ns", clock_now() - start);
	*reg(TIMER_CONF) &= ~TN_ENABLE;
	irq_on();
	irq_off();
	interrupts = 0;
	wait_ns(10000000);
	expect_equal(interrupts, 0, "interrupts of a timer that may not");
	ioapic_entry_set(line, ENTRY_MASKED);
}

/* Timer 0 is where the 8254 was, which is cut off. */
static void check_legacy(void)
{
	stop();
	ioapic_entry_set(PIT_LINE, field_put(ENTRY_DEST, cpu_id()) | VECTOR);
	pit_set(0, 2, 1193);
	expect_true(wait_count(&interrupts, 3), "interrupts of the 8254");
	*reg(GEN_CONF) = CONF_LEGACY;
	irq_on();
	irq_off();
	interrupts = 0;
	wait_ns(10000000);
	expect_equal(interrupts, 0, "interrupts of the 8254 that is replaced");
	*reg(TIMER_CONF) = TN_ENABLE;
	*reg(TIMER_COMPARATOR) = *reg(MAIN_CNT) + ns_to_counts(1000000);
	*reg(GEN_CONF) = CONF_LEGACY | CONF_ENABLE;
	expect_true(wait_count(&interrupts, 1), "an interrupt of timer 0 in its place");
	stop();
	expect_true(wait_count(&interrupts, 3), "interrupts of the 8254 again");
	pit_stop();
	ioapic_entry_set(PIT_LINE, ENTRY_MASKED);
}

int guest_main(void)
{
	vector_handler_set(VECTOR, handler);
	apic_start();
	pit_stop();
	check_capabilities();
	check_counter();
	check_once(0, 0);
	check_once(1, 0);
	check_once(2, TN_LEVEL);
	check_once(2, TN_32);
	check_periodic();
	check_legacy();
	return test_ok();
}
