// SPDX-License-Identifier: Apache-2.0
// The registers of a guest's local APIC (<arch/vlapic.h>): SDM volume 3A, chapter 11. Those that
// each interrupt needs come first in each decision.
#include "vlapic_state.h"

#include <hv/string.h>

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

#define VERSION     0x14U /* an integrated APIC */
#define VERSION_LVT field_put(BITS(23, 16), LVT_COUNT - 1)

#define BASE_DEFAULT 0xfee00000UL
#define ID_SHIFT     24 /* of an id of 8 bits */
#define TPR_BITS     0xffU
#define CLASS        0xf0U /* of a priority */
#define DFR_ONES     BITS(27, 0)
#define DFR_FLAT     0xffffffffU
#define LDR_BITS     BITS(31, 24)
#define SVR_RESET    SVR_VECTOR
#define DIVIDE_BITS  (BIT(3) | BITS(1, 0))

#define ICR_DEST     BITS(63, 32)
#define ICR_RESERVED (BITS(31, 20) | BITS(17, 16) | BIT(13))
#define ICR_STATUS   BIT(12) /* always idle: a message is there at once */

/* ---- Vectors ---- */

static int highest(const u64 *words)
{
	for (int word = APIC_WORDS - 1; word >= 0; word--) {
		u64 bits = __atomic_load_n(&words[word], __ATOMIC_ACQUIRE);

		if (bits)
			return word * 64 + 63 - __builtin_clzl(bits);
	}
	return -1;
}

/* 11.8.3.1 */
static u32 ppr(const struct vlapic *apic)
{
	int in_service = highest(apic->isr);
	u32 isrv = in_service < 0 ? 0 : (u32)in_service;

	return (apic->tpr & CLASS) >= (isrv & CLASS) ? apic->tpr : isrv & CLASS;
}

int vlapic_pending(const struct vlapic *apic)
{
	int vector = highest(apic->irr);

	if (vector < 0 || !vlapic_is_on(apic) ||
		((u32)vector & CLASS) <= (ppr(apic) & CLASS))
		return -1;
	return vector;
}

void vlapic_accept(struct vlapic *apic, u8 vector)
{
	__atomic_fetch_and(&apic->irr[VECTOR_WORD(vector)], ~VECTOR_BIT(vector),
		__ATOMIC_ACQ_REL);
	apic->isr[VECTOR_WORD(vector)] |= VECTOR_BIT(vector);
}

/* What waited may come now. */
static void look(struct vlapic *apic)
{
	if (vlapic_pending(apic) >= 0)
		vlapic_notify(apic);
}

static void eoi(struct vlapic *apic)
{
	int vector = highest(apic->isr);
	u64 bit;

	if (vector < 0)
		return;
	bit = VECTOR_BIT((u32)vector);
	apic->isr[VECTOR_WORD((u32)vector)] &= ~bit;
	if (unlikely(apic->tmr[VECTOR_WORD((u32)vector)] & bit))
		vlapic_eoi(apic, (u8)vector);
	look(apic);
}

void vlapic_set_tpr(struct vlapic *apic, u32 tpr)
{
	apic->tpr = tpr & TPR_BITS;
	look(apic);
}

bool vlapic_takes_extint(const struct vlapic *apic)
{
	u32 lint0 = apic->lvt[LVT_LINT0];

	/* Without a local APIC the 8259s' output is the processor's own input. */
	if (!(apic->base & BASE_ENABLE))
		return true;
	return !(lint0 & LVT_MASK) && field_get(LVT_MODE, lint0) == APIC_EXTINT;
}

void vlapic_local(struct vlapic *apic, enum apic_lvt n)
{
	u32 lvt = apic->lvt[n];

	if (!(lvt & LVT_MASK) && vlapic_is_on(apic))
		vlapic_accept_message(apic, (u8)field_get(LVT_VECTOR, lvt), false);
}

void vlapic_error(struct vlapic *apic, u32 error)
{
	/* One interrupt for as long as the guest has not looked (11.5.3). */
	bool first = !apic->esr_new;
	u32 lvt = apic->lvt[LVT_ERROR];

	apic->esr_new |= error;
	/* An illegal vector there would be an error again. */
	if (first && field_get(LVT_VECTOR, lvt) >= VECTORS_LEGAL)
		vlapic_local(apic, LVT_ERROR);
}

