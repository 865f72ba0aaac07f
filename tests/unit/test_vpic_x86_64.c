// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/vpic.c: the two 8259As as a PC's software and devices know them; last of all, ports
// written at random.
#include "unit.h"

#include <hv/bits.h>
#include <hv/vdev.h>

#include <stdlib.h>

#include "arch/x86_64/vpic.h"

/* Ports, by their offsets. */
enum { CMD1, DATA1, CMD2, DATA2, ELCR1, ELCR2 };

/* Commands. */
#define NONSPECIFIC     0x20
#define SPECIFIC(n)     (0x60 + (n))
#define ROTATE_EOI      0xa0
#define ROTATE_SPEC(n)  (0xe0 + (n))
#define SET_PRIORITY(n) (0xc0 + (n))
#define ROTATE_AEOI     0x80
#define ROTATE_AEOI_OFF 0x00
#define READ_IRR        0x0a
#define READ_ISR        0x0b
#define POLL            0x0c
#define SMM_ON          0x68
#define SMM_OFF         0x48

static struct {
	struct vdev *dev;
	bool intr;
	u32 changes;
} world;

static u8 in(u32 port)
{
	u64 value = vpic_ops.read(world.dev, port, 1);

	assert_true(value <= 0xff);
	return (u8)value;
}

static void out(u32 port, u32 value)
{
	vpic_ops.write(world.dev, port, 1, (u8)value);
}

static void wire(u32 input, bool level)
{
	vpic_set(world.dev, input, level);
}

static void pulse(u32 input)
{
	wire(input, false);
	wire(input, true);
}

static u8 irr(u32 pic)
{
	out(2 * pic, READ_IRR);
	return in(2 * pic);
}

static u8 isr(u32 pic)
{
	out(2 * pic, READ_ISR);
	return in(2 * pic);
}

/* As a PC's firmware and kernels do; all inputs open. */
static void initialise(u32 icw4)
{
	out(CMD1, 0x11);
	out(DATA1, 0x20);
	out(DATA1, 0x04);
	out(DATA1, icw4);
	out(CMD2, 0x11);
	out(DATA2, 0x28);
	out(DATA2, 0x02);
	out(DATA2, icw4 & 0xf);
}

/* INTR is high, and this is the vector. */
static u8 ack(void)
{
	assert_true(world.intr);
	return vpic_ack(world.dev);
}

static int setup(void **state)
{
	(void)state;
	world.intr = false;
	world.changes = 0;
	world.dev = mem_alloc(vpic_ops.bytes);
	world.dev->ops = &vpic_ops;
	vpic_ops.reset(world.dev);
	initialise(0x01);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mem_free(world.dev);
	return 0;
}

static void test_windows(void **state)
{
	const struct vdev_window *w = vpic_ops.windows;

	(void)state;
	assert_int_equal(w[0].base, 0x20);
	assert_int_equal(w[1].base, 0xa0);
	assert_int_equal(w[2].base, 0x4d0);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(w[i].size, 2);
		assert_int_equal(w[i].offset, 2 * i);
	}
	assert_int_equal(w[3].size, 0);
}

static void test_each_input(void **state)
{
	(void)state;
	for (u32 input = 0; input < VPIC_INPUTS; input++) {
		u32 pic = input / 8;

		if (input == 2)
			continue;
		wire(input, true);
		assert_int_equal(irr(pic), 1 << input % 8);
		assert_int_equal(ack(), 0x20 + input);
		assert_false(world.intr);
		assert_int_equal(irr(pic), 0);
		assert_int_equal(isr(pic), 1 << input % 8);
		assert_int_equal(isr(0), pic ? 4 : 1 << input);
		wire(input, false);
		if (pic)
			out(CMD2, NONSPECIFIC);
		out(CMD1, NONSPECIFIC);
		assert_int_equal(isr(0) | isr(1), 0);
		assert_false(world.intr);
	}
}

