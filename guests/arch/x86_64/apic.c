// SPDX-License-Identifier: Apache-2.0
// The local APIC, as x2APIC where the processor has that. See <arch/apic.h>.
#include <arch/apic.h>
#include <arch/io.h>
#include <arch/local.h>

#define PIC_ALL_MASKED 0xff

/* What a test asked for: no x2APIC. */
static bool xapic_wanted;

static volatile u32 *mmio(u32 reg)
{
	return (volatile u32 *)(APIC_BASE + reg);
}

bool apic_is_x2(void)
{
	return msr_read(MSR_APIC_BASE) & APIC_BASE_X2APIC;
}

/* Known once the APIC is started; asking the MSR each time would cost an exit. */
static bool x2;

u32 apic_read(u32 reg)
{
	return x2 ? (u32)msr_read(MSR_X2APIC + reg / 16) : *mmio(reg);
}

void apic_write(u32 reg, u32 value)
{
	if (x2)
		msr_write(MSR_X2APIC + reg / 16, value);
	else
		*mmio(reg) = value;
}

bool apic_bit(u32 reg, u8 vector)
{
	return apic_read(reg + vector / 32 * 16) >> vector % 32 & 1;
}

static void pics_mask(void)
{
	io_write8(PIC1_PORT + 1, PIC_ALL_MASKED);
	io_write8(PIC2_PORT + 1, PIC_ALL_MASKED);
}

void apic_start(void)
{
	struct cpu_local *local = cpu_local();
	u64 base = msr_read(MSR_APIC_BASE);

	if (local->apic_on)
		return;
	local->apic_on = true;
	x2 = !xapic_wanted && (cpuid(1, 0).ecx & CPUID_1_ECX_X2APIC);
	/* From off to x2APIC there is a way by xAPIC only (SDM 11.12.5). */
	if (!(base & APIC_BASE_ENABLE))
		msr_write(MSR_APIC_BASE, base |= APIC_BASE_ENABLE);
	if (x2)
		msr_write(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
	pics_mask();
	apic_write(APIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
	apic_write(APIC_TPR, TPR_CPU);
	apic_write(APIC_LVT_LINT0, LVT_MASKED);
	apic_write(APIC_LVT_LINT1, LVT_NMI);
	apic_write(APIC_LVT_ERROR, LVT_MASKED);
	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	timer_lvt();
}

bool apic_set_x2(bool on)
{
	struct cpu_local *local = cpu_local();
	u64 flags, base;

	if (on && !(cpuid(1, 0).ecx & CPUID_1_ECX_X2APIC))
		return false;
	if (on == apic_is_x2())
		return true;
	flags = irq_save();
	xapic_wanted = !on;
	base = msr_read(MSR_APIC_BASE) & ~(APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	msr_write(MSR_APIC_BASE, base);
	local->apic_on = false;
	apic_start();
	if (local->unmasked[IRQ_EXTERNAL])
		apic_write(APIC_TPR, TPR_ALL);
	irq_restore(flags);
	return true;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

void apic_send(u32 id, u32 command)
{
	u64 flags;

	/* What the receiver shall see comes first: WRMSR to x2APIC does not wait for it. */
	__asm__ volatile("mfence" ::: "memory");
	if (x2) {
		msr_write(MSR_X2APIC + APIC_ICR / 16, (u64)id << 32 | command);
		return;
	}
	flags = irq_save();
	while (apic_read(APIC_ICR) & ICR_PENDING)
		cpu_relax();
	apic_write(APIC_ICR_HIGH, id << 24);
	apic_write(APIC_ICR, command);
	irq_restore(flags);
}

void apic_send_self(u8 vector)
{
	apic_send(0, ICR_SHORT_SELF | ICR_ASSERT | ICR_FIXED | vector);
}
