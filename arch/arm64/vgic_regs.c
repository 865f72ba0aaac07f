// SPDX-License-Identifier: Apache-2.0
// Registers that GICv2's distributor, GICv3's, and GICv3's redistributors have in common: one
// bit, byte or pair of bits for each interrupt (IHI 0069, "The GIC Distributor register map";
// IHI 0048, "Distributor register map").
#include "vgic_state.h"

/* Blocks of bits by offset / 0x80. */
enum {
	BLOCK_IGROUPR = 1,
	BLOCK_ISENABLER,
	BLOCK_ICENABLER,
	BLOCK_ISPENDR,
	BLOCK_ICPENDR,
	BLOCK_ISACTIVER,
	BLOCK_ICACTIVER,
	BLOCK_IPRIORITYR,           /* to 0x7ff, a byte each */
	BLOCK_ICFGR = 0xc00 / 0x80, /* to 0xcff, two bits each */
};

#define BLOCK_SIZE          0x80
#define GICD_IPRIORITYR     0x400
#define GICD_IPRIORITYR_END 0x800
#define GICD_ICFGR          0xc00
#define GICD_ICFGR_END      0xd00

#define ICFGR_IRQS 16 /* of one register */

/* What is written to SGIs' pending bits in GICv2 is ignored: they have senders. */
static u32 writable_pending(const struct vgic *vgic, u32 word)
{
	return vgic->v2 && word == 0 ? ~0U << VGIC_SGIS : ~0U;
}

static u32 bits_read(struct vgic *vgic, struct vgic_cpu *c, u32 word, u64 block)
{
	const struct vgic_bank *bank = vgic_bank(vgic, c, word);

	switch (block) {
	case BLOCK_IGROUPR: return bank->group;
	case BLOCK_ISENABLER:
	case BLOCK_ICENABLER: return bank->enabled;
	case BLOCK_ISPENDR:
	case BLOCK_ICPENDR: vgic_refresh(vgic, c, word); return bank_pending(bank);
	default: vgic_refresh(vgic, c, word); return bank->active;
	}
}

static void bits_write(struct vgic *vgic, struct vgic_cpu *c, u32 word, u64 block,
	u32 bits)
{
	struct vgic_bank *bank = vgic_bank(vgic, c, word);
	u32 changed;

	switch (block) {
	case BLOCK_IGROUPR:
		changed = bank->group ^ bits;
		bank->group = bits;
		vgic_review(vgic, c, word, changed);
		vgic_raise(vgic, c, word, changed);
		break;
	case BLOCK_ISENABLER: vgic_enable(vgic, c, word, bits); break;
	case BLOCK_ICENABLER: vgic_disable(vgic, c, word, bits); break;
	case BLOCK_ISPENDR:
		vgic_set_pending(vgic, c, word, bits & writable_pending(vgic, word));
		break;
	case BLOCK_ICPENDR:
		vgic_clear_pending(vgic, c, word, bits & writable_pending(vgic, word));
		break;
	case BLOCK_ISACTIVER: vgic_set_active(vgic, c, word, bits); break;
	case BLOCK_ICACTIVER: vgic_clear_active(vgic, c, word, bits); break;
	}
}

/* ---- Priorities ---- */

static u64 priority_read(struct vgic *vgic, struct vgic_cpu *c, u32 intid, u32 size)
{
	const struct vgic_bank *bank = vgic_bank(vgic, c, intid / 32);
	u64 value = 0;

	for (u32 i = 0; i < size; i++)
		value |= (u64)bank->priority[intid % 32 + i] << 8 * i;
	return value;
}

static void priority_write(struct vgic *vgic, struct vgic_cpu *c, u32 intid, u32 size,
	u64 value)
{
	struct vgic_bank *bank = vgic_bank(vgic, c, intid / 32);
	u32 changed = 0;

	for (u32 i = 0; i < size; i++) {
		u32 n = intid % 32 + i;
		u8 priority = value >> 8 * i & VGIC_PRIORITY;

		if (bank->priority[n] != priority)
			changed |= 1U << n;
		bank->priority[n] = priority;
	}
	vgic_review(vgic, c, intid / 32, changed);
	vgic_raise(vgic, c, intid / 32, changed);
}

