// SPDX-License-Identifier: Apache-2.0
// The virtual GIC's list registers (IHI 0069, "GICv3 and virtualization"; IHI 0048, chapter 5).
// What is new goes into a free one at once. For all else everything is taken back into the
// bitmaps, and the best of it listed anew.
//
//   level-sensitive   listed with ICH_LR_EOI: when it has ended, the wire is looked at again
//   forwarded         listed with ICH_LR_HW: its end deactivates the physical interrupt
//   active            stays listed, so that its end is found; of too many the least urgent do
//                     not, and their ends are counted
#include "vgic_state.h"

#include <hv/assert.h>

/* Out of a list register, with nothing said of its state yet. */
static void unlist(struct vgic *vgic, struct vgic_cpu *c, u32 intid)
{
	u32 word = intid / 32, bit = 1U << intid % 32;

	c->listed[word] &= ~bit;
	vgic_bank(vgic, c, word)->listed &= ~bit;
}

static bool is_v2_sgi(const struct vgic *vgic, u32 intid)
{
	return vgic->v2 && intid < VGIC_SGIS;
}

/* The physical interrupt behind a forwarded one may come again. */
static void unforward(struct vgic_cpu *c, u32 intid)
{
	gic->ppi_active(intid, false);
	c->forwarded &= ~(1U << intid);
}

/* ---- To list registers ---- */

/* A latched interrupt becomes a pending one of a list register. */
static u64 queue(struct vgic *vgic, struct vgic_cpu *c, u32 intid)
{
	u32 bit = 1U << intid % 32;
	struct vgic_bank *bank = vgic_bank(vgic, c, intid / 32);
	u64 lr = field_put(ICH_LR_STATE, LR_PENDING);

	if (!(bank->latch & bit))
		return lr;
	bank->queued |= bit;
	bank->latch &= ~bit;
	if (is_v2_sgi(vgic, intid)) {
		u32 source = (u32)__builtin_ctz(c->sgi_sources[intid]);

		c->sgi_sources[intid] &= (u8)~BIT(source);
		if (c->sgi_sources[intid])
			bank->latch |= bit;
		lr |= field_put(ICH_LR_CPUID, source);
	}
	return lr;
}

/* An active one, which may be pending as well. */
static u64 list_active(struct vgic *vgic, struct vgic_cpu *c, u32 intid)
{
	u32 bit = 1U << intid % 32;
	struct vgic_bank *bank = vgic_bank(vgic, c, intid / 32);
	u64 lr = field_put(ICH_LR_STATE, LR_ACTIVE);

	if (is_v2_sgi(vgic, intid))
		return lr | field_put(ICH_LR_CPUID, c->sgi_source[intid]);
	if (intid < GIC_SPI && c->linked & bit) {
		if (!(bank->latch & bit))
			return lr | ICH_LR_HW;
		/* Its end must be told to us, and so cannot be told to the physical one. */
		unforward(c, intid);
		c->linked &= ~bit;
	}
	if (bank->edge & bank->latch & bit)
		lr |= queue(vgic, c, intid);
	return lr;
}

/* What is to be listed of an interrupt, into list register n, which is free. */
static void list(struct vgic *vgic, struct vgic_cpu *c, u32 n, u32 intid)
{
	u32 word = intid / 32, bit = 1U << intid % 32, lr_bit = 1U << n;
	struct vgic_bank *bank = vgic_bank(vgic, c, word);
	u64 lr;

	if (bank->active & bit)
		lr = list_active(vgic, c, intid);
	else
		lr = queue(vgic, c, intid) |
			(word == 0 && c->forwarded & bit ? ICH_LR_HW : 0);
	if (lr & ICH_LR_HW) {
		lr |= field_put(ICH_LR_PINTID, intid);
		c->lrs_hw |= lr_bit;
	} else if ((~bank->edge | bank->latch) & bit) {
		lr |= ICH_LR_EOI;
		c->lrs_eoi |= lr_bit;
	}
	if (bank->group & bit)
		lr |= ICH_LR_GROUP;
	lr |= field_put(ICH_LR_PRIORITY, bank->priority[intid % 32]) | intid;
	bank->listed |= bit;
	c->listed[word] |= bit;
	c->lr_intid[n] = (u8)intid;
	c->lrs_used |= lr_bit;
	gich->lr_write(n, lr);
}

