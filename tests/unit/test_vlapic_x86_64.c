// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/vlapic.c and vlapic_regs.c: registers in xAPIC and x2APIC mode, modes, priorities,
// ends, errors.
#include "apic_world.h"

static int setup(void **state)
{
	(void)state;
	world_start(3);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_end();
	return 0;
}

static void arrive(u8 vector)
{
	const struct apic_message message = {
		.dest = apic->id, .vector = vector, .mode = APIC_FIXED};

	assert_true(vlapic_deliver(the_vm(), &message));
}

static void arrive_level(u8 vector)
{
	const struct apic_message message = {
		.dest = apic->id, .vector = vector, .mode = APIC_FIXED, .level = true};

	assert_true(vlapic_deliver(the_vm(), &message));
}

/* ---- After reset ---- */

static void test_reset(void **state)
{
	(void)state;
	vlapic_init(&world.apics[0], the_vm(), 0);
	vlapic_init(&world.apics[2], the_vm(), 2);
	/* The boot CPU: virtual wire mode. */
	assert_int_equal(apic->base, 0xfee00900);
	assert_int_equal(rd(ID), 0);
	assert_int_equal(rd(SVR), 0x1ff);
	assert_int_equal(rd(LINT0), 0x8700);
	assert_int_equal(rd(LINT1), 0x8400);
	assert_true(vlapic_takes_extint(apic));

	on(2);
	assert_int_equal(apic->base, 0xfee00800);
	assert_int_equal(rd(ID), 0x02000000);
	assert_int_equal(rd(VERSION), 0x00060014);
	assert_int_equal(rd(SVR), 0xff);
	assert_int_equal(rd(TPR), 0);
	assert_int_equal(rd(PPR), 0);
	assert_int_equal(rd(LDR), 0);
	assert_int_equal(rd(DFR), 0xffffffff);
	assert_int_equal(rd(ESR), 0);
	assert_int_equal(rd(ICR), 0);
	assert_int_equal(rd(ICR_HIGH), 0);
	assert_int_equal(rd(CMCI), MASKED);
	for (u32 reg = TIMER; reg <= ERROR; reg++)
		assert_int_equal(rd(reg), MASKED);
	assert_int_equal(rd(INITIAL), 0);
	assert_int_equal(rd(CURRENT), 0);
	assert_int_equal(rd(DIVIDE), 0);
	for (u32 reg = ISR; reg < ESR; reg++)
		assert_int_equal(rd(reg), 0);
	assert_false(vlapic_takes_extint(apic));
	assert_int_equal(take(), -1);
}

static void test_init(void **state)
{
	(void)state;
	on(1);
	go_x2apic(1);
	arrive(0x40);
	assert_int_equal(take(), 0x40);
	arrive_level(0x41);
	wr(TPR, 0x20);
	wr(TIMER, 0x30);
	wr(INITIAL, 1000);
	vlapic_reset(apic);
	/* An x2APIC stays one. */
	assert_true(vlapic_is_x2apic(apic));
	assert_int_equal(rd(ID), 1);
	assert_int_equal(rd(LDR), 2);
	assert_int_equal(rd(SVR), 0xff);
	assert_int_equal(rd(TPR), 0);
	assert_int_equal(rd(TIMER), MASKED);
	assert_int_equal(rd(INITIAL), 0);
	for (u32 reg = ISR; reg < ESR; reg++)
		assert_int_equal(rd(reg), 0);
	assert_true(list_empty(&world.timers));
}

/* ---- Plain registers ---- */

static void test_xapic_registers(void **state)
{
	(void)state;
	on(1);
	wr(ID, 0x05000000);
	assert_int_equal(rd(ID), 0x01000000);
	wr(TPR, 0x12345678);
	assert_int_equal(rd(TPR), 0x78);
	wr(TPR, 0);
	wr(LDR, ~0U);
	assert_int_equal(rd(LDR), 0xff000000);
	wr(DFR, 0);
	assert_int_equal(rd(DFR), 0x0fffffff);
	wr(DFR, 0xf0000000);
	assert_int_equal(rd(DFR), 0xffffffff);
	wr(SVR, 0xffffffff);
	assert_int_equal(rd(SVR), 0x3ff);
	wr(DIVIDE, 0xffffffff);
	assert_int_equal(rd(DIVIDE), 0xb);
	assert_int_equal(rd(APR), 0);
	assert_int_equal(rd(RRD), 0);
	assert_int_equal(rd(EOI), 0);
	wr(ICR_HIGH, 0x07abcdef);
	assert_int_equal(rd(ICR_HIGH), 0x07abcdef);
	/* Reserved bits and the status stay 0; the message is for nobody. */
	wr(ICR, 0xfff330ff);
	assert_int_equal(rd(ICR), 0x000000ff);
	assert_int_equal(rd(ICR_HIGH), 0x07abcdef);
}

