// SPDX-License-Identifier: Apache-2.0
// arch/riscv64/vplic.c: gateways, priorities, claims, and what reaches the vCPUs.
#include "vdev_world.h"

#include "arch/riscv64/plic.h"
#include <arch/machine.h>

#define BASE 0x0c000000

static struct vintc *wire;

static u32 in(u64 offset)
{
	return (u32)world_read(offset, 4);
}

static void out(u64 offset, u32 value)
{
	world_write(offset, 4, value);
}

/* The supervisor context of a hart. */
static u32 context(u32 hart)
{
	return 2 * hart + 1;
}

static void enable(u32 hart, u32 source, bool on)
{
	u64 reg = PLIC_ENABLE(context(hart), source / 32);
	u32 bit = 1U << source % 32;

	out(reg, on ? in(reg) | bit : in(reg) & ~bit);
}

static u32 claim(u32 hart)
{
	return in(PLIC_CLAIM(context(hart)));
}

static void complete(u32 hart, u32 source)
{
	out(PLIC_CLAIM(context(hart)), source);
}

static void set(u32 source, bool level)
{
	wire->ops->set(wire, source, level);
}

static bool pending(u32 source)
{
	return in(PLIC_PENDING(source / 32)) >> source % 32 & 1;
}

/* A source that interrupts hart 0. */
static void use(u32 source, u32 priority)
{
	out(PLIC_PRIORITY(source), priority);
	enable(0, source, true);
}

static int setup(void **state)
{
	(void)state;
	world.cpu_count = 4;
	world_start(&vplic_ops, BASE);
	wire = vplic_vintc(world.dev);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(world.refused, 0);
	world_end();
	return 0;
}

static void test_one(void **state)
{
	(void)state;
	use(10, 1);
	assert_false(world.input[0]);
	assert_int_equal(claim(0), 0);
	set(10, true);
	assert_true(pending(10));
	assert_true(world.input[0]);
	assert_int_equal(claim(0), 10);
	assert_false(pending(10));
	assert_false(world.input[0]);
	assert_int_equal(claim(0), 0);
	set(10, false);
	complete(0, 10);
	assert_false(world.input[0]);
	assert_int_equal(world.input_changes, 2);
}

static void test_level_gateway(void **state)
{
	(void)state;
	use(10, 1);
	set(10, true);
	assert_int_equal(claim(0), 10);
	/* Shut until it is completed, whatever the wire does. */
	set(10, false);
	set(10, true);
	set(10, true);
	assert_false(pending(10));
	assert_false(world.input[0]);
	/* Still high: once more. */
	complete(0, 10);
	assert_true(pending(10));
	assert_true(world.input[0]);
	assert_int_equal(claim(0), 10);
	set(10, false);
	complete(0, 10);
	assert_false(pending(10));
	/* A request that went through stays, though the wire falls. */
	set(10, true);
	set(10, false);
	assert_true(pending(10));
	assert_int_equal(claim(0), 10);
	complete(0, 10);
	assert_false(pending(10));
}

static void test_only_changes(void **state)
{
	(void)state;
	use(10, 1);
	use(11, 1);
	/* vm_cpu_irq() of the test checks that each call is a change. */
	set(10, true);
	set(10, true);
	set(11, true);
	assert_int_equal(world.input_changes, 1);
	assert_int_equal(claim(0), 10);
	assert_int_equal(world.input_changes, 1);
	assert_int_equal(claim(0), 11);
	assert_int_equal(world.input_changes, 2);
}

static void test_order(void **state)
{
	static const u32 expect[] = {127, 3, 31, 32, 96, 1, 64};

	(void)state;
	use(1, 1);
	use(3, 5);
	use(31, 2);
	use(32, 2);
	use(64, 1);
	use(96, 2);
	use(127, 7);
	use(50, 0);
	set(127, true);
	set(64, true);
	set(96, true);
	set(32, true);
	set(31, true);
	set(50, true);
	set(3, true);
	set(1, true);
	for (u32 i = 0; i < ARRAY_LEN(expect); i++)
		assert_int_equal(claim(0), expect[i]);
	/* A source of priority 0 never interrupts. */
	assert_true(pending(50));
	assert_false(world.input[0]);
	assert_int_equal(claim(0), 0);
	out(PLIC_PRIORITY(50), 1);
	assert_true(world.input[0]);
}

