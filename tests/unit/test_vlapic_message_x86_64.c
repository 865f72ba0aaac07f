// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/vlapic_message.c: whom messages reach, from ICR, SELF IPI, I/O APICs and MSIs.
#include "apic_world.h"

#define VECTOR 0x50U

static int setup(void **state)
{
	(void)state;
	world_start(4);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_end();
	return 0;
}

/* Who has the vector pending: bit n for the n-th. They forget it. */
static u32 reached(u32 vector)
{
	u32 who = 0;

	for (u32 cpu = 0; cpu < world.count; cpu++) {
		struct vlapic *a = &world.apics[cpu];

		if (a->irr[vector / 64] >> vector % 64 & 1) {
			who |= 1U << cpu;
			assert_true(world.notified[cpu] > 0);
		} else {
			assert_int_equal(world.notified[cpu], 0);
		}
		memset(a->irr, 0, sizeof(a->irr));
		world.notified[cpu] = 0;
	}
	return who;
}

/* ... a message that is no interrupt. */
static u32 signalled(enum apic_mode mode)
{
	u32 who = 0;

	for (u32 cpu = 0; cpu < world.count; cpu++) {
		assert_in_range(world.signals[cpu], 0, 1);
		who |= world.signals[cpu] << cpu;
		world.signals[cpu] = 0;
	}
	if (who)
		assert_int_equal(world.signal_mode, mode);
	assert_int_equal(reached(VECTOR), 0);
	return who;
}

/* An IPI, in xAPIC mode and in x2APIC mode. */
static void send(u32 dest, u32 low)
{
	wr(ICR_HIGH, dest << 24);
	wr(ICR, low);
}

static void send_x2(u32 dest, u32 low)
{
	wr(ICR, (u64)dest << 32 | low);
}

static void all_x2apic(void)
{
	for (u32 cpu = 0; cpu < world.count; cpu++)
		go_x2apic(cpu);
	memset(world.notified, 0, sizeof(world.notified));
}

#define LOGICAL  0x800U
#define LEVEL    0x8000U
#define ASSERT   0x4000U
#define TO_SELF  0x40000U
#define TO_ALL   0x80000U
#define TO_OTHER 0xc0000U

static void test_physical(void **state)
{
	(void)state;
	for (u32 dest = 0; dest < 255; dest++) {
		send(dest, VECTOR);
		assert_int_equal(reached(VECTOR), dest < 4 ? 1U << dest : 0);
	}
	send(255, VECTOR);
	assert_int_equal(reached(VECTOR), 0xf);
}

static void test_physical_x2(void **state)
{
	static const u32 nobody[] = {4, 254, 255, 0x100, 0xff00, 0xfffffffe};

	(void)state;
	all_x2apic();
	for (u32 dest = 0; dest < 4; dest++) {
		send_x2(dest, VECTOR);
		assert_int_equal(reached(VECTOR), 1U << dest);
	}
	/* Not even 255: ids have 32 bits. */
	for (u32 i = 0; i < ARRAY_LEN(nobody); i++) {
		send_x2(nobody[i], VECTOR);
		assert_int_equal(reached(VECTOR), 0);
	}
	send_x2(~0U, VECTOR);
	assert_int_equal(reached(VECTOR), 0xf);
}

/* Ids need not be in a row. */
static void test_odd_ids(void **state)
{
	(void)state;
	for (u32 cpu = 1; cpu < 4; cpu++) {
		vlapic_init(&world.apics[cpu], the_vm(), 4 - cpu + 0x10);
		world.apics[cpu].svr = ENABLED;
	}
	send(1, VECTOR);
	assert_int_equal(reached(VECTOR), 0);
	send(0x11, VECTOR);
	assert_int_equal(reached(VECTOR), 8);
	send(0x13, VECTOR);
	assert_int_equal(reached(VECTOR), 2);
}

static void test_flat(void **state)
{
	(void)state;
	for (u32 dest = 0; dest < 256; dest++) {
		send(dest, LOGICAL | VECTOR);
		assert_int_equal(reached(VECTOR), dest & 0xf);
	}
	/* One that has no logical id is reached by a broadcast only. */
	on(3);
	wr(LDR, 0);
	on(0);
	send(0xf, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 7);
	send(0xff, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 0xf);
}

