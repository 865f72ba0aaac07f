// SPDX-License-Identifier: Apache-2.0
// Random guests against both virtual GICs. Well-behaved ones, of whose interrupts none may be lost
// or come for nothing; and hostile ones, with whom no more must hold than what check_entry() says.
#include "vgic_world.h"

#define GUEST_CPUS 3U
#define STEPS      40000U /* of each guest */
#define DEPTH      40

enum {
	CTLR = 0,
	IGROUPR = 0x80,
	ISENABLER = 0x100,
	ICENABLER = 0x180,
	ICACTIVER = 0x380,
	IPRIORITYR = 0x400,
	ITARGETSR = 0x800,
	ICFGR = 0xc00,
	SGIR = 0xf00,
	IROUTER = 0x6000,
	GICR = 0x10000,
	GICR_SIZE = 0x20000,
	GICR_SGI = 0x10000,
};

#define TIMER 27U
#define TICK  30U /* a PPI with a wire */

static bool v3;

/* What a guest's CPU is doing, and what it is owed: edges and SGIs since they were last taken. */
static struct {
	bool loaded;
	u32 handling[DEPTH];
	u32 depth;
	u32 sgis;
	bool tick;
} guests[CPUS];

static bool levels[VGIC_INTIDS];
static bool owed[VGIC_INTIDS];
static u32 taken;

static u32 pick(u32 n)
{
	return (u32)rand() % n;
}

/* Four of them; none so low that the mask holds it back for ever. */
static u32 priorities(void)
{
	return (u32)rand() & 0xefefefef;
}

static bool is_edge(u32 intid)
{
	return intid % 2;
}

static u64 reg(u32 cpu, u64 block, u32 word)
{
	return (v3 && word == 0 ? GICR + GICR_SIZE * cpu + GICR_SGI : 0) + block +
		4 * word;
}

/* The accesses of a CPU: of GICv2's banked registers its own. */
static void guest_out(u32 cpu, u64 block, u32 word, u32 value)
{
	on(cpu);
	out(reg(cpu, block, word), 4, value);
}

static void set_target(u32 cpu, u32 intid, u32 target)
{
	on(cpu);
	if (v3)
		out(IROUTER + 8 * intid, 8, target);
	else
		out(ITARGETSR + intid, 1, 1U << target);
}

static void start(u32 lrs)
{
	memset(guests, 0, sizeof(guests));
	memset(levels, 0, sizeof(levels));
	memset(owed, 0, sizeof(owed));
	taken = 0;
	world_start(v3 ? &vgicv3_ops : &vgicv2_ops, GUEST_CPUS, lrs);
	out(CTLR, 4, 3);
	for (u32 cpu = 0; cpu < GUEST_CPUS; cpu++) {
		guests[cpu].loaded = true;
		guest_out(cpu, ISENABLER, 0, ~0U);
		for (u32 intid = 0; intid < 32; intid += 4)
			guest_out(cpu, IPRIORITYR + intid, 0, priorities());
	}
	for (u32 word = 1; word < VGIC_WORDS; word++) {
		guest_out(0, ISENABLER, word, ~0U);
		guest_out(0, IGROUPR, word, (u32)rand());
		guest_out(0, ICFGR + 4 * word, word, 0x88888888);
		guest_out(0, ICFGR + 4 * word + 4, word, 0x88888888);
	}
	for (u32 intid = 32; intid < VGIC_INTIDS; intid += 4)
		guest_out(0, IPRIORITYR + intid, 0, priorities());
	for (u32 intid = 32; intid < VGIC_INTIDS; intid++)
		set_target(0, intid, pick(GUEST_CPUS));
}

/* ---- A well-behaved guest ---- */

static void set_wire(u32 intid, bool level)
{
	if (level && !levels[intid] && is_edge(intid))
		owed[intid] = true;
	levels[intid] = level;
	wire(intid, level);
}

