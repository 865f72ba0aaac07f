// SPDX-License-Identifier: Apache-2.0
// The GICv3 that guests see: registers, and what its CPUs get to acknowledge in which order, with
// list registers that are fewer than what is to be listed.
#include "vgic_world.h"

#define LRS 4

/* Distributor, by word of 32 interrupts where it has one. */
enum {
	CTLR = 0,
	TYPER = 4,
	IIDR = 8,
	IGROUPR = 0x80,
	ISENABLER = 0x100,
	ICENABLER = 0x180,
	ISPENDR = 0x200,
	ICPENDR = 0x280,
	ISACTIVER = 0x300,
	ICACTIVER = 0x380,
	IPRIORITYR = 0x400,
	ICFGR = 0xc00,
	IROUTER = 0x6000,
	PIDR2 = 0xffe8,
	GICR = 0x10000,
	GICR_SIZE = 0x20000,
	GICR_SGI = 0x10000,
};

#define TIMER 27U
#define IRM   BIT(31)

/* A register of the interrupt's 32, in the distributor or in CPU `cpu`'s redistributor. */
static u64 reg(u32 cpu, u64 block, u32 intid)
{
	if (intid < GIC_SPI)
		return GICR + GICR_SIZE * cpu + GICR_SGI + block;
	return block + intid / 32 * 4;
}

static void set_bit(u32 cpu, u64 block, u32 intid)
{
	out(reg(cpu, block, intid), 4, 1U << intid % 32);
}

static bool get_bit(u32 cpu, u64 block, u32 intid)
{
	return in(reg(cpu, block, intid), 4) >> intid % 32 & 1;
}

static void set_priority(u32 cpu, u32 intid, u32 priority)
{
	u64 base = intid < GIC_SPI ? GICR + GICR_SIZE * cpu + GICR_SGI : 0;

	out(base + IPRIORITYR + intid, 1, priority);
}

static void set_edge(u32 intid)
{
	u64 at = ICFGR + intid / 16 * 4;

	out(at, 4, in(at, 4) | 2U << intid % 16 * 2);
}

/* An interrupt of group 1 that may come. */
static void use(u32 cpu, u32 intid, u32 priority)
{
	u64 group = reg(cpu, IGROUPR, intid);

	out(group, 4, in(group, 4) | 1U << intid % 32);
	set_priority(cpu, intid, priority);
	set_bit(cpu, ISENABLER, intid);
}

static void start(u32 count)
{
	world_start(&vgicv3_ops, count, LRS);
	out(CTLR, 4, 3);
	for (u32 cpu = 0; cpu < count; cpu++)
		enter(cpu);
	on(0);
	world.requests = 0;
}

static int setup(void **state)
{
	(void)state;
	start(4);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(world.refused, 0);
	world_end();
	return 0;
}

/* ---- Registers ---- */

static void test_identity(void **state)
{
	(void)state;
	assert_int_equal(in(CTLR, 4), 0x53);
	out(CTLR, 4, 0xffffffff);
	assert_int_equal(in(CTLR, 4), 0x53);
	out(CTLR, 4, 0);
	assert_int_equal(in(CTLR, 4), 0x50);
	/* 128 interrupts, IDs of 10 bits, affinity level 3. */
	assert_int_equal(in(TYPER, 4), 1U << 24 | 9U << 19 | 3);
	assert_int_equal(in(IIDR, 4) & 0xfff, 0x43b);
	assert_int_equal(in(PIDR2, 4) >> 4 & 15, 3);
	out(TYPER, 4, 0);
	out(IIDR, 4, 0);
	out(PIDR2, 4, 0);
	assert_int_equal(in(TYPER, 4) & 0x1f, 3);
}

static void test_redistributors(void **state)
{
	(void)state;
	for (u32 cpu = 0; cpu < 4; cpu++) {
		u64 base = GICR + GICR_SIZE * cpu;
		u64 typer = in(base + 8, 8);

		assert_int_equal(typer >> 32, cpu);
		assert_int_equal(typer >> 8 & 0xffff, cpu);
		assert_int_equal(typer >> 4 & 1, cpu == 3);
		/* No LPIs. */
		assert_int_equal(typer & 0xf, 0);
		assert_int_equal(in(base + 8, 4), (u32)typer);
		assert_int_equal(in(base + 12, 4), typer >> 32);
		assert_int_equal(in(base + 0, 4), 0);
		assert_int_equal(in(base + 4, 4), in(IIDR, 4));
		assert_int_equal(in(base + PIDR2, 4) >> 4 & 15, 3);
		/* Asleep until it is woken. */
		assert_int_equal(in(base + 0x14, 4), 6);
		out(base + 0x14, 4, 0);
		assert_int_equal(in(base + 0x14, 4), 0);
		out(base + 0x14, 4, 2);
		assert_int_equal(in(base + 0x14, 4), 6);
	}
}

