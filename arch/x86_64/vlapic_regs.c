// SPDX-License-Identifier: Apache-2.0
// The registers of a guest's local APIC: SDM volume 3A, 11.4.1 (xAPIC, in memory) and 11.12.1
// (x2APIC, as MSRs). Those that each interrupt needs come first in each decision.
#include "vlapic_state.h"

enum apic_reg {
	APIC_ID = 0x02,
	APIC_VERSION = 0x03,
	APIC_TPR = 0x08,
	APIC_APR = 0x09,
	APIC_PPR = 0x0a,
	APIC_EOI = 0x0b,
	APIC_RRD = 0x0c,
	APIC_LDR = 0x0d,
	APIC_DFR = 0x0e,
	APIC_SVR = 0x0f,
	APIC_ISR = 0x10, /* eight each */
	APIC_TMR = 0x18,
	APIC_IRR = 0x20,
	APIC_ESR = 0x28,
	APIC_LVT_CMCI = 0x2f,
	APIC_ICR = 0x30,
	APIC_ICR_HIGH = 0x31,
	APIC_LVT_TIMER = 0x32, /* and five more, as enum apic_lvt goes on */
	APIC_LVT_ERROR = 0x37,
	APIC_TIMER_INITIAL = 0x38,
	APIC_TIMER_CURRENT = 0x39,
	APIC_TIMER_DIVIDE = 0x3e,
	APIC_SELF_IPI = 0x3f,
};

#define VECTOR_REGS 8U /* 32 vectors each */

/* An integrated APIC. EOIs of levels are always broadcast: bit 24 is 0, and SVR has no bit 12. */
#define VERSION     0x14U
#define VERSION_LVT field_put(BITS(23, 16), LVT_COUNT - 1)

#define ID_SHIFT      24 /* of an id of 8 bits */
#define DFR_ONES      BITS(27, 0)
#define LDR_BITS      BITS(31, 24)
#define SVR_BITS      (SVR_FOCUS | SVR_ENABLE | SVR_VECTOR)
#define DIVIDE_BITS   (BIT(3) | BITS(1, 0))
#define LVT_READ_ONLY (LVT_REMOTE_IRR | LVT_STATUS)

#define ICR_DEST     BITS(63, 32)
#define ICR_RESERVED (BITS(31, 20) | BITS(17, 16) | BIT(13))
#define ICR_STATUS   BIT(12) /* always idle: a message is there at once */

/* ---- Reading ---- */

static u32 vectors_read(const u64 *words, u32 n)
{
	u64 word = __atomic_load_n(&words[n / 2], __ATOMIC_RELAXED);

	return (u32)(n % 2 ? word >> 32 : word);
}

static bool read_other(struct vlapic *apic, u32 reg, u64 *value)
{
	bool x2apic = vlapic_is_x2apic(apic);

	if (reg - APIC_ISR < VECTOR_REGS)
		*value = vectors_read(apic->isr, reg - APIC_ISR);
	else if (reg - APIC_TMR < VECTOR_REGS)
		*value = vectors_read(apic->tmr, reg - APIC_TMR);
	else if (reg - APIC_IRR < VECTOR_REGS)
		*value = vectors_read(apic->irr, reg - APIC_IRR);
	else if (reg - APIC_LVT_TIMER <= APIC_LVT_ERROR - APIC_LVT_TIMER)
		*value = apic->lvt[LVT_TIMER + reg - APIC_LVT_TIMER];
	else
		switch (reg) {
		case APIC_VERSION: *value = VERSION | VERSION_LVT; break;
		case APIC_PPR: *value = vlapic_ppr(apic); break;
		case APIC_LDR: *value = apic->ldr; break;
		case APIC_SVR: *value = apic->svr; break;
		case APIC_ESR: *value = apic->esr; break;
		case APIC_LVT_CMCI: *value = apic->lvt[LVT_CMCI]; break;
		case APIC_TIMER_INITIAL: *value = apic->timer_initial; break;
		case APIC_TIMER_CURRENT: *value = vlapic_timer_count(apic); break;
		case APIC_TIMER_DIVIDE: *value = apic->timer_divide; break;
		case APIC_DFR: *value = apic->dfr; return !x2apic;
		case APIC_ICR_HIGH: *value = apic->icr >> 32; return !x2apic;
		/* Since the Pentium 4 they are there and do nothing; EOI is write only. */
		case APIC_APR:
		case APIC_RRD:
		case APIC_EOI: *value = 0; return !x2apic;
		default: return false;
		}
	return true;
}

bool vlapic_read(struct vlapic *apic, u32 reg, u64 *value)
{
	bool x2apic = vlapic_is_x2apic(apic);

	if (likely(reg == APIC_ID)) {
		*value = x2apic ? apic->id : (u64)apic->id << ID_SHIFT;
		return true;
	}
	if (likely(reg == APIC_TPR)) {
		*value = apic->tpr;
		return true;
	}
	if (likely(reg == APIC_ICR)) {
		*value = x2apic ? apic->icr : (u32)apic->icr;
		return true;
	}
	if (read_other(apic, reg, value))
		return true;
	if (!x2apic)
		vlapic_error(apic, ESR_ILLEGAL_REGISTER);
	return false;
}

/* ---- Writing ---- */

