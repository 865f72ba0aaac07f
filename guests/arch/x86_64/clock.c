// SPDX-License-Identifier: Apache-2.0
// The time stamp counter (SDM volume 3B, 18.17), and the timer of the local APIC (volume 3A,
// 11.5.4): by a deadline where the processor has that, else by a count.
#include <guest/clock.h>
#include <guest/machine.h>
#include <arch/apic.h>
#include <arch/hypercall.h>
#include <arch/local.h>
#include <arch/uart.h>

#define LEAF_FREQUENCY  0x40000010U /* of whoever is below: EAX = kHz of the TSC */
#define LEAF_TSC        0x15U       /* EBX / EAX of the crystal's ECX Hz */
#define LEAF_PROCESSOR  0x16U       /* EAX = MHz */
#define CALIBRATE_COUNT 11932U      /* of the 8254: 10 ms */
#define CALIBRATE_HZ    100U
#define COUNT_NS        1000000UL /* how long the APIC's timer is compared with the TSC */

/* The 8254's third channel, whose gate is at NMI_PORT. */
#define PIT_GATE    BIT(0)
#define PIT_SPEAKER BIT(1)
#define PIT_OUT     BIT(5)
#define PIT_CONTROL (PIT_PORT + 3)
#define PIT_2_ONCE  0xb0 /* channel 2, both bytes, mode 0 */

static u64 hz;
static u64 ns_per_tick_32;     /* 32.32 fixed point */
static u64 counts_per_tick_32; /* of the APIC's timer; 0: not known yet */
static bool by_count;

static u64 tsc_read(void)
{
	u32 low, high;

	/* Not before what comes first in the program. */
	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
	return (u64)high << 32 | low;
}

static u64 hz_by_pit(void)
{
	u8 gate = io_read8(NMI_PORT) & (u8) ~(PIT_GATE | PIT_SPEAKER);
	u64 start;

	io_write8(NMI_PORT, gate);
	io_write8(PIT_CONTROL, PIT_2_ONCE);
	io_write8(PIT_PORT + 2, (u8)CALIBRATE_COUNT);
	io_write8(PIT_PORT + 2, (u8)(CALIBRATE_COUNT >> 8));
	start = tsc_read();
	io_write8(NMI_PORT, gate | PIT_GATE);
	while (!(io_read8(NMI_PORT) & PIT_OUT))
		cpu_relax();
	return (tsc_read() - start) * CALIBRATE_HZ;
}

static u64 hz_find(void)
{
	u32 max = cpuid(0, 0).eax;
	struct cpuid id;

	if (hypervisor_leaf_max() >= LEAF_FREQUENCY) {
		id = cpuid(LEAF_FREQUENCY, 0);
		if (id.eax)
			return id.eax * 1000UL;
	}
	if (max >= LEAF_TSC) {
		id = cpuid(LEAF_TSC, 0);
		if (id.eax && id.ebx && id.ecx)
			return (u64)id.ecx * id.ebx / id.eax;
	}
	if (max >= LEAF_PROCESSOR && cpuid(LEAF_PROCESSOR, 0).eax)
		return cpuid(LEAF_PROCESSOR, 0).eax * 1000000UL;
	return hz_by_pit();
}

void machine_init(void)
{
	uart_start();
	hz = hz_find();
	ns_per_tick_32 = (NS_PER_S << 32) / hz;
	by_count = !(cpuid(1, 0).ecx & CPUID_1_ECX_TSC_DEADLINE);
}

u64 clock_ticks(void)
{
	return tsc_read();
}

u64 clock_hz(void)
{
	return hz;
}

u64 clock_now(void)
{
	return clock_ticks_to_ns(clock_ticks());
}

u64 clock_ticks_to_ns(u64 ticks)
{
	return (u64)(((unsigned __int128)ticks * ns_per_tick_32) >> 32);
}

u64 clock_ns_to_ticks(u64 ns)
{
	return (ns * (hz / 1000) + NS_PER_S / 1000 - 1) / (NS_PER_S / 1000);
}

void clock_delay(u64 ns)
{
	u64 end = clock_ticks() + clock_ns_to_ticks(ns);

	while (clock_ticks() < end)
		cpu_relax();
}

void timer_lvt(void)
{
	u32 mode = by_count ? LVT_ONCE : LVT_DEADLINE;
	u32 mask = cpu_local()->unmasked[IRQ_TIMER] ? 0 : LVT_MASKED;

	apic_write(APIC_LVT_TIMER, mode | mask | VECTOR_TIMER);
	/* A deadline may not be written before the mode that takes it (SDM 11.5.4.1). */
	__asm__ volatile("mfence" ::: "memory");
}

static void count_calibrate(void)
{
	u64 start, ticks, wait = clock_ns_to_ticks(COUNT_NS);
	u32 count;

	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	apic_write(APIC_TIMER_INITIAL, ~0U);
	start = clock_ticks();
	while ((ticks = clock_ticks() - start) < wait)
		cpu_relax();
	count = ~0U - apic_read(APIC_TIMER_CURRENT);
	apic_write(APIC_TIMER_INITIAL, 0);
	counts_per_tick_32 = ((u64)count << 32) / ticks;
	timer_lvt();
}

static void count_set(u64 tick)
{
	u64 now = clock_ticks();
	unsigned __int128 count = tick > now ? tick - now : 0;

	if (!counts_per_tick_32)
		count_calibrate();
	/* Rounded up. One that is too long for it is set again when it is over. */
	count = (count * counts_per_tick_32 >> 32) + 1;
	apic_write(APIC_TIMER_INITIAL, (u32)MIN(count, (unsigned __int128)~0U));
}

void timer_again(void)
{
	u64 tick = cpu_local()->deadline;

	if (by_count)
		count_set(tick);
	else
		msr_write(MSR_TSC_DEADLINE, MAX(tick, 1UL)); /* 0 stops it */
}

void timer_set(u64 tick)
{
	u64 flags = irq_save();
	struct cpu_local *local;

	apic_start();
	local = cpu_local();
	local->armed = true;
	local->deadline = tick;
	timer_again();
	irq_restore(flags);
}

/* What is pending already cannot be taken back, so timer_expired() looks at `armed`. */
void timer_stop(void)
{
	apic_start();
	cpu_local()->armed = false;
	if (by_count)
		apic_write(APIC_TIMER_INITIAL, 0);
	else
		msr_write(MSR_TSC_DEADLINE, 0);
}

bool timer_expired(void)
{
	struct cpu_local *local = cpu_local();

	if (!local->armed || !local->unmasked[IRQ_TIMER])
		return false;
	if (clock_ticks() >= local->deadline)
		return true;
	/* Of a deadline that was moved since, or rounded. */
	timer_again();
	return false;
}

const char *timer_way(void)
{
	apic_start();
	if (apic_is_x2())
		return by_count ? "x2APIC, count" : "x2APIC, deadline";
	return by_count ? "xAPIC, count" : "xAPIC, deadline";
}

bool timer_next_way(void)
{
	timer_stop();
	if (!by_count) {
		by_count = true;
		timer_lvt();
		return true;
	}
	if (!apic_is_x2())
		return false;
	apic_set_x2(false);
	by_count = !(cpuid(1, 0).ecx & CPUID_1_ECX_TSC_DEADLINE);
	timer_lvt();
	return true;
}