static void test_lvt_registers(void **state)
{
	(void)state;
	on(1);
	wr(CMCI, ~0U);
	assert_int_equal(rd(CMCI), 0x107ff);
	wr(TIMER, ~0U);
	assert_int_equal(rd(TIMER), 0x700ff);
	wr(THERMAL, ~0U);
	assert_int_equal(rd(THERMAL), 0x107ff);
	wr(PERFMON, ~0U);
	assert_int_equal(rd(PERFMON), 0x107ff);
	wr(LINT0, ~0U);
	assert_int_equal(rd(LINT0), 0x1a7ff);
	wr(LINT1, ~0U);
	assert_int_equal(rd(LINT1), 0x1a7ff);
	wr(ERROR, ~0U);
	assert_int_equal(rd(ERROR), 0x100ff);
	wr(ERROR, 0x33);
	assert_int_equal(rd(ERROR), 0x33);
}

/* Of those that are there but cannot be written nothing changes, and it is no error. */
static void test_xapic_read_only(void **state)
{
	static const u32 regs[] = {
		VERSION, APR, PPR, RRD, ISR, ISR + 7, TMR, IRR + 7, CURRENT};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(regs); i++) {
		u64 before = rd(regs[i]);

		wr(regs[i], ~0U);
		assert_int_equal(rd(regs[i]), before);
	}
	wr(ESR, 0);
	assert_int_equal(rd(ESR), 0);
}

static void test_xapic_unknown(void **state)
{
	static const u32 regs[] = {
		0, 1, 4, 7, 0x29, 0x2e, 0x3a, 0x3d, SELF_IPI, 0x40, 0xff, 0x100, ~0U};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(regs); i++) {
		rd_gp(regs[i]);
		wr(ESR, 0);
		assert_int_equal(rd(ESR), 0x80);
		wr_gp(regs[i], 0x55);
		wr(ESR, 0);
		assert_int_equal(rd(ESR), 0x80);
		wr(ESR, 0);
		assert_int_equal(rd(ESR), 0);
	}
}

static void test_x2apic_registers(void **state)
{
	(void)state;
	go_x2apic(2);
	on(2);
	assert_int_equal(rd(ID), 2);
	assert_int_equal(rd(LDR), 4);
	assert_int_equal(rd(VERSION), 0x00060014);
	wr(TPR, 0xff);
	assert_int_equal(rd(TPR), 0xff);
	assert_int_equal(rd(PPR), 0xff);
	wr(TPR, 0);
	wr(SVR, 0x3ff);
	wr(DIVIDE, 0xb);
	assert_int_equal(rd(DIVIDE), 0xb);
	wr(ICR, 0x00000009000000f0);
	assert_int_equal(rd(ICR), 0x00000009000000f0);
	wr(ICR, 0x00000009000010f0); /* the status, which AMD's have */
	assert_int_equal(rd(ICR), 0x00000009000000f0);
	wr(LINT0, 0x1f7ff); /* with read-only bits */
	assert_int_equal(rd(LINT0), 0x1a7ff);
	wr(INITIAL, 0xffffffff);
	assert_int_equal(rd(INITIAL), 0xffffffff);
	wr(ESR, 0);
	wr(EOI, 0);
}

