// SPDX-License-Identifier: Apache-2.0
// The guest's two 8259As (vpic.h; Intel 8259A data sheet), the second one behind input 2 of the
// first. A PC's are wired as they were in the AT: so ICW3, and the buffer and 8080 modes, change
// nothing, and each input is an edge or a level by ELCR, not by ICW1. Both INTA cycles are one here,
// so that the second one's request is still there when it is asked for its vector; only the first
// one ever has a spurious interrupt.
#include "vpic.h"

#include <hv/bits.h>

#define CASCADE  2U /* the first one's input that the second drives */
#define INPUTS   8U
#define SPURIOUS 7U
#define NO_INPUT INPUTS

/* Offsets of the windows: a command and a data port each, and the two edge/level registers. */
enum { PORT_COMMAND = 0, PORT_DATA = 1, PORT_SECOND = 2, PORT_ELCR = 4 };

#define ICW1        BIT(4) /* in a write to the command port: a first word */
#define ICW1_SINGLE BIT(1) /* no ICW3 */
#define ICW1_ICW4   BIT(0) /* there will be one */
#define ICW2_VECTOR BITS(7, 3)
#define ICW4_NESTED BIT(4)
#define ICW4_AEOI   BIT(1)

#define OCW3      BIT(3) /* in a write to the command port, without ICW1 */
#define OCW3_SMM  BITS(6, 5)
#define OCW3_POLL BIT(2)
#define OCW3_READ BITS(1, 0)
enum { SMM_RESET = 2, SMM_SET = 3, READ_IRR = 2, READ_ISR = 3 };

#define OCW2_ROTATE BIT(7)
#define OCW2_SL     BIT(6) /* of the level that is named */
#define OCW2_EOI    BIT(5)
#define OCW2_LEVEL  BITS(2, 0)

#define POLL_VALID BIT(7)

/* Inputs that are always edges: timer, keyboard, cascade; and clock, coprocessor. */
#define ELCR_FIRST  0xf8U
#define ELCR_SECOND 0xdeU

struct pic_state {
	u8 irr, isr, imr;
	u8 wires;  /* levels of the inputs */
	u8 elcr;   /* which are levels, not edges */
	u8 base;   /* vector of input 0 */
	u8 lowest; /* the input of lowest priority: 7 but for rotation */
	u8 icw;    /* the next word of its initialisation, 0: done */
	bool single, icw4, aeoi, rotate_aeoi, nested;
	bool special_mask, poll, read_isr;
};

struct vpic {
	struct vdev vdev;
	struct pic_state s[2];
	bool output; /* INTR */
};

static struct vpic *to_pic(struct vdev *dev)
{
	return container_of(dev, struct vpic, vdev);
}

/* ---- Priorities ---- */

/* The bit of highest priority, or NO_INPUT. */
static u32 first(const struct pic_state *s, u32 bits)
{
	for (u32 n = 1; bits && n <= INPUTS; n++) {
		u32 input = (s->lowest + n) % INPUTS;

		if (bits & BIT(input))
			return input;
	}
	return NO_INPUT;
}

/* How far an input is from the highest priority. */
static u32 rank(const struct pic_state *s, u32 input)
{
	return input == NO_INPUT ? INPUTS : (input - s->lowest - 1) % INPUTS;
}

/* The input that interrupts now, or NO_INPUT: as always while it is being initialised. */
static u32 pending(const struct pic_state *s, bool master)
{
	u32 isr = s->isr, input = first(s, s->irr & ~s->imr & 0xffU);

	if (input == NO_INPUT || s->icw)
		return NO_INPUT;
	/* Masked inputs in service are not in the way then. */
	if (s->special_mask)
		isr &= ~(u32)s->imr;
	/* In special fully nested mode another of the second one's may come meanwhile. */
	if (master && s->nested && input == CASCADE)
		isr &= ~(u32)BIT(CASCADE);
	return rank(s, input) < rank(s, first(s, isr)) ? input : NO_INPUT;
}

static void update(struct vpic *pic)
{
	struct pic_state *first_pic = &pic->s[0];
	bool second = pending(&pic->s[1], false) != NO_INPUT, output;

	/* The cascade is a level, whatever it looks like. */
	first_pic->irr =
		(u8)((first_pic->irr & ~BIT(CASCADE)) | (second ? BIT(CASCADE) : 0));
	output = pending(first_pic, true) != NO_INPUT;
	if (output == pic->output)
		return;
	pic->output = output;
	vm_cpu_irq(pic->vdev.vm, 0, VCPU_INTR, output);
}

void vpic_set(struct vdev *dev, u32 input, bool level)
{
	struct vpic *pic = to_pic(dev);
	struct pic_state *s;
	u8 bit;

	if (input >= VPIC_INPUTS || input == CASCADE)
		return;
	s = &pic->s[input / INPUTS];
	bit = (u8)BIT(input % INPUTS);
	if (s->elcr & bit)
		s->irr = level ? s->irr | bit : s->irr & (u8)~bit;
	else if (level && !(s->wires & bit))
		s->irr |= bit;
	else if (!level)
		s->irr &= (u8)~bit; /* gone before it was acknowledged */
	s->wires = level ? s->wires | bit : s->wires & (u8)~bit;
	update(pic);
}

/* ---- Acknowledging and ending ---- */

static void acknowledge(struct pic_state *s, u32 input)
{
	u8 bit = (u8)BIT(input);

	if (!(s->elcr & bit))
		s->irr &= (u8)~bit;
	if (!s->aeoi)
		s->isr |= bit;
	else if (s->rotate_aeoi)
		s->lowest = (u8)input;
}