/* The most urgent interrupt of a mask that is not empty; taken out of it. */
static u32 best_of(struct vgic *vgic, struct vgic_cpu *c, u32 *mask)
{
	u32 best = 0, best_priority = ~0U;

	for (u32 word = 0; word < VGIC_WORDS; word++) {
		const struct vgic_bank *bank = vgic_bank(vgic, c, word);

		for (u32 bits = mask[word]; bits; bits &= bits - 1) {
			u32 n = (u32)__builtin_ctz(bits);

			if (bank->priority[n] < best_priority) {
				best = 32 * word + n;
				best_priority = bank->priority[n];
			}
		}
	}
	mask[best / 32] &= ~(1U << best % 32);
	return best;
}

static u32 count(const u32 *mask)
{
	u32 n = 0;

	for (u32 word = 0; word < VGIC_WORDS; word++)
		n += (u32)__builtin_popcount(mask[word]);
	return n;
}

/* What could be listed, in the order of its right to be. */
struct wanted {
	u32 active[VGIC_WORDS];
	u32 pending[VGIC_WORDS];
	u32 silent[VGIC_WORDS]; /* pending, but of a group that is disabled */
	u32 actives, pendings, silents;
};

static void want(struct vgic *vgic, struct vgic_cpu *c, u32 vmcr, struct wanted *wanted)
{
	for (u32 word = 0; word < VGIC_WORDS; word++) {
		const struct vgic_bank *bank = vgic_bank(vgic, c, word);
		u32 offerable = vgic_offerable(vgic, c, word);
		u32 heard = (vmcr & ICH_VMCR_VENG1 ? bank->group : 0) |
			(vmcr & ICH_VMCR_VENG0 ? ~bank->group : 0);

		wanted->active[word] = bank->active & ~bank->listed & c->owned[word];
		wanted->pending[word] = offerable & heard;
		wanted->silent[word] = offerable & ~heard;
	}
	wanted->actives = count(wanted->active);
	wanted->pendings = count(wanted->pending);
	wanted->silents = count(wanted->silent);
}

/*
 * The maintenance interrupts that tell when to come back for what was left out. None of them
 * may be due at once, or the guest would never run.
 */
static u32 overflow_hcr(const struct wanted *left, u32 vmcr, u32 used)
{
	u32 hcr = 0;

	if (left->actives) {
		hcr |= ICH_HCR_LRENPIE | (gich->tdir ? ICH_HCR_TDIR : 0);
		if (used > 1)
			hcr |= ICH_HCR_UIE;
	}
	if (left->pendings || left->silents) {
		hcr |= ICH_HCR_NPIE;
		hcr |= vmcr & ICH_VMCR_VENG0 ? ICH_HCR_VGRP0DIE : ICH_HCR_VGRP0EIE;
		hcr |= vmcr & ICH_VMCR_VENG1 ? ICH_HCR_VGRP1DIE : ICH_HCR_VGRP1EIE;
	}
	return hcr;
}

/* Nothing of the CPU is listed yet. */
static void give(struct vgic *vgic, struct vgic_cpu *c)
{
	u32 vmcr = gich->vmcr_read(), n = 0, keep;
	struct wanted wanted;

	want(vgic, c, vmcr, &wanted);
	/* One for the most urgent pending one: it may have to interrupt the active ones. */
	keep = wanted.pendings || wanted.silents ? 1 : 0;
	for (; wanted.actives && n < gich->lr_count - keep; wanted.actives--)
		list(vgic, c, n++, best_of(vgic, c, wanted.active));
	for (; wanted.pendings && n < gich->lr_count; wanted.pendings--)
		list(vgic, c, n++, best_of(vgic, c, wanted.pending));
	for (; wanted.silents && n < gich->lr_count; wanted.silents--)
		list(vgic, c, n++, best_of(vgic, c, wanted.silent));
	c->overflow = wanted.actives || wanted.pendings || wanted.silents;
	/* Also sets the count of ends to 0. */
	gich->hcr_write(ICH_HCR_EN | (c->overflow ? overflow_hcr(&wanted, vmcr, n) : 0));
}