static void test_x2apic_gp(void **state)
{
	/* Reserved bits. */
	static const struct {
		u32 reg;
		u64 value;
	} bad[] = {
		{TPR, 0x100},
		{TPR, 0x100000000},
		{EOI, 1},
		{EOI, 0x100000000},
		{SVR, 0x1000},
		{SVR, 0x1000001ff},
		{ESR, 1},
		{ICR, 0x100000},
		{ICR, 0x20000},
		{ICR, 0x2000},
		{TIMER, 0x100},
		{TIMER, 0x80000},
		{CMCI, 0x2000},
		{THERMAL, 0x8000},
		{PERFMON, 0x20000},
		{LINT0, 0x800},
		{LINT1, 0x20000},
		{ERROR, 0x400},
		{DIVIDE, 4},
		{INITIAL, 0x100000000},
		{SELF_IPI, 0x100},
	};
	static const u32 read_only[] = {
		ID, VERSION, PPR, LDR, ISR, TMR, IRR + 7, CURRENT};
	static const u32 not_there[] = {
		0, APR, RRD, DFR, 0x29, ICR_HIGH, 0x3a, 0x40, 0xff};

	(void)state;
	go_x2apic(0);
	for (u32 i = 0; i < ARRAY_LEN(bad); i++)
		wr_gp(bad[i].reg, bad[i].value);
	for (u32 i = 0; i < ARRAY_LEN(read_only); i++)
		wr_gp(read_only[i], 0);
	for (u32 i = 0; i < ARRAY_LEN(not_there); i++) {
		rd_gp(not_there[i]);
		wr_gp(not_there[i], 0);
	}
	rd_gp(EOI);
	rd_gp(SELF_IPI);
	/* Such errors are not in ESR: that is for memory. */
	wr(ESR, 0);
	assert_int_equal(rd(ESR), 0);
	assert_int_equal(rd(SVR), ENABLED);
	assert_int_equal(world.signals[0] + world.signals[1] + world.signals[2], 0);
}

/* ---- Modes ---- */

static void test_transitions(void **state)
{
	static const u64 bases[] = {BASE_OFF, BASE_XAPIC, BASE_X2APIC};
	static const bool legal[3][3] = {
		{true, true, false},
		{true, true, true},
		{true, false, true},
	};

	(void)state;
	on(1);
	for (u32 from = 0; from < 3; from++)
		for (u32 to = 0; to < 3; to++) {
			assert_true(vlapic_set_base(apic, BASE_OFF));
			if (from)
				assert_true(vlapic_set_base(apic, BASE_XAPIC));
			assert_true(vlapic_set_base(apic, bases[from]));
			assert_int_equal(vlapic_set_base(apic, bases[to]),
				legal[from][to]);
			assert_int_equal(apic->base, bases[legal[from][to] ? to : from]);
		}
	assert_false(vlapic_set_base(apic, 0xfee00400));
	assert_false(vlapic_set_base(apic, BASE_XAPIC | 1));
	assert_false(vlapic_set_base(apic, BASE_XAPIC | 0x200));
	assert_false(vlapic_set_base(apic, BASE_XAPIC | 1UL << 52));
}

static void test_base(void **state)
{
	(void)state;
	/* Who is the boot CPU is not the guest's to say; where the registers are is. */
	assert_true(vlapic_set_base(apic, 0xfed00800));
	assert_int_equal(apic->base, 0xfed00900);
	on(1);
	assert_true(vlapic_set_base(apic, BASE_XAPIC | 0x100));
	assert_int_equal(apic->base, BASE_XAPIC);
}

static void test_off(void **state)
{
	const struct apic_message message = {
		.dest = 1, .vector = 0x40, .mode = APIC_FIXED};
	const struct apic_message nmi = {.dest = 1, .mode = APIC_NMI};

	(void)state;
	on(1);
	wr(TPR, 0x10);
	wr(TIMER, 0x20030);
	wr(INITIAL, 1000);
	arrive(0x40);
	assert_true(vlapic_set_base(apic, BASE_OFF));
	assert_true(list_empty(&world.timers));
	assert_true(vlapic_takes_extint(apic));
	assert_int_equal(take(), -1);
	assert_false(vlapic_deliver(the_vm(), &message));
	assert_false(vlapic_deliver(the_vm(), &nmi));
	assert_int_equal(world.signals[1], 0);
	/* It is as after a reset. */
	assert_true(vlapic_set_base(apic, BASE_XAPIC));
	assert_int_equal(rd(SVR), 0xff);
	assert_int_equal(rd(TPR), 0);
	assert_int_equal(rd(LDR), 0);
	assert_int_equal(rd(TIMER), MASKED);
	assert_int_equal(rd(IRR + 2), 0);
	assert_false(vlapic_takes_extint(apic));
}

static void test_to_x2apic(void **state)
{
	(void)state;
	on(1);
	wr(TPR, 0x30);
	arrive(0x25);
	go_x2apic(1);
	/* All but the logical id is kept. */
	assert_int_equal(rd(TPR), 0x30);
	assert_int_equal(rd(SVR), ENABLED);
	assert_int_equal(rd(LDR), 2);
	assert_true(bit(IRR, 0x25));
	wr(TPR, 0);
	assert_int_equal(take(), 0x25);
}

