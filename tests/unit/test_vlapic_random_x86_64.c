// SPDX-License-Identifier: Apache-2.0
// arch/x86_64/vlapic*.c, vioapic.c: what two kinds of guests do at random to a VM's local APICs and
// I/O APIC. Well-behaved ones, of whose interrupts none may be lost or come for nothing; and
// hostile ones, with whom no more must hold than what check() says.
#include "apic_world.h"

#define CPUS  3U
#define STEPS 60000U /* of each guest */
#define DEPTH 20

enum { SELECT = 0x00, WINDOW = 0x10, IOAPIC_EOI = 0x40 };

#define LEVEL      0x8000U
#define LOGICAL    0x800U
#define PERIODIC   0x20000U
#define DEADLINE   0x40000U
#define IPI_BASE   0xe0U /* vectors of IPIs: eight, for whoever they come from */
#define IPIS       8U
#define TIMER_BASE 0xd0U

/* What a guest's CPU is handling, and what it is owed. */
static struct {
	int handling[DEPTH];
	u32 depth;
	u32 ipis;
	bool tick;
} cpus[CPUS];

static bool wires[VIOAPIC_INPUTS];
static bool owed[VIOAPIC_INPUTS];
static u32 taken;

static u32 pick(u32 n)
{
	return (u32)rand() % n;
}

static u64 random64(void)
{
	return (u64)rand() << 40 ^ (u64)rand() << 20 ^ (u64)rand();
}

static void out(u32 reg, u32 value)
{
	vioapic_ops.write(world.ioapic, SELECT, 4, reg);
	vioapic_ops.write(world.ioapic, WINDOW, 4, value);
}

static void wire(u32 input, bool level)
{
	vioapic_set(world.ioapic, input, level);
}

/* ---- What must hold at all times ---- */

/* Whoever has something to deliver was told, since it last had nothing. */
static bool told[CPUS];

static void check_cpu(u32 cpu)
{
	const struct vlapic *a = &world.apics[cpu];
	int vector = vlapic_pending(a);

	if (world.notified[cpu])
		told[cpu] = true;
	world.notified[cpu] = 0;
	assert_in_range(vector + 1, 0, 256);
	if (vector < 0)
		told[cpu] = false;
	else
		assert_true(told[cpu]);
	assert_int_equal((a->irr[0] | a->isr[0]) & 0xffff, 0);
	if (!(a->svr & 0x100))
		for (u32 n = 0; n < LVT_COUNT; n++)
			assert_true(a->lvt[n] & MASKED);
	if (!(a->base & 0x800)) {
		assert_int_equal(vector, -1);
		assert_false(timer_armed(&a->timer));
	}
	if (vlapic_is_x2apic(a))
		assert_int_equal(a->ldr, 1U << cpu);
	if (a->timer_counting)
		assert_true(a->timer_initial && timer_armed(&a->timer));
	if (a->tsc_deadline)
		assert_true(timer_armed(&a->timer));
}

static void check(void)
{
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		check_cpu(cpu);
}

static void start(void)
{
	memset(cpus, 0, sizeof(cpus));
	memset(wires, 0, sizeof(wires));
	memset(owed, 0, sizeof(owed));
	memset(told, 0, sizeof(told));
	taken = 0;
	world_start(CPUS);
	ioapic_start();
}

/* ---- A well-behaved guest ---- */

static bool is_level(u32 input)
{
	return input % 2;
}

/* Its own for each input: three in each class. */
static u32 input_vector(u32 input)
{
	return 0x30 + (input / 3 << 4) + input % 3;
}

/* To one CPU, in one of the ways; in x2APIC mode all ids are logical members as well. */
static void set_target(u32 input, u32 cpu)
{
	bool logical = pick(2);
	u32 mode = logical ? LOGICAL | pick(2) << 8 : 0;

	out(0x10 + 2 * input,
		MASKED | (is_level(input) ? LEVEL : 0) | input_vector(input));
	out(0x11 + 2 * input, (logical ? 1U << cpu : cpu) << 24);
	out(0x10 + 2 * input, mode | (is_level(input) ? LEVEL : 0) | input_vector(input));
}

static void set_wire(u32 input, bool level)
{
	if (level && !wires[input] && !is_level(input))
		owed[input] = true;
	wires[input] = level;
	wire(input, level);
}

