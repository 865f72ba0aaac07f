// SPDX-License-Identifier: Apache-2.0
// Time: the HPET's main counter (IA-PC HPET specification 1.0a, 2.3) says how fast the TSC and the
// timer of the local APIC are; then the TSC is the clock, and the timer, each time for one
// interrupt, the alarm.
#include <arch/apic.h>

#include "rvmguest.h"

enum hpet_register {
	HPET_CAPS = 0x000,
	HPET_CONFIG = 0x010,
	HPET_COUNTER = 0x0f0,
	HPET_TIMERS = 0x100,
};

#define HPET_TIMER_SIZE 0x20

#define CAPS_PERIOD BITS(63, 32) /* femtoseconds */
#define CAPS_LEGACY BIT(15)      /* can take the PIT's and the clock's place */
#define CAPS_64_BIT BIT(13)
#define CAPS_LAST   BITS(12, 8) /* number of the last timer */

#define CONFIG_LEGACY BIT(1)
#define CONFIG_ENABLE BIT(0)

#define TIMER_INTERRUPT BIT(2)

#define FS_PER_SEC      1000000000000000UL
#define ROUNDS          5
#define ROUND_NS        (10 * NS_PER_MS)
#define CPUID_FREQUENCY 0x16 /* eax: MHz */

static u64 hpet_hz, tsc_khz, apic_hz;
static u64 next_tick, next_alarm;

static volatile u64 *hpet_at(u64 offset)
{
	return memory_at(HPET_BASE + offset);
}

static void hpet_start(void)
{
	u64 caps = *hpet_at(HPET_CAPS), timers = field_get(CAPS_LAST, caps) + 1;

	if (!(caps & CAPS_LEGACY) || !field_get(CAPS_PERIOD, caps)) {
		print("panic: HPET: no legacy replacement: 0x%lx\n", caps);
		shutdown();
	}
	hpet_hz = FS_PER_SEC / field_get(CAPS_PERIOD, caps);
	print("HPET: %lu.%06lu MHz, %s, %lu timers\n", hpet_hz / 1000000,
		hpet_hz % 1000000, caps & CAPS_64_BIT ? "64-bit" : "32-bit", timers);
	*hpet_at(HPET_CONFIG) = 0;
	for (u64 i = 0; i < timers; i++) {
		volatile u64 *timer = hpet_at(HPET_TIMERS + i * HPET_TIMER_SIZE);

		*timer = *timer & ~TIMER_INTERRUPT;
	}
	*hpet_at(HPET_CONFIG) = CONFIG_LEGACY | CONFIG_ENABLE;
}

static u64 hpet_to_ns(u64 ticks)
{
	return ticks / hpet_hz * NS_PER_SEC + ticks % hpet_hz * NS_PER_SEC / hpet_hz;
}

u64 clock_hpet_ns(void)
{
	return hpet_to_ns(*hpet_at(HPET_COUNTER));
}

u64 clock_ns(void)
{
	u64 tsc = rdtsc();

	return tsc / tsc_khz * NS_PER_MS + tsc % tsc_khz * NS_PER_MS / tsc_khz;
}

/* From the HPET's count until a round later, in ns. */
static u64 wait_round(u64 start)
{
	u64 ns;

	do
		ns = hpet_to_ns(*hpet_at(HPET_COUNTER) - start);
	while (ns < ROUND_NS);
	return ns;
}

static void tsc_calibrate(void)
{
	u32 mhz = cpuid(0, 0).eax >= CPUID_FREQUENCY ? cpuid(CPUID_FREQUENCY, 0).eax : 0;

	if (mhz) {
		print("Got TSC frequency by CPUID: %lu MHz\n", (u64)mhz);
		tsc_khz = mhz * 1000UL;
		return;
	}
	tsc_khz = ~0UL;
	for (u32 i = 0; i < ROUNDS; i++) {
		u64 tsc = rdtsc(), ns = wait_round(*hpet_at(HPET_COUNTER));
		u64 khz = (rdtsc() - tsc) * NS_PER_MS / ns;

		tsc_khz = khz < tsc_khz ? khz : tsc_khz;
	}
	print("Calibrated TSC frequency: %lu.%03lu MHz\n", tsc_khz / 1000,
		tsc_khz % 1000);
}

static void apic_calibrate(void)
{
	apic_write(APIC_LVT_TIMER,
		(apic_read(APIC_LVT_TIMER) & ~LVT_PERIODIC) | LVT_ONCE);
	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	for (u32 i = 0; i < ROUNDS; i++) {
		u64 ns, hz;

		apic_write(APIC_TIMER_INITIAL, ~0U);
		ns = wait_round(*hpet_at(HPET_COUNTER));
		hz = (~0U - apic_read(APIC_TIMER_CURRENT)) * NS_PER_SEC / ns;
		apic_hz = hz > apic_hz ? hz : apic_hz;
	}
	print("Calibrated LAPIC frequency: %lu.%03lu MHz\n", apic_hz / 1000000,
		apic_hz % 1000000 / 1000);
	apic_write(APIC_LVT_TIMER, apic_read(APIC_LVT_TIMER) & ~LVT_MASKED);
}

void clock_start(void)
{
	hpet_start();
	tsc_calibrate();
	apic_calibrate();
	next_alarm = ~0UL;
	next_tick = clock_ns() + TICK_NS;
	clock_wake_at(next_tick);
}

static void alarm_set(u64 ns)
{
	u64 now = clock_ns(), ticks = ns > now ? (ns - now) * apic_hz / NS_PER_SEC : 0;

	next_alarm = ns;
	apic_write(APIC_TIMER_INITIAL, ticks ? (u32)ticks : 1);
}

void clock_wake_at(u64 ns)
{
	if (ns < next_alarm)
		alarm_set(ns);
}

void clock_irq(void)
{
	bool tick = clock_ns() >= next_tick;

	if (tick)
		next_tick += TICK_NS;
	alarm_set(task_next_wake(next_tick));
	task_yield(tick);
}