static void test_x2apic_logical_id(void **state)
{
	struct vlapic *far = &world.apics[2];

	(void)state;
	vlapic_init(far, the_vm(), 0x25);
	go_x2apic(2);
	on(2);
	assert_int_equal(rd(ID), 0x25);
	assert_int_equal(rd(LDR), 0x00020020);
}

static void test_software_disable(void **state)
{
	const struct apic_message message = {
		.dest = 0, .vector = 0x50, .mode = APIC_FIXED};
	const struct apic_message nmi = {.dest = 0, .mode = APIC_NMI};
	u32 before;

	(void)state;
	wr(LINT0, 0x700);
	wr(TIMER, 0x30);
	arrive(0x40);
	wr(SVR, 0xff);
	assert_int_equal(rd(LINT0), 0x10700);
	assert_int_equal(rd(TIMER), 0x10030);
	assert_false(vlapic_takes_extint(apic));
	wr(TIMER, 0x30);
	assert_int_equal(rd(TIMER), 0x10030);
	/* What was there waits, nothing comes, but for NMI and the like. */
	assert_int_equal(take(), -1);
	assert_true(bit(IRR, 0x40));
	assert_false(vlapic_deliver(the_vm(), &message));
	assert_true(vlapic_deliver(the_vm(), &nmi));
	assert_int_equal(world.signals[0], 1);
	/* Nor from itself; to others it may send. */
	wr(ICR, 0x40051);
	assert_false(bit(IRR, 0x51));
	wr(ICR_HIGH, 1 << 24);
	wr(ICR, 0x51);
	on(1);
	assert_int_equal(take(), 0x51);
	on(0);
	before = world.notified[0];
	wr(SVR, ENABLED);
	assert_int_equal(world.notified[0], before + 1);
	assert_int_equal(take(), 0x40);
	assert_int_equal(rd(TIMER), 0x10030);
}

/* ---- Priorities ---- */

static void test_vectors(void **state)
{
	(void)state;
	for (u32 vector = 16; vector < 256; vector++) {
		u32 before = world.notified[0];

		arrive((u8)vector);
		assert_int_equal(world.notified[0], before + 1);
		assert_true(bit(IRR, vector));
		assert_false(bit(ISR, vector));
		assert_int_equal(take(), vector);
		assert_false(bit(IRR, vector));
		assert_true(bit(ISR, vector));
		assert_int_equal(rd(PPR), vector & 0xf0);
		assert_int_equal(take(), -1);
		end();
		assert_false(bit(ISR, vector));
	}
	assert_int_equal(world.ends, 0);
}

static void test_nesting(void **state)
{
	u32 before;

	(void)state;
	arrive(0x31);
	arrive(0x45);
	arrive(0x42);
	assert_int_equal(take(), 0x45);
	/* Of the same class: not now. */
	assert_int_equal(take(), -1);
	arrive(0x4f);
	assert_int_equal(take(), -1);
	arrive(0x50);
	assert_int_equal(take(), 0x50);
	/* Again, while it is in service. */
	arrive(0x50);
	assert_int_equal(take(), -1);
	before = world.notified[0];
	end(); /* 0x50: the highest */
	assert_true(bit(ISR, 0x45));
	assert_int_equal(world.notified[0], before + 1);
	assert_int_equal(take(), 0x50);
	end();
	assert_int_equal(take(), -1);
	end();
	assert_int_equal(take(), 0x4f);
	end();
	assert_int_equal(take(), 0x42);
	end();
	assert_int_equal(take(), 0x31);
	end();
	assert_int_equal(take(), -1);
	/* One too many. */
	end();
	assert_int_equal(rd(PPR), 0);
}

static void test_task_priority(void **state)
{
	u32 before;

	(void)state;
	wr(TPR, 0x45);
	assert_int_equal(rd(PPR), 0x45);
	arrive(0x4f);
	assert_int_equal(take(), -1);
	arrive(0x50);
	assert_int_equal(take(), 0x50);
	assert_int_equal(rd(PPR), 0x50);
	wr(TPR, 0x57);
	assert_int_equal(rd(PPR), 0x57);
	wr(TPR, 0x61);
	assert_int_equal(rd(PPR), 0x61);
	end();
	before = world.notified[0];
	wr(TPR, 0x40);
	assert_int_equal(world.notified[0], before);
	wr(TPR, 0x3f);
	assert_int_equal(world.notified[0], before + 1);
	assert_int_equal(take(), 0x4f);
	end();
	/* CR8 */
	vlapic_set_tpr(apic, 0xf0);
	assert_int_equal(rd(TPR), 0xf0);
	arrive(0xff);
	assert_int_equal(take(), -1);
	before = world.notified[0];
	vlapic_set_tpr(apic, 0xe0);
	assert_int_equal(world.notified[0], before + 1);
	assert_int_equal(take(), 0xff);
}