static void send_ipi(u32 cpu, u32 target)
{
	u32 n = pick(IPIS), low = IPI_BASE + n;

	cpus[target].ipis |= 1U << n;
	on(cpu);
	if (vlapic_is_x2apic(apic) && target == cpu && pick(2)) {
		wr(SELF_IPI, low);
		return;
	}
	if (target == cpu)
		low |= 0x40000;
	else if (pick(2))
		low |= LOGICAL;
	if (low & LOGICAL)
		target = 1U << target;
	if (vlapic_is_x2apic(apic)) {
		wr(ICR, (u64)target << 32 | low);
	} else {
		wr(ICR_HIGH, target << 24);
		wr(ICR, low);
	}
}

static void start_timer(u32 cpu)
{
	static const u32 modes[] = {0, PERIODIC, DEADLINE};
	u32 mode = modes[pick(3)];

	on(cpu);
	wr(TIMER, mode | (TIMER_BASE + cpu));
	wr(DIVIDE, (u32[]){0xb, 0x0, 0x3, 0xa}[pick(4)]);
	if (mode == DEADLINE)
		vlapic_set_tsc_deadline(apic, vlapic_tsc(apic) + pick(200000));
	else
		wr(INITIAL, 1 + pick(100000));
	cpus[cpu].tick = true;
}

/* It has a reason to come, which is gone now. */
static void acknowledged(u32 cpu, u32 vector)
{
	u32 input = ((vector - 0x30) >> 4) * 3 + vector % 16;

	if (vector >= IPI_BASE) {
		assert_true(cpus[cpu].ipis >> (vector - IPI_BASE) & 1);
		cpus[cpu].ipis &= ~(1U << (vector - IPI_BASE));
	} else if (vector >= TIMER_BASE) {
		assert_true(cpus[cpu].tick);
		assert_int_equal(vector, TIMER_BASE + cpu);
	} else if (!is_level(input)) {
		assert_true(owed[input]);
		owed[input] = false;
	} else {
		assert_true(wires[input]);
	}
}

static bool step_take(u32 cpu)
{
	int vector;

	on(cpu);
	vector = cpus[cpu].depth < DEPTH ? take() : -1;
	if (vector < 0)
		return false;
	acknowledged(cpu, (u32)vector);
	cpus[cpu].handling[cpus[cpu].depth++] = vector;
	taken++;
	return true;
}

/* The handler is done: a wire that brought it here has fallen, as a rule. */
static void step_end(u32 cpu, bool quiet)
{
	u32 vector, input;

	if (!cpus[cpu].depth)
		return;
	vector = (u32)cpus[cpu].handling[--cpus[cpu].depth];
	input = ((vector - 0x30) >> 4) * 3 + vector % 16;
	if (vector < TIMER_BASE && is_level(input) && (quiet || pick(4)))
		set_wire(input, false);
	on(cpu);
	end();
}

static void step(void)
{
	u32 cpu = pick(CPUS), input = pick(VIOAPIC_INPUTS);

	on(cpu);
	switch (pick(10)) {
	case 0:
	case 1:
	case 2: step_take(cpu); break;
	case 3:
	case 4: step_end(cpu, false); break;
	case 5:
		/* A level stays until it is handled. */
		if (!is_level(input))
			set_wire(input, pick(2));
		else
			set_wire(input, true);
		break;
	case 6: send_ipi(cpu, pick(CPUS)); break;
	case 7: wr(TPR, pick(4) ? 0 : pick(0x100)); break;
	case 8: pass(pick(3000)); break;
	default:
		/* What is under way is not moved. */
		if (pick(10) == 0 && !wires[input] && !owed[input] && is_level(input))
			set_target(input, cpu);
		else if (pick(4) == 0)
			start_timer(cpu);
	}
}

static void drain(void)
{
	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		on(cpu);
		wr(TIMER, MASKED | TIMER_BASE);
		wr(TPR, 0);
	}
	for (u32 round = 0; round < 100; round++)
		for (u32 cpu = 0; cpu < CPUS; cpu++)
			while (step_take(cpu) || cpus[cpu].depth)
				step_end(cpu, true);
	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		assert_int_equal(cpus[cpu].ipis, 0);
		for (u32 word = 0; word < APIC_WORDS; word++)
			assert_int_equal(world.apics[cpu].irr[word] |
					world.apics[cpu].isr[word],
				0);
	}
	for (u32 input = 0; input < VIOAPIC_INPUTS; input++)
		assert_false(owed[input] || (is_level(input) && wires[input]));
}

