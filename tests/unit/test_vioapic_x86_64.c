// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/vioapic.c, with local APICs: registers, edges, levels and their ends.
#include "apic_world.h"

enum { SELECT = 0x00, WINDOW = 0x10, IOAPIC_EOI = 0x40 };

#define VECTOR  0x51U
#define LEVEL   0x8000U
#define REMOTE  0x4000U
#define LOGICAL 0x800U

static int setup(void **state)
{
	(void)state;
	world_start(3);
	ioapic_start();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_end();
	return 0;
}

static u32 in(u32 reg)
{
	vioapic_ops.write(world.ioapic, SELECT, 4, reg);
	return (u32)vioapic_ops.read(world.ioapic, WINDOW, 4);
}

static void out(u32 reg, u32 value)
{
	vioapic_ops.write(world.ioapic, SELECT, 4, reg);
	vioapic_ops.write(world.ioapic, WINDOW, 4, value);
}

static u32 entry(u32 input)
{
	return in(0x10 + 2 * input);
}

static void set_entry(u32 input, u32 dest, u32 low)
{
	out(0x11 + 2 * input, dest << 24);
	out(0x10 + 2 * input, low);
}

static void wire(u32 input, bool level)
{
	vioapic_set(world.ioapic, input, level);
}

static void pulse(u32 input)
{
	wire(input, true);
	wire(input, false);
}

static void test_registers(void **state)
{
	(void)state;
	assert_int_equal(in(0), 0);
	assert_int_equal(in(1), 0x00170020);
	out(0, ~0U);
	assert_int_equal(in(0), 0x0f000000);
	assert_int_equal(in(2), 0x0f000000);
	out(1, ~0U);
	assert_int_equal(in(1), 0x00170020);
	assert_int_equal(world.refused, 1);
	for (u32 input = 0; input < VIOAPIC_INPUTS; input++) {
		assert_int_equal(in(0x10 + 2 * input), MASKED);
		assert_int_equal(in(0x11 + 2 * input), 0);
		set_entry(input, 0xff, ~0U);
		assert_int_equal(in(0x10 + 2 * input), 0x1afff);
		assert_int_equal(in(0x11 + 2 * input), 0xff000000);
	}
	assert_int_equal(in(0x40), 0);
	assert_int_equal(in(0x0f), 0);
	assert_int_equal(in(0xff), 0);
	assert_int_equal(world.refused, 4);
	/* The select register has eight bits. */
	vioapic_ops.write(world.ioapic, SELECT, 4, 0xabcd0001);
	assert_int_equal(vioapic_ops.read(world.ioapic, SELECT, 4), 1);
	assert_int_equal(vioapic_ops.read(world.ioapic, IOAPIC_EOI, 4), 0);
	assert_int_equal(world.refused, 4);
	assert_int_equal(vioapic_ops.read(world.ioapic, 0x20, 4), 0);
	vioapic_ops.write(world.ioapic, 0xffc, 4, 1);
	assert_int_equal(world.refused, 6);
}

static void test_edge(void **state)
{
	(void)state;
	set_entry(3, 1, VECTOR);
	on(1);
	wire(3, true);
	assert_int_equal(take(), VECTOR);
	assert_false(bit(TMR, VECTOR));
	assert_int_equal(entry(3), VECTOR);
	/* Only its rise counts. */
	wire(3, true);
	wire(3, false);
	end();
	assert_int_equal(take(), -1);
	assert_int_equal(world.ends, 0);
	wire(3, true);
	assert_int_equal(take(), VECTOR);
	/* Another one while it is in service comes afterwards. */
	wire(3, false);
	wire(3, true);
	assert_int_equal(take(), -1);
	end();
	assert_int_equal(take(), VECTOR);
	end();
}

static void test_edge_masked(void **state)
{
	(void)state;
	set_entry(3, 0, MASKED | VECTOR);
	wire(3, true);
	set_entry(3, 0, VECTOR);
	assert_int_equal(take(), -1);
	wire(3, false);
	wire(3, true);
	assert_int_equal(take(), VECTOR);
	end();
	/* Of a level that becomes an edge, no edge comes. */
	set_entry(3, 0, LEVEL | VECTOR);
	assert_int_equal(take(), VECTOR);
	set_entry(3, 0, VECTOR);
	end();
	assert_int_equal(take(), -1);
}