static void test_register_forms(void **state)
{
	(void)state;
	/* The first 32 are the redistributors'. */
	out(ISENABLER, 4, ~0U);
	assert_int_equal(in(ISENABLER, 4), 0);
	out(GICR + GICR_SGI + ISENABLER, 4, 0xffff0001);
	assert_int_equal(in(GICR + GICR_SGI + ISENABLER, 4), 0xffff0001);
	assert_int_equal(in(GICR + GICR_SIZE + GICR_SGI + ISENABLER, 4), 0);
	out(GICR + GICR_SGI + ICENABLER, 4, 0xf0000000);
	assert_int_equal(in(GICR + GICR_SGI + ICENABLER, 4), 0x0fff0001);
	/* Priorities: five bits, by bytes and words. */
	out(IPRIORITYR + 33, 1, 0xff);
	assert_int_equal(in(IPRIORITYR + 32, 4), 0xf800);
	out(IPRIORITYR + 32, 4, 0x12345678);
	assert_int_equal(in(IPRIORITYR + 35, 1), 0x10);
	assert_int_equal(in(IPRIORITYR + 32, 4), 0x10305078);
	/* Configuration: the upper bit of two; SGIs' and PPIs' is fixed. */
	out(ICFGR + 8, 4, ~0U);
	assert_int_equal(in(ICFGR + 8, 4), 0xaaaaaaaa);
	out(ICFGR + 12, 4, 8);
	assert_int_equal(in(ICFGR + 12, 4), 8);
	assert_int_equal(in(ICFGR + 8, 4), 0xaaaaaaaa);
	out(GICR + GICR_SGI + ICFGR, 4, 0);
	assert_int_equal(in(GICR + GICR_SGI + ICFGR, 4), 0xaaaaaaaa);
	out(GICR + GICR_SGI + ICFGR + 4, 4, ~0U);
	assert_int_equal(in(GICR + GICR_SGI + ICFGR + 4, 4), 0);
	/* Routes: 64 bits or halves. */
	out(IROUTER + 8 * 40, 8, ~0UL);
	assert_int_equal(in(IROUTER + 8 * 40, 8), 0xff80ffffffUL);
	out(IROUTER + 8 * 40, 4, 2);
	assert_int_equal(in(IROUTER + 8 * 40, 8), 0xff00000002UL);
	out(IROUTER + 8 * 40 + 4, 4, 0);
	assert_int_equal(in(IROUTER + 8 * 40, 8), 2);
}

static void test_refused(void **state)
{
	static const struct {
		u64 offset;
		u32 size;
	} nothing[] = {
		{0xc, 4},
		{0x40, 4},
		{TYPER, 1},
		{TYPER, 2},
		{CTLR, 8},
		{ISENABLER + 16, 4},
		{ISENABLER + 4, 1},
		{ISENABLER + 4, 2},
		{ISENABLER + 8, 8},
		{IPRIORITYR + 128, 1},
		{IPRIORITYR + 32, 2},
		{0x800, 4},
		{0xc20, 4},
		{0xf00, 4},
		{IROUTER, 8},
		{IROUTER + 8 * 128, 8},
		{IROUTER + 8 * 32, 2},
		{0xfffc, 4},
		{GICR + 0x14, 1},
		{GICR + 0x14, 8},
		{GICR + 0x70, 8},
		{GICR + 0x70, 4},
		{GICR + 0xfffc, 4},
		{GICR + GICR_SGI + ISENABLER + 4, 4},
		{GICR + GICR_SGI + IPRIORITYR + 32, 4},
		{GICR + GICR_SGI + ICFGR + 8, 4},
		{GICR + 4 * GICR_SIZE + 8, 8},
		{GICR + 4 * GICR_SIZE + GICR_SGI + ISENABLER, 4},
		{~7UL, 8},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(nothing); i++) {
		assert_int_equal(in(nothing[i].offset, nothing[i].size), 0);
		assert_int_equal(world.refused, 2 * i + 1);
		out(nothing[i].offset, nothing[i].size, ~0UL);
		assert_int_equal(world.refused, 2 * i + 2);
	}
	world.refused = 0;
}

/* ---- One interrupt ---- */