static void test_good_guests(void **state)
{
	(void)state;
	for (u32 run = 0; run < 8; run++) {
		srand(run);
		start();
		for (u32 cpu = 0; cpu < CPUS && run % 2; cpu++)
			go_x2apic(cpu);
		for (u32 input = 0; input < VIOAPIC_INPUTS; input++)
			set_target(input, pick(CPUS));
		for (u32 i = 0; i < STEPS; i++) {
			step();
			check();
		}
		drain();
		assert_true(taken > STEPS / 10);
		world_end();
	}
}

/* ---- A hostile one ---- */

static void attack_register(u32 cpu)
{
	u32 reg = pick(8) ? pick(0x42) : (u32)rand();
	u64 value;

	on(cpu);
	/* Nobody finds the registers of one that is off. */
	if (!(apic->base & 0x800))
		return;
	if (pick(3) == 0)
		vlapic_read(apic, reg, &value);
	else if (pick(2))
		vlapic_write(apic, reg,
			vlapic_is_x2apic(apic) ? random64() : (u32)random64());
	else
		vlapic_write(apic, reg, random64() & 0x700ff);
}

static void attack_base(u32 cpu)
{
	static const u64 bases[] = {BASE_OFF, BASE_XAPIC, BASE_X2APIC, 0xfee00400};

	on(cpu);
	if (pick(4))
		vlapic_set_base(apic, bases[pick(4)]);
	else
		vlapic_set_base(apic, random64());
	/* As a kernel has it, so that something comes of the rest. */
	if (pick(4) && apic->base & 0x800)
		vlapic_write(apic, SVR, ENABLED);
}

static void attack_ioapic(void)
{
	switch (pick(4)) {
	case 0: vioapic_ops.read(world.ioapic, pick(0x12) * 4, 4); break;
	case 1: vioapic_ops.write(world.ioapic, pick(0x12) * 4, 4, (u32)rand()); break;
	case 2: vioapic_ops.write(world.ioapic, IOAPIC_EOI, 4, (u32)rand()); break;
	default: out(0x10 + pick(50), (u32)rand() & (pick(4) ? 0xff00efff : ~0U));
	}
}

static void attack_message(void)
{
	const struct apic_message message = {
		.dest = pick(2) ? pick(8) : (u32)rand(),
		.vector = (u8)rand(),
		.mode = (u8)pick(pick(8) ? 2 : 256),
		.logical = pick(2),
		.level = pick(2),
		.deassert = pick(8) == 0,
	};

	if (pick(2))
		vlapic_deliver(the_vm(), &message);
	else
		vlapic_msi(the_vm(),
			pick(8) ? 0xfee00000 | (u32)rand() % 0x100000 : random64(),
			(u32)rand());
}

static void attack(void)
{
	u32 cpu = pick(CPUS), fired = world.fired;
	u64 before = world.now;

	switch (pick(10)) {
	case 0:
	case 1:
	case 2: attack_register(cpu); break;
	case 3: attack_ioapic(); break;
	case 4: attack_message(); break;
	case 5: wire(pick(26), pick(2)); break;
	case 6:
		on(cpu);
		if (pick(2))
			vlapic_set_tsc_deadline(apic, vlapic_tsc(apic) + pick(20000));
		else
			vlapic_set_tsc_deadline(apic, random64());
		break;
	case 7:
		pass_late(pick(100000), pick(4) ? 0 : pick(1000000));
		/* However short the periods are. */
		assert_true(world.fired - fired <=
			CPUS * (2 + (world.now - before) / 20000));
		break;
	case 8:
		on(cpu);
		take();
		break;
	default:
		on(cpu);
		if (pick(20) && apic->base & 0x800)
			vlapic_write(apic, EOI, 0);
		else if (pick(2))
			attack_base(cpu);
		else if (pick(20) == 0)
			vlapic_reset(apic);
	}
}

static void test_hostile_guests(void **state)
{
	(void)state;
	for (u32 run = 0; run < 12; run++) {
		srand(100 + run);
		start();
		for (u32 i = 0; i < STEPS; i++) {
			attack();
			check();
		}
		assert_true(world.fired > 100);
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
