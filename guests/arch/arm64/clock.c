// SPDX-License-Identifier: Apache-2.0
// The virtual counter, and two timers of the same kind: the virtual one, and the physical one
// as the other way. To a guest both counters show the same. DDI 0487, D11.
#include <guest/clock.h>
#include <guest/cpu.h>
#include <guest/machine.h>
#include <guest/trap.h>
#include <arch/gic.h>
#include <arch/psci.h>
#include <arch/uart.h>

static u64 hz;
static u64 ns_per_tick_32; /* 32.32 fixed point */
static bool physical;

void machine_init(void)
{
	hz = sysreg_read(cntfrq_el0);
	ns_per_tick_32 = (NS_PER_S << 32) / hz;
	psci_init();
	gic_find();
	*uart_reg(UART_LCRH) = LCRH_8_BITS | LCRH_FEN;
	*uart_reg(UART_CR) = CR_UARTEN | CR_TXE | CR_RXE;
}

u64 clock_ticks(void)
{
	isb();
	return sysreg_read(cntvct_el0);
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
	if (physical) {
		sysreg_write(cntp_cval_el0, tick);
		sysreg_write(cntp_ctl_el0, CNT_CTL_ENABLE);
	} else {
		sysreg_write(cntv_cval_el0, tick);
		sysreg_write(cntv_ctl_el0, CNT_CTL_ENABLE);
	}
	isb();
}

void timer_stop(void)
{
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	isb();
}

const char *timer_way(void)
{
	return physical ? "physical timer" : "virtual timer";
}

bool timer_next_way(void)
{
	timer_stop();
	if (physical)
		return false;
	physical = true;
	return true;
}

void clock_delay(u64 ns)
{
	u64 end = clock_ticks() + clock_ns_to_ticks(ns);

	while (clock_ticks() < end)
		cpu_relax();
}

bool timer_silence(u32 line)
{
	u64 ctl = line == LINE_PTIMER ? sysreg_read(cntp_ctl_el0)
				      : sysreg_read(cntv_ctl_el0);

	/* A virtual GIC cannot take back what was pending when the timer was moved. */
	if ((ctl & (CNT_CTL_ISTATUS | CNT_CTL_IMASK | CNT_CTL_ENABLE)) !=
		(CNT_CTL_ISTATUS | CNT_CTL_ENABLE))
		return false;
	if (line == LINE_PTIMER)
		sysreg_write(cntp_ctl_el0, CNT_CTL_ENABLE | CNT_CTL_IMASK);
	else
		sysreg_write(cntv_ctl_el0, CNT_CTL_ENABLE | CNT_CTL_IMASK);
	isb();
	return true;
}