/* Which bits of each entry there are. */
static const u32 lvt_bits[LVT_COUNT] = {
	[LVT_CMCI] = LVT_MASK | LVT_MODE | LVT_VECTOR,
	[LVT_TIMER] = LVT_TIMER_MODE | LVT_MASK | LVT_VECTOR,
	[LVT_THERMAL] = LVT_MASK | LVT_MODE | LVT_VECTOR,
	[LVT_PERFMON] = LVT_MASK | LVT_MODE | LVT_VECTOR,
	[LVT_LINT0] = LVT_MASK | LVT_TRIGGER | LVT_POLARITY | LVT_MODE | LVT_VECTOR,
	[LVT_LINT1] = LVT_MASK | LVT_TRIGGER | LVT_POLARITY | LVT_MODE | LVT_VECTOR,
	[LVT_ERROR] = LVT_MASK | LVT_VECTOR,
};

/* Reserved bits are #GP in an MSR, and ignored in memory. */
static bool bits_fit(const struct vlapic *apic, u64 value, u64 bits)
{
	return !(value & ~bits) || !vlapic_is_x2apic(apic);
}

static bool lvt_write(struct vlapic *apic, enum apic_lvt n, u32 value)
{
	u32 old = apic->lvt[n];

	if (!bits_fit(apic, value, lvt_bits[n] | LVT_READ_ONLY))
		return false;
	apic->lvt[n] =
		(value & lvt_bits[n]) | (apic->svr & SVR_ENABLE ? 0 : (u32)LVT_MASK);
	if (n == LVT_TIMER)
		vlapic_timer_mode(apic, old);
	/* What LINT0 was in the way of. */
	if (n == LVT_LINT0)
		vlapic_notify(apic);
	return true;
}

static bool svr_write(struct vlapic *apic, u32 value)
{
	if (!bits_fit(apic, value, SVR_BITS))
		return false;
	apic->svr = value & (u32)SVR_BITS;
	if (!(apic->svr & SVR_ENABLE))
		for (u32 n = 0; n < LVT_COUNT; n++)
			apic->lvt[n] |= LVT_MASK;
	vlapic_look(apic);
	return true;
}

/* As an MSR Intel's has no delivery status, and AMD's is read only: both take a 1 there. */
static bool icr_write(struct vlapic *apic, u64 value)
{
	u64 low = (u32)value & ~(ICR_RESERVED | ICR_STATUS);

	if (vlapic_is_x2apic(apic)) {
		if (value & ICR_RESERVED)
			return false;
		apic->icr = (value & ICR_DEST) | low;
	} else {
		apic->icr = (apic->icr & ICR_DEST) | low;
	}
	vlapic_send(apic);
	return true;
}

static bool esr_write(struct vlapic *apic, u32 value)
{
	if (!bits_fit(apic, value, 0))
		return false;
	apic->esr = __atomic_exchange_n(&apic->esr_new, 0, __ATOMIC_RELAXED);
	return true;
}

/* Those that are only in memory. */
static bool write_xapic(struct vlapic *apic, u32 reg, u32 value)
{
	u64 ignored;

	switch (reg) {
	case APIC_LDR: apic->ldr = value & (u32)LDR_BITS; return true;
	case APIC_DFR: apic->dfr = value | (u32)DFR_ONES; return true;
	case APIC_ICR_HIGH: apic->icr = (u32)apic->icr | (u64)value << 32; return true;
	case APIC_ID: return true; /* it is the vCPU's for ever */
	}
	/* The others that can be read are read only, which is no error. */
	return read_other(apic, reg, &ignored);
}

static bool write_other(struct vlapic *apic, u32 reg, u32 value)
{
	if (reg - APIC_LVT_TIMER <= APIC_LVT_ERROR - APIC_LVT_TIMER)
		return lvt_write(apic, LVT_TIMER + reg - APIC_LVT_TIMER, value);
	switch (reg) {
	case APIC_SVR: return svr_write(apic, value);
	case APIC_ESR: return esr_write(apic, value);
	case APIC_LVT_CMCI: return lvt_write(apic, LVT_CMCI, value);
	case APIC_TIMER_DIVIDE:
		if (!bits_fit(apic, value, DIVIDE_BITS))
			return false;
		vlapic_timer_divide(apic, value & (u32)DIVIDE_BITS);
		return true;
	}
	return !vlapic_is_x2apic(apic) && write_xapic(apic, reg, value);
}

bool vlapic_write(struct vlapic *apic, u32 reg, u64 value)
{
	bool x2apic = vlapic_is_x2apic(apic);

	if (likely(reg == APIC_EOI)) {
		if (!bits_fit(apic, value, 0))
			return false;
		vlapic_end(apic);
		return true;
	}
	if (likely(reg == APIC_ICR))
		return icr_write(apic, value);
	/* Of the MSRs only ICR has 64 bits. */
	if (unlikely(value >> 32))
		return false;
	if (likely(reg == APIC_TIMER_INITIAL)) {
		vlapic_timer_set(apic, (u32)value);
		return true;
	}
	if (likely(reg == APIC_TPR)) {
		if (!bits_fit(apic, value, TPR_BITS))
			return false;
		vlapic_set_tpr(apic, (u32)value);
		return true;
	}
	if (likely(reg == APIC_SELF_IPI && x2apic)) {
		if (value & ~LVT_VECTOR)
			return false;
		vlapic_send_self(apic, (u8)value);
		return true;
	}
	if (write_other(apic, reg, (u32)value))
		return true;
	if (!x2apic)
		vlapic_error(apic, ESR_ILLEGAL_REGISTER);
	return false;
}