/* ---- And back ---- */

/*
 * Ends of active interrupts that are not listed: in the order of urgency, as they were taken.
 * Where an end drops the priority only, it says nothing of this.
 */
static void take_ends(struct vgic *vgic, struct vgic_cpu *c)
{
	u32 ends = (u32)field_get(ICH_HCR_EOICOUNT, gich->hcr_read());
	u32 active[VGIC_WORDS];

	if (!ends || gich->vmcr_read() & ICH_VMCR_VEOIM)
		return;
	for (u32 word = 0; word < VGIC_WORDS; word++)
		active[word] = c->owned[word] & ~c->listed[word];
	for (u32 left = count(active); ends && left; ends--, left--) {
		u32 intid = best_of(vgic, c, active), bit = 1U << intid % 32;

		vgic_bank(vgic, c, intid / 32)->active &= ~bit;
		c->owned[intid / 32] &= ~bit;
	}
}

/* The state that the guest has left in a list register, or what has been done to it since. */
static void take_one(struct vgic *vgic, struct vgic_cpu *c, u32 n)
{
	u32 intid = c->lr_intid[n], word = intid / 32, bit = 1U << intid % 32;
	struct vgic_bank *bank = vgic_bank(vgic, c, word);
	u64 lr = gich->lr_read(n), state = field_get(ICH_LR_STATE, lr);
	bool hw = c->lrs_hw >> n & 1;

	unlist(vgic, c, intid);
	if (state & LR_PENDING && bank->queued & ~bank->end_pending & bit) {
		bank->latch |= bit;
		if (is_v2_sgi(vgic, intid))
			c->sgi_sources[intid] |= (u8)BIT(field_get(ICH_LR_CPUID, lr));
	}
	if (hw && state == LR_INVALID)
		c->forwarded &= ~bit;
	if (hw)
		c->linked = state & LR_ACTIVE ? c->linked | bit : c->linked & ~bit;
	if (is_v2_sgi(vgic, intid) && state & LR_ACTIVE)
		c->sgi_source[intid] = (u8)field_get(ICH_LR_CPUID, lr);
	if ((state & LR_ACTIVE && !(bank->end_active & bit)) ||
		bank->begin_active & bit) {
		bank->active |= bit;
		c->owned[word] |= bit;
	} else {
		bank->active &= ~bit;
		c->owned[word] &= ~bit;
	}
	bank->queued &= ~bit;
	bank->end_pending &= ~bit;
	bank->end_active &= ~bit;
	bank->begin_active &= ~bit;
	/* It has been routed elsewhere meanwhile. */
	if (unlikely(!(c->mine[word] & bit)))
		vgic_raise(vgic, c, word, bit);
}

/* What has become of forwarded interrupts without the guest's end of them. */
static void drop_forwarded(struct vgic_cpu *c)
{
	u32 stale;

	c->linked &= c->bank.active;
	stale = c->forwarded & ~(c->bank.latch | c->bank.queued | c->linked);
	for (; stale; stale &= stale - 1)
		unforward(c, (u32)__builtin_ctz(stale));
}

void vgic_take(struct vgic *vgic, struct vgic_cpu *c)
{
	if (c->overflow)
		take_ends(vgic, c);
	for (u32 lrs = c->lrs_used; lrs; lrs &= lrs - 1) {
		u32 n = (u32)__builtin_ctz(lrs);

		take_one(vgic, c, n);
		gich->lr_write(n, 0);
	}
	c->lrs_used = c->lrs_eoi = c->lrs_hw = 0;
	c->overflow = false;
	c->dirty = true;
}

void vgic_relist(struct vgic *vgic, struct vgic_cpu *c)
{
	vgic_take(vgic, c);
	drop_forwarded(c);
	give(vgic, c);
	c->dirty = false;
}

/* ---- The short ways ---- */