static void test_level(void **state)
{
	(void)state;
	use(0, 40, 0xa0);
	assert_int_equal(take(0), SPURIOUS);
	wire(40, true);
	assert_true(world.request[0]);
	assert_true(get_bit(0, ISPENDR, 40));
	assert_int_equal(take(0), 40);
	assert_true(get_bit(0, ISACTIVER, 40));
	assert_int_equal(take(0), SPURIOUS);
	/* Still high when it ends: again. */
	end(0, 40);
	assert_int_equal(take(0), 40);
	world.requests = 0;
	wire(40, false);
	/* It was taken: nobody need look. */
	assert_int_equal(world.requests, 0);
	end(0, 40);
	assert_int_equal(take(0), SPURIOUS);
	assert_false(get_bit(0, ISPENDR, 40));
	assert_false(get_bit(0, ISACTIVER, 40));
}

static void test_level_falls_early(void **state)
{
	(void)state;
	use(0, 40, 0xa0);
	wire(40, true);
	enter(0);
	assert_int_equal(signalled(), 0);
	wire(40, false);
	assert_int_equal(take(0), SPURIOUS);
	/* On another cpu, and without the cpu at all. */
	out(IROUTER + 8 * 40, 8, 1);
	wire(40, true);
	enter(1);
	on(0);
	wire(40, false);
	assert_true(world.request[1]);
	assert_int_equal(take(1), SPURIOUS);
	save(1);
	wire(40, true);
	wire(40, false);
	load(1);
	assert_int_equal(take(1), SPURIOUS);
}

static void test_edge(void **state)
{
	(void)state;
	use(0, 41, 0xa0);
	set_edge(41);
	wire(41, true);
	wire(41, false);
	assert_true(get_bit(0, ISPENDR, 41));
	assert_int_equal(take(0), 41);
	/* Once more while it is active: pending behind it. */
	wire(41, true);
	wire(41, false);
	wire(41, true);
	enter(0);
	assert_true(get_bit(0, ISPENDR, 41));
	end(0, 41);
	assert_int_equal(take(0), 41);
	end(0, 41);
	/* That was one, and the wire's level does not matter. */
	assert_int_equal(take(0), SPURIOUS);
}

static void test_only_changes(void **state)
{
	(void)state;
	/* Not enabled, of no CPU, or of another one: nobody is told for nothing. */
	wire(50, true);
	assert_int_equal(world.requests, 0);
	set_bit(0, ICPENDR, 50);
	set_bit(0, ICENABLER, 50);
	set_priority(0, 50, 0x40);
	assert_int_equal(world.requests, 0);
	out(IROUTER + 8 * 50, 8, 2);
	use(0, 50, 0xa0);
	assert_true(world.request[2]);
	assert_false(world.request[0] || world.request[1] || world.request[3]);
	world.requests = 0;
	wire(50, true);
	set_bit(0, ISENABLER, 50);
	assert_int_equal(world.requests, 0);
	/* What is no SPI is no wire. */
	wire(0, true);
	wire(31, true);
	wire(128, true);
	wire(~0U, true);
	assert_int_equal(world.requests, 0);
}

static void test_soft_pending(void **state)
{
	(void)state;
	use(0, 42, 0xa0);
	set_bit(0, ISPENDR, 42);
	assert_true(get_bit(0, ICPENDR, 42));
	assert_int_equal(take(0), 42);
	assert_false(get_bit(0, ISPENDR, 42));
	end(0, 42);
	assert_int_equal(take(0), SPURIOUS);
	/* Taken back before it was acknowledged; the wire's part cannot be. */
	set_bit(0, ISPENDR, 42);
	enter(0);
	set_bit(0, ICPENDR, 42);
	assert_false(get_bit(0, ISPENDR, 42));
	assert_int_equal(take(0), SPURIOUS);
	wire(42, true);
	enter(0);
	set_bit(0, ICPENDR, 42);
	assert_true(get_bit(0, ISPENDR, 42));
	assert_int_equal(take(0), 42);
	/* While it is active: again afterwards. */
	wire(42, false);
	set_bit(0, ISPENDR, 42);
	end(0, 42);
	assert_int_equal(take(0), 42);
	end(0, 42);
	assert_int_equal(take(0), SPURIOUS);
}

static void test_disable(void **state)
{
	(void)state;
	use(0, 43, 0xa0);
	set_edge(43);
	wire(43, true);
	enter(0);
	set_bit(0, ICENABLER, 43);
	assert_int_equal(take(0), SPURIOUS);
	assert_true(get_bit(0, ISPENDR, 43));
	set_bit(0, ISENABLER, 43);
	assert_int_equal(take(0), 43);
	/* An active one can be ended all the same. */
	set_bit(0, ICENABLER, 43);
	enter(0);
	end(0, 43);
	assert_false(get_bit(0, ISACTIVER, 43));
	/* The switch of its group. */
	set_bit(0, ISENABLER, 43);
	set_bit(0, ISPENDR, 43);
	enter(0);
	out(CTLR, 4, 1);
	assert_int_equal(take(0), SPURIOUS);
	out(CTLR, 4, 3);
	assert_int_equal(take(0), 43);
}