static void test_threshold(void **state)
{
	u32 reg = PLIC_THRESHOLD(1);

	(void)state;
	use(20, 3);
	out(reg, 3);
	assert_int_equal(in(reg), 3);
	set(20, true);
	assert_false(world.input[0]);
	out(reg, 2);
	assert_true(world.input[0]);
	out(reg, 7);
	assert_false(world.input[0]);
	/* But a claim does not look at it. */
	assert_int_equal(claim(0), 20);
	/* Its bits are WARL, like those of a priority. */
	out(reg, 0xffffffff);
	assert_int_equal(in(reg), 7);
	out(PLIC_PRIORITY(20), 0xfffffffc);
	assert_int_equal(in(PLIC_PRIORITY(20)), 4);
}

static void test_late_enable(void **state)
{
	(void)state;
	out(PLIC_PRIORITY(33), 1);
	set(33, true);
	assert_true(pending(33));
	assert_false(world.input[0]);
	enable(0, 33, true);
	assert_true(world.input[0]);
	enable(0, 33, false);
	assert_false(world.input[0]);
	assert_int_equal(claim(0), 0);
	/* Lowering a priority to 0 takes the output back as well. */
	enable(0, 33, true);
	out(PLIC_PRIORITY(33), 0);
	assert_false(world.input[0]);
}

static void test_two_harts(void **state)
{
	(void)state;
	use(40, 1);
	enable(3, 40, true);
	set(40, true);
	assert_true(world.input[0]);
	assert_true(world.input[3]);
	assert_false(world.input[1]);
	/* The first to claim gets it, and it is gone for the other. */
	assert_int_equal(claim(3), 40);
	assert_false(world.input[0]);
	assert_false(world.input[3]);
	assert_int_equal(claim(0), 0);
	/* Hart 1 has it not enabled, so it cannot complete it; hart 0 can. */
	complete(1, 40);
	assert_false(pending(40));
	complete(0, 40);
	assert_true(pending(40));
	assert_true(world.input[0]);
	assert_true(world.input[3]);
}

static void test_complete_nonsense(void **state)
{
	(void)state;
	use(10, 1);
	set(10, true);
	complete(0, 0);
	complete(0, 10);
	complete(0, 128);
	complete(0, 0xffffffff);
	assert_true(pending(10));
	assert_int_equal(claim(0), 10);
	complete(0, 11);
	assert_false(pending(10));
	set(0, true);
	set(128, true);
	set(0xffffffff, true);
	assert_int_equal(in(PLIC_PENDING(0)), 0);
}

static void test_source_zero(void **state)
{
	(void)state;
	out(PLIC_PRIORITY(0), 7);
	assert_int_equal(in(PLIC_PRIORITY(0)), 0);
	out(PLIC_ENABLE(1, 0), 0xffffffff);
	assert_int_equal(in(PLIC_ENABLE(1, 0)), 0xfffffffe);
	out(PLIC_ENABLE(1, 1), 0xffffffff);
	assert_int_equal(in(PLIC_ENABLE(1, 1)), 0xffffffff);
	assert_int_equal(claim(0), 0);
}

/* Machine-mode contexts read as zero and ignore writes, and nothing is amiss. */
static void test_machine_contexts(void **state)
{
	(void)state;
	for (u32 hart = 0; hart < 4; hart++) {
		u32 machine = 2 * hart;

		out(PLIC_ENABLE(machine, 0), 0xfffffffe);
		out(PLIC_THRESHOLD(machine), 7);
		assert_int_equal(in(PLIC_ENABLE(machine, 0)), 0);
		assert_int_equal(in(PLIC_THRESHOLD(machine)), 0);
		assert_int_equal(in(PLIC_CLAIM(machine)), 0);
	}
	use(5, 1);
	set(5, true);
	assert_int_equal(in(PLIC_CLAIM(0)), 0);
	out(PLIC_CLAIM(0), 5);
	assert_true(pending(5));
	/* The pending words are read only. */
	out(PLIC_PENDING(0), 0);
	assert_true(pending(5));
}

static void test_unknown(void **state)
{
	static const u32 nowhere[] = {
		PLIC_PRIORITY(128),
		0xffc,
		PLIC_PENDING(4),
		0x1ffc,
		PLIC_ENABLE(1, 4),
		PLIC_ENABLE(8, 0),
		0x1ffffc,
		PLIC_CONTEXT(1) + 8,
		PLIC_CONTEXT(8),
		PLIC_CONTEXT(9) + 4,
		PLIC_SIZE - 4,
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(nowhere); i++) {
		assert_int_equal(in(nowhere[i]), 0);
		assert_int_equal(world.refused, 2 * i + 1);
		assert_int_equal(world.refused_offset, nowhere[i]);
		out(nowhere[i], 0xffffffff);
		assert_int_equal(world.refused, 2 * i + 2);
	}
	world.refused = 0;
}