static void test_levels(void **state)
{
	(void)state;
	arrive_level(0x60);
	assert_true(bit(TMR, 0x60));
	assert_int_equal(take(), 0x60);
	assert_int_equal(world.ends, 0);
	end();
	assert_int_equal(world.ends, 1);
	assert_int_equal(world.ended, 0x60);
	/* The same vector, by an edge now. */
	arrive(0x60);
	assert_false(bit(TMR, 0x60));
	assert_int_equal(take(), 0x60);
	end();
	assert_int_equal(world.ends, 1);
	/* The end of an edge above a level is not the level's. */
	arrive_level(0x60);
	assert_int_equal(take(), 0x60);
	arrive(0x70);
	assert_int_equal(take(), 0x70);
	end();
	assert_int_equal(world.ends, 1);
	end();
	assert_int_equal(world.ends, 2);
}

static void test_extint(void **state)
{
	u32 before;

	(void)state;
	wr(LINT0, 0x10700);
	assert_false(vlapic_takes_extint(apic));
	before = world.notified[0];
	wr(LINT0, 0x700);
	assert_true(vlapic_takes_extint(apic));
	assert_int_equal(world.notified[0], before + 1);
	wr(LINT0, 0x030);
	assert_false(vlapic_takes_extint(apic));
}

/* ---- Errors ---- */

static void test_errors(void **state)
{
	const struct apic_message illegal = {.dest = 0, .vector = 15, .mode = APIC_FIXED};

	(void)state;
	wr(ERROR, 0xe0);
	wr(ICR, 0x4000f); /* self */
	/* Seen only after a write. */
	assert_int_equal(rd(ESR), 0);
	wr(ESR, 0);
	assert_int_equal(rd(ESR), 0x60);
	assert_int_equal(rd(ESR), 0x60);
	assert_int_equal(take(), 0xe0);
	end();
	/* To another: it is not sent. */
	wr(ICR_HIGH, 1 << 24);
	wr(ICR, 0x0e);
	assert_int_equal(world.notified[1], 0);
	wr(ESR, 0x1234);
	assert_int_equal(rd(ESR), 0x20);
	assert_int_equal(take(), 0xe0);
	end();
	/* From elsewhere. */
	assert_true(vlapic_deliver(the_vm(), &illegal));
	assert_int_equal(rd(IRR), 0);
	assert_int_equal(take(), 0xe0);
	end();
	/* Two, and an interrupt only for the first. */
	rd_gp(0x3a);
	assert_int_equal(take(), -1);
	wr(ESR, 0);
	assert_int_equal(rd(ESR), 0xc0);
	wr(ESR, 0);
	assert_int_equal(rd(ESR), 0);
}

static void test_error_entry(void **state)
{
	(void)state;
	/* An illegal vector there is no error without end. */
	wr(ERROR, 0x05);
	rd_gp(0x3a);
	wr(ESR, 0);
	assert_int_equal(rd(ESR), 0x80);
	assert_int_equal(rd(IRR), 0);
	wr(ERROR, 0x100e0);
	rd_gp(0x3a);
	assert_int_equal(take(), -1);
	/* SELF IPI */
	wr(ESR, 0);
	go_x2apic(0);
	wr(ERROR, 0xe0);
	wr(SELF_IPI, 0x0f);
	assert_int_equal(take(), 0xe0);
	wr(ESR, 0);
	assert_int_equal(rd(ESR), 0x60);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reset),
		TEST(test_init),
		TEST(test_xapic_registers),
		TEST(test_lvt_registers),
		TEST(test_xapic_read_only),
		TEST(test_xapic_unknown),
		TEST(test_x2apic_registers),
		TEST(test_x2apic_gp),
		TEST(test_transitions),
		TEST(test_base),
		TEST(test_off),
		TEST(test_to_x2apic),
		TEST(test_x2apic_logical_id),
		TEST(test_software_disable),
		TEST(test_vectors),
		TEST(test_nesting),
		TEST(test_task_priority),
		TEST(test_levels),
		TEST(test_extint),
		TEST(test_errors),
		TEST(test_error_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