static void test_mask(void **state)
{
	(void)state;
	out(DATA1, 0x08);
	assert_int_equal(in(DATA1), 0x08);
	wire(3, true);
	assert_false(world.intr);
	assert_int_equal(irr(0), 0x08);
	out(DATA1, 0);
	assert_true(world.intr);
	out(DATA1, 0xff);
	assert_false(world.intr);
	out(DATA1, 0);
	assert_int_equal(ack(), 0x23);
	out(CMD1, NONSPECIFIC);
	/* The second one's, and all of it at its cascade. */
	out(DATA2, 0x80);
	wire(15, true);
	assert_false(world.intr);
	out(DATA1, 0x04);
	out(DATA2, 0x00);
	assert_false(world.intr);
	assert_int_equal(irr(0), 0x04);
	out(DATA1, 0x00);
	assert_int_equal(ack(), 0x2f);
}

static void test_nesting(void **state)
{
	(void)state;
	wire(5, true);
	wire(6, true);
	assert_int_equal(ack(), 0x25);
	assert_false(world.intr);
	wire(1, true);
	assert_int_equal(ack(), 0x21);
	wire(12, true);
	wire(9, true);
	assert_false(world.intr);
	out(CMD1, NONSPECIFIC); /* 1 */
	assert_int_equal(isr(0), 0x20);
	assert_int_equal(ack(), 0x29);
	assert_int_equal(isr(0), 0x24);
	out(CMD2, NONSPECIFIC);
	/* 12 waits for the cascade's end. */
	assert_false(world.intr);
	out(CMD1, NONSPECIFIC);
	assert_int_equal(ack(), 0x2c);
	out(CMD2, NONSPECIFIC);
	out(CMD1, NONSPECIFIC);
	assert_false(world.intr);
	out(CMD1, NONSPECIFIC); /* 5 */
	assert_int_equal(ack(), 0x26);
}

static void test_edges(void **state)
{
	(void)state;
	wire(4, true);
	assert_int_equal(ack(), 0x24);
	wire(4, true);
	assert_int_equal(irr(0), 0);
	/* Again, while it is in service. */
	pulse(4);
	assert_int_equal(irr(0), 0x10);
	assert_false(world.intr);
	out(CMD1, NONSPECIFIC);
	assert_int_equal(ack(), 0x24);
	out(CMD1, NONSPECIFIC);
	assert_false(world.intr);
	/* Nobody else is told of nothing. */
	world.changes = 0;
	wire(4, true);
	assert_int_equal(world.changes, 0);
}

static void test_levels(void **state)
{
	(void)state;
	out(ELCR1, 0xff);
	assert_int_equal(in(ELCR1), 0xf8);
	out(ELCR2, 0xff);
	assert_int_equal(in(ELCR2), 0xde);
	wire(11, true);
	assert_int_equal(ack(), 0x2b);
	assert_int_equal(irr(1), 0x08);
	out(CMD2, NONSPECIFIC);
	out(CMD1, NONSPECIFIC);
	/* Still there. */
	assert_int_equal(ack(), 0x2b);
	wire(11, false);
	assert_int_equal(irr(1), 0);
	out(CMD2, NONSPECIFIC);
	out(CMD1, NONSPECIFIC);
	assert_false(world.intr);
	/* A wire that is high already when its input becomes a level. */
	out(ELCR1, 0);
	wire(5, true);
	assert_int_equal(ack(), 0x25);
	out(CMD1, NONSPECIFIC);
	assert_false(world.intr);
	out(ELCR1, 0x20);
	assert_true(world.intr);
}

static void test_spurious(void **state)
{
	(void)state;
	wire(3, true);
	assert_true(world.intr);
	/* Gone between INTR and INTA. */
	wire(3, false);
	assert_false(world.intr);
	assert_int_equal(vpic_ack(world.dev), 0x27);
	assert_int_equal(isr(0), 0);
	wire(13, true);
	wire(13, false);
	assert_false(world.intr);
	assert_int_equal(vpic_ack(world.dev), 0x27);
	assert_int_equal(isr(0) | isr(1), 0);
	/* A true interrupt of that vector is in service. */
	wire(7, true);
	assert_int_equal(ack(), 0x27);
	assert_int_equal(isr(0), 0x80);
}

