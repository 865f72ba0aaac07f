// SPDX-License-Identifier: Apache-2.0
// vdev/kbc_8042.c: what kernels and boot code ask it, and the ways to a reset.
#include "vdev_world.h"

#include "vdev/models.h"

enum { DATA = 0, STATUS = 4, PORT_A = 8 };

#define OBF     0x01
#define IBF     0x02
#define SYS     0x04
#define COMMAND 0x08
#define TIMEOUT 0x40

static int setup(void **state)
{
	(void)state;
	world_start(&kbc_8042_ops, 0x60);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(world.refused, 0);
	world_end();
	return 0;
}

/* One must never have to wait until it takes what is sent. */
static u8 status(void)
{
	u8 value = (u8)world_read(STATUS, 1);

	assert_int_equal(value & IBF, 0);
	return value;
}

static void command(u8 value)
{
	world_write(STATUS, 1, value);
	assert_int_equal(status() & COMMAND, COMMAND);
}

static void data(u8 value)
{
	world_write(DATA, 1, value);
	assert_int_equal(status() & COMMAND, 0);
}

static u8 answer(void)
{
	u8 value;

	assert_int_equal(status() & OBF, OBF);
	value = (u8)world_read(DATA, 1);
	assert_int_equal(status() & (OBF | TIMEOUT), 0);
	return value;
}

static u8 ask(u8 value)
{
	command(value);
	assert_int_equal(status() & TIMEOUT, 0);
	return answer();
}

static void test_power_on(void **state)
{
	(void)state;
	assert_int_equal(status(), 0x10);
	assert_int_equal(world_read(DATA, 1), 0);
	assert_int_equal(world_read(PORT_A, 1), 2);
	assert_int_equal(ask(0x20), 0x70);
	assert_false(world.line);
}

static void test_self_test(void **state)
{
	(void)state;
	assert_int_equal(ask(0xaa), 0x55);
	assert_int_equal(status() & SYS, SYS);
	assert_int_equal(ask(0xab), 0);
	assert_int_not_equal(ask(0xa9), 0);
	assert_int_equal(ask(0xa4), 0xf1);
	assert_int_equal(ask(0xc0), 0x80);
	assert_int_equal(ask(0xe0), 0);
}

static void test_command_byte(void **state)
{
	(void)state;
	command(0x60);
	data(0xff);
	assert_int_equal(status() & OBF, 0);
	assert_int_equal(ask(0x20), 0x77);
	command(0xae);
	assert_int_equal(ask(0x20), 0x67);
	command(0xa8);
	assert_int_equal(ask(0x20), 0x47);
	command(0xad);
	command(0xa7);
	assert_int_equal(ask(0x20), 0x77);
	assert_int_equal(status() & SYS, SYS);
	command(0x60);
	data(0);
	assert_int_equal(status() & SYS, 0);
}

static void test_a20(void **state)
{
	(void)state;
	assert_int_equal(ask(0xd0) & 3, 3);
	command(0xd1);
	data(0xdd);
	assert_int_equal(ask(0xd0) & 3, 3);
	command(0xdf);
	command(0xdd);
	command(0xff);
	world_write(PORT_A, 1, 0);
	assert_int_equal(world_read(PORT_A, 1), 2);
	world_write(PORT_A, 1, 2);
	assert_int_equal(world_read(PORT_A, 1), 2);
	assert_false(world.shut_down);
}

static void expect_reset(void)
{
	assert_true(world.shut_down);
	assert_int_equal(world.end, VM_RESET);
	world.shut_down = false;
}

static void test_resets(void **state)
{
	(void)state;
	command(0xfe);
	expect_reset();
	command(0xf0);
	expect_reset();
	command(0xd1);
	data(0xfe);
	expect_reset();
	world_write(PORT_A, 1, 3);
	expect_reset();
	/* Data that only looks so. */
	data(0xfe);
	command(0x60);
	data(0xfe);
	command(0xf1);
	assert_false(world.shut_down);
}

/* Nobody is there: that is said at once. */
static void test_no_devices(void **state)
{
	(void)state;
	data(0xff);
	assert_int_equal(status() & TIMEOUT, TIMEOUT);
	assert_int_equal(answer(), 0xfe);
	command(0xd4);
	data(0xf2);
	assert_int_equal(status() & TIMEOUT, TIMEOUT);
	assert_int_equal(answer(), 0xfe);
	command(0xd3);
	data(0x5a);
	assert_int_equal(status() & TIMEOUT, TIMEOUT);
	assert_int_equal(answer(), 0xfe);
	command(0xd2);
	data(0x5a);
	assert_int_equal(status() & TIMEOUT, 0);
	assert_int_equal(answer(), 0x5a);
	/* A command takes back the one that waited for data. */
	command(0x60);
	assert_int_equal(ask(0xaa), 0x55);
	data(0x12);
	assert_int_equal(answer(), 0xfe);
	/* What was not read is replaced. */
	command(0xaa);
	assert_int_equal(ask(0xab), 0);
}

static void test_line(void **state)
{
	(void)state;
	command(0x60);
	data(0x01);
	assert_false(world.line);
	data(0xf4);
	assert_true(world.line);
	answer();
	assert_false(world.line);
	command(0xd2);
	data(1);
	assert_true(world.line);
	command(0x60);
	data(0);
	assert_false(world.line);
	command(0x60);
	data(1);
	assert_true(world.line);
	kbc_8042_ops.reset(world.dev);
	assert_false(world.line);
	test_power_on(state);
}

static void test_random(void **state)
{
	static const u64 offsets[] = {DATA, STATUS, PORT_A};

	(void)state;
	for (u32 i = 0; i < 100000; i++) {
		u64 r = world_random(), offset = offsets[(r >> 8) % 3];

		if (r & 1)
			world_write(offset, 1, r >> 16 & 0xff);
		else
			assert_true(world_read(offset, 1) <= 0xff);
		status();
	}
	world.refused = 0;
	test_self_test(state);
	command(0xb0);
	assert_int_equal(world.refused, 1);
	world.refused = 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_power_on),
		TEST(test_self_test),
		TEST(test_command_byte),
		TEST(test_a20),
		TEST(test_resets),
		TEST(test_no_devices),
		TEST(test_line),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