/* Those of these list registers that would tell us of the end once more. */
static __attribute__((noinline)) void drop_eoi(struct vgic_cpu *c, u32 lrs)
{
	c->lrs_eoi &= ~lrs;
	for (; lrs; lrs &= lrs - 1)
		gich->lr_write((u32)__builtin_ctz(lrs), 0);
}

/* What was in these has been routed elsewhere meanwhile. */
static __attribute__((noinline)) void raise_strays(struct vgic *vgic, struct vgic_cpu *c,
	u32 lrs)
{
	for (; lrs; lrs &= lrs - 1) {
		u32 intid = c->lr_intid[__builtin_ctz(lrs)];

		vgic_raise(vgic, c, intid / 32, 1U << intid % 32);
	}
}

/* Interrupts that have ended in these list registers; most often one. */
static void retire(struct vgic *vgic, struct vgic_cpu *c, u32 lrs)
{
	u32 strays = 0;

	c->lrs_used &= ~lrs;
	if (c->lrs_eoi & lrs)
		drop_eoi(c, c->lrs_eoi & lrs);
	for (; lrs; lrs &= lrs - 1) {
		u32 n = (u32)__builtin_ctz(lrs), lr_bit = 1U << n;
		u32 intid = c->lr_intid[n], word = intid / 32, bit = 1U << intid % 32;
		struct vgic_bank *bank = vgic_bank(vgic, c, word);

		unlist(vgic, c, intid);
		bank->queued &= ~bit;
		bank->active &= ~bit;
		c->owned[word] &= ~bit;
		if (c->lrs_hw & lr_bit) {
			c->forwarded &= ~bit;
			c->linked &= ~bit;
			c->lrs_hw &= ~lr_bit;
		}
		if (!(c->mine[word] & bit))
			strays |= lr_bit;
	}
	if (unlikely(strays))
		raise_strays(vgic, c, strays);
}

static u32 free_lrs(const struct vgic_cpu *c)
{
	return ~c->lrs_used & (u32)BITS(gich->lr_count - 1, 0);
}

/* There is more to do than the short ways can. */
static bool needs_relist(const struct vgic_cpu *c)
{
	return c->dirty || c->overflow;
}

static void retire_ended(struct vgic *vgic, struct vgic_cpu *c)
{
	retire(vgic, c, c->lrs_used & gich->elrsr());
}

/* Nothing is to be retired. */
static void offer(struct vgic *vgic, struct vgic_cpu *c, u32 intid)
{
	u32 word = intid / 32, bit = 1U << intid % 32, lrs = free_lrs(c);

	if (likely(vgic_offerable(vgic, c, word) & bit && lrs))
		list(vgic, c, (u32)__builtin_ctz(lrs), intid);
	else if (vgic_bank(vgic, c, word)->enabled & bit)
		vgic_relist(vgic, c);
}

void vgic_offer(struct vgic *vgic, struct vgic_cpu *c, u32 intid)
{
	if (unlikely(needs_relist(c))) {
		vgic_relist(vgic, c);
		return;
	}
	retire_ended(vgic, c);
	offer(vgic, c, intid);
}

void vgic_forward(struct vgic *vgic, u32 cpu, u32 intid)
{
	struct vgic_cpu *c = &vgic->s.cpus[cpu];
	bool relist = needs_relist(c);

	/* First of all: the end of the last one does not mean this one. */
	if (unlikely(relist))
		vgic_take(vgic, c);
	else
		retire_ended(vgic, c);
	c->forwarded |= 1U << intid;
	c->bank.latch |= 1U << intid;
	if (unlikely(relist))
		vgic_relist(vgic, c);
	else
		offer(vgic, c, intid);
}

/* Lists what is new; false if that is not all there is to do. */
static bool sync_new(struct vgic *vgic, struct vgic_cpu *c)
{
	u32 lrs = free_lrs(c);

	for (u32 word = 0; word < VGIC_WORDS; word++) {
		/* Pending once more: its list register has to know. */
		if (vgic_bank(vgic, c, word)->latch & c->listed[word])
			return false;
		for (u32 bits = vgic_offerable(vgic, c, word); bits; bits &= bits - 1) {
			if (!lrs)
				return false;
			list(vgic, c, (u32)__builtin_ctz(lrs),
				32 * word + (u32)__builtin_ctz(bits));
			lrs &= lrs - 1;
		}
	}
	return true;
}