static void test_specific_eoi(void **state)
{
	(void)state;
	wire(6, true);
	assert_int_equal(ack(), 0x26);
	wire(1, true);
	assert_int_equal(ack(), 0x21);
	out(CMD1, SPECIFIC(6));
	assert_int_equal(isr(0), 0x02);
	out(CMD1, SPECIFIC(5));
	assert_int_equal(isr(0), 0x02);
	out(CMD1, SPECIFIC(1));
	assert_int_equal(isr(0), 0);
	/* There is none to end. */
	out(CMD1, NONSPECIFIC);
	out(CMD1, ROTATE_EOI);
	wire(0, true);
	wire(3, true);
	assert_int_equal(ack(), 0x20);
}

static void test_rotation(void **state)
{
	(void)state;
	out(CMD1, SET_PRIORITY(3)); /* 4 is the highest now */
	wire(0, true);
	wire(3, true);
	wire(4, true);
	assert_int_equal(ack(), 0x24);
	assert_false(world.intr);
	out(CMD1, ROTATE_EOI); /* 5 now */
	assert_int_equal(isr(0), 0);
	wire(4, false);
	wire(4, true);
	assert_int_equal(ack(), 0x20);
	/* Nested by the new order. */
	wire(7, true);
	assert_int_equal(ack(), 0x27);
	out(CMD1, NONSPECIFIC);
	assert_int_equal(isr(0), 0x01);
	out(CMD1, ROTATE_SPEC(0));
	assert_int_equal(isr(0), 0);
	assert_int_equal(ack(), 0x23);
	out(CMD1, NONSPECIFIC);
	assert_int_equal(ack(), 0x24);
	out(CMD1, NONSPECIFIC);
	/* No operation. */
	out(CMD1, 0x40);
	assert_false(world.intr);
}

static void test_aeoi(void **state)
{
	(void)state;
	initialise(0x03);
	wire(4, true);
	assert_int_equal(ack(), 0x24);
	assert_int_equal(isr(0), 0);
	/* Rotating. */
	out(CMD1, ROTATE_AEOI);
	wire(1, true);
	wire(5, true);
	assert_int_equal(ack(), 0x21);
	pulse(1);
	assert_int_equal(ack(), 0x25);
	assert_int_equal(ack(), 0x21);
	out(CMD1, ROTATE_AEOI_OFF);
	pulse(1);
	pulse(4);
	assert_int_equal(ack(), 0x24);
	assert_int_equal(ack(), 0x21);
	pulse(4);
	pulse(5);
	assert_int_equal(ack(), 0x24);
	wire(10, true);
	assert_int_equal(ack(), 0x2a);
	assert_int_equal(ack(), 0x25);
	assert_int_equal(isr(0) | isr(1), 0);
}

static void test_special_mask(void **state)
{
	(void)state;
	wire(3, true);
	assert_int_equal(ack(), 0x23);
	wire(6, true);
	assert_false(world.intr);
	out(DATA1, 0x08);
	assert_false(world.intr);
	out(CMD1, SMM_ON);
	/* What is masked and in service is in nobody's way. */
	assert_int_equal(ack(), 0x26);
	assert_int_equal(isr(0), 0x48);
	/* A non-specific end leaves it alone. */
	out(CMD1, NONSPECIFIC);
	assert_int_equal(isr(0), 0x08);
	out(CMD1, NONSPECIFIC);
	assert_int_equal(isr(0), 0x08);
	pulse(6);
	assert_true(world.intr);
	out(CMD1, SMM_OFF);
	assert_false(world.intr);
	/* Without its enable bit the mode stays. */
	out(CMD1, 0x28);
	assert_false(world.intr);
	out(CMD1, NONSPECIFIC);
	assert_int_equal(ack(), 0x26);
}