static void send(u32 cpu, u32 target, u32 id)
{
	guests[target].sgis |= 1U << id;
	on(cpu);
	if (v3)
		vgic_sgi(world.vgic, cpu, 1U << target | (u64)id << 24, true);
	else
		out(SGIR, 4, 1U << (16 + target) | id);
}

/* It has a reason to come, which is gone now. */
static void acknowledged(u32 cpu, u32 intid)
{
	if (intid < GIC_PPI) {
		/* Of GICv2 there may have been several, one for each sender. */
		assert_true(guests[cpu].sgis >> intid & 1 || !v3);
		guests[cpu].sgis &= ~(1U << intid);
	} else if (intid == TICK) {
		assert_true(guests[cpu].tick);
	} else if (intid >= GIC_SPI && is_edge(intid)) {
		assert_true(owed[intid]);
		owed[intid] = false;
	} else if (intid >= GIC_SPI) {
		assert_true(levels[intid]);
	}
}

static bool step_take(u32 cpu)
{
	u32 intid = guests[cpu].depth < DEPTH ? take(cpu) : SPURIOUS;

	if (intid == SPURIOUS)
		return false;
	acknowledged(cpu, intid);
	taken++;
	guests[cpu].handling[guests[cpu].depth++] = intid;
	return true;
}

/* The handler is done: a wire that brought it here has fallen, as a rule. */
static void step_end(u32 cpu)
{
	u32 intid;

	if (!guests[cpu].depth)
		return;
	intid = guests[cpu].handling[--guests[cpu].depth];
	on(cpu);
	if (intid == TICK && pick(4)) {
		guests[cpu].tick = false;
		vgic_ppi_set(world.vgic, cpu, TICK, false);
	} else if (intid >= GIC_SPI && !is_edge(intid) && pick(4)) {
		set_wire(intid, false);
	}
	end(cpu, intid);
}

static void step_load(u32 cpu)
{
	if (guests[cpu].loaded)
		save(cpu);
	else
		load(cpu);
	guests[cpu].loaded = !guests[cpu].loaded;
}

/* Disabled for a moment: whatever was listed comes back, nothing is lost. */
static void step_mask(u32 cpu, u32 intid)
{
	guest_out(cpu, ICENABLER, intid / 32, 1U << intid % 32);
	enter(cpu);
	guest_out(cpu, ISENABLER, intid / 32, 1U << intid % 32);
}

static void step_cpu(u32 cpu, u32 kind)
{
	u32 intid = 32 + pick(96);

	switch (kind) {
	case 0:
	case 1:
	case 2:
	case 3: step_take(cpu); break;
	case 4:
	case 5:
	case 6: step_end(cpu); break;
	case 7:
		send(cpu, pick(GUEST_CPUS), pick(GIC_PPI));
		enter(cpu);
		break;
	case 8: step_mask(cpu, pick(2) ? intid : pick(32)); break;
	case 9: set_target(cpu, intid, pick(GUEST_CPUS)); break;
	case 10: guest_out(cpu, IPRIORITYR, intid / 4, priorities()); break;
	case 11:
		on(cpu);
		if (!(iface()->ppi_active >> TIMER & 1))
			forward(cpu, TIMER);
		break;
	case 12:
		on(cpu);
		guests[cpu].tick = true;
		vgic_ppi_set(world.vgic, cpu, TICK, true);
		break;
	default:
		on(cpu);
		assert_int_equal(vgic_pending(world.vgic, cpu), signalled() >= 0);
	}
}

static void step(void)
{
	u32 cpu = pick(GUEST_CPUS);

	if (pick(50) == 0)
		step_load(cpu);
	else if (pick(4) == 0)
		set_wire(32 + pick(96), pick(2));
	else if (guests[cpu].loaded)
		step_cpu(cpu, pick(14));
}