/* ---- Configuration: bit 1 of each pair is `edge`, bit 0 does not exist ---- */

static u32 config_read(struct vgic *vgic, struct vgic_cpu *c, u32 intid)
{
	u32 edge = vgic_bank(vgic, c, intid / 32)->edge >> intid % 32, value = 0;

	for (u32 i = 0; i < ICFGR_IRQS; i++)
		value |= (edge >> i & 1) << (2 * i + 1);
	return value;
}

static void config_write(struct vgic *vgic, struct vgic_cpu *c, u32 intid, u32 value)
{
	struct vgic_bank *bank = vgic_bank(vgic, c, intid / 32);
	u32 edge = 0, old = bank->edge;

	/* SGIs are edge-triggered, and our PPIs are level-sensitive. */
	if (intid < GIC_SPI)
		return;
	for (u32 i = 0; i < ICFGR_IRQS; i++)
		edge |= (value >> (2 * i + 1) & 1) << (intid % 32 + i);
	bank->edge = (old & ~((BIT(ICFGR_IRQS) - 1) << intid % 32)) | edge;
	vgic_review(vgic, c, intid / 32, old ^ bank->edge);
	vgic_raise(vgic, c, intid / 32, old ^ bank->edge);
}

/* ---- Which is it? ---- */

enum regs_kind { REGS_NONE, REGS_BITS, REGS_PRIORITY, REGS_CONFIG };

/* The kind, and the first interrupt that the access is about. */
static enum regs_kind regs_find(u32 words, u64 offset, u32 size, u32 *intid)
{
	enum regs_kind kind = REGS_NONE;

	if (offset >= BLOCK_SIZE && offset < GICD_IPRIORITYR && size == 4) {
		kind = REGS_BITS;
		*intid = (u32)(offset % BLOCK_SIZE) * 8;
	} else if (offset >= GICD_IPRIORITYR && offset < GICD_IPRIORITYR_END &&
		(size == 1 || size == 4)) {
		kind = REGS_PRIORITY;
		*intid = (u32)(offset - GICD_IPRIORITYR);
	} else if (offset >= GICD_ICFGR && offset < GICD_ICFGR_END && size == 4) {
		kind = REGS_CONFIG;
		*intid = (u32)(offset - GICD_ICFGR) * 4;
	}
	return kind != REGS_NONE && *intid < 32 * words ? kind : REGS_NONE;
}

bool vgic_regs_read(struct vgic *vgic, struct vgic_cpu *c, u32 words, u64 offset,
	u32 size, u64 *value)
{
	u32 intid = 0;
	enum regs_kind kind = regs_find(words, offset, size, &intid);

	*value = 0;
	if (kind == REGS_NONE)
		return false;
	if (intid < GIC_SPI && !c)
		return true;
	switch (kind) {
	case REGS_BITS:
		*value = bits_read(vgic, c, intid / 32, offset / BLOCK_SIZE);
		break;
	case REGS_PRIORITY: *value = priority_read(vgic, c, intid, size); break;
	case REGS_CONFIG: *value = config_read(vgic, c, intid); break;
	case REGS_NONE: break;
	}
	return true;
}

bool vgic_regs_write(struct vgic *vgic, struct vgic_cpu *c, u32 words, u64 offset,
	u32 size, u64 value)
{
	u32 intid = 0;
	enum regs_kind kind = regs_find(words, offset, size, &intid);

	if (kind == REGS_NONE)
		return false;
	if (intid < GIC_SPI && !c)
		return true;
	switch (kind) {
	case REGS_BITS:
		bits_write(vgic, c, intid / 32, offset / BLOCK_SIZE, (u32)value);
		break;
	case REGS_PRIORITY: priority_write(vgic, c, intid, size, value); break;
	case REGS_CONFIG: config_write(vgic, c, intid, (u32)value); break;
	case REGS_NONE: break;
	}
	return true;
}
