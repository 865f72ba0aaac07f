// SPDX-License-Identifier: Apache-2.0
// core/bus.c: windows, the search, and what is refused before a device sees it.
#include "unit.h"

#include <hv/bus.h>
#include <hv/vdev.h>

#include <stdlib.h>

/* A device that remembers the last access and answers with a fixed value. */
struct probe {
	struct vdev vdev;
	u64 offset, value;
	u32 size, reads, writes;
};

static u64 probe_read(struct vdev *dev, u64 offset, u32 size)
{
	struct probe *probe = container_of(dev, struct probe, vdev);

	probe->offset = offset;
	probe->size = size;
	probe->reads++;
	return probe->value;
}

static void probe_write(struct vdev *dev, u64 offset, u32 size, u64 value)
{
	struct probe *probe = container_of(dev, struct probe, vdev);

	probe->offset = offset;
	probe->size = size;
	probe->value = value;
	probe->writes++;
}

static const struct vdev_ops byte_ops = {
	.min_size = 1, .max_size = 1, .read = probe_read, .write = probe_write};
static const struct vdev_ops any_ops = {
	.min_size = 1, .max_size = 8, .read = probe_read, .write = probe_write};
static const struct vdev_ops word_ops = {
	.min_size = 2, .max_size = 4, .read = probe_read, .write = probe_write};

static struct bus bus;
static struct probe a = {.vdev.ops = &any_ops}, b = {.vdev.ops = &word_ops},
		    c = {.vdev.ops = &byte_ops};

static int setup(void **state)
{
	(void)state;
	memset(&bus, 0, sizeof(bus));
	a.reads = a.writes = b.reads = b.writes = c.reads = c.writes = 0;
	return 0;
}

static int access_at(u64 addr, u8 size, bool write, u64 *value)
{
	struct access access = {
		.addr = addr, .value = *value, .size = size, .write = write};
	int err = bus_access(&bus, &access);

	*value = access.value;
	return err;
}

static void test_empty(void **state)
{
	u64 value = 7;

	(void)state;
	assert_null(bus_find(&bus, 0));
	assert_null(bus_nearest(&bus, 0));
	assert_int_equal(access_at(0, 4, false, &value), -ENOENT);
	assert_int_equal(access_at(~0UL, 1, true, &value), -ENOENT);
	assert_int_equal(value, 7);
}

static void test_access(void **state)
{
	u64 value = 0x1122334455667788;

	(void)state;
	assert_int_equal(bus_attach(&bus, 0x2000, 0x100, &a.vdev, 0x400), 0);
	assert_int_equal(access_at(0x2010, 8, true, &value), 0);
	assert_int_equal(a.writes, 1);
	assert_int_equal(a.offset, 0x410);
	assert_int_equal(a.size, 8);
	assert_int_equal(a.value, 0x1122334455667788);
	a.value = 0x42;
	assert_int_equal(access_at(0x20ff, 1, false, &value), 0);
	assert_int_equal(value, 0x42);
	assert_int_equal(a.reads, 1);
	assert_int_equal(a.offset, 0x4ff);
	assert_int_equal(a.size, 1);
	assert_int_equal(access_at(0x1fff, 1, false, &value), -ENOENT);
	assert_int_equal(access_at(0x2100, 1, false, &value), -ENOENT);
}

static void test_refused(void **state)
{
	static const struct {
		u64 addr;
		u8 size;
	} bad[] = {
		{0x1000, 1},
		{0x1000, 8},
		{0x1000, 0},
		{0x1000, 3},
		{0x1001, 2},
		{0x1003, 2},
		{0x1002, 4},
		{0x1001, 4},
		{0x100e, 4},
		{0x100f, 2},
		{0x1000, 255},
	};
	u64 value = 5;

	(void)state;
	assert_int_equal(bus_attach(&bus, 0x1000, 0x10, &b.vdev, 0), 0);
	for (u32 i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(access_at(bad[i].addr, bad[i].size, false, &value),
			-EINVAL);
		assert_int_equal(access_at(bad[i].addr, bad[i].size, true, &value),
			-EINVAL);
	}
	assert_int_equal(b.reads + b.writes, 0);
	assert_int_equal(value, 5);
	assert_int_equal(access_at(0x100c, 4, true, &value), 0);
	assert_int_equal(access_at(0x100e, 2, true, &value), 0);
	assert_int_equal(b.writes, 2);
}

static void test_attach_errors(void **state)
{
	(void)state;
	assert_int_equal(bus_attach(&bus, 0x1000, 0, &a.vdev, 0), -EINVAL);
	assert_int_equal(bus_attach(&bus, ~0UL - 7, 16, &a.vdev, 0), -EINVAL);
	assert_int_equal(bus_attach(&bus, 0x1004, 0x10, &a.vdev, 0), -EINVAL);
	assert_int_equal(bus_attach(&bus, 0x1000, 0x14, &a.vdev, 0), -EINVAL);
	assert_int_equal(bus_attach(&bus, 0x1000, 0x10, &a.vdev, 4), -EINVAL);
	assert_int_equal(bus.count, 0);
	/* The last bytes there are, and a port at an odd address. */
	assert_int_equal(bus_attach(&bus, ~0UL - 7, 8, &a.vdev, 0), 0);
	assert_non_null(bus_find(&bus, ~0UL));
	assert_int_equal(bus_attach(&bus, 0x61, 1, &c.vdev, 0), 0);

	assert_int_equal(bus_attach(&bus, 0x1000, 0x100, &a.vdev, 0), 0);
	assert_int_equal(bus_attach(&bus, 0x1000, 0x100, &b.vdev, 0), -EEXIST);
	assert_int_equal(bus_attach(&bus, 0x10fc, 4, &b.vdev, 0), -EEXIST);
	assert_int_equal(bus_attach(&bus, 0x1040, 4, &b.vdev, 0), -EEXIST);
	assert_int_equal(bus_attach(&bus, 0xf00, 0x104, &b.vdev, 0), -EEXIST);
	assert_int_equal(bus_attach(&bus, 0x800, 0x4000, &b.vdev, 0), -EEXIST);
	assert_int_equal(bus.count, 3);
	assert_int_equal(bus_attach(&bus, 0x1100, 4, &b.vdev, 0), 0);
	assert_int_equal(bus_attach(&bus, 0xffc, 4, &b.vdev, 0), 0);
	assert_int_equal(bus.count, 5);
}

