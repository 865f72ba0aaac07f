// SPDX-License-Identifier: Apache-2.0
// The time CSR, and the timer: stimecmp where the device tree lists Sstc, else SBI. The
// frequency is the device tree's timebase-frequency. Sstc is chapter 17 of the privileged
// spec.
#include <guest/clock.h>
#include <guest/cpu.h>
#include <guest/fdt.h>
#include <guest/machine.h>
#include <guest/string.h>
#include <arch/sbi.h>

#define TIMER_NEVER (~0UL)

static u64 hz;
static u64 ns_per_tick_32; /* 32.32 fixed point */
static bool direct;

void machine_init(void)
{
	const void *freq = fdt_property("/cpus", "timebase-frequency", NULL);
	const char *isa = fdt_property("/cpus/cpu", "riscv,isa", NULL);

	hz = freq ? fdt_cells(freq, 1) : 1;
	ns_per_tick_32 = (NS_PER_S << 32) / hz;
	direct = isa && strstr(isa, "_sstc");
}

u64 clock_ticks(void)
{
	return csr_read(time);
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

void timer_set(u64 tick)
{
	if (direct)
		csr_write(stimecmp, tick);
	else
		sbi_set_timer(tick);
}

void timer_stop(void)
{
	timer_set(TIMER_NEVER);
}

const char *timer_way(void)
{
	return direct ? "register" : "calls";
}

bool timer_next_way(void)
{
	timer_stop();
	if (!direct)
		return false;
	direct = false;
	return true;
}

void clock_delay(u64 ns)
{
	u64 end = clock_ticks() + clock_ns_to_ticks(ns);

	while (clock_ticks() < end)
		cpu_relax();
}