void vgic_sync(struct vgic *vgic, u32 cpu)
{
	struct vgic_cpu *c = &vgic->s.cpus[cpu];

	if (likely(!c->dirty && !c->overflow)) {
		retire(vgic, c,
			c->lrs_used & (gich->elrsr() | (c->lrs_eoi ? gich->eisr() : 0)));
		if (likely(sync_new(vgic, c)))
			return;
	}
	vgic_relist(vgic, c);
}

bool vgic_is_untaken(const struct vgic_cpu *c, u32 intid)
{
	if (!vgic_is_here(c))
		return true;
	for (u32 lrs = c->lrs_used; lrs; lrs &= lrs - 1) {
		u32 n = (u32)__builtin_ctz(lrs);

		if (c->lr_intid[n] == intid)
			return field_get(ICH_LR_STATE, gich->lr_read(n)) & LR_PENDING;
	}
	return false;
}

/* ---- Is anything signalled? ---- */

#define PRIORITY_IDLE 0x100U /* lower than all */

/* The priority of what the guest is handling, from its active priority registers. */
static u32 running_priority(void)
{
	u32 step = 8 / gich->apr_count;

	for (u32 n = 0; n < gich->apr_count; n++) {
		u32 apr = gich->apr_read(0, n) | gich->apr_read(1, n);

		if (apr)
			return (32 * n + (u32)__builtin_ctz(apr)) * step;
	}
	return PRIORITY_IDLE;
}

bool vgic_pending(struct vgic *vgic, u32 cpu)
{
	struct vgic_cpu *c = &vgic->s.cpus[cpu];
	u32 vmcr, mask;

	vgic_sync(vgic, cpu);
	if (!c->lrs_used)
		return false;
	vmcr = gich->vmcr_read();
	mask = MIN((u32)field_get(ICH_VMCR_VPMR, vmcr), running_priority());
	/* What is not listed for want of room is less urgent, or of a disabled group. */
	for (u32 lrs = c->lrs_used; lrs; lrs &= lrs - 1) {
		u64 lr = gich->lr_read((u32)__builtin_ctz(lrs));

		if (field_get(ICH_LR_STATE, lr) == LR_PENDING &&
			vmcr & (lr & ICH_LR_GROUP ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0) &&
			field_get(ICH_LR_PRIORITY, lr) < mask)
			return true;
	}
	return false;
}

/* ---- With the CPU ---- */

void vgic_interface_load(struct vgic *vgic, u32 cpu)
{
	const struct vgic_cpu *c = &vgic->s.cpus[cpu];

	gich->vmcr_write(c->vmcr);
	for (u32 n = 0; n < gich->apr_count; n++) {
		gich->apr_write(0, n, c->apr[0][n]);
		gich->apr_write(1, n, c->apr[1][n]);
	}
	for (u32 bits = c->forwarded; bits; bits &= bits - 1)
		gic->ppi_active((u32)__builtin_ctz(bits), true);
}

void vgic_interface_save(struct vgic *vgic, u32 cpu)
{
	struct vgic_cpu *c = &vgic->s.cpus[cpu];

	for (u32 bits = c->forwarded; bits; bits &= bits - 1)
		gic->ppi_active((u32)__builtin_ctz(bits), false);
	c->vmcr = gich->vmcr_read();
	for (u32 n = 0; n < gich->apr_count; n++) {
		c->apr[0][n] = gich->apr_read(0, n);
		c->apr[1][n] = gich->apr_read(1, n);
	}
}

void vgic_load(struct vgic *vgic, u32 cpu)
{
	struct vgic_cpu *c = &vgic->s.cpus[cpu];

	assert(!c->host);
	c->host = cpu_this();
	vgic_relist(vgic, c);
}

void vgic_save(struct vgic *vgic, u32 cpu)
{
	struct vgic_cpu *c = &vgic->s.cpus[cpu];

	assert(vgic_is_here(c));
	vgic_take(vgic, c);
	drop_forwarded(c);
	gich->hcr_write(0);
	c->host = NULL;
}
