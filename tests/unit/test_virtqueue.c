// SPDX-License-Identifier: Apache-2.0
// The driver's side of a virtqueue against a device played by the test, honest or not.
#include "unit.h"

#include <hv/mm.h>

#include "drivers/virtqueue.h"

#define RAM_SIZE MiB(8)

static struct virtqueue vq;
static u16 device_seen; /* how far the device has read the available ring */

static int setup(void **state)
{
	(void)state;
	fake_ram(RAM_SIZE);
	device_seen = 0;
	return virtqueue_init(&vq, 8);
}

static int teardown(void **state)
{
	(void)state;
	virtqueue_fini(&vq);
	return 0;
}

/* The device takes the next chain: its head, or fails the test. */
static u16 device_next(void)
{
	assert_int_not_equal(device_seen, vq.avail->idx);
	return vq.avail->ring[device_seen++ % vq.size];
}

static void device_finish(u32 id)
{
	vq.used->ring[vq.used->idx % vq.size].id = id;
	vq.used->idx++;
}

static int add(u32 count, void *cookie)
{
	struct virtqueue_buf bufs[16] = {{HPA(0x1000), 16, false},
		{HPA(0x2000), 512, true}, {HPA(0x3000), 1, true}};

	return virtqueue_add(&vq, bufs, count, cookie);
}

static void test_size(void **state)
{
	struct virtqueue other;

	(void)state;
	assert_int_equal(virtqueue_init(&other, 0), -EINVAL);
	assert_int_equal(virtqueue_init(&other, 7), 0);
	assert_int_equal(other.size, 4);
	virtqueue_fini(&other);
	assert_int_equal(virtqueue_init(&other, 1024), 0);
	assert_int_equal(other.size, VIRTQUEUE_SIZE_MAX);
	assert_true(IS_ALIGNED((u64)other.desc, PAGE_SIZE));
	assert_true(IS_ALIGNED((u64)other.used, VIRTQUEUE_ALIGN));
	assert_true((u8 *)other.used >= (u8 *)&other.avail->ring[other.size + 1]);
	virtqueue_fini(&other);
}

static void test_chain(void **state)
{
	int cookie;
	struct virtq_desc *desc;
	u16 head;

	(void)state;
	assert_int_equal(add(3, &cookie), 0);
	head = device_next();
	desc = &vq.desc[head];
	assert_int_equal(desc->addr, 0x1000);
	assert_int_equal(desc->len, 16);
	assert_int_equal(desc->flags, 1); /* NEXT */
	desc = &vq.desc[desc->next];
	assert_int_equal(desc->addr, 0x2000);
	assert_int_equal(desc->flags, 3); /* NEXT, WRITE */
	desc = &vq.desc[desc->next];
	assert_int_equal(desc->len, 1);
	assert_int_equal(desc->flags, 2); /* WRITE */

	assert_null(virtqueue_take(&vq, NULL));
	device_finish(head);
	assert_ptr_equal(virtqueue_take(&vq, NULL), &cookie);
	assert_null(virtqueue_take(&vq, NULL));
	assert_int_equal(vq.free, vq.size);
	assert_null(vq.broken);
}

static void test_notify(void **state)
{
	int cookie;

	(void)state;
	assert_int_equal(add(1, &cookie), 0);
	assert_true(virtqueue_wants_notify(&vq));
	vq.used->flags = 1; /* NO_NOTIFY */
	assert_false(virtqueue_wants_notify(&vq));
}

static void test_full(void **state)
{
	int cookies[2];

	(void)state;
	assert_int_equal(add(3, &cookies[0]), 0);
	assert_int_equal(add(3, &cookies[1]), 0);
	assert_int_equal(add(3, &cookies[1]), -ENOSPC);
	assert_int_equal(vq.free, 2);
	device_finish(device_next());
	assert_ptr_equal(virtqueue_take(&vq, NULL), &cookies[0]);
	assert_int_equal(add(5, &cookies[0]), 0);
	assert_int_equal(vq.free, 0);
}

/* Indices wrap at 65536; chains of changing length, finished in any order. */
static void test_long_run(void **state)
{
	u32 cookies[3] = {0};

	(void)state;
	for (u32 round = 0; round < 30000; round++) {
		u16 heads[3];

		for (u32 i = 0; i < 3; i++) {
			assert_int_equal(add(1 + (round + i) % 2, &cookies[i]), 0);
			heads[i] = device_next();
		}
		for (u32 i = 0; i < 3; i++)
			device_finish(heads[(i * 2 + round) % 3]);
		for (u32 i = 0; i < 3; i++)
			(*(u32 *)virtqueue_take(&vq, NULL))++;
		assert_null(virtqueue_take(&vq, NULL));
	}
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(cookies[i], 30000);
	assert_int_equal(vq.free, vq.size);
	assert_null(vq.broken);
}

static void expect_broken(void)
{
	assert_null(virtqueue_take(&vq, NULL));
	assert_non_null(vq.broken);
	/* And it stays so. */
	device_finish(0);
	assert_null(virtqueue_take(&vq, NULL));
}

static void test_id_out_of_range(void **state)
{
	int cookie;

	(void)state;
	add(3, &cookie);
	device_finish(vq.size);
	expect_broken();
}

static void test_id_huge(void **state)
{
	int cookie;

	(void)state;
	add(3, &cookie);
	device_finish(UINT32_MAX);
	expect_broken();
}

static void test_id_not_a_head(void **state)
{
	int cookie;

	(void)state;
	add(3, &cookie);
	device_finish(vq.desc[device_next()].next);
	expect_broken();
}

static void test_finished_twice(void **state)
{
	int cookies[2];
	u16 head;

	(void)state;
	add(3, &cookies[0]);
	add(3, &cookies[1]);
	head = device_next();
	device_finish(head);
	device_finish(head);
	assert_ptr_equal(virtqueue_take(&vq, NULL), &cookies[0]);
	expect_broken();
}

static void test_index_jumps(void **state)
{
	int cookie;

	(void)state;
	add(3, &cookie);
	vq.used->idx += 4;
	expect_broken();
}

static void test_index_goes_back(void **state)
{
	int cookie;

	(void)state;
	add(3, &cookie);
	vq.used->idx--;
	expect_broken();
}

static void test_nothing_asked(void **state)
{
	(void)state;
	device_finish(0);
	expect_broken();
}

/* What the device scribbles over descriptors does not lead us astray. */
static void test_scribbled_descriptors(void **state)
{
	int cookie;

	(void)state;
	add(3, &cookie);
	memset(vq.desc, 0xff, vq.size * sizeof(*vq.desc));
	device_finish(device_next());
	assert_ptr_equal(virtqueue_take(&vq, NULL), &cookie);
	assert_int_equal(vq.free, vq.size);
	assert_int_equal(add(8, &cookie), 0);
	device_finish(device_next());
	assert_ptr_equal(virtqueue_take(&vq, NULL), &cookie);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_size),
		TEST(test_chain),
		TEST(test_notify),
		TEST(test_full),
		TEST(test_long_run),
		TEST(test_id_out_of_range),
		TEST(test_id_huge),
		TEST(test_id_not_a_head),
		TEST(test_finished_twice),
		TEST(test_index_jumps),
		TEST(test_index_goes_back),
		TEST(test_nothing_asked),
		TEST(test_scribbled_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