/* ---- By another CPU, while this one runs ---- */

static void test_remote(void **state)
{
	(void)state;
	use(0, 44, 0xa0);
	set_edge(44);
	out(IROUTER + 8 * 44, 8, 1);
	wire(44, true);
	enter(1);
	/* Taken back: disabled, cleared. */
	on(0);
	set_bit(0, ICENABLER, 44);
	assert_true(world.request[1]);
	assert_int_equal(take(1), SPURIOUS);
	on(0);
	set_bit(0, ISENABLER, 44);
	enter(1);
	on(0);
	set_bit(0, ICPENDR, 44);
	assert_int_equal(take(1), SPURIOUS);
	on(0);
	assert_false(get_bit(0, ISPENDR, 44));
	/* A new edge behind a clear that is still under way counts. */
	set_bit(0, ISPENDR, 44);
	enter(1);
	on(0);
	set_bit(0, ICPENDR, 44);
	wire(44, false);
	wire(44, true);
	assert_int_equal(take(1), 44);
	/* Outdated at first, then true. */
	on(0);
	get_bit(0, ISACTIVER, 44);
	enter(1);
	on(0);
	assert_true(get_bit(0, ISACTIVER, 44));
	assert_false(get_bit(0, ISPENDR, 44));
	set_bit(0, ICACTIVER, 44);
	enter(1);
	on(0);
	assert_false(get_bit(0, ISACTIVER, 44));
	end(1, 44);
	/* And made active. */
	on(0);
	set_bit(0, ISPENDR, 44);
	enter(1);
	on(0);
	set_bit(0, ISACTIVER, 44);
	assert_int_equal(take(1), SPURIOUS);
	on(0);
	assert_true(get_bit(0, ISACTIVER, 44));
	set_bit(0, ICACTIVER, 44);
	assert_int_equal(take(1), 44);
}

/* What was asked for while it was listed is not done to a later one. */
static void test_remote_outdated(void **state)
{
	(void)state;
	use(0, 44, 0xa0);
	use(1, TIMER, 0x80);
	set_edge(44);
	out(IROUTER + 8 * 44, 8, 1);
	wire(44, true);
	assert_int_equal(take(1), 44);
	end(1, 44);
	on(0);
	set_bit(0, ICPENDR, 44);
	/* Before it comes to look, the timer does. */
	forward(1, TIMER);
	assert_int_equal(take(1), TIMER);
	end(1, TIMER);
	wire(44, false);
	wire(44, true);
	enter(1);
	save(1);
	load(1);
	assert_int_equal(take(1), 44);
}

static void test_routes(void **state)
{
	(void)state;
	use(0, 45, 0xa0);
	wire(45, true);
	enter(0);
	/* Elsewhere while it is listed, at once pending there. */
	out(IROUTER + 8 * 45, 8, 3);
	assert_int_equal(take(0), SPURIOUS);
	assert_true(world.request[3]);
	assert_int_equal(take(3), 45);
	/* Elsewhere while it is active: it ends where it was taken. */
	on(0);
	out(IROUTER + 8 * 45, 8, 2);
	assert_int_equal(take(2), SPURIOUS);
	end(3, 45);
	assert_int_equal(take(3), SPURIOUS);
	assert_int_equal(take(2), 45);
	wire(45, false);
	end(2, 45);
	/* To nobody: a CPU that is not there, other clusters. */
	wire(45, true);
	for (u32 i = 0; i < 3; i++) {
		static const u64 nobody[] = {4, 1 << 8, 1UL << 32};

		out(IROUTER + 8 * 45, 8, nobody[i]);
		for (u32 cpu = 0; cpu < 4; cpu++)
			assert_int_equal(take(cpu), SPURIOUS);
	}
	/* To any: the first that is awake. */
	out(GICR + GICR_SIZE * 2 + 0x14, 4, 0);
	out(IROUTER + 8 * 45, 8, IRM);
	assert_int_equal(take(0), SPURIOUS);
	assert_int_equal(take(2), 45);
	wire(45, false);
	end(2, 45);
	out(GICR + GICR_SIZE * 1 + 0x14, 4, 0);
	wire(45, true);
	assert_int_equal(take(2), SPURIOUS);
	assert_int_equal(take(1), 45);
}

