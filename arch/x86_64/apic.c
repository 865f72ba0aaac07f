// SPDX-License-Identifier: Apache-2.0
// The local APIC (apic.h): SDM volume 3A, chapter 11. Its registers are in memory, or as an
// x2APIC MSRs with the same numbers.
#include "apic.h"

#include <hv/assert.h>
#include <hv/bits.h>
#include <hv/hostmap.h>
#include <hv/io.h>
#include <hv/mm.h>
#include <hv/time.h>
#include <arch/cpu.h>
#include <arch/msr.h>

#include "boot.h"
#include "trap.h"

/* Register numbers: offset / 16 in memory, and above MSR_X2APIC. */
enum apic_reg {
	APIC_ID = 0x02,
	APIC_TPR = 0x08,
	APIC_EOI = 0x0b,
	APIC_SVR = 0x0f,
	APIC_ICR = 0x30,
	APIC_ICR_HIGH = 0x31, /* in memory only: as an MSR, ICR has 64 bits */
	APIC_LVT_TIMER = 0x32,
	APIC_LVT_LINT0 = 0x35,
	APIC_LVT_LINT1 = 0x36,
	APIC_LVT_ERROR = 0x37,
	APIC_TIMER_INITIAL = 0x38,
	APIC_TIMER_CURRENT = 0x39,
	APIC_TIMER_DIVIDE = 0x3e,
};

#define SVR_ENABLE BIT(8)

#define LVT_TIMER_DEADLINE field_put(BITS(18, 17), 2)
#define LVT_MASK           BIT(16)

#define ICR_PENDING BIT(12) /* in memory only */
#define ICR_ASSERT  BIT(14)
#define ICR_INIT    field_put(BITS(10, 8), 5)
#define ICR_STARTUP field_put(BITS(10, 8), 6)
#define ID_SHIFT    24 /* of an id of 8 bits in its register, and in ICR's upper half */
#define ID_SHIFT_X2 32

#define DIVIDE_BY_1 0xbU

#define REGS_SIZE 0x1000

#define CALIBRATE_NS 10000000UL
#define INIT_NS      10000000UL /* between INIT and the first start-up IPI */
#define STARTUP_NS   200000UL

static u8 *regs; /* NULL: an x2APIC */
static u64 timer_hz;

static u32 reg_read(enum apic_reg reg)
{
	return regs ? mmio_read32(regs + reg * 16) : (u32)msr_read(MSR_X2APIC + reg);
}

static void reg_write(enum apic_reg reg, u32 value)
{
	if (regs)
		mmio_write32(regs + reg * 16, value);
	else
		msr_write(MSR_X2APIC + reg, value);
}

u32 apic_id(void)
{
	return regs ? reg_read(APIC_ID) >> ID_SHIFT : reg_read(APIC_ID);
}

void apic_eoi(void)
{
	reg_write(APIC_EOI, 0);
}

static void icr_write(u32 id, u64 command)
{
	if (!regs) {
		/* Not ordered with the stores before it as one in memory would be (11.12.3). */
		io_barrier();
		msr_write(MSR_X2APIC + APIC_ICR, (u64)id << ID_SHIFT_X2 | command);
		return;
	}
	while (reg_read(APIC_ICR) & ICR_PENDING)
		cpu_relax();
	reg_write(APIC_ICR_HIGH, id << ID_SHIFT);
	reg_write(APIC_ICR, (u32)command);
}

void apic_poll(void)
{
	reg_write(APIC_TPR, 0);
}

void apic_ipi(u32 id, u8 vector)
{
	icr_write(id, ICR_ASSERT | vector);
}

static void wait_ns(u64 ns)
{
	u64 end = time_now() + ns;

	while (time_now() < end)
		cpu_relax();
}

void apic_init_ipi(u32 id)
{
	icr_write(id, ICR_ASSERT | ICR_INIT);
	wait_ns(INIT_NS);
}

void apic_start_ipi(u32 id, u8 page)
{
	for (u32 i = 0; i < 2; i++) {
		icr_write(id, ICR_ASSERT | ICR_STARTUP | page);
		wait_ns(STARTUP_NS);
	}
}

/* ---- The timer ---- */

void apic_timer_set(u32 count)
{
	reg_write(APIC_TIMER_INITIAL, count);
}

u64 apic_timer_hz(void)
{
	return timer_hz;
}

/* Against the clock, which is calibrated already. */
static void calibrate(void)
{
	u64 start, ns;
	u32 left;

	reg_write(APIC_LVT_TIMER, LVT_MASK | VECTOR_TIMER);
	reg_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	/* In this order: a timer that fires early is set again, one that is late is late. */
	start = time_now();
	reg_write(APIC_TIMER_INITIAL, ~0U);
	wait_ns(CALIBRATE_NS);
	left = reg_read(APIC_TIMER_CURRENT);
	ns = time_now() - start;
	reg_write(APIC_TIMER_INITIAL, 0);
	timer_hz = (u64)(~0U - left) * 1000000000UL / ns;
	if (!timer_hz)
		panic("the local APIC's timer does not run");
}

/* ---- Start ---- */

void apic_on(void)
{
	u64 base = msr_read(MSR_APIC_BASE) | APIC_BASE_ENABLE;

	msr_write(MSR_APIC_BASE, base);
	if (!regs)
		msr_write(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
	reg_write(APIC_TPR, 0);
	reg_write(APIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
	/* The 8259s are masked, and what else comes as an NMI nobody handles. */
	reg_write(APIC_LVT_LINT0, LVT_MASK);
	reg_write(APIC_LVT_LINT1, LVT_MASK);
	reg_write(APIC_LVT_ERROR, LVT_MASK | VECTOR_ERROR);
	reg_write(APIC_TIMER_INITIAL, 0);
	reg_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	reg_write(APIC_LVT_TIMER,
		VECTOR_TIMER | (machine.tsc_deadline ? (u32)LVT_TIMER_DEADLINE : 0));
}

void apic_init(void)
{
	u64 base = msr_read(MSR_APIC_BASE);

	if (!machine.x2apic) {
		regs = mmio_map(HPA(base & APIC_BASE_ADDR), REGS_SIZE);
		if (!regs)
			panic("no memory to map the local APIC");
	}
	apic_on();
	if (!machine.tsc_deadline) {
		calibrate();
		apic_on();
	}
}
