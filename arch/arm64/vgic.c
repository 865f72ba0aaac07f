// SPDX-License-Identifier: Apache-2.0
// The virtual GIC's interrupts (IHI 0069, "Interrupt Handling and Prioritization"; IHI 0048,
// chapter 3): what wires, SGIs and registers do to them. What a CPU is to be offered goes to its
// list registers when it is about to enter (vgic_lr.c); here it is only told that it should look.
#include "vgic_state.h"

#include <hv/fail.h>
#include <hv/fdt.h>
#include <hv/print.h>

struct vgic *vgic_of(struct vdev *dev)
{
	return container_of(dev, struct vgic, vdev);
}

struct vintc *vgic_vintc(struct vgic *vgic)
{
	return &vgic->vintc;
}

/* ---- Telling ---- */

void vgic_notify(struct vgic *vgic, struct vgic_cpu *c)
{
	vm_cpu_irq(vgic->vdev.vm, (u32)(c - vgic->s.cpus), VGIC_INPUT, true);
}

static void outdated(struct vgic *vgic, struct vgic_cpu *c)
{
	c->dirty = true;
	vgic_notify(vgic, c);
}

/* Word 0 is `c`'s alone. */
static bool has_word(const struct vgic_cpu *c, const struct vgic_cpu *owner, u32 word)
{
	return word || c == owner;
}

void vgic_raise(struct vgic *vgic, struct vgic_cpu *owner, u32 word, u32 bits)
{
	vgic_for_each_cpu(c, vgic)
	{
		if (!has_word(c, owner, word))
			continue;
		if ((vgic_offerable(vgic, c, word) |
			    (vgic_bank(vgic, c, word)->latch & c->listed[word])) &
			bits)
			vgic_notify(vgic, c);
	}
}

void vgic_review(struct vgic *vgic, struct vgic_cpu *owner, u32 word, u32 bits)
{
	vgic_for_each_cpu(c, vgic)
	{
		if (has_word(c, owner, word) && c->listed[word] & bits)
			outdated(vgic, c);
	}
}

/* As far as can be: listed afterwards are only those of CPUs that run elsewhere. */
static void recall(struct vgic *vgic, struct vgic_cpu *owner, u32 word, u32 bits)
{
	vgic_for_each_cpu(c, vgic)
	{
		if (!has_word(c, owner, word) || !(c->listed[word] & bits))
			continue;
		if (vgic_is_here(c))
			vgic_take(vgic, c);
		outdated(vgic, c);
	}
}

void vgic_refresh(struct vgic *vgic, struct vgic_cpu *owner, u32 word)
{
	vgic_for_each_cpu(c, vgic)
	{
		if (!has_word(c, owner, word) || !c->listed[word])
			continue;
		if (vgic_is_here(c))
			vgic_relist(vgic, c);
		else
			outdated(vgic, c);
	}
}

/* ---- What registers do ---- */

void vgic_enable(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits)
{
	struct vgic_bank *bank = vgic_bank(vgic, c, word);

	bits &= ~bank->enabled;
	bank->enabled |= bits;
	vgic_raise(vgic, c, word, bits);
}

void vgic_disable(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits)
{
	struct vgic_bank *bank = vgic_bank(vgic, c, word);

	bits &= bank->enabled;
	bank->enabled &= ~bits;
	vgic_review(vgic, c, word, bits);
}

void vgic_set_pending(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits)
{
	vgic_bank(vgic, c, word)->latch |= bits;
	vgic_raise(vgic, c, word, bits);
}

/* The physical interrupt behind one that is gone must be able to come again. */
static void review_forwarded(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits)
{
	if (word == 0 && c->forwarded & bits)
		outdated(vgic, c);
}

void vgic_clear_pending(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits)
{
	struct vgic_bank *bank = vgic_bank(vgic, c, word);

	recall(vgic, c, word, bits);
	bank->latch &= ~bits;
	bank->end_pending |= bits & bank->listed;
	review_forwarded(vgic, c, word, bits);
}

/* Who will end what is active: where it goes. */
static void own(struct vgic *vgic, struct vgic_cpu *owner, u32 word, u32 bits)
{
	vgic_for_each_cpu(c, vgic)
	{
		if (!has_word(c, owner, word) || !(c->mine[word] & bits))
			continue;
		c->owned[word] |= c->mine[word] & bits;
		outdated(vgic, c);
	}
}