/* An active one whose CPU is away: it comes back to it, whatever its route is. */
static void test_save_active(void **state)
{
	(void)state;
	use(0, 46, 0xa0);
	use(0, 47, 0x80);
	wire(46, true);
	assert_int_equal(take(0), 46);
	wire(47, true);
	enter(0);
	save(0);
	assert_true(get_bit(0, ISACTIVER, 46));
	out(IROUTER + 8 * 46, 8, 1);
	assert_int_equal(take(1), SPURIOUS);
	load(0);
	assert_int_equal(take(0), 47);
	wire(47, false);
	end(0, 47);
	end(0, 46);
	assert_int_equal(take(0), SPURIOUS);
	assert_int_equal(take(1), 46);
	/* Ended by hand while it is away. */
	save(1);
	on(0);
	out(IROUTER + 8 * 46, 8, 2);
	assert_int_equal(take(2), SPURIOUS);
	on(0);
	set_bit(0, ICACTIVER, 46);
	assert_int_equal(take(2), 46);
	load(1);
	assert_int_equal(take(1), SPURIOUS);
}

/* ---- Several ---- */

static void test_more_than_list_registers(void **state)
{
	(void)state;
	/* Least urgent first; each is taken and ended in turn. */
	for (u32 i = 0; i < 30; i++) {
		use(0, 32 + i, 0xf0 - 8 * (i / 2));
		wire(32 + i, true);
	}
	for (u32 i = 0; i < 30; i++) {
		u32 intid = 32 + 30 - 2 - i / 2 * 2 + i % 2;

		assert_int_equal(take(0), intid);
		wire(intid, false);
		end(0, intid);
	}
	assert_int_equal(take(0), SPURIOUS);
	assert_int_equal(iface()->hcr, ICH_HCR_EN);
}

static void test_displaced(void **state)
{
	(void)state;
	for (u32 i = 0; i < LRS; i++) {
		use(0, 32 + i, 0xc0);
		wire(32 + i, true);
	}
	enter(0);
	use(0, 60, 0x20);
	wire(60, true);
	assert_int_equal(take(0), 60);
	wire(60, false);
	end(0, 60);
	for (u32 i = 0; i < LRS; i++) {
		assert_int_equal(take(0), 32 + i);
		wire(32 + i, false);
		end(0, 32 + i);
	}
	assert_int_equal(take(0), SPURIOUS);
}

/* One deeper than there are list registers, and deeper still. */
static void test_nested(void **state)
{
	const u32 depth = 20;

	(void)state;
	for (u32 lrs = 1; lrs <= 5; lrs++) {
		world_end();
		world_start(&vgicv3_ops, 1, lrs);
		out(CTLR, 4, 3);
		for (u32 i = 0; i < depth; i++) {
			use(0, 64 + i, 0xf0 - 8 * i);
			wire(64 + i, true);
			assert_int_equal(take(0), 64 + i);
			wire(64 + i, false);
			assert_int_equal(take(0), SPURIOUS);
		}
		/* Away and back in the middle of it. */
		save(0);
		load(0);
		for (u32 i = depth; i-- > 0;) {
			assert_true(get_bit(0, ISACTIVER, 64 + i));
			end(0, 64 + i);
			assert_false(get_bit(0, ISACTIVER, 64 + i));
		}
		assert_int_equal(take(0), SPURIOUS);
		for (u32 word = 1; word < 4; word++)
			assert_int_equal(in(ISACTIVER + 4 * word, 4), 0);
		assert_int_equal(iface()->hcr, ICH_HCR_EN);
	}
}

/* Ends that drop the priority only; what is active is ended later, in any order. */
static void test_split_ends(void **state)
{
	const u32 count = 10;

	(void)state;
	iface()->vmcr |= ICH_VMCR_VEOIM;
	for (u32 i = 0; i < count; i++) {
		use(0, 64 + i, 0xa0);
		wire(64 + i, true);
		assert_int_equal(take(0), 64 + i);
		wire(64 + i, false);
		end(0, 64 + i);
		assert_true(get_bit(0, ISACTIVER, 64 + i));
	}
	for (u32 i = 0; i < count; i++)
		assert_true(get_bit(0, ISACTIVER, 64 + i));
	for (u32 i = 0; i < count; i++) {
		u32 intid = 64 + i * 7 % count;

		end_active(0, intid);
		assert_false(get_bit(0, ISACTIVER, intid));
	}
	/* Nested; what is dropped last is in no list register. */
	for (u32 i = 0; i < count; i++) {
		use(0, 64 + i, 0xa0 - 8 * i);
		wire(64 + i, true);
		assert_int_equal(take(0), 64 + i);
		wire(64 + i, false);
	}
	for (u32 i = count; i-- > 0;)
		end(0, 64 + i);
	for (u32 i = 0; i < count; i++) {
		assert_true(get_bit(0, ISACTIVER, 64 + i));
		end_active(0, 64 + i);
		assert_false(get_bit(0, ISACTIVER, 64 + i));
	}
	/* Nonsense while that traps. */
	vgic_dir(world.vgic, 0, 5);
	vgic_dir(world.vgic, 0, 128);
	vgic_dir(world.vgic, 0, ~0U);
	enter(0);
	assert_int_equal(take(0), SPURIOUS);
}

