// SPDX-License-Identifier: Apache-2.0
// vdev/syscon_test.c: the poweroff device and the device-tree nodes that lead there.
#include "vdev_world.h"

#include "vdev/models.h"

static int setup(void **state)
{
	(void)state;
	world_start(&sifive_test_ops, 0x100000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_end();
	return 0;
}

static void test_poweroff(void **state)
{
	(void)state;
	world_write(0, 4, 0x5555);
	assert_true(world.shut_down);
	assert_int_equal(world.end, VM_POWEROFF);
}

static void test_reboot(void **state)
{
	(void)state;
	world_write(0, 2, 0x7777);
	assert_true(world.shut_down);
	assert_int_equal(world.end, VM_RESET);
}

static void test_failure(void **state)
{
	(void)state;
	world_write(0, 4, 0x00013333);
	assert_true(world.shut_down);
	assert_int_equal(world.end, VM_FAILED);
}

static void test_others(void **state)
{
	(void)state;
	world_write(0, 4, 0x1234);
	world_write(4, 4, 0x5555);
	assert_false(world.shut_down);
	assert_int_equal(world.refused, 2);
	assert_int_equal(world_read(0, 4), 0);
	assert_int_equal(world.refused, 2);
	assert_int_equal(world_read(8, 4), 0);
	assert_int_equal(world.refused, 3);
}

/* What syscon-poweroff and syscon-reboot would write where. */
static void check_action(const struct fdt *fdt, const char *path, const char *compatible,
	u32 expect)
{
	int node = fdt_path(fdt, path), syscon;
	u32 phandle, offset, value;

	assert_true(node >= 0);
	assert_true(fdt_is_compatible(fdt, node, compatible));
	assert_true(fdt_cell(fdt, node, "regmap", 0, &phandle));
	assert_true(fdt_cell(fdt, node, "offset", 0, &offset));
	assert_true(fdt_cell(fdt, node, "value", 0, &value));
	syscon = fdt_by_phandle(fdt, phandle);
	assert_int_equal(syscon, fdt_path(fdt, "/soc/test@100000"));
	assert_int_equal(offset, 0);
	assert_int_equal(value, expect);
}

static void test_fdt_nodes(void **state)
{
	u8 blob[1024];
	struct fdt fdt;
	int node;

	(void)state;
	world_fdt(&fdt, blob, sizeof(blob));
	node = fdt_path(&fdt, "/soc/test@100000");
	assert_true(node >= 0);
	assert_true(fdt_is_compatible(&fdt, node, "sifive,test1"));
	assert_true(fdt_is_compatible(&fdt, node, "sifive,test0"));
	assert_true(fdt_is_compatible(&fdt, node, "syscon"));
	check_action(&fdt, "/soc/test@100000/poweroff", "syscon-poweroff", 0x5555);
	check_action(&fdt, "/soc/test@100000/reboot", "syscon-reboot", 0x7777);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_poweroff),
		TEST(test_reboot),
		TEST(test_failure),
		TEST(test_others),
		TEST(test_fdt_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