static void test_clusters(void **state)
{
	static const u32 ldrs[] = {0x01000000, 0x02000000, 0x11000000, 0x14000000};

	(void)state;
	for (u32 cpu = 0; cpu < 4; cpu++) {
		on(cpu);
		wr(DFR, 0);
		wr(LDR, ldrs[cpu]);
	}
	on(0);
	send(0x03, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 3);
	send(0x0f, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 3);
	send(0x12, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 0);
	send(0x15, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 0xc);
	send(0x25, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 0);
	send(0xff, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 0xf);
}

static void test_logical_x2(void **state)
{
	(void)state;
	vlapic_init(&world.apics[3], the_vm(), 0x23);
	world.apics[3].svr = ENABLED;
	all_x2apic();
	send_x2(0x00000005, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 5);
	/* No broadcast: members 0 to 7 of cluster 0. */
	send_x2(0x000000ff, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 7);
	send_x2(0x00020008, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 8);
	send_x2(0x00010008, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 0);
	send_x2(0x00020007, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 0);
	send_x2(~0U, LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 0xf);
}

static void test_shorthands(void **state)
{
	(void)state;
	on(2);
	send(0, TO_SELF | VECTOR);
	assert_int_equal(reached(VECTOR), 4);
	send(0, TO_ALL | VECTOR);
	assert_int_equal(reached(VECTOR), 0xf);
	send(2, TO_OTHER | LOGICAL | VECTOR);
	assert_int_equal(reached(VECTOR), 0xb);
	send(0, TO_OTHER | 0x400);
	assert_int_equal(signalled(APIC_NMI), 0xb);
	/* To itself it sends only interrupts. */
	send(2, TO_SELF | 0x400);
	send(2, TO_SELF | 0x500);
	assert_int_equal(signalled(APIC_NMI), 0);
	/* One that is off is nobody. */
	assert_true(vlapic_set_base(&world.apics[1], BASE_OFF));
	world.notified[1] = 0;
	send(0, TO_OTHER | VECTOR);
	assert_int_equal(reached(VECTOR), 9);
	send(1, VECTOR);
	assert_int_equal(reached(VECTOR), 0);
}

static void test_self_ipi(void **state)
{
	(void)state;
	all_x2apic();
	on(3);
	wr(SELF_IPI, VECTOR);
	assert_int_equal(reached(VECTOR), 8);
	wr(SVR, 0xff);
	wr(SELF_IPI, VECTOR);
	assert_int_equal(reached(VECTOR), 0);
}

static void test_signals(void **state)
{
	(void)state;
	send(1, 0x400);
	assert_int_equal(signalled(APIC_NMI), 2);
	/* The boot sequence: INIT, its de-assertion, start-up. */
	send(1, LEVEL | ASSERT | 0x500);
	assert_int_equal(signalled(APIC_INIT), 2);
	send(1, LEVEL | 0x500);
	assert_int_equal(signalled(APIC_INIT), 0);
	send(1, ASSERT | 0x699);
	assert_int_equal(signalled(APIC_SIPI), 2);
	assert_int_equal(world.signal_vector, 0x99);
	/* Of which page 0 may be the one. */
	send(0, TO_OTHER | 0x600);
	assert_int_equal(signalled(APIC_SIPI), 0xe);
	send(0xc, LOGICAL | 0x500);
	assert_int_equal(signalled(APIC_INIT), 0xc);
	/* SMI, ExtINT and the reserved mode: nothing. */
	send(1, 0x200 | VECTOR);
	send(1, 0x300 | VECTOR);
	send(1, 0x700 | VECTOR);
	assert_int_equal(signalled(APIC_NMI), 0);
	wr(ESR, 0);
	assert_int_equal(rd(ESR), 0);
}

/* What ICR says of the trigger mode is INIT's alone. */
static void test_trigger(void **state)
{
	(void)state;
	send(1, LEVEL | ASSERT | VECTOR);
	on(1);
	assert_false(bit(TMR, VECTOR));
	assert_int_equal(reached(VECTOR), 2);
	on(0);
	send(1, LEVEL | VECTOR);
	assert_int_equal(reached(VECTOR), 2);
}