/* Many of a group that the CPU interface has disabled do not keep the others out. */
static void test_silent_group(void **state)
{
	(void)state;
	iface()->vmcr &= ~(u32)ICH_VMCR_VENG0;
	for (u32 i = 0; i < 8; i++) {
		use(0, 32 + i, 0x20);
		wire(32 + i, true);
	}
	out(IGROUPR + 4, 4, 0);
	use(0, 90, 0xc0);
	wire(90, true);
	assert_int_equal(take(0), 90);
	wire(90, false);
	end(0, 90);
	/* And come as soon as it is enabled. */
	iface()->vmcr |= ICH_VMCR_VENG0;
	assert_int_equal(take(0), 32);
	end(0, 32);
	/* Disabled while they fill all list registers, and nothing else happens. */
	wire(90, true);
	enter(0);
	iface()->vmcr &= ~(u32)ICH_VMCR_VENG0;
	assert_int_equal(take(0), 90);
	end(0, 90);
	/* Enabled while others do. */
	for (u32 i = 0; i < LRS; i++) {
		use(0, 91 + i, 0xc0);
		wire(91 + i, true);
	}
	enter(0);
	iface()->vmcr |= ICH_VMCR_VENG0;
	assert_int_equal(take(0), 32);
}

/* ---- PPIs ---- */

static void test_ppi(void **state)
{
	(void)state;
	use(1, 30, 0x80);
	on(1);
	vgic_ppi_set(world.vgic, 1, 30, true);
	assert_false(world.request[0]);
	assert_true(get_bit(1, ISPENDR, 30));
	assert_false(get_bit(0, ISPENDR, 30));
	assert_int_equal(take(1), 30);
	assert_int_equal(take(0), SPURIOUS);
	end(1, 30);
	assert_int_equal(take(1), 30);
	vgic_ppi_set(world.vgic, 1, 30, false);
	end(1, 30);
	assert_int_equal(take(1), SPURIOUS);
}

static void test_forward(void **state)
{
	(void)state;
	use(0, TIMER, 0x80);
	for (u32 i = 0; i < 3; i++) {
		world.syncs = 0;
		forward(0, TIMER);
		assert_int_equal(take(0), TIMER);
		assert_true(iface()->ppi_active >> TIMER & 1);
		/* Away and back while it is active. */
		if (i == 1) {
			save(0);
			assert_true(vgic_forwarded(world.vgic, 0, TIMER));
			load(0);
			assert_true(iface()->ppi_active >> TIMER & 1);
		}
		end(0, TIMER);
		assert_int_equal(iface()->ppi_active, 0);
		/* No exit for it but the interrupt itself. */
		assert_int_equal(world.syncs, 0);
	}
	save(0);
	assert_false(vgic_forwarded(world.vgic, 0, TIMER));
	load(0);
	assert_int_equal(take(0), SPURIOUS);
}

static void test_forward_untaken(void **state)
{
	(void)state;
	/* Disabled, it waits, and the physical one with it. */
	use(0, TIMER, 0x80);
	set_bit(0, ICENABLER, TIMER);
	forward(0, TIMER);
	assert_int_equal(take(0), SPURIOUS);
	save(0);
	load(0);
	assert_true(iface()->ppi_active >> TIMER & 1);
	set_bit(0, ISENABLER, TIMER);
	assert_int_equal(take(0), TIMER);
	/* Ended by a register: the physical one may come again. */
	set_bit(0, ICACTIVER, TIMER);
	enter(0);
	assert_int_equal(iface()->ppi_active, 0);
	end(0, TIMER);
	forward(0, TIMER);
	enter(0);
	set_bit(0, ICPENDR, TIMER);
	enter(0);
	assert_int_equal(iface()->ppi_active, 0);
	/* The same while it is away. */
	forward(0, TIMER);
	enter(0);
	save(0);
	on(1);
	set_bit(0, ICPENDR, TIMER);
	load(0);
	assert_int_equal(iface()->ppi_active, 0);
	assert_int_equal(take(0), SPURIOUS);
}

