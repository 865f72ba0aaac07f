// SPDX-License-Identifier: Apache-2.0
// A guest's local APIC (<arch/vlapic.h>): which interrupt is next and what ends it, errors, and
// its modes. SDM volume 3A, chapter 11.
#include "vlapic_state.h"

#include <hv/string.h>

#define BASE_DEFAULT 0xfee00000UL
#define CLASS        0xf0U /* of a priority */
#define DFR_FLAT     0xffffffffU
#define SVR_RESET    SVR_VECTOR

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
u32 vlapic_ppr(const struct vlapic *apic)
{
	int in_service = highest(apic->isr);
	u32 isrv = in_service < 0 ? 0 : (u32)in_service;

	return (apic->tpr & CLASS) >= (isrv & CLASS) ? apic->tpr : isrv & CLASS;
}

/* What has arrived waits for an APIC that software has disabled since (11.4.7.2). */
int vlapic_pending(const struct vlapic *apic)
{
	int vector = highest(apic->irr);

	if (vector < 0 || !vlapic_is_on(apic) ||
		((u32)vector & CLASS) <= (vlapic_ppr(apic) & CLASS))
		return -1;
	return vector;
}

void vlapic_accept(struct vlapic *apic, u8 vector)
{
	__atomic_fetch_and(&apic->irr[VECTOR_WORD(vector)], ~VECTOR_BIT(vector),
		__ATOMIC_ACQ_REL);
	apic->isr[VECTOR_WORD(vector)] |= VECTOR_BIT(vector);
}

void vlapic_look(struct vlapic *apic)
{
	if (vlapic_pending(apic) >= 0)
		vlapic_notify(apic);
}

void vlapic_end(struct vlapic *apic)
{
	int vector = highest(apic->isr);
	u32 word = VECTOR_WORD((u32)vector);
	u64 bit = VECTOR_BIT((u32)vector);

	if (vector < 0)
		return;
	apic->isr[word] &= ~bit;
	if (unlikely(__atomic_load_n(&apic->tmr[word], __ATOMIC_RELAXED) & bit))
		vlapic_eoi(apic, (u8)vector);
	vlapic_look(apic);
}

void vlapic_set_tpr(struct vlapic *apic, u32 tpr)
{
	apic->tpr = tpr & TPR_BITS;
	vlapic_look(apic);
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
	u32 before = __atomic_fetch_or(&apic->esr_new, error, __ATOMIC_RELAXED);
	u32 lvt = __atomic_load_n(&apic->lvt[LVT_ERROR], __ATOMIC_RELAXED);
	u8 vector = (u8)field_get(LVT_VECTOR, lvt);

	/*
	 * One interrupt for as long as the guest has not looked (11.5.3). An illegal vector there
	 * is no second error: it would not end.
	 */
	if (!before && !(lvt & LVT_MASK) && vlapic_is_on(apic) && vector >= VECTORS_LEGAL)
		vlapic_raise(apic, vector, false);
}

/* ---- Its life ---- */

static void clear(struct vlapic *apic)
{
	memset(apic->irr, 0, sizeof(apic->irr));
	memset(apic->tmr, 0, sizeof(apic->tmr));
	memset(apic->isr, 0, sizeof(apic->isr));
	apic->tpr = 0;
	apic->ldr = vlapic_is_x2apic(apic) ? vlapic_x2apic_ldr(apic->id) : 0;
	apic->dfr = DFR_FLAT;
	apic->svr = SVR_RESET;
	apic->esr = 0;
	apic->esr_new = 0;
	apic->icr = 0;
	for (u32 n = 0; n < LVT_COUNT; n++)
		apic->lvt[n] = LVT_MASK;
	/* In one-shot mode, as the entry says now, this stops whatever was armed. */
	vlapic_timer_set(apic, 0);
	apic->timer_divide = 0;
	apic->tsc_deadline = 0;
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
	*apic = (struct vlapic){
		.vm = vm,
		.id = id,
		.base = BASE_DEFAULT | BASE_ENABLE | (id ? 0 : BASE_BSP),
	};
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