/* INTA of one of them: its vector. */
static u8 take(struct pic_state *s, u32 input)
{
	if (input == NO_INPUT)
		return s->base + SPURIOUS;
	acknowledge(s, input);
	return (u8)(s->base + input);
}

u8 vpic_ack(struct vdev *dev)
{
	struct vpic *pic = to_pic(dev);
	u32 input = pending(&pic->s[0], true);
	u8 vector = take(&pic->s[0], input);

	if (input == CASCADE)
		vector = take(&pic->s[1], pending(&pic->s[1], false));
	update(pic);
	return vector;
}

/* OCW2: ends an interrupt, rotates priorities, or both. */
static void command(struct pic_state *s, u32 value)
{
	/* In special mask mode the masked ones do not end unless they are named. */
	u32 isr = s->special_mask ? s->isr & ~(u32)s->imr : s->isr;
	u32 input = value & OCW2_SL ? (u32)field_get(OCW2_LEVEL, value) : first(s, isr);

	if (!(value & OCW2_EOI) && !(value & OCW2_SL)) {
		s->rotate_aeoi = value & OCW2_ROTATE;
		return;
	}
	if (input == NO_INPUT)
		return;
	if (value & OCW2_EOI)
		s->isr &= (u8)~BIT(input);
	if (value & OCW2_ROTATE)
		s->lowest = (u8)input;
}

/* ---- Registers ---- */

static void begin(struct pic_state *s, u32 value)
{
	const struct pic_state kept = {
		.wires = s->wires, .elcr = s->elcr, .base = s->base};

	*s = kept;
	/* Mask, modes and edges that came before are forgotten, levels are not. */
	s->irr = s->wires & s->elcr;
	s->lowest = INPUTS - 1;
	s->single = value & ICW1_SINGLE;
	s->icw4 = value & ICW1_ICW4;
	s->icw = 2;
}

static void command_write(struct pic_state *s, u32 value)
{
	if (value & ICW1) {
		begin(s, value);
		return;
	}
	if (!(value & OCW3)) {
		command(s, value);
		return;
	}
	if (field_get(OCW3_SMM, value) >= SMM_RESET)
		s->special_mask = field_get(OCW3_SMM, value) == SMM_SET;
	s->poll = value & OCW3_POLL;
	if (field_get(OCW3_READ, value) >= READ_IRR)
		s->read_isr = field_get(OCW3_READ, value) == READ_ISR;
}

/* True if it may make a difference. */
static bool data_write(struct pic_state *s, u32 value)
{
	bool changed;

	switch (s->icw) {
	case 2:
		s->base = (u8)(value & ICW2_VECTOR);
		s->icw = s->single ? (s->icw4 ? 4 : 0) : 3;
		return true;
	case 3: s->icw = s->icw4 ? 4 : 0; return true;
	case 4:
		s->nested = value & ICW4_NESTED;
		s->aeoi = value & ICW4_AEOI;
		s->icw = 0;
		return true;
	}
	changed = s->imr != value;
	s->imr = (u8)value;
	return changed;
}

/* A poll acknowledges as INTA does. */
static u32 poll(struct vpic *pic, struct pic_state *s)
{
	u32 input = pending(s, s == &pic->s[0]);

	s->poll = false;
	if (input == NO_INPUT)
		return SPURIOUS;
	acknowledge(s, input);
	update(pic);
	return (u32)POLL_VALID | input;
}

static u64 vpic_read(struct vdev *dev, u64 offset, u32 size)
{
	struct vpic *pic = to_pic(dev);
	struct pic_state *s;

	(void)size;
	if (offset >= PORT_ELCR)
		return pic->s[offset - PORT_ELCR].elcr;
	s = &pic->s[offset / PORT_SECOND];
	if (s->poll)
		return poll(pic, s);
	if (offset % PORT_SECOND == PORT_DATA)
		return s->imr;
	return s->read_isr ? s->isr : s->irr;
}

static void vpic_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct vpic *pic = to_pic(dev);
	struct pic_state *s;

	(void)size;
	if (offset >= PORT_ELCR) {
		s = &pic->s[offset - PORT_ELCR];
		s->elcr = (u8)(value & (s == pic->s ? ELCR_FIRST : ELCR_SECOND));
		s->irr = (u8)((s->irr & ~s->elcr) | (s->wires & s->elcr));
	} else if (offset % PORT_SECOND == PORT_DATA) {
		if (!data_write(&pic->s[offset / PORT_SECOND], (u32)value))
			return;
	} else {
		command_write(&pic->s[offset / PORT_SECOND], (u32)value);
	}
	update(pic);
}

static void vpic_reset(struct vdev *dev)
{
	struct vpic *pic = to_pic(dev);

	for (u32 i = 0; i < ARRAY_LEN(pic->s); i++)
		pic->s[i] = (struct pic_state){
			.wires = pic->s[i].wires, .lowest = INPUTS - 1, .imr = 0xff};
	update(pic);
}

static const struct vdev_window windows[] = {
	{0x20, 2, PORT_COMMAND},
	{0xa0, 2, PORT_SECOND},
	{0x4d0, 2, PORT_ELCR},
	{0, 0, 0},
};

const struct vdev_ops vpic_ops = {
	.name = "pic-8259",
	.min_size = 1,
	.max_size = 1,
	.windows = windows,
	.bytes = sizeof(struct vpic),
	.reset = vpic_reset,
	.read = vpic_read,
	.write = vpic_write,
};