/* A guest that plays with the pending and active bits of its timer. */
static void test_forward_and_soft(void **state)
{
	(void)state;
	use(0, TIMER, 0x80);
	set_bit(0, ISPENDR, TIMER);
	enter(0);
	forward(0, TIMER);
	assert_int_equal(take(0), TIMER);
	set_bit(0, ISPENDR, TIMER);
	enter(0);
	assert_true(get_bit(0, ISPENDR, TIMER));
	/* The end must be told to us now, so the physical one ended early. */
	assert_int_equal(iface()->ppi_active, 0);
	forward(0, TIMER);
	enter(0);
	assert_true(iface()->ppi_active >> TIMER & 1);
	end(0, TIMER);
	assert_int_equal(take(0), TIMER);
	end(0, TIMER);
	assert_int_equal(iface()->ppi_active, 0);
	assert_int_equal(take(0), SPURIOUS);
	/* Made active by hand, then forwarded. */
	set_bit(0, ISACTIVER, TIMER);
	enter(0);
	forward(0, TIMER);
	assert_int_equal(take(0), SPURIOUS);
	assert_true(iface()->ppi_active >> TIMER & 1);
	set_bit(0, ICACTIVER, TIMER);
	assert_int_equal(take(0), TIMER);
	end(0, TIMER);
	assert_int_equal(iface()->ppi_active, 0);
}

/* ---- SGIs ---- */

static u64 sgi_to(u32 list, u32 id)
{
	return list | (u64)id << 24;
}

static void test_sgi(void **state)
{
	(void)state;
	for (u32 cpu = 0; cpu < 4; cpu++)
		use(cpu, 5, 0x90);
	/* To itself: in effect at once, and nobody else is bothered. */
	sgi(0, sgi_to(1, 5));
	assert_int_equal(world.requests, 0);
	assert_int_equal(take(0), 5);
	/* In its own handler. */
	sgi(0, sgi_to(1, 5));
	assert_int_equal(take(0), SPURIOUS);
	end(0, 5);
	assert_int_equal(take(0), 5);
	end(0, 5);
	assert_int_equal(world.requests, 0);
	assert_int_equal(take(0), SPURIOUS);
	/* To some; CPUs that do not exist are none. */
	sgi(1, sgi_to(0xfff9, 5));
	assert_int_equal(world.requests, 2);
	assert_int_equal(take(0), 5);
	assert_int_equal(take(1), SPURIOUS);
	assert_int_equal(take(2), SPURIOUS);
	assert_int_equal(take(3), 5);
	end(0, 5);
	/* Again to one that has it active, and to one that has ended it. */
	sgi(1, sgi_to(9, 5));
	assert_int_equal(take(0), 5);
	enter(3);
	end(3, 5);
	world.request[3] = false;
	assert_int_equal(take(3), 5);
	end(0, 5);
	end(3, 5);
	/* To all but itself, whatever the list says. */
	sgi(2, sgi_to(0xffff, 5) | BIT(40));
	assert_int_equal(take(2), SPURIOUS);
	for (u32 cpu = 0; cpu < 4; cpu++)
		assert_int_equal(take(cpu), cpu == 2 ? SPURIOUS : 5);
}

static void test_sgi_nowhere(void **state)
{
	static const u64 wrong[] = {1UL << 16, 1UL << 32, 1UL << 44, 1UL << 48};

	(void)state;
	for (u32 cpu = 0; cpu < 4; cpu++)
		use(cpu, 7, 0x90);
	world.requests = 0;
	for (u32 i = 0; i < ARRAY_LEN(wrong); i++)
		sgi(0, sgi_to(0xf, 7) | wrong[i]);
	/* Those of group 0 only. */
	vgic_sgi(world.vgic, 0, sgi_to(0xf, 7), false);
	assert_int_equal(world.requests, 0);
	for (u32 cpu = 0; cpu < 4; cpu++)
		assert_int_equal(take(cpu), SPURIOUS);
	out(reg(2, IGROUPR, 0), 4, 0);
	vgic_sgi(world.vgic, 0, sgi_to(0xf, 7), false);
	assert_int_equal(take(2), 7);
	assert_int_equal(take(1), SPURIOUS);
	/* Not enabled: it is pending, and nobody is told. */
	world.requests = 0;
	sgi(0, sgi_to(8, 9));
	assert_int_equal(world.requests, 0);
	assert_true(get_bit(3, ISPENDR, 9));
}

/* ---- Does an interrupt end wfi? ---- */