void vgic_set_active(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits)
{
	struct vgic_bank *bank = vgic_bank(vgic, c, word);
	u32 now;

	recall(vgic, c, word, bits);
	now = bits & ~(bank->active | bank->listed);
	bank->active |= now;
	own(vgic, c, word, now);
	bank->begin_active |= bits & bank->listed;
	bank->end_active &= ~bits;
}

void vgic_clear_active(struct vgic *vgic, struct vgic_cpu *c, u32 word, u32 bits)
{
	struct vgic_bank *bank = vgic_bank(vgic, c, word);
	u32 now;

	recall(vgic, c, word, bits);
	now = bits & ~bank->listed;
	bank->active &= ~now;
	vgic_for_each_cpu(other, vgic)
	{
		if (has_word(other, c, word))
			other->owned[word] &= ~now;
	}
	bank->end_active |= bits & bank->listed;
	bank->begin_active &= ~bits;
	review_forwarded(vgic, c, word, bits);
	vgic_raise(vgic, c, word, now);
}

void vgic_set_ctlr(struct vgic *vgic, u32 ctlr)
{
	if (ctlr == vgic->s.ctlr)
		return;
	vgic->s.ctlr = ctlr;
	vgic->s.enabled[0] = ctlr & 1 ? ~0U : 0;
	vgic->s.enabled[1] = ctlr & 2 ? ~0U : 0;
	vgic_for_each_cpu(c, vgic) outdated(vgic, c);
}

void vgic_set_home(struct vgic *vgic, u32 intid, u32 cpu)
{
	u32 word = intid / 32, bit = 1U << intid % 32;

	vgic_for_each_cpu(c, vgic)
	{
		bool mine = (u32)(c - vgic->s.cpus) == cpu;

		if (mine == !!(c->mine[word] & bit))
			continue;
		c->mine[word] ^= bit;
		if (!mine && c->listed[word] & bit)
			outdated(vgic, c);
	}
	vgic_raise(vgic, NULL, word, bit);
}

/* ---- SGIs ---- */

/* Latched; true if the CPU should look. */
static bool latch_sgi(struct vgic *vgic, struct vgic_cpu *c, u32 from, u32 sgi)
{
	struct vgic_bank *bank = &c->bank;
	u32 bit = 1U << sgi;

	bank->latch |= bit;
	if (vgic->v2)
		c->sgi_sources[sgi] |= (u8)BIT(from);
	return bank->listed & bit || vgic_offerable(vgic, c, 0) & bit;
}

void vgic_send_sgi(struct vgic *vgic, u32 from, u32 targets, u32 sgi, bool group1)
{
	for (; targets; targets &= targets - 1) {
		u32 cpu = (u32)__builtin_ctz(targets);
		struct vgic_cpu *c = &vgic->s.cpus[cpu];

		if (!group1 && c->bank.group >> sgi & 1)
			continue;
		if (!latch_sgi(vgic, c, from, sgi))
			continue;
		if (cpu == from && vgic_is_here(c))
			vgic_offer(vgic, c, sgi);
		else
			vgic_notify(vgic, c);
	}
}

/* ICC_SGI1R_EL1, ICC_ASGI1R_EL1, ICC_SGI0R_EL1 */
#define SGIR_AFF3   BITS(55, 48)
#define SGIR_RS     BITS(47, 44) /* the list's first CPU, divided by 16 */
#define SGIR_IRM    BIT(40)      /* to all but the one that writes */
#define SGIR_AFF2   BITS(39, 32)
#define SGIR_INTID  BITS(27, 24)
#define SGIR_AFF1   BITS(23, 16)
#define SGIR_TARGET BITS(15, 0) /* CPUs by their Aff0 */

/* All CPUs of a VM are in the cluster 0.0.0, with an Aff0 below 16. */
_Static_assert(VM_CPUS_MAX <= 16, "one target list reaches all");

void vgic_sgi(struct vgic *vgic, u32 cpu, u64 value, bool group1)
{
	u32 all = (u32)BITS(vgic->cpu_count - 1, 0), targets;

	if (value & SGIR_IRM)
		targets = all & ~(1U << cpu);
	else if (value & (SGIR_AFF3 | SGIR_RS | SGIR_AFF2 | SGIR_AFF1))
		return;
	else
		targets = all & (u32)field_get(SGIR_TARGET, value);
	vgic_send_sgi(vgic, cpu, targets, (u32)field_get(SGIR_INTID, value), group1);
}

