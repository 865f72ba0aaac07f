// SPDX-License-Identifier: Apache-2.0
// The GICv2 that guests see, as far as it is not the same as the GICv3: banked registers, targets,
// and SGIs that have senders.
#include "vgic_world.h"

#define LRS 4

enum {
	CTLR = 0,
	TYPER = 4,
	IIDR = 8,
	ISENABLER = 0x100,
	ISPENDR = 0x200,
	ICPENDR = 0x280,
	ISACTIVER = 0x300,
	IPRIORITYR = 0x400,
	ITARGETSR = 0x800,
	ICFGR = 0xc00,
	SGIR = 0xf00,
	CPENDSGIR = 0xf10,
	SPENDSGIR = 0xf20,
	ICPIDR2 = 0xfe8,
};

/* SGIR */
#define TO_LIST(mask) ((u32)(mask) << 16)
#define TO_OTHERS     (1U << 24)
#define TO_SELF       (2U << 24)

static void start(u32 count)
{
	world_start(&vgicv2_ops, count, LRS);
	out(CTLR, 4, 1);
	for (u32 cpu = 0; cpu < count; cpu++) {
		on(cpu);
		out(ISENABLER, 4, ~0U);
		enter(cpu);
	}
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

static void send(u32 cpu, u32 value)
{
	on(cpu);
	out(SGIR, 4, value);
}

/* What a CPU acknowledges is this SGI of that sender. */
static void expect_sgi(u32 cpu, u32 id, u32 sender)
{
	u64 lr = 0;

	assert_int_equal(take_lr(cpu, &lr), id);
	assert_int_equal(field_get(ICH_LR_CPUID, lr), sender);
}

static void test_registers(void **state)
{
	(void)state;
	assert_int_equal(in(TYPER, 4), 3 << 5 | 3);
	assert_int_equal(in(IIDR, 4) & 0xfff, 0x43b);
	assert_int_equal(in(ICPIDR2, 4) >> 4 & 15, 2);
	out(CTLR, 4, 0xffffffff);
	assert_int_equal(in(CTLR, 4), 3);
	assert_int_equal(in(SGIR, 4), 0);
	/* The first 32 are each CPU's own. */
	out(IPRIORITYR + 4, 4, 0x80808080);
	on(1);
	assert_int_equal(in(IPRIORITYR + 4, 4), 0);
	on(0);
	assert_int_equal(in(IPRIORITYR + 4, 4), 0x80808080);
	/* Who am I? */
	for (u32 cpu = 0; cpu < 4; cpu++) {
		on(cpu);
		out(ITARGETSR, 4, 0);
		assert_int_equal(in(ITARGETSR, 4), 0x01010101U << cpu);
		assert_int_equal(in(ITARGETSR + 31, 1), 1U << cpu);
	}
	/* Only CPUs that exist. */
	out(ITARGETSR + 40, 4, 0xff0403f1);
	assert_int_equal(in(ITARGETSR + 40, 4), 0x0f040301);
	out(ITARGETSR + 41, 1, 8);
	assert_int_equal(in(ITARGETSR + 40, 4), 0x0f040801);
}

static void test_refused(void **state)
{
	static const struct {
		u64 offset;
		u32 size;
	} nothing[] = {
		{0xc, 4},
		{TYPER, 1},
		{TYPER, 2},
		{ISENABLER + 16, 4},
		{ISENABLER, 1},
		{ITARGETSR + 128, 4},
		{ITARGETSR + 32, 2},
		{IPRIORITYR + 128, 1},
		{ICFGR + 32, 4},
		{SGIR, 1},
		{SGIR + 4, 4},
		{0xf30, 4},
		{0x1000, 4},
		{0xffe8, 4},
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

static void test_targets(void **state)
{
	(void)state;
	out(ISENABLER + 4, 4, 1U << 8);
	wire(40, true);
	assert_int_equal(take(0), 40);
	end(0, 40);
	/* One of several: the first. */
	out(ITARGETSR + 40, 1, 0xc);
	assert_int_equal(take(0), SPURIOUS);
	assert_int_equal(take(3), SPURIOUS);
	assert_int_equal(take(2), 40);
	wire(40, false);
	end(2, 40);
	out(ITARGETSR + 40, 1, 0);
	wire(40, true);
	for (u32 cpu = 0; cpu < 4; cpu++)
		assert_int_equal(take(cpu), SPURIOUS);
	out(ITARGETSR + 40, 1, 2);
	assert_int_equal(take(1), 40);
}

static void test_sgi_targets(void **state)
{
	(void)state;
	send(1, TO_LIST(0xfd) | 3);
	assert_int_equal(take(1), SPURIOUS);
	expect_sgi(0, 3, 1);
	expect_sgi(2, 3, 1);
	expect_sgi(3, 3, 1);
	send(2, TO_OTHERS | TO_LIST(0xff) | 4);
	on(2);
	enter(2);
	assert_false(world.vgic->s.cpus[2].bank.latch);
	end(0, 3);
	expect_sgi(0, 4, 2);
	send(3, TO_SELF | 15);
	assert_int_equal(take(0), SPURIOUS);
	end(3, 3);
	/* Of equal priority the lower number first; SGI 4 of CPU 2 came, too. */
	expect_sgi(3, 4, 2);
	end(3, 4);
	expect_sgi(3, 15, 3);
	/* The fourth filter is reserved: to nobody. */
	world.requests = 0;
	send(0, 3U << 24 | TO_LIST(0xff) | 5);
	assert_int_equal(world.requests, 0);
}

/* Each sender's counts, one after the other. */
static void test_sgi_senders(void **state)
{
	static const u32 order[] = {0, 1, 2, 1, 3};

	(void)state;
	for (u32 cpu = 0; cpu < 4; cpu++)
		send(cpu, TO_LIST(4) | 6);
	for (u32 i = 0; i < ARRAY_LEN(order); i++) {
		expect_sgi(2, 6, order[i]);
		/* One of them again while another's is active. */
		if (i == 2)
			send(1, TO_LIST(4) | 6);
		end(2, 6);
	}
	assert_int_equal(take(2), SPURIOUS);
	/* Away and back with one active and one pending: both keep their senders. */
	send(3, TO_LIST(4) | 7);
	expect_sgi(2, 7, 3);
	send(0, TO_LIST(4) | 7);
	enter(2);
	save(2);
	load(2);
	enter(2);
	assert_int_equal(field_get(ICH_LR_CPUID, iface()->lr[0]), 3);
	assert_int_equal(lr_state(iface()->lr[0]), LR_ACTIVE);
	end(2, 7);
	expect_sgi(2, 7, 0);
}

static void test_sgi_pending_registers(void **state)
{
	(void)state;
	on(1);
	out(SPENDSGIR + 9, 1, 0xf5);
	assert_int_equal(in(SPENDSGIR + 8, 4), 0x0500);
	assert_int_equal(in(CPENDSGIR + 8, 4), 0x0500);
	assert_int_equal(in(ISPENDR, 4), 1U << 9);
	/* That is not the way to set or clear them. */
	out(ICPENDR, 4, 0xffff);
	out(ISPENDR, 4, 0xf);
	assert_int_equal(in(ISPENDR, 4), 1U << 9);
	enter(1);
	/* Also of one that is listed. */
	assert_int_equal(in(CPENDSGIR + 9, 1), 5);
	enter(1);
	out(CPENDSGIR + 8, 4, 0x0100);
	expect_sgi(1, 9, 2);
	end(1, 9);
	assert_int_equal(take(1), SPURIOUS);
	on(0);
	assert_int_equal(in(CPENDSGIR + 8, 4), 0);
	out(SPENDSGIR, 4, 0);
	assert_int_equal(in(ISPENDR, 4), 0);
	out(SPENDSGIR, 1, 1);
	enter(0);
	out(CPENDSGIR, 1, 0xff);
	assert_int_equal(take(0), SPURIOUS);
}

static void test_too_many_cpus(void **state)
{
	struct vgic vgic = {.vdev.ops = &vgicv2_ops};

	(void)state;
	start(8);
	world_end();
	world.cpu_count = 9;
	world.errors = 0;
	assert_int_equal(vgicv2_ops.create(&vgic.vdev, ""), -EINVAL);
	assert_int_equal(world.errors, 1);
	world.cpu_count = 16;
	vgic.vdev.ops = &vgicv3_ops;
	assert_int_equal(vgicv3_ops.create(&vgic.vdev, ""), 0);
}

static void test_fdt_node(void **state)
{
	u8 blob[1024];
	struct fdt fdt;
	struct fdt_writer w;
	const char *why;
	u64 base, size;
	int node;

	(void)state;
	fdt_start(&w, blob, sizeof(blob));
	fdt_node(&w, "");
	fdt_put_cell(&w, "#address-cells", 2);
	fdt_put_cell(&w, "#size-cells", 2);
	world.dev->ops->fdt(world.dev, &w);
	fdt_end_node(&w);
	assert_true(fdt_finish(&w) > 0);
	assert_int_equal(fdt_open(&fdt, blob, sizeof(blob), &why), 0);
	node = fdt_by_phandle(&fdt, PHANDLE_GIC);
	assert_true(fdt_is_compatible(&fdt, node, "arm,cortex-a15-gic"));
	assert_true(fdt_reg(&fdt, node, 0, &base, &size));
	assert_int_equal(base, 0x08000000);
	assert_true(fdt_reg(&fdt, node, 1, &base, &size));
	assert_int_equal(base, 0x08010000);
	assert_int_equal(size, 0x2000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registers),
		TEST(test_refused),
		TEST(test_targets),
		TEST(test_sgi_targets),
		TEST(test_sgi_senders),
		TEST(test_sgi_pending_registers),
		cmocka_unit_test(test_too_many_cpus),
		TEST(test_fdt_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
