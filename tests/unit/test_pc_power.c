// SPDX-License-Identifier: Apache-2.0
// vdev/pc_power.c: power off, the ACPI timer, and the blocks where no event happens.
#include "vdev_world.h"

#include "vdev/models.h"

#include <hv/bits.h>

enum { STS = 0, EN = 2, CNT = 4, TMR = 8, GPE_STS = 0x20, GPE_EN = 0x24 };

#define SLP_EN 0x2000

static int setup(void **state)
{
	(void)state;
	world_start(&pc_power_ops, 0x600);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(world.line_changes, 0);
	world_end();
	return 0;
}

static void test_power_on(void **state)
{
	(void)state;
	assert_int_equal(world_read(STS, 4), 0);
	assert_int_equal(world_read(CNT, 2), 1); /* ACPI is enabled */
	assert_int_equal(world_read(GPE_STS, 4), 0);
	assert_int_equal(world_read(GPE_EN, 4), 0);
	assert_int_equal(world.refused, 0);
}

static void test_poweroff(void **state)
{
	(void)state;
	world_write(CNT, 2, SLP_EN);
	assert_true(world.shut_down);
	assert_int_equal(world.end, VM_POWEROFF);
	world.shut_down = false;
	world_write(CNT, 4, 0xffff0001 | SLP_EN);
	assert_true(world.shut_down);
	world.shut_down = false;
	world_write(CNT + 1, 1, SLP_EN >> 8);
	assert_true(world.shut_down);
}

static void test_no_sleep(void **state)
{
	(void)state;
	world_write(CNT, 2, 0);
	world_write(CNT, 1, 0xff);
	world_write(CNT + 2, 2, SLP_EN);
	world_write(STS, 4, ~0U);
	for (u64 type = 1; type < 8; type++) {
		world_write(CNT, 2, type << 10);
		assert_int_equal(world_read(CNT, 2), type << 10 | 1);
		world.refused = 0;
		world_write(CNT, 2, SLP_EN | type << 10);
		assert_int_equal(world.refused, 1);
		/* SLP_EN is not kept. */
		assert_int_equal(world_read(CNT, 2), type << 10 | 1);
		/* A byte of it goes with the other: of this type as well. */
		world_write(CNT + 1, 1, (SLP_EN | type << 10) >> 8);
		world_write(CNT, 1, 0);
	}
	assert_false(world.shut_down);
}

static void test_enable(void **state)
{
	(void)state;
	world_write(EN, 2, 0xffff);
	assert_int_equal(world_read(EN, 2), 0x721);
	assert_int_equal(world_read(STS, 4), 0x7210000);
	world_write(EN, 1, 0);
	assert_int_equal(world_read(EN, 2), 0x700);
	world_write(EN + 1, 1, 1);
	assert_int_equal(world_read(EN, 2), 0x100);
	world_write(STS, 2, 0xffff);
	assert_int_equal(world_read(STS, 4), 0x1000000);
	world_write(STS, 4, 0x0020ffff);
	assert_int_equal(world_read(STS, 4), 0x200000);
}

static void test_timer(void **state)
{
	(void)state;
	assert_int_equal(world_read(TMR, 4), 0);
	world.now = 1000000000;
	assert_int_equal(world_read(TMR, 4), 3579545);
	assert_int_equal(world_read(TMR, 1), 3579545 & 0xff);
	assert_int_equal(world_read(TMR + 2, 2), 3579545 >> 16);
	/* Through 32 bits. */
	world.now = 1200000000000;
	assert_int_equal(world_read(TMR, 4), 1200 * 3579545UL & 0xffffffff);
	world_write(TMR, 4, 5);
	assert_int_equal(world.refused, 1);
	assert_int_equal(world_read(TMR, 4), 1200 * 3579545UL & 0xffffffff);
}

static void test_gpe(void **state)
{
	(void)state;
	world_write(GPE_EN, 4, 0x12345678);
	assert_int_equal(world_read(GPE_EN, 4), 0x12345678);
	world_write(GPE_EN + 1, 1, 0xff);
	assert_int_equal(world_read(GPE_EN, 4), 0x1234ff78);
	world_write(GPE_STS, 4, ~0U);
	assert_int_equal(world_read(GPE_STS, 4), 0);
	assert_int_equal(world.refused, 0);
}

static void test_reset(void **state)
{
	(void)state;
	world_write(EN, 2, 0xffff);
	world_write(CNT, 2, 0x1c00);
	world_write(GPE_EN, 4, ~0U);
	pc_power_ops.reset(world.dev);
	test_power_on(state);
}

static void test_random(void **state)
{
	(void)state;
	for (u32 i = 0; i < 100000; i++) {
		u64 r = world_random(), offset = (r >> 8) % 0x14;
		u32 size = 1U << r % 3;

		offset = (offset < 0xc ? offset : offset + 0x14) & ~(u64)(size - 1);
		if (r & 4)
			world_write(offset, size, world_random() & (BIT(8 * size) - 1));
		else
			assert_true(world_read(offset, size) < BIT(8 * size));
		world.now += r >> 40;
	}
	assert_int_equal(world_read(CNT, 2) & ~0x1c02UL, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_power_on),
		TEST(test_poweroff),
		TEST(test_no_sleep),
		TEST(test_enable),
		TEST(test_timer),
		TEST(test_gpe),
		TEST(test_reset),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
