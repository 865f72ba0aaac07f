// SPDX-License-Identifier: Apache-2.0
// One timer a cpu: the local APIC's, by its TSC deadline where it has that. And how fast the TSC
// is: CPUID tells, and it is measured with the 8254 (Intel 8254 data sheet).
#include "timer.h"

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/time.h>
#include <arch/cpu.h>
#include <arch/msr.h>
#include <arch/port.h>

#include "apic.h"
#include "boot.h"

#define NS_PER_S 1000000000UL

void arch_timer_set(u64 deadline)
{
	u64 now, ticks;

	if (machine.tsc_deadline) {
		msr_write(MSR_TSC_DEADLINE,
			deadline == ~0UL ? 0 : time_to_ticks(deadline));
		return;
	}
	if (deadline == ~0UL) {
		apic_timer_set(0);
		return;
	}
	now = time_now();
	/* At least one tick; far away it fires early, for nothing, and is set again. */
	deadline = MIN(deadline, now + NS_PER_S);
	ticks = deadline > now ? (deadline - now) * apic_timer_hz() / NS_PER_S : 0;
	apic_timer_set((u32)MIN(ticks + 1, (u64)~0U));
}

/* ---- The TSC ---- */

enum { LEAF_TSC = 0x15, LEAF_FREQUENCY = 0x16 };

/* In Hz, 0 if CPUID does not tell. */
static u64 tsc_told(void)
{
	struct cpuid tsc = cpuid(LEAF_TSC, 0), frequency = cpuid(LEAF_FREQUENCY, 0);

	if (tsc.eax && tsc.ebx && tsc.ecx)
		return (u64)tsc.ecx * tsc.ebx / tsc.eax;
	/* The TSC runs at the base frequency, in MHz. */
	return tsc.eax && tsc.ebx ? (u64)(frequency.eax & BITS(15, 0)) * 1000000 : 0;
}

#define PIT_HZ        1193182UL
#define PIT_COUNTER_2 0x42
#define PIT_CONTROL   0x43
#define PIT_GATE      0x61 /* of counter 2, and its output */
#define GATE_OUT      BIT(5)
#define GATE_SPEAKER  BIT(1)
#define GATE_ON       BIT(0)
#define CONTROL_ONCE  0xb0 /* counter 2, low byte and high byte, mode 0, binary */
#define PIT_COUNT     (PIT_HZ / 100)
#define PIT_ROUNDS    3
#define PIT_PATIENCE  100000000UL /* looks, then there is none */

/* How many ticks pass in PIT_COUNT counts, which the 8254's output shows. */
static u64 pit_measure(void)
{
	u8 gate = port_read8(PIT_GATE) & ~(GATE_SPEAKER | GATE_ON);
	u64 looks = 0, start;

	port_write8(PIT_GATE, gate);
	port_write8(PIT_CONTROL, CONTROL_ONCE);
	port_write8(PIT_COUNTER_2, (u8)PIT_COUNT);
	port_write8(PIT_COUNTER_2, (u8)(PIT_COUNT >> 8));
	start = arch_ticks();
	port_write8(PIT_GATE, gate | GATE_ON);
	while (!(port_read8(PIT_GATE) & GATE_OUT))
		if (++looks == PIT_PATIENCE)
			panic("expected CPUID or an 8254 to tell how fast the TSC is, found "
			      "neither");
	return arch_ticks() - start;
}

#define DEVIATION 16 /* a measurement may be off by 1/16 */

/* What CPUID tells is exact, but not true of every emulator. */
void timer_calibrate(void)
{
	u64 told = tsc_told(), ticks = ~0UL, measured;

	/* Whatever disturbs a measurement makes it longer. */
	for (u32 i = 0; i < (told ? 1 : PIT_ROUNDS); i++)
		ticks = MIN(ticks, pit_measure());
	measured = ticks * PIT_HZ / PIT_COUNT;
	if (told && told < measured + measured / DEVIATION &&
		told > measured - measured / DEVIATION)
		measured = told;
	time_init(measured);
}