static void test_reset(void **state)
{
	(void)state;
	use(10, 1);
	use(11, 1);
	set(10, true);
	set(11, true);
	assert_int_equal(claim(0), 10);
	out(PLIC_THRESHOLD(1), 0);
	set(11, false);
	vplic_ops.reset(world.dev);
	assert_false(world.input[0]);
	assert_int_equal(in(PLIC_PRIORITY(10)), 0);
	assert_int_equal(in(PLIC_ENABLE(1, 0)), 0);
	/* A device that still holds its wire is heard again. */
	assert_true(pending(10));
	assert_false(pending(11));
	use(10, 1);
	assert_true(world.input[0]);
}

/* Random wires and registers against a plain model of the specification. */
static struct {
	bool level[128], pending[128], claimed[128], enabled[2][128];
	u32 priority[128], threshold[2];
} model;

static u32 model_best(u32 hart)
{
	u32 best = 0;

	for (u32 i = 1; i < 128; i++)
		if (model.pending[i] && model.enabled[hart][i] &&
			model.priority[i] > model.priority[best])
			best = i;
	return best;
}

static void model_step(u32 kind, u32 hart, u32 source, u32 value)
{
	u32 got;

	switch (kind) {
	case 0:
	case 1:
	case 2:
		set(source, value & 1);
		model.level[source] = value & 1;
		break;
	case 3:
		out(PLIC_PRIORITY(source), value);
		model.priority[source] = value;
		break;
	case 4:
		enable(hart, source, value & 1);
		model.enabled[hart][source] = value & 1;
		break;
	case 5:
		out(PLIC_THRESHOLD(context(hart)), value / 2);
		model.threshold[hart] = value / 2;
		break;
	case 6:
		got = claim(hart);
		assert_int_equal(got, model_best(hart));
		if (got) {
			model.pending[got] = false;
			model.claimed[got] = true;
		}
		break;
	default:
		complete(hart, source);
		if (model.enabled[hart][source])
			model.claimed[source] = false;
	}
	if (model.level[source] && !model.claimed[source])
		model.pending[source] = true;
}

static void test_random(void **state)
{
	(void)state;
	memset(&model, 0, sizeof(model));
	srand(2);
	for (u32 i = 0; i < 50000; i++) {
		/* Few sources, so that they meet; in all words. */
		model_step((u32)rand() % 8, (u32)rand() % 2, 1 + (u32)rand() % 16 * 8,
			(u32)rand() % 8);
		for (u32 hart = 0; hart < 2; hart++)
			assert_int_equal(world.input[hart],
				model.priority[model_best(hart)] > model.threshold[hart]);
		for (u32 source = 1; source < 128; source += 8)
			assert_int_equal(pending(source), model.pending[source]);
	}
}

static void test_fdt_node(void **state)
{
	u8 blob[1024];
	struct fdt fdt;
	u32 cell, len;
	u64 base, size;
	int node;

	(void)state;
	world_fdt(&fdt, blob, sizeof(blob));
	node = fdt_path(&fdt, "/soc/plic@c000000");
	assert_true(node >= 0);
	assert_true(fdt_is_compatible(&fdt, node, "sifive,plic-1.0.0"));
	assert_true(fdt_is_compatible(&fdt, node, "riscv,plic0"));
	assert_true(fdt_reg(&fdt, node, 0, &base, &size));
	assert_int_equal(base, BASE);
	assert_int_equal(size, 0x600000);
	assert_int_equal(fdt_by_phandle(&fdt, PHANDLE_PLIC), node);
	assert_true(fdt_cell(&fdt, node, "riscv,ndev", 0, &cell));
	assert_int_equal(cell, 127);
	assert_non_null(fdt_prop(&fdt, node, "interrupt-controller", NULL));
	assert_non_null(fdt_prop(&fdt, node, "interrupts-extended", &len));
	assert_int_equal(len, 4 * 4 * 4);
	for (u32 hart = 0; hart < 4; hart++) {
		for (u32 i = 0; i < 4; i++) {
			u32 expect = i % 2 == 0 ? PHANDLE_CPU_INTC(hart)
				: i == 1        ? 11
						: 9;

			assert_true(fdt_cell(&fdt, node, "interrupts-extended",
				4 * hart + i, &cell));
			assert_int_equal(cell, expect);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one),
		TEST(test_level_gateway),
		TEST(test_only_changes),
		TEST(test_order),
		TEST(test_threshold),
		TEST(test_late_enable),
		TEST(test_two_harts),
		TEST(test_complete_nonsense),
		TEST(test_source_zero),
		TEST(test_machine_contexts),
		TEST(test_unknown),
		TEST(test_reset),
		TEST(test_random),
		TEST(test_fdt_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