static void test_special_nested(void **state)
{
	(void)state;
	initialise(0x11);
	wire(12, true);
	assert_int_equal(ack(), 0x2c);
	/* A higher one of the second comes through, a lower one does not. */
	wire(14, true);
	assert_false(world.intr);
	wire(9, true);
	assert_int_equal(ack(), 0x29);
	assert_int_equal(isr(0), 0x04);
	assert_int_equal(isr(1), 0x12);
	wire(3, true);
	assert_false(world.intr);
	out(CMD2, NONSPECIFIC);
	out(CMD2, NONSPECIFIC);
	assert_int_equal(ack(), 0x2e);
	out(CMD2, NONSPECIFIC);
	out(CMD1, NONSPECIFIC);
	assert_int_equal(ack(), 0x23);
}

static void test_poll(void **state)
{
	(void)state;
	out(CMD1, POLL);
	assert_int_equal(in(CMD1) & 0x80, 0);
	wire(5, true);
	out(CMD1, POLL);
	assert_int_equal(in(CMD1), 0x85);
	assert_false(world.intr);
	/* It was acknowledged; the next read is an ordinary one. */
	assert_int_equal(isr(0), 0x20);
	assert_int_equal(in(DATA1), 0);
	out(CMD1, NONSPECIFIC);
	/* Through the cascade; by the other port as well. */
	wire(14, true);
	out(CMD1, POLL);
	assert_int_equal(in(DATA1), 0x82);
	out(CMD2, POLL);
	assert_int_equal(in(CMD2), 0x86);
	assert_int_equal(isr(0), 0x04);
	assert_int_equal(isr(1), 0x40);
}

static void test_initialisation(void **state)
{
	(void)state;
	wire(3, true);
	wire(4, true);
	out(ELCR1, 0x10);
	assert_int_equal(ack(), 0x23);
	out(DATA1, 0x55);
	out(CMD1, SMM_ON);
	out(CMD1, SET_PRIORITY(2));
	out(CMD1, READ_ISR);
	/* Silent until it is done, even though a level is there. */
	out(CMD1, 0x11);
	assert_false(world.intr);
	assert_int_equal(in(CMD1), 0x10); /* IRR */
	assert_int_equal(in(DATA1), 0);
	assert_int_equal(in(ELCR1), 0x10);
	out(DATA1, 0x77);
	assert_false(world.intr);
	out(DATA1, 0x04);
	assert_false(world.intr);
	out(DATA1, 0x01);
	assert_int_equal(isr(0), 0);
	assert_int_equal(ack(), 0x74); /* of ICW2 only bits 7:3 */
	/* OCW1 again. */
	out(DATA1, 0xab);
	assert_int_equal(in(DATA1), 0xab);
	/* Without ICW4, alone. */
	out(CMD1, 0x12);
	out(DATA1, 0x40);
	assert_int_equal(ack(), 0x44);
	out(CMD1, 0x13);
	out(DATA1, 0x40);
	out(DATA1, 0x03);
	out(DATA1, 0xaa);
	assert_int_equal(in(DATA1), 0xaa);
	/* With ICW3, without ICW4. */
	out(CMD1, 0x10);
	out(DATA1, 0x40);
	out(DATA1, 0x04);
	out(DATA1, 0x99);
	assert_int_equal(in(DATA1), 0x99);
}

static void test_reset(void **state)
{
	(void)state;
	wire(4, true);
	out(ELCR1, 0x20);
	wire(5, true);
	assert_true(world.intr);
	vpic_ops.reset(world.dev);
	assert_false(world.intr);
	assert_int_equal(in(DATA1), 0xff);
	assert_int_equal(in(DATA2), 0xff);
	assert_int_equal(in(ELCR1), 0);
	assert_int_equal(irr(0), 0);
	/* The wires are the devices': the level is there when it is one again. */
	initialise(0x01);
	assert_false(world.intr);
	out(ELCR1, 0x20);
	assert_int_equal(ack(), 0x25);
	/* Inputs that there are not, and the cascade, which is no device's. */
	wire(2, true);
	wire(VPIC_INPUTS, true);
	wire(~0U, true);
	assert_int_equal(irr(0), 0x20);
}

/* ---- At random ---- */

#define STEPS 400000U

