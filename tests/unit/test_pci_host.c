// SPDX-License-Identifier: Apache-2.0
// vdev/pci_host.c: configuration mechanism #1, the host bridge, and reset.
#include "vdev_world.h"

#include "vdev/models.h"

#include <hv/bits.h>

enum { ADDRESS = 0, RST_CNT = 1, DATA = 4 };

#define ENABLE 0x80000000U

static int setup(void **state)
{
	(void)state;
	world_start(&pci_host_ops, 0xcf8);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_end();
	return 0;
}

static u32 address(u32 bus, u32 device, u32 function, u32 reg)
{
	return ENABLE | bus << 16 | device << 11 | function << 8 | (reg & 0xfc);
}

static u32 config(u32 bus, u32 device, u32 function, u32 reg)
{
	world_write(ADDRESS, 4, address(bus, device, function, reg));
	return (u32)world_read(DATA, 4);
}

/* As kernels find out whether there is this mechanism. */
static void test_probe(void **state)
{
	(void)state;
	assert_int_equal(world_read(ADDRESS, 4), 0);
	world_write(ADDRESS + 3, 1, 1);
	assert_int_equal(world.refused, 1);
	world_write(ADDRESS, 4, ENABLE);
	assert_int_equal(world_read(ADDRESS, 4), ENABLE);
	world_write(ADDRESS, 4, ~0U);
	assert_int_equal(world_read(ADDRESS, 4), 0x80fffffc);
	/* Not mechanism #2. */
	world_write(ADDRESS, 1, 0);
	world_write(ADDRESS + 2, 1, 0);
	assert_int_equal(world_read(ADDRESS, 1), 0xff);
	assert_int_equal(world_read(ADDRESS + 2, 1), 0xff);
	assert_int_equal(world_read(ADDRESS, 2), 0xffff);
	assert_int_equal(world_read(ADDRESS, 4), 0x80fffffc);
}

static void test_bridge(void **state)
{
	(void)state;
	assert_int_equal(config(0, 0, 0, 0), 0x00081b36);
	assert_int_equal(config(0, 0, 0, 4), 0);
	assert_int_equal(config(0, 0, 0, 8), 0x06000000);
	assert_int_equal(config(0, 0, 0, 0xc), 0);
	for (u32 reg = 0x10; reg < 0x100; reg += 4)
		assert_int_equal(config(0, 0, 0, reg), 0);
	assert_int_equal(world.refused, 0);
}

static void test_lanes(void **state)
{
	(void)state;
	config(0, 0, 0, 0);
	assert_int_equal(world_read(DATA, 1), 0x36);
	assert_int_equal(world_read(DATA + 1, 1), 0x1b);
	assert_int_equal(world_read(DATA + 2, 1), 0x08);
	assert_int_equal(world_read(DATA + 2, 2), 0x0008);
	config(0, 0, 0, 8);
	assert_int_equal(world_read(DATA + 2, 2), 0x0600);
	assert_int_equal(world_read(DATA + 3, 1), 0x06);
}

static void test_nobody(void **state)
{
	(void)state;
	for (u32 device = 0; device < 32; device++) {
		for (u32 function = 0; function < 8; function++)
			assert_int_equal(config(0, device, function, 0),
				device || function ? 0xffffffff : 0x00081b36);
		assert_int_equal(config(1, device, 0, 0), 0xffffffff);
		assert_int_equal(config(255, device, 7, 0xfc), 0xffffffff);
	}
	world_write(DATA, 4, 0);
	assert_int_equal(world_read(DATA, 2), 0xffff);
	assert_int_equal(world_read(DATA + 3, 1), 0xff);
	/* Not enabled. */
	world_write(ADDRESS, 4, 0);
	assert_int_equal(world_read(DATA, 4), 0xffffffff);
	world_write(DATA, 4, 0);
	test_bridge(state);
}

static void test_write(void **state)
{
	(void)state;
	for (u32 reg = 0; reg < 0x100; reg += 4) {
		config(0, 0, 0, reg);
		world_write(DATA, 4, ~0U);
	}
	assert_int_equal(config(0, 0, 0, 0), 0x00081b36);
	assert_int_equal(config(0, 0, 0, 4), 0x00000007);
	assert_int_equal(config(0, 0, 0, 8), 0x06000000);
	for (u32 reg = 0xc; reg < 0x100; reg += 4)
		assert_int_equal(config(0, 0, 0, reg), reg == 0x3c ? 0xff : 0);
	config(0, 0, 0, 4);
	world_write(DATA, 2, 2);
	assert_int_equal(world_read(DATA, 4), 2);
	world_write(DATA + 1, 1, 0xff);
	assert_int_equal(world_read(DATA, 4), 2);
	config(0, 0, 0, 0x3c);
	world_write(DATA, 1, 0x12);
	assert_int_equal(world_read(DATA, 4), 0x12);
}

static void test_reset_port(void **state)
{
	(void)state;
	world_write(RST_CNT, 1, 2);
	assert_int_equal(world_read(RST_CNT, 1), 2);
	world_write(RST_CNT, 1, 0xa);
	assert_int_equal(world_read(RST_CNT, 1), 0xa);
	/* It is a part of the other register in no other size. */
	world_write(ADDRESS, 4, 0x80000600);
	world_write(ADDRESS, 2, 0x0600);
	assert_int_equal(world.refused, 1);
	assert_false(world.shut_down);
	world_write(RST_CNT, 1, 6);
	assert_true(world.shut_down);
	assert_int_equal(world.end, VM_RESET);
}

static void test_reset(void **state)
{
	(void)state;
	test_write(state);
	world_write(RST_CNT, 1, 8);
	pci_host_ops.reset(world.dev);
	assert_int_equal(world_read(ADDRESS, 4), 0);
	assert_int_equal(world_read(RST_CNT, 1), 0);
	test_bridge(state);
}

static void test_random(void **state)
{
	(void)state;
	for (u32 i = 0; i < 200000; i++) {
		u64 r = world_random(), value = world_random();
		u32 size = 1U << r % 3;
		u64 offset = (r >> 8) % 8 & ~(u64)(size - 1);

		/* Often where somebody is. */
		if (r & 8)
			value &= 0x800000ff;
		if (r & 4)
			world_write(offset, size, value & (BIT(8 * size) - 1));
		else
			assert_true(world_read(offset, size) < BIT(8 * size));
	}
	assert_int_equal(config(0, 0, 0, 0), 0x00081b36);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_probe),
		TEST(test_bridge),
		TEST(test_lanes),
		TEST(test_nobody),
		TEST(test_write),
		TEST(test_reset_port),
		TEST(test_reset),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