static void test_pending(void **state)
{
	(void)state;
	use(0, 40, 0xa0);
	use(0, 41, 0x60);
	assert_false(vgic_pending(world.vgic, 0));
	wire(40, true);
	/* Also before anybody has looked. */
	assert_true(vgic_pending(world.vgic, 0));
	iface()->vmcr = (iface()->vmcr & ~(u32)ICH_VMCR_VPMR) | 0xa0U << 24;
	assert_false(vgic_pending(world.vgic, 0));
	iface()->vmcr = (iface()->vmcr & ~(u32)ICH_VMCR_VPMR) | 0xa8U << 24;
	assert_true(vgic_pending(world.vgic, 0));
	iface()->vmcr &= ~(u32)ICH_VMCR_VENG1;
	assert_false(vgic_pending(world.vgic, 0));
	iface()->vmcr |= ICH_VMCR_VENG1;
	assert_int_equal(take(0), 40);
	/* An active one is none, one that is less urgent than it is none either. */
	assert_false(vgic_pending(world.vgic, 0));
	use(0, 42, 0xa0);
	wire(42, true);
	assert_false(vgic_pending(world.vgic, 0));
	wire(41, true);
	assert_true(vgic_pending(world.vgic, 0));
	wire(41, false);
	assert_false(vgic_pending(world.vgic, 0));
	end(0, 40);
	assert_true(vgic_pending(world.vgic, 0));
}

/* A CPU that starts anew masks everything; what is pending stays. */
static void test_cpu_reset(void **state)
{
	(void)state;
	use(0, 40, 0xa0);
	wire(40, true);
	assert_int_equal(take(0), 40);
	save(0);
	vgic_cpu_reset(world.vgic, 0);
	load(0);
	assert_int_equal(iface()->apr[0] | iface()->apr[1], 0);
	assert_int_equal(field_get(ICH_VMCR_VPMR, iface()->vmcr), 0);
	assert_int_equal(iface()->vmcr & (ICH_VMCR_VENG0 | ICH_VMCR_VENG1), 0);
	set_bit(0, ICACTIVER, 40);
	assert_int_equal(take(0), SPURIOUS);
	save(0);
	open_interface(0);
	load(0);
	assert_int_equal(take(0), 40);
}

/* ---- The device tree ---- */

static void test_fdt_node(void **state)
{
	u8 blob[1024];
	struct fdt fdt;
	struct fdt_writer w;
	const char *why;
	u64 base, size;
	u32 cell;
	int node;

	(void)state;
	fdt_start(&w, blob, sizeof(blob));
	fdt_node(&w, "");
	fdt_put_cell(&w, "#address-cells", 2);
	fdt_put_cell(&w, "#size-cells", 2);
	world.dev->ops->fdt(world.dev, &w);
	fdt_node(&w, "uart");
	vgic_vintc(world.vgic)->ops->fdt(vgic_vintc(world.vgic), BOARD_UART_IRQ, &w);
	fdt_end_node(&w);
	fdt_end_node(&w);
	assert_true(fdt_finish(&w) > 0);
	assert_int_equal(fdt_open(&fdt, blob, sizeof(blob), &why), 0);
	node = fdt_by_phandle(&fdt, PHANDLE_GIC);
	assert_true(fdt_is_compatible(&fdt, node, "arm,gic-v3"));
	assert_true(fdt_reg(&fdt, node, 0, &base, &size));
	assert_int_equal(base, 0x08000000);
	assert_int_equal(size, 0x10000);
	assert_true(fdt_reg(&fdt, node, 1, &base, &size));
	assert_int_equal(base, 0x080a0000);
	assert_int_equal(size, 4 * 0x20000);
	assert_true(fdt_cell(&fdt, node, "#interrupt-cells", 0, &cell));
	assert_int_equal(cell, 3);
	node = fdt_path(&fdt, "/uart");
	for (u32 i = 0; i < 3; i++) {
		static const u32 expect[] = {0, 1, 4};

		assert_true(fdt_cell(&fdt, node, "interrupts", i, &cell));
		assert_int_equal(cell, expect[i]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identity),
		TEST(test_redistributors),
		TEST(test_register_forms),
		TEST(test_refused),
		TEST(test_level),
		TEST(test_level_falls_early),
		TEST(test_edge),
		TEST(test_only_changes),
		TEST(test_soft_pending),
		TEST(test_disable),
		TEST(test_remote),
		TEST(test_remote_outdated),
		TEST(test_routes),
		TEST(test_save_active),
		TEST(test_more_than_list_registers),
		TEST(test_displaced),
		TEST(test_nested),
		TEST(test_split_ends),
		TEST(test_silent_group),
		TEST(test_ppi),
		TEST(test_forward),
		TEST(test_forward_untaken),
		TEST(test_forward_and_soft),
		TEST(test_sgi),
		TEST(test_sgi_nowhere),
		TEST(test_pending),
		TEST(test_cpu_reset),
		TEST(test_fdt_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