/* ---- Reading ---- */

static u32 vectors_read(const u64 *words, u32 n)
{
	u64 word = __atomic_load_n(&words[n / 2], __ATOMIC_RELAXED);

	return (u32)(n % 2 ? word >> 32 : word);
}

static bool read_other(struct vlapic *apic, u32 reg, u64 *value)
{
	bool x2apic = vlapic_is_x2apic(apic);

	if (reg - APIC_ISR < 8)
		*value = vectors_read(apic->isr, reg - APIC_ISR);
	else if (reg - APIC_TMR < 8)
		*value = vectors_read(apic->tmr, reg - APIC_TMR);
	else if (reg - APIC_IRR < 8)
		*value = vectors_read(apic->irr, reg - APIC_IRR);
	else if (reg - APIC_LVT_TIMER <= APIC_LVT_ERROR - APIC_LVT_TIMER)
		*value = apic->lvt[LVT_TIMER + reg - APIC_LVT_TIMER];
	else
		switch (reg) {
		case APIC_VERSION: *value = VERSION | VERSION_LVT; break;
		case APIC_PPR: *value = ppr(apic); break;
		case APIC_LDR: *value = apic->ldr; break;
		case APIC_SVR: *value = apic->svr; break;
		case APIC_ESR: *value = apic->esr; break;
		case APIC_LVT_CMCI: *value = apic->lvt[LVT_CMCI]; break;
		case APIC_TIMER_INITIAL: *value = apic->timer_initial; break;
		case APIC_TIMER_CURRENT: *value = vlapic_timer_count(apic); break;
		case APIC_TIMER_DIVIDE: *value = apic->timer_divide; break;
		case APIC_DFR: *value = apic->dfr; return !x2apic;
		case APIC_ICR_HIGH: *value = apic->icr >> 32; return !x2apic;
		case APIC_APR:
		case APIC_RRD: *value = 0; return !x2apic;
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

static bool lvt_write(struct vlapic *apic, enum apic_lvt n, u32 value)
{
	u32 old = apic->lvt[n];

	if (value & ~lvt_bits[n] && vlapic_is_x2apic(apic))
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
	if (value & ~(u32)(SVR_FOCUS | SVR_ENABLE | SVR_VECTOR) && vlapic_is_x2apic(apic))
		return false;
	apic->svr = value & (u32)(SVR_FOCUS | SVR_ENABLE | SVR_VECTOR);
	if (!(apic->svr & SVR_ENABLE))
		for (u32 n = 0; n < LVT_COUNT; n++)
			apic->lvt[n] |= LVT_MASK;
	look(apic);
	return true;
}

static bool icr_write(struct vlapic *apic, u64 value)
{
	if (vlapic_is_x2apic(apic)) {
		if (value & (ICR_RESERVED | ICR_STATUS))
			return false;
		apic->icr = value;
	} else {
		apic->icr = (apic->icr & ICR_DEST) | (u32)(value & ~ICR_STATUS);
	}
	vlapic_send(apic);
	return true;
}

static bool esr_write(struct vlapic *apic, u64 value)
{
	if (value && vlapic_is_x2apic(apic))
		return false;
	apic->esr = apic->esr_new;
	apic->esr_new = 0;
	return true;
}

/* Only in memory. */
static bool write_xapic(struct vlapic *apic, u32 reg, u32 value)
{
	switch (reg) {
	case APIC_ID: return true; /* it is the vCPU's for ever */
	case APIC_LDR: apic->ldr = value & (u32)LDR_BITS; return true;
	case APIC_DFR: apic->dfr = value | (u32)DFR_ONES; return true;
	case APIC_ICR_HIGH: apic->icr = (u32)apic->icr | (u64)value << 32; return true;
	}
	return false;
}

static bool write_other(struct vlapic *apic, u32 reg, u64 value)
{
	if (reg - APIC_LVT_TIMER <= APIC_LVT_ERROR - APIC_LVT_TIMER)
		return lvt_write(apic, LVT_TIMER + reg - APIC_LVT_TIMER, (u32)value);
	switch (reg) {
	case APIC_SVR: return svr_write(apic, (u32)value);
	case APIC_ESR: return esr_write(apic, value);
	case APIC_LVT_CMCI: return lvt_write(apic, LVT_CMCI, (u32)value);
	case APIC_TIMER_DIVIDE:
		if (value & ~DIVIDE_BITS && vlapic_is_x2apic(apic))
			return false;
		vlapic_timer_divide(apic, (u32)(value & DIVIDE_BITS));
		return true;
	case APIC_SELF_IPI:
		if (!vlapic_is_x2apic(apic) || value & ~LVT_VECTOR)
			return false;
		if (value < VECTORS_LEGAL)
			vlapic_error(apic, ESR_SEND_ILLEGAL);
		else
			vlapic_accept_message(apic, (u8)value, false);
		return true;
	}
	return !vlapic_is_x2apic(apic) && write_xapic(apic, reg, (u32)value);
}

bool vlapic_write(struct vlapic *apic, u32 reg, u64 value)
{
	bool x2apic = vlapic_is_x2apic(apic);

	/* An MSR of 64 bits; only ICR has that many. */
	if (likely(reg == APIC_EOI)) {
		if (value && x2apic)
			return false;
		eoi(apic);
		return true;
	}
	if (likely(reg == APIC_ICR))
		return icr_write(apic, value);
	if (unlikely(value >> 32))
		return false;
	if (likely(reg == APIC_TPR)) {
		if (value & ~(u64)TPR_BITS && x2apic)
			return false;
		vlapic_set_tpr(apic, (u32)value);
		return true;
	}
	if (likely(reg == APIC_TIMER_INITIAL)) {
		vlapic_timer_set(apic, (u32)value);
		return true;
	}
	if (write_other(apic, reg, value))
		return true;
	if (!x2apic)
		vlapic_error(apic, ESR_ILLEGAL_REGISTER);
	return false;
}

/* ---- Its life ---- */

static void clear(struct vlapic *apic)
{
	memset(apic->irr, 0, sizeof(apic->irr));
	memset(apic->tmr, 0, sizeof(apic->tmr));
	memset(apic->isr, 0, sizeof(apic->isr));
	apic->tpr = 0;
	apic->ldr = 0;
	apic->dfr = DFR_FLAT;
	apic->svr = SVR_RESET;
	apic->esr = 0;
	apic->esr_new = 0;
	apic->icr = 0;
	for (u32 n = 0; n < LVT_COUNT; n++)
		apic->lvt[n] = LVT_MASK;
	vlapic_timer_set(apic, 0);
	apic->timer_divide = 0;
	apic->tsc_deadline = 0;
	if (vlapic_is_x2apic(apic))
		apic->ldr = vlapic_x2apic_ldr(apic->id);
}

void vlapic_reset(struct vlapic *apic)
{
	clear(apic);
	if (!(apic->base & BASE_BSP))
		return;
	apic->svr |= SVR_ENABLE;
	apic->lvt[LVT_LINT0] = LVT_TRIGGER | (u32)field_put(LVT_MODE, APIC_EXTINT);
	apic->lvt[LVT_LINT1] = LVT_TRIGGER | (u32)field_put(LVT_MODE, APIC_NMI);
}

void vlapic_init(struct vlapic *apic, struct vm *vm, u32 id)
{
	*apic = (struct vlapic){.vm = vm,
		.id = id,
		.base = BASE_DEFAULT | BASE_ENABLE | (id ? 0 : BASE_BSP)};
	vlapic_timer_init(apic);
	vlapic_reset(apic);
}

void vlapic_fini(struct vlapic *apic)
{
	timer_cancel_wait(&apic->timer);
}

/* Figure 11-27: from x2APIC mode the way back leads through being disabled. */
bool vlapic_set_base(struct vlapic *apic, u64 value)
{
	u64 old = apic->base, on = BASE_ENABLE | BASE_X2APIC;

	if (value & ~(BASE_ADDRESS | on | BASE_BSP))
		return false;
	if ((value & on) == BASE_X2APIC)
		return false;
	if ((value & on) == on && !(old & BASE_ENABLE))
		return false;
	if ((value & on) == BASE_ENABLE && old & BASE_X2APIC)
		return false;
	apic->base = (value & ~BASE_BSP) | (old & BASE_BSP);
	if (!(value & BASE_ENABLE))
		clear(apic);
	else if (value & BASE_X2APIC && !(old & BASE_X2APIC))
		apic->ldr = vlapic_x2apic_ldr(apic->id);
	vlapic_notify(apic);
	return true;
}