/* Polling says whether the first one would interrupt, and that is what INTR must say. */
static void check_intr(void)
{
	bool intr = world.intr;

	out(CMD1, POLL);
	assert_int_equal(in(CMD1) >> 7, intr);
}

static void step(void)
{
	switch (rand() % 8) {
	case 0:
	case 1: wire((u32)rand() % 18, rand() % 2); break;
	case 2: out((u32)rand() % 6, (u32)rand()); break;
	case 3: out(rand() % 2 ? CMD1 : CMD2, NONSPECIFIC); break;
	case 4: in((u32)rand() % 6); break;
	case 5: vpic_ack(world.dev); break;
	case 6: check_intr(); break;
	default:
		if (rand() % 1000 == 0)
			vpic_ops.reset(world.dev);
		else if (rand() % 4 == 0)
			initialise(rand() % 4 ? 0x01 : (u32)rand());
	}
}

static void test_random(void **state)
{
	(void)state;
	for (u32 seed = 0; seed < 4; seed++) {
		srand(seed);
		world.changes = 0;
		for (u32 i = 0; i < STEPS; i++)
			step();
		assert_true(world.changes > STEPS / 100);
	}
}

/* A driver's view: no edge is lost, and none comes for nothing. */
static void test_random_edges(void **state)
{
	bool owed[VPIC_INPUTS] = {false};
	u32 stack[VPIC_INPUTS + 1], depth = 0, taken = 0;

	(void)state;
	srand(7);
	for (u32 i = 0; i < STEPS; i++) {
		u32 input = (u32)rand() % VPIC_INPUTS;

		if (rand() % 4 == 0 && input != 2) {
			pulse(input);
			owed[input] = true;
		} else if (rand() % 4 == 0) {
			out(DATA1, (u32)rand() & (u32)rand() & ~4U);
			out(DATA2, (u32)rand() & (u32)rand());
		} else if (world.intr && rand() % 2) {
			u32 got = vpic_ack(world.dev) - 0x20U;

			assert_true(owed[got]);
			owed[got] = false;
			assert_in_range(depth, 0, VPIC_INPUTS);
			stack[depth++] = got;
			taken++;
		} else if (depth && rand() % 2) {
			if (stack[--depth] >= 8)
				out(CMD2, SPECIFIC(stack[depth] - 8));
			out(CMD1, SPECIFIC(stack[depth] >= 8 ? 2 : stack[depth]));
		}
	}
	assert_true(taken > STEPS / 20);
	for (; depth; depth--) {
		out(CMD2, NONSPECIFIC);
		out(CMD1, NONSPECIFIC);
	}
	out(DATA1, 0);
	out(DATA2, 0);
	while (world.intr) {
		owed[vpic_ack(world.dev) - 0x20U] = false;
		out(CMD2, NONSPECIFIC);
		out(CMD1, NONSPECIFIC);
	}
	for (u32 input = 0; input < VPIC_INPUTS; input++)
		assert_false(owed[input]);
}

/* ---- <hv/vdev.h> ---- */

void vdev_refused(const struct vdev *dev, u64 offset, bool write, u64 value)
{
	(void)dev;
	(void)write;
	(void)value;
	assert_true(offset > ELCR2);
}

void vm_cpu_irq(struct vm *vm, u32 cpu, u32 irq, bool level)
{
	(void)vm;
	assert_int_equal(cpu, 0);
	assert_int_equal(irq, VCPU_INTR);
	/* Only changes. */
	assert_int_not_equal(world.intr, level);
	world.intr = level;
	world.changes++;
}

void *mem_alloc(size_t size)
{
	return calloc(1, size);
}

void mem_free(void *p)
{
	free(p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_windows),
		TEST(test_each_input),
		TEST(test_mask),
		TEST(test_nesting),
		TEST(test_edges),
		TEST(test_levels),
		TEST(test_spurious),
		TEST(test_specific_eoi),
		TEST(test_rotation),
		TEST(test_aeoi),
		TEST(test_special_mask),
		TEST(test_special_nested),
		TEST(test_poll),
		TEST(test_initialisation),
		TEST(test_reset),
		TEST(test_random),
		TEST(test_random_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