/* ---- Wires, and what the machine does ---- */

static void set_wire(struct vgic *vgic, struct vgic_cpu *owner, u32 intid, bool level)
{
	u32 word = intid / 32, bit = 1U << intid % 32;
	struct vgic_bank *bank = vgic_bank(vgic, owner, word);

	if (!!(bank->level & bit) == level)
		return;
	bank->level ^= bit;
	if (level) {
		if (bank->edge & bit)
			bank->latch |= bit;
		vgic_raise(vgic, owner, word, bit);
		return;
	}
	if (!(bank->listed & ~bank->edge & bit))
		return;
	/* It fell while it was offered; taken back if the guest did not take it. */
	vgic_for_each_cpu(c, vgic)
	{
		if (has_word(c, owner, word) && c->listed[word] & bit &&
			vgic_is_untaken(c, intid))
			outdated(vgic, c);
	}
}

static void vgic_set(struct vintc *chip, u32 irq, bool level)
{
	if (irq >= GIC_SPI && irq < VGIC_INTIDS)
		set_wire(container_of(chip, struct vgic, vintc), NULL, irq, level);
}

void vgic_ppi_set(struct vgic *vgic, u32 cpu, u32 intid, bool level)
{
	set_wire(vgic, &vgic->s.cpus[cpu], intid, level);
}

bool vgic_forwarded(const struct vgic *vgic, u32 cpu, u32 intid)
{
	return vgic->s.cpus[cpu].forwarded >> intid & 1;
}

void vgic_dir(struct vgic *vgic, u32 cpu, u32 intid)
{
	struct vgic_cpu *c = &vgic->s.cpus[cpu];

	if (intid >= VGIC_INTIDS)
		return;
	vgic_take(vgic, c);
	if (c->owned[intid / 32] >> intid % 32 & 1)
		vgic_clear_active(vgic, c, intid / 32, 1U << intid % 32);
	vgic_relist(vgic, c);
}

/* ---- The device ---- */

void vgic_cpu_reset(struct vgic *vgic, u32 cpu)
{
	struct vgic_cpu *c = &vgic->s.cpus[cpu];

	c->vmcr = vgic->v2 ? 0 : ICH_VMCR_VFIQEN;
	for (u32 n = 0; n < GICH_APRS_MAX; n++)
		c->apr[0][n] = c->apr[1][n] = 0;
}

static void bank_reset(struct vgic_bank *bank, u32 edge)
{
	*bank = (struct vgic_bank){.level = bank->level, .edge = edge};
}

void vgic_reset(struct vgic *vgic)
{
	vgic->s.ctlr = vgic->s.enabled[0] = vgic->s.enabled[1] = 0;
	for (u32 i = 0; i < ARRAY_LEN(vgic->s.spi); i++)
		bank_reset(&vgic->s.spi[i], 0);
	for (u32 cpu = 0; cpu < vgic->cpu_count; cpu++) {
		struct vgic_cpu *c = &vgic->s.cpus[cpu];
		u32 wires = c->bank.level;

		*c = (struct vgic_cpu){.bank.level = wires, .mine[0] = ~0U};
		bank_reset(&c->bank, (1U << VGIC_SGIS) - 1);
		vgic_cpu_reset(vgic, cpu);
	}
}

/* Three cells: what kind, its number in that, and that a high level means it. */
static void vgic_fdt_irq(const struct vintc *chip, u32 irq, struct fdt_writer *w)
{
	enum { KIND_SPI = 0, LEVEL_HIGH = 4 };
	const u32 cells[] = {KIND_SPI, irq - GIC_SPI, LEVEL_HIGH};

	(void)chip;
	fdt_put_cells(w, "interrupts", cells, ARRAY_LEN(cells));
}

int vgic_create(struct vdev *dev, bool v2, u32 cpus_max)
{
	static const struct vintc_ops ops = {.set = vgic_set, .fdt = vgic_fdt_irq};
	struct vgic *vgic = container_of(dev, struct vgic, vdev);
	u32 count = vm_cpu_count(dev->vm);

	if (count > cpus_max) {
		error("%s: expected at most %u CPUs with a %s, found %u",
			vm_name(dev->vm), cpus_max, dev->ops->name, count);
		return fail(-EINVAL);
	}
	vgic->vintc.ops = &ops;
	vgic->cpu_count = count;
	vgic->v2 = v2;
	return 0;
}