static void test_full(void **state)
{
	(void)state;
	for (u64 i = 0; i < BUS_WINDOWS_MAX; i++)
		assert_int_equal(bus_attach(&bus, i * 0x10, 8, &a.vdev, 0), 0);
	assert_int_equal(bus_attach(&bus, 0x10000, 8, &a.vdev, 0), -ENOSPC);
	assert_int_equal(bus.count, BUS_WINDOWS_MAX);
	for (u64 i = 0; i < BUS_WINDOWS_MAX; i++)
		assert_int_equal(bus_find(&bus, i * 0x10 + 7)->base, i * 0x10);
	assert_null(bus_find(&bus, 0x10000));
}

static void test_detach(void **state)
{
	u64 value = 0;

	(void)state;
	assert_int_equal(bus_attach(&bus, 0x3000, 0x10, &a.vdev, 0), 0);
	assert_int_equal(bus_attach(&bus, 0x1000, 0x10, &b.vdev, 0), 0);
	assert_int_equal(bus_attach(&bus, 0x2000, 0x10, &a.vdev, 0x10), 0);
	assert_int_equal(access_at(0x3000, 1, false, &value), 0);
	bus_detach(&bus, &a.vdev);
	assert_int_equal(bus.count, 1);
	/* It answered last, and must not any more. */
	assert_int_equal(access_at(0x3000, 1, false, &value), -ENOENT);
	assert_int_equal(access_at(0x2000, 1, false, &value), -ENOENT);
	assert_int_equal(access_at(0x1000, 2, false, &value), 0);
	bus_detach(&bus, &b.vdev);
	assert_int_equal(access_at(0x1000, 2, false, &value), -ENOENT);
	bus_detach(&bus, &b.vdev);
}

static void test_nearest(void **state)
{
	(void)state;
	assert_int_equal(bus_attach(&bus, 0x1000, 0x100, &a.vdev, 0), 0);
	assert_int_equal(bus_nearest(&bus, 0)->base, 0x1000);
	assert_int_equal(bus_nearest(&bus, ~0UL)->base, 0x1000);
	assert_int_equal(bus_attach(&bus, 0x2000, 0x100, &b.vdev, 0), 0);
	assert_int_equal(bus_nearest(&bus, 0x1050)->base, 0x1000);
	assert_int_equal(bus_nearest(&bus, 0x1100)->base, 0x1000);
	assert_int_equal(bus_nearest(&bus, 0x1fff)->base, 0x2000);
	assert_int_equal(bus_nearest(&bus, 0x2000)->base, 0x2000);
	assert_int_equal(bus_nearest(&bus, 0x3000)->base, 0x2000);
	/* In the middle between 0x10ff and 0x2000. */
	assert_int_equal(bus_nearest(&bus, 0x187f)->base, 0x1000);
	assert_int_equal(bus_nearest(&bus, 0x1880)->base, 0x2000);
}

/* Random windows against a list that is searched from the start. */
static void test_random(void **state)
{
	static u64 bases[BUS_WINDOWS_MAX], sizes[BUS_WINDOWS_MAX];
	u32 count = 0;

	(void)state;
	srand(1);
	for (u32 i = 0; i < 2000; i++) {
		u64 base = (u64)(rand() % 512) * 8, size = (u64)(1 + rand() % 8) * 8;
		bool overlaps = false;
		int err;

		for (u32 j = 0; j < count; j++)
			overlaps |= base < bases[j] + sizes[j] && bases[j] < base + size;
		err = bus_attach(&bus, base, size, &a.vdev, 0);
		assert_int_equal(err, overlaps ? -EEXIST : count == 64 ? -ENOSPC : 0);
		if (!err) {
			bases[count] = base;
			sizes[count++] = size;
		}
	}
	for (u32 i = 0; i < 20000; i++) {
		u64 addr = (u64)rand() % 4400, expect = ~0UL;
		const struct window *window = bus_find(&bus, addr);

		for (u32 j = 0; j < count; j++) {
			if (range_inside(addr, 1, bases[j], sizes[j]))
				expect = bases[j];
		}
		assert_int_equal(window ? window->base : ~0UL, expect);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_empty, setup),
		cmocka_unit_test_setup(test_access, setup),
		cmocka_unit_test_setup(test_refused, setup),
		cmocka_unit_test_setup(test_attach_errors, setup),
		cmocka_unit_test_setup(test_full, setup),
		cmocka_unit_test_setup(test_detach, setup),
		cmocka_unit_test_setup(test_nearest, setup),
		cmocka_unit_test_setup(test_random, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