static void test_level(void **state)
{
	(void)state;
	set_entry(9, 0, LEVEL | VECTOR);
	wire(9, true);
	assert_int_equal(entry(9), LEVEL | REMOTE | VECTOR);
	assert_true(bit(TMR, VECTOR));
	assert_int_equal(take(), VECTOR);
	/* Sent once, whatever the wire does. */
	wire(9, true);
	pulse(9);
	wire(9, true);
	assert_false(bit(IRR, VECTOR));
	wire(9, false);
	assert_int_equal(entry(9), LEVEL | REMOTE | VECTOR);
	end();
	assert_int_equal(entry(9), LEVEL | VECTOR);
	assert_int_equal(take(), -1);
}

/* As long as the wire is high each end brings the next: one, and no more. */
static void test_level_again(void **state)
{
	(void)state;
	set_entry(9, 0, LEVEL | VECTOR);
	wire(9, true);
	for (u32 i = 1; i < 10; i++) {
		u32 before = world.notified[0];

		assert_int_equal(take(), VECTOR);
		end();
		assert_int_equal(world.ends, i);
		assert_int_equal(entry(9), LEVEL | REMOTE | VECTOR);
		assert_in_range(world.notified[0], before + 1, before + 2);
	}
	assert_int_equal(take(), VECTOR);
	wire(9, false);
	end();
	assert_int_equal(take(), -1);
}

static void test_level_masked(void **state)
{
	(void)state;
	set_entry(9, 0, MASKED | LEVEL | VECTOR);
	wire(9, true);
	assert_int_equal(take(), -1);
	set_entry(9, 0, LEVEL | VECTOR);
	assert_int_equal(take(), VECTOR);
	/* As Linux does: masked while it is handled, and again open at the end. */
	out(0x10 + 18, MASKED | LEVEL | VECTOR);
	assert_int_equal(entry(9), MASKED | LEVEL | REMOTE | VECTOR);
	end();
	assert_int_equal(entry(9), MASKED | LEVEL | VECTOR);
	assert_int_equal(take(), -1);
	out(0x10 + 18, LEVEL | VECTOR);
	assert_int_equal(take(), VECTOR);
	wire(9, false);
	end();
}

/* Remote IRR is not the guest's to write, but goes with the trigger mode. */
static void test_remote_irr(void **state)
{
	(void)state;
	set_entry(9, 0, LEVEL | REMOTE | VECTOR);
	assert_int_equal(entry(9), LEVEL | VECTOR);
	wire(9, true);
	out(0x10 + 18, LEVEL | VECTOR);
	assert_int_equal(entry(9), LEVEL | REMOTE | VECTOR);
	out(0x10 + 18, MASKED | VECTOR);
	out(0x10 + 18, MASKED | LEVEL | VECTOR);
	assert_int_equal(entry(9), MASKED | LEVEL | VECTOR);
}

static void test_eoi_register(void **state)
{
	(void)state;
	set_entry(9, 0, LEVEL | VECTOR);
	set_entry(10, 0, LEVEL | VECTOR);
	set_entry(11, 0, LEVEL | (VECTOR + 1));
	wire(9, true);
	wire(10, true);
	wire(11, true);
	wire(9, false);
	wire(10, false);
	wire(11, false);
	vioapic_ops.write(world.ioapic, IOAPIC_EOI, 4, VECTOR);
	/* All that have this vector. */
	assert_int_equal(entry(9), LEVEL | VECTOR);
	assert_int_equal(entry(10), LEVEL | VECTOR);
	assert_int_equal(entry(11), LEVEL | REMOTE | (VECTOR + 1));
}