/* All handlers end, all that is pending is taken: then all is quiet, and nothing is owed. */
static void drain(void)
{
	for (u32 cpu = 0; cpu < GUEST_CPUS; cpu++)
		if (!guests[cpu].loaded)
			step_load(cpu);
	for (u32 intid = 32; intid < VGIC_INTIDS; intid++)
		if (!is_edge(intid))
			set_wire(intid, false);
	for (u32 round = 0; round < 100; round++)
		for (u32 cpu = 0; cpu < GUEST_CPUS; cpu++)
			while (step_take(cpu) || guests[cpu].depth)
				step_end(cpu);
	for (u32 cpu = 0; cpu < GUEST_CPUS; cpu++) {
		enter(cpu);
		assert_int_equal(guests[cpu].sgis, 0);
		assert_int_equal(iface()->ppi_active, 0);
		assert_int_equal(world.vgic->s.cpus[cpu].bank.active, 0);
		assert_int_equal(world.vgic->s.cpus[cpu].bank.latch, 0);
	}
	for (u32 intid = 0; intid < VGIC_INTIDS; intid++)
		assert_false(owed[intid]);
	for (u32 word = 1; word < VGIC_WORDS; word++)
		assert_int_equal(world.vgic->s.spi[word - 1].active, 0);
}

static void test_good_guests(void **state)
{
	(void)state;
	for (u32 run = 0; run < 10; run++) {
		v3 = run % 2;
		srand(run);
		start(1 + run);
		for (u32 i = 0; i < STEPS; i++)
			step();
		drain();
		assert_true(taken > STEPS / 25);
		world_end();
	}
}

/* ---- A hostile one ---- */

static u64 random_offset(void)
{
	static const u64 areas[] = {0, 0x80, 0x100, 0x200, 0x300, 0x400, 0x800, 0xc00,
		0xf00, 0xf10, IROUTER + 256, 0xffe0};
	u64 offset = areas[pick(ARRAY_LEN(areas))] + pick(0x90);

	if (v3 && pick(2))
		offset += GICR + GICR_SGI * pick(2 * GUEST_CPUS + 1);
	return offset;
}

static void attack_register(u32 cpu)
{
	u32 size = 1U << pick(v3 ? 4 : 3);
	u64 offset = ALIGN_DOWN(random_offset(), size);
	u64 value = (u64)rand() << 32 ^ (u64)rand() << 16 ^ (u64)rand();

	on(cpu);
	if (pick(2))
		out(offset, size, pick(4) ? value : ~0UL);
	else
		in(offset, size);
}

/* As the hardware lets it. */
static void attack_interface(u32 cpu)
{
	on(cpu);
	switch (pick(4)) {
	case 0: iface()->vmcr = (u32)rand() & 0xfe00021f; break;
	case 1: end(cpu, pick(VGIC_INTIDS)); break;
	case 2: deactivate(pick(VGIC_INTIDS)); break;
	default: end_active(cpu, (u32)rand() % 300); break;
	}
}

static void attack(void)
{
	u32 cpu = pick(GUEST_CPUS);

	if (pick(50) == 0)
		step_load(cpu);
	if (pick(4) == 0)
		wire(pick(140), pick(2));
	if (!guests[cpu].loaded)
		return;
	switch (pick(8)) {
	case 0:
	case 1:
	case 2: attack_register(cpu); break;
	case 3: attack_interface(cpu); break;
	case 4:
	case 5: take(cpu); break;
	case 6:
		on(cpu);
		vgic_sgi(world.vgic, cpu, (u64)rand() << 32 ^ (u64)rand() << 12, pick(2));
		break;
	default:
		on(cpu);
		vgic_ppi_set(world.vgic, cpu, TICK, pick(2));
		if (!(iface()->ppi_active >> TIMER & 1))
			forward(cpu, TIMER);
	}
	enter(cpu);
}

static void test_hostile_guests(void **state)
{
	(void)state;
	for (u32 run = 0; run < 12; run++) {
		v3 = run % 2;
		srand(100 + run);
		start(1 + run);
		for (u32 i = 0; i < STEPS; i++)
			attack();
		world_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_guests),
		cmocka_unit_test(test_hostile_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
