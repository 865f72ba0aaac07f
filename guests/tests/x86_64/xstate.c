// SPDX-License-Identifier: Apache-2.0
// XCR0 and the states behind it belong to one cpu each, also where cpus take turns on one of the
// machine's. SDM volume 1, 13.3.
#define TEST "xstate"
#include "../check.h"
#include <arch/regs.h>
#include <isa/smp.h>

#define ROUNDS  200
#define NAP_NS  50000UL
#define WAIT_NS (20 * NS_PER_S)

#define LEAF_XSAVE 0xdU
#define XCR0_X87   BIT(0)
#define XCR0_SSE   BIT(1)
#define XCR0_AVX   BIT(2)

static u32 arrived, done;

static void xcr0_write(u64 value)
{
	__asm__ volatile("xsetbv" ::"c"(0), "a"((u32)value), "d"((u32)(value >> 32)));
}

static u64 xcr0_read(void)
{
	u32 low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (u64)high << 32 | low;
}

/* The size of the area for XCR0 as it is now (CPUID 0Dh, EBX) is each cpu's own too. */
static void own_state(u64 xcr0)
{
	u32 size;

	cr_write(cr4, cr_read(cr4) | CR4_OSXSAVE);
	expect_equal(xcr0_read(), XCR0_X87, "XCR0 of cpu %u at first", cpu_id());
	xcr0_write(xcr0);
	size = cpuid(LEAF_XSAVE, 0).ebx;
	for (u32 i = 0; i < ROUNDS; i++) {
		cpu_nap(NAP_NS);
		expect_equal(xcr0_read(), xcr0, "XCR0 of cpu %u after sleep %u", cpu_id(),
			i);
		expect_equal(cpuid(LEAF_XSAVE, 0).ebx, size,
			"size of the states of cpu %u", cpu_id());
	}
	xcr0_write(XCR0_X87);
	cr_write(cr4, cr_read(cr4) & ~CR4_OSXSAVE);
}

static u64 xcr0_for(u32 cpu)
{
	static const u64 values[] = {
		XCR0_X87 | XCR0_SSE, XCR0_X87, XCR0_X87 | XCR0_SSE | XCR0_AVX};

	return values[cpu % ARRAY_LEN(values)] & cpuid(LEAF_XSAVE, 0).eax;
}

static void timer_late(void)
{
	timer_stop();
}

/* Until all have come: the machine may have fewer cpus than the guest. */
static void wait_for(u32 *count, u32 wanted, const char *what)
{
	u64 end = clock_now() + WAIT_NS;

	__atomic_fetch_add(count, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(count, __ATOMIC_SEQ_CST) < wanted) {
		expect_true(clock_now() < end, "%s within %lu s", what,
			WAIT_NS / NS_PER_S);
		cpu_nap(NAP_NS);
	}
}

static void use_states(void *arg)
{
	(void)arg;
	irq_unmask(IRQ_TIMER);
	irq_on();
	wait_for(&arrived, cpu_count(), "all cpus to start");
	own_state(xcr0_for(cpu_id()));
	wait_for(&done, cpu_count(), "all cpus to end");
	irq_off();
}

int guest_main(void)
{
	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_XSAVE)) {
		print(TEST ": SKIPPED: this cpu has no XSAVE\n");
		return test_ok();
	}
	irq_handler_set(IRQ_TIMER, timer_late);
	for (u32 cpu = 1; cpu < cpu_count(); cpu++)
		expect_true(cpu_start(cpu, use_states, NULL), "cpu %u to start", cpu);
	use_states(NULL);
	return test_ok();
}