/* One vector for two inputs: an end is the end of both. */
static void test_shared_vector(void **state)
{
	(void)state;
	set_entry(9, 0, LEVEL | VECTOR);
	set_entry(10, 0, LEVEL | VECTOR);
	wire(9, true);
	wire(10, true);
	assert_int_equal(take(), VECTOR);
	wire(9, false);
	end();
	assert_int_equal(take(), VECTOR);
	wire(10, false);
	end();
	assert_int_equal(take(), -1);
}

static bool takes(u32 cpu)
{
	bool here;

	on(cpu);
	here = take() == VECTOR;
	if (here)
		end();
	return here;
}

static void test_destinations(void **state)
{
	(void)state;
	set_entry(4, 2, VECTOR);
	pulse(4);
	assert_true(!takes(0) && !takes(1) && takes(2));
	set_entry(4, 3, LOGICAL | VECTOR);
	pulse(4);
	assert_true(takes(0) && takes(1) && !takes(2));
	set_entry(4, 0xff, VECTOR);
	pulse(4);
	assert_true(takes(0) && takes(1) && takes(2));
	set_entry(4, 6, LOGICAL | 0x100 | VECTOR);
	pulse(4);
	assert_true(!takes(0) && takes(1) && !takes(2));
	set_entry(4, 0x55, VECTOR);
	pulse(4);
	assert_true(!takes(0) && !takes(1) && !takes(2));
	/* x2APICs: the eight bits are ids, or members of cluster 0. */
	for (u32 cpu = 0; cpu < 3; cpu++)
		go_x2apic(cpu);
	set_entry(4, 0xff, VECTOR);
	pulse(4);
	assert_true(takes(0) && takes(1) && takes(2));
	set_entry(4, 4, LOGICAL | VECTOR);
	pulse(4);
	assert_true(!takes(0) && !takes(1) && takes(2));
}

/* A level that nobody took is offered again. */
static void test_nobody(void **state)
{
	(void)state;
	set_entry(9, 0x44, LEVEL | VECTOR);
	wire(9, true);
	assert_int_equal(entry(9), LEVEL | VECTOR);
	out(0x11 + 18, 0);
	assert_int_equal(entry(9), LEVEL | REMOTE | VECTOR);
	assert_int_equal(take(), VECTOR);
}

static void test_modes(void **state)
{
	(void)state;
	set_entry(4, 1, 0x400);
	pulse(4);
	assert_int_equal(world.signals[1], 1);
	assert_int_equal(world.signal_mode, APIC_NMI);
	set_entry(4, 1, 0x500);
	pulse(4);
	assert_int_equal(world.signals[1], 2);
	assert_int_equal(world.signal_mode, APIC_INIT);
	/* SMI, reserved ones, a start-up IPI, ExtINT. */
	for (u32 mode = 2; mode < 8; mode++) {
		if (mode == 4 || mode == 5)
			continue;
		set_entry(4, 1, mode << 8 | VECTOR);
		pulse(4);
	}
	assert_int_equal(world.signals[1], 2);
	assert_false(takes(1));
	/* An illegal vector is the receiver's error. */
	set_entry(4, 1, 0x05);
	pulse(4);
	wr(ESR, 0);
	assert_int_equal(rd(ESR), 0x40);
}

/* The wires are the devices'. */
static void test_reset(void **state)
{
	(void)state;
	out(0, 0x05000000);
	set_entry(9, 0, LEVEL | VECTOR);
	wire(9, true);
	assert_int_equal(take(), VECTOR);
	vlapic_reset(apic);
	wr(SVR, ENABLED);
	vioapic_ops.reset(world.ioapic);
	assert_int_equal(in(0), 0);
	assert_int_equal(entry(9), MASKED);
	set_entry(9, 0, LEVEL | VECTOR);
	assert_int_equal(take(), VECTOR);
	/* Inputs that there are not. */
	wire(VIOAPIC_INPUTS, true);
	wire(~0U, true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registers),
		TEST(test_edge),
		TEST(test_edge_masked),
		TEST(test_level),
		TEST(test_level_again),
		TEST(test_level_masked),
		TEST(test_remote_irr),
		TEST(test_eoi_register),
		TEST(test_shared_vector),
		TEST(test_destinations),
		TEST(test_nobody),
		TEST(test_modes),
		TEST(test_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
