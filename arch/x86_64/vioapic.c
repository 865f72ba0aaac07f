// SPDX-License-Identifier: Apache-2.0
// The guest's I/O APIC (vioapic.h; Intel 82093AA data sheet, 3). Wires are active high, whatever
// an entry says of polarity: there is nothing between a virtual device and its controller that
// could turn a level around. It is the version with an EOI register, as kernels that mask
// broadcasts of EOI use it.
#include "vioapic.h"

#include <hv/bits.h>
#include <arch/vlapic.h>

#define IOAPIC_WINDOW 0x1000

enum { REGSEL = 0x00, WINDOW = 0x10, EOI = 0x40 };

enum { REG_ID = 0, REG_VERSION = 1, REG_ARBITRATION = 2, REG_ENTRIES = 0x10 };

#define ID_BITS BITS(27, 24)
#define VERSION (0x20UL | (VIOAPIC_INPUTS - 1) << 16)

#define ENTRY_DEST       BITS(63, 56)
#define ENTRY_MASKED     BIT(16)
#define ENTRY_LEVEL      BIT(15)
#define ENTRY_REMOTE_IRR BIT(14) /* level: delivered and not ended */
#define ENTRY_STATUS     BIT(12) /* always idle */
#define ENTRY_LOGICAL    BIT(11)
#define ENTRY_MODE       BITS(10, 8)
#define ENTRY_VECTOR     BITS(7, 0)
#define ENTRY_READ_ONLY  (ENTRY_REMOTE_IRR | ENTRY_STATUS)
#define ENTRY_RESERVED   BITS(55, 17)

struct vioapic_state {
	u32 regsel;
	u32 id;
	u32 wires; /* bit n: the level of input n */
	u64 entries[VIOAPIC_INPUTS];
};

struct vioapic {
	struct vdev vdev;
	struct vioapic_state s;
};

static struct vioapic *to_ioapic(struct vdev *dev)
{
	return container_of(dev, struct vioapic, vdev);
}

/* ExtINT is not delivered from here: the 8259s have a wire of their own, to LINT0. */
static bool send(struct vioapic *ioapic, u64 entry)
{
	const struct apic_message message = {
		.dest = apic_dest((u8)field_get(ENTRY_DEST, entry)),
		.vector = (u8)field_get(ENTRY_VECTOR, entry),
		.mode = (u8)field_get(ENTRY_MODE, entry),
		.logical = entry & ENTRY_LOGICAL,
		.level = entry & ENTRY_LEVEL,
	};

	return vlapic_deliver(ioapic->vdev.vm, &message);
}

/* A level is sent once, and again when it has been ended and is still there. */
static void look(struct vioapic *ioapic, u32 input)
{
	u64 *entry = &ioapic->s.entries[input];

	if (!(ioapic->s.wires & BIT(input)) || *entry & ENTRY_MASKED ||
		!(*entry & ENTRY_LEVEL) || *entry & ENTRY_REMOTE_IRR)
		return;
	if (send(ioapic, *entry))
		*entry |= ENTRY_REMOTE_IRR;
}

void vioapic_set(struct vdev *dev, u32 input, bool level)
{
	struct vioapic *ioapic = to_ioapic(dev);
	struct vioapic_state *s = &ioapic->s;
	bool before;

	if (input >= VIOAPIC_INPUTS)
		return;
	before = s->wires & BIT(input);
	s->wires = (s->wires & ~(u32)BIT(input)) | (level ? (u32)BIT(input) : 0);
	if (s->entries[input] & ENTRY_LEVEL)
		look(ioapic, input);
	/* An edge that comes while it is masked is lost. */
	else if (level && !before && !(s->entries[input] & ENTRY_MASKED))
		send(ioapic, s->entries[input]);
}

void vioapic_eoi(struct vdev *dev, u8 vector)
{
	struct vioapic *ioapic = to_ioapic(dev);

	for (u32 input = 0; input < VIOAPIC_INPUTS; input++) {
		u64 *entry = &ioapic->s.entries[input];

		if (!(*entry & ENTRY_REMOTE_IRR) ||
			field_get(ENTRY_VECTOR, *entry) != vector)
			continue;
		*entry &= ~ENTRY_REMOTE_IRR;
		look(ioapic, input);
	}
}

/* ---- Registers ---- */

static void entry_write(struct vioapic *ioapic, u32 half, u32 value)
{
	u32 input = half / 2;
	u64 *entry = &ioapic->s.entries[input];
	u64 mask = half % 2 ? BITS(63, 32) : BITS(31, 0);

	mask &= ~(ENTRY_READ_ONLY | ENTRY_RESERVED);
	*entry = (*entry & ~mask) | ((half % 2 ? (u64)value << 32 : value) & mask);
	/* An edge entry has no such bit; kernels switch back and forth to clear it. */
	if (!(*entry & ENTRY_LEVEL))
		*entry &= ~ENTRY_REMOTE_IRR;
	look(ioapic, input);
}

static u32 indirect_read(struct vioapic *ioapic)
{
	struct vioapic_state *s = &ioapic->s;
	u32 half = s->regsel - REG_ENTRIES;

	if (half < 2 * VIOAPIC_INPUTS)
		return (u32)(s->entries[half / 2] >> 32 * (half % 2));
	switch (s->regsel) {
	case REG_ID:
	case REG_ARBITRATION: return s->id;
	case REG_VERSION: return VERSION;
	}
	vdev_refused(&ioapic->vdev, WINDOW, false, s->regsel);
	return 0;
}

static void indirect_write(struct vioapic *ioapic, u32 value)
{
	struct vioapic_state *s = &ioapic->s;
	u32 half = s->regsel - REG_ENTRIES;

	if (half < 2 * VIOAPIC_INPUTS)
		entry_write(ioapic, half, value);
	else if (s->regsel == REG_ID)
		s->id = value & (u32)ID_BITS;
	else
		vdev_refused(&ioapic->vdev, WINDOW, true, value);
}

static u64 vioapic_read(struct vdev *dev, u64 offset, u32 size)
{
	(void)size;
	switch (offset) {
	case REGSEL: return to_ioapic(dev)->s.regsel;
	case WINDOW: return indirect_read(to_ioapic(dev));
	case EOI: return 0;
	}
	vdev_refused(dev, offset, false, 0);
	return 0;
}

static void vioapic_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	(void)size;
	switch (offset) {
	case REGSEL: to_ioapic(dev)->s.regsel = (u8)value; break;
	case WINDOW: indirect_write(to_ioapic(dev), (u32)value); break;
	case EOI: vioapic_eoi(dev, (u8)value); break;
	default: vdev_refused(dev, offset, true, value);
	}
}

static void vioapic_reset(struct vdev *dev)
{
	struct vioapic_state *s = &to_ioapic(dev)->s;

	/* The wires are the devices', which will not drive them anew. */
	*s = (struct vioapic_state){.wires = s->wires};
	for (u32 input = 0; input < VIOAPIC_INPUTS; input++)
		s->entries[input] = ENTRY_MASKED;
}

const struct vdev_ops vioapic_ops = {
	.name = "io-apic",
	.min_size = 4,
	.max_size = 4,
	.size = IOAPIC_WINDOW,
	.bytes = sizeof(struct vioapic),
	.reset = vioapic_reset,
	.read = vioapic_read,
	.write = vioapic_write,
};
