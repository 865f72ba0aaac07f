// SPDX-License-Identifier: Apache-2.0
// Both timers by their registers, DDI 0487 D11.2: the counters agree, CVAL and TVAL are two views
// of a deadline, ISTATUS says when it has passed, IMASK and ENABLE keep the interrupt back, and
// both timers may wait at once.
#define TEST "ptimer"
#include "../check.h"
#include <arch/gic.h>

#define SOON_NS 200000UL
#define ROUNDS  1000

// clang-format off
#define TIMER(name, letter, line_)                                       \
	static u64 name##_cval(void)                                     \
	{                                                                \
		return sysreg_read(cnt##letter##_cval_el0);              \
	}                                                                \
	static void name##_cval_set(u64 value)                           \
	{                                                                \
		sysreg_write(cnt##letter##_cval_el0, value);             \
		isb();                                                   \
	}                                                                \
	static u64 name##_tval(void)                                     \
	{                                                                \
		return sysreg_read(cnt##letter##_tval_el0);              \
	}                                                                \
	static void name##_tval_set(u64 value)                           \
	{                                                                \
		sysreg_write(cnt##letter##_tval_el0, value);             \
		isb();                                                   \
	}                                                                \
	static u64 name##_ctl(void)                                      \
	{                                                                \
		return sysreg_read(cnt##letter##_ctl_el0);               \
	}                                                                \
	static void name##_ctl_set(u64 value)                            \
	{                                                                \
		sysreg_write(cnt##letter##_ctl_el0, value);              \
		isb();                                                   \
	}                                                                \
	static const struct timer name = {                               \
		#name, line_, name##_cval, name##_cval_set, name##_tval, \
		name##_tval_set, name##_ctl, name##_ctl_set,             \
	};
// clang-format on

struct timer {
	const char *name;
	u32 line;
	u64 (*cval)(void);
	void (*cval_set)(u64 value);
	u64 (*tval)(void);
	void (*tval_set)(u64 value);
	u64 (*ctl)(void);
	void (*ctl_set)(u64 value);
};

TIMER(virtual, v, LINE_VTIMER)
TIMER(physical, p, LINE_PTIMER)

static const struct timer *const timers[] = {&virtual, &physical};

static u64 cntpct(void)
{
	isb();
	return sysreg_read(cntpct_el0);
}

/* Each value of one counter lies between two of the other's. */
static void check_counters(void)
{
	for (u32 i = 0; i < ROUNDS; i++) {
		u64 before = clock_ticks(), middle = cntpct(), after = clock_ticks();

		expect_true(middle >= before && middle <= after,
			"CNTPCT between %lu and %lu of CNTVCT, found %lu", before, after,
			middle);
	}
}

static void check_views(const struct timer *timer)
{
	u64 before, after, tval;

	timer->ctl_set(0);
	timer->cval_set(~0UL);
	expect_equal(timer->cval(), ~0UL, "CVAL of the %s timer", timer->name);
	before = clock_ticks();
	timer->tval_set(1000000);
	after = clock_ticks();
	expect_true(timer->cval() >= before + 1000000 && timer->cval() <= after + 1000000,
		"CVAL of the %s timer to be now and TVAL, found %lu at %lu", timer->name,
		timer->cval(), before);
	before = clock_ticks();
	timer->tval_set(0xffffff00);
	expect_true(timer->cval() < clock_ticks() && timer->cval() >= before - 0x100,
		"TVAL of the %s timer to have a sign", timer->name);
	timer->cval_set(clock_ticks() + 5000000);
	tval = timer->tval();
	expect_true(tval <= 5000000 && tval > 0,
		"TVAL of the %s timer to count down, found %lu", timer->name, tval);
}

static bool is_pending(const struct timer *timer)
{
	return *gic_line_reg(timer->line, GICD_ISPENDR(0)) & 1U << timer->line;
}

static void expect_pending(const struct timer *timer, bool wanted, const char *when)
{
	expect_equal(is_pending(timer), wanted, "interrupt of the %s timer pending, %s",
		timer->name, when);
}

static void check_status(const struct timer *timer)
{
	u64 deadline = clock_ticks() + clock_hz();

	timer->cval_set(deadline);
	timer->ctl_set(CNT_CTL_ENABLE);
	expect_equal(timer->ctl(), CNT_CTL_ENABLE, "CTL of the %s timer before its time",
		timer->name);
	expect_pending(timer, false, "before its time");
	timer->cval_set(clock_ticks() + clock_ns_to_ticks(SOON_NS));
	/* An emulator's own timers may be late. */
	for (u64 end = clock_ticks() + clock_hz(); clock_ticks() < end;) {
		if ((timer->ctl() & CNT_CTL_ISTATUS) && is_pending(timer))
			break;
	}
	expect_equal(timer->ctl(), CNT_CTL_ENABLE | CNT_CTL_ISTATUS,
		"CTL of the %s timer after its time", timer->name);
	expect_pending(timer, true, "after its time");
	timer->ctl_set(CNT_CTL_ENABLE | CNT_CTL_IMASK);
	expect_equal(timer->ctl(), CNT_CTL_ENABLE | CNT_CTL_IMASK | CNT_CTL_ISTATUS,
		"CTL of the %s timer, masked", timer->name);
	timer->ctl_set(0);
}

static volatile u32 interrupts;

static void timer_handler(void)
{
	interrupts++;
}

/* The runtime masks the one that has come and leaves the other one as it is. */
static void check_both(void)
{
	u64 now = clock_ticks(), end = now + 10 * clock_hz();

	irq_handler_set(IRQ_TIMER, timer_handler);
	for (u32 i = 0; i < ARRAY_LEN(timers); i++) {
		timers[i]->cval_set(now + (i + 1) * clock_ns_to_ticks(SOON_NS));
		timers[i]->ctl_set(CNT_CTL_ENABLE);
	}
	while (interrupts < ARRAY_LEN(timers) && clock_ticks() < end) {
		cpu_wait();
		irq_on();
		cpu_relax();
		irq_off();
	}
	expect_equal(interrupts, ARRAY_LEN(timers), "interrupts of both timers");
	irq_on();
	clock_delay(SOON_NS);
	irq_off();
	expect_equal(interrupts, ARRAY_LEN(timers), "interrupts of masked timers");
	for (u32 i = 0; i < ARRAY_LEN(timers); i++)
		expect_equal(timers[i]->ctl() & CNT_CTL_IMASK, CNT_CTL_IMASK,
			"IMASK of the %s timer", timers[i]->name);
}

int guest_main(void)
{
	gic_start();
	check_counters();
	for (u32 i = 0; i < ARRAY_LEN(timers); i++) {
		check_views(timers[i]);
		check_status(timers[i]);
	}
	check_both();
	return test_ok();
}