static void test_lowest(void **state)
{
	(void)state;
	/* One of those it is for. */
	send(0xff, 0x100 | VECTOR);
	assert_int_equal(reached(VECTOR), 1);
	send(0xe, LOGICAL | 0x100 | VECTOR);
	assert_int_equal(reached(VECTOR), 2);
	world.apics[0].tpr = 0x40;
	world.apics[1].tpr = 0x30;
	world.apics[2].tpr = 0x20;
	world.apics[3].tpr = 0x30;
	send(0xff, 0x100 | VECTOR);
	assert_int_equal(reached(VECTOR), 4);
	send(0xb, LOGICAL | 0x100 | VECTOR);
	assert_int_equal(reached(VECTOR), 2);
	send(3, 0x100 | VECTOR);
	assert_int_equal(reached(VECTOR), 8);
	/* One that software has disabled does not take it. */
	world.apics[2].svr = 0xff;
	send(0xff, 0x100 | VECTOR);
	assert_int_equal(reached(VECTOR), 2);
	on(1);
	send(0, TO_OTHER | 0x100 | VECTOR);
	assert_int_equal(reached(VECTOR), 8);
	send(0, TO_ALL | 0x100 | VECTOR);
	assert_int_equal(reached(VECTOR), 2);
	send(9, 0x100 | VECTOR);
	assert_int_equal(reached(VECTOR), 0);
}

/* Destinations of 8 bits reach x2APICs as well. */
static void test_msi(void **state)
{
	(void)state;
	for (u32 round = 0; round < 2; round++) {
		assert_true(vlapic_msi(the_vm(), 0xfee02000, VECTOR));
		assert_int_equal(reached(VECTOR), 4);
		assert_true(vlapic_msi(the_vm(), 0xfee06004, VECTOR));
		assert_int_equal(reached(VECTOR), 6);
		assert_true(vlapic_msi(the_vm(), 0xfeeff000, VECTOR));
		assert_int_equal(reached(VECTOR), 0xf);
		assert_false(vlapic_msi(the_vm(), 0xfee09000, VECTOR));
		/* With the redirection hint, and lowest priority: one. */
		assert_true(vlapic_msi(the_vm(), 0xfee0600c, VECTOR));
		assert_int_equal(reached(VECTOR), 2);
		assert_true(vlapic_msi(the_vm(), 0xfee06004, 0x100 | VECTOR));
		assert_int_equal(reached(VECTOR), 2);
		all_x2apic();
	}
	/* A level, its fall; NMI. */
	assert_true(vlapic_msi(the_vm(), 0xfee00000, LEVEL | ASSERT | VECTOR));
	assert_true(bit(TMR, VECTOR));
	assert_int_equal(reached(VECTOR), 1);
	assert_true(vlapic_msi(the_vm(), 0xfee00000, LEVEL | VECTOR));
	assert_int_equal(reached(VECTOR), 0);
	assert_true(vlapic_msi(the_vm(), 0xfee03000, 0x400));
	assert_int_equal(signalled(APIC_NMI), 8);
	/* Devices do not start processors. */
	assert_false(vlapic_msi(the_vm(), 0xfee01000, 0x600 | VECTOR));
	assert_int_equal(signalled(APIC_SIPI), 0);
	/* Not there. */
	assert_false(vlapic_msi(the_vm(), 0xfec00000, VECTOR));
	assert_false(vlapic_msi(the_vm(), 0xfed00000, VECTOR));
	assert_false(vlapic_msi(the_vm(), 0x1fee00000, VECTOR));
	assert_int_equal(reached(VECTOR), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_physical),
		TEST(test_physical_x2),
		TEST(test_odd_ids),
		TEST(test_flat),
		TEST(test_clusters),
		TEST(test_logical_x2),
		TEST(test_shorthands),
		TEST(test_self_ipi),
		TEST(test_signals),
		TEST(test_trigger),
		TEST(test_lowest),
		TEST(test_msi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
