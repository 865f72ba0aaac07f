// SPDX-License-Identifier: Apache-2.0
// vdev/virtqueue.c: the device's side of a split ring, with drivers that keep to the rules
// and drivers that do not.
#include "vring.h"

#include "vdev/virtqueue.h"

static struct vvirtqueue vq;
static struct vvirtq_chain chain;

static int setup(void **state)
{
	(void)state;
	fake_reset();
	vm = fake_vm(RAM_BASE, RAM_SIZE);
	vvirtqueue_reset(&vq);
	vq.size = RING_SIZE;
	vq.desc_gpa = DESC_AT;
	vq.avail_gpa = AVAIL_AT;
	vq.used_gpa = USED_AT;
	vvirtqueue_start(&vq, vm);
	assert_true(vq.ready);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_vm_free(vm);
	return 0;
}

static void expect_broken(const char *why)
{
	u32 waiting = vvirtqueue_waiting(&vq);

	if (!vq.broken) {
		assert_int_not_equal(waiting, 0);
		assert_false(vvirtqueue_take(&vq, vm, &chain));
	}
	assert_non_null(vq.broken);
	assert_non_null(strstr(vq.broken, why));
	assert_int_equal(vvirtqueue_waiting(&vq), 0);
	assert_int_equal(ring_used()->idx, 0);
}

/* ---- Good ones ---- */

static void test_chain(void **state)
{
	(void)state;
	assert_int_equal(vvirtqueue_waiting(&vq), 0);
	ring_put(3, DATA_AT, 16, DESC_NEXT);
	ring_put(4, RAM_END - 100, 100, DESC_NEXT | DESC_WRITE);
	ring_desc(4)->next = 15;
	ring_put(15, RAM_BASE, 1, DESC_WRITE);
	ring_offer(3);
	assert_int_equal(vvirtqueue_waiting(&vq), 1);
	assert_true(vvirtqueue_take(&vq, vm, &chain));
	assert_int_equal(vvirtqueue_waiting(&vq), 0);
	assert_int_equal(chain.head, 3);
	assert_int_equal(chain.count, 3);
	assert_int_equal(chain.readable, 1);
	assert_ptr_equal(chain.bufs[0].data, ram(DATA_AT));
	assert_ptr_equal(chain.bufs[1].data, ram(RAM_END - 100));
	assert_int_equal(chain.bufs[1].len, 100);
	assert_ptr_equal(chain.bufs[2].data, ram(RAM_BASE));
	assert_true(vvirtqueue_give(&vq, 3, 101));
	assert_int_equal(ring_used()->idx, 1);
	assert_int_equal(ring_used()->ring[0].id, 3);
	assert_int_equal(ring_used()->ring[0].len, 101);
	assert_int_equal(vq.in_use, 0);
}

/* Far enough for the indices to wrap, and given back in another order. */
static void test_wrap(void **state)
{
	(void)state;
	for (u32 i = 0; i < RING_SIZE; i++)
		ring_put(i, DATA_AT + i, 1, DESC_WRITE);
	for (u32 round = 0; round < 70000 / RING_SIZE; round++) {
		for (u32 i = 0; i < RING_SIZE; i++)
			ring_offer(i);
		assert_int_equal(vvirtqueue_waiting(&vq), RING_SIZE);
		for (u32 i = 0; i < RING_SIZE; i++) {
			assert_true(vvirtqueue_take(&vq, vm, &chain));
			assert_int_equal(chain.head, i);
		}
		for (u32 i = RING_SIZE; i-- > 0;)
			vvirtqueue_give(&vq, (u16)i, i);
		assert_int_equal(ring_used()->idx, (u16)((round + 1) * RING_SIZE));
		assert_int_equal(ring_used()->ring[0].id, RING_SIZE - 1);
	}
}

static void test_no_interrupt(void **state)
{
	(void)state;
	ring_put(0, DATA_AT, 1, DESC_WRITE);
	ring_offer(0);
	assert_true(vvirtqueue_take(&vq, vm, &chain));
	ring_avail()->flags = 1;
	assert_false(vvirtqueue_give(&vq, 0, 0));
	assert_int_equal(ring_used()->idx, 1);
}

/* Stopped while it has a chain: nothing is taken, nothing is written, then it is as new. */
static void test_stop(void **state)
{
	(void)state;
	ring_put(0, DATA_AT, 1, DESC_WRITE);
	ring_offer(0);
	assert_true(vvirtqueue_take(&vq, vm, &chain));
	ring_offer(0);
	vvirtqueue_stop(&vq);
	assert_true(vq.ready);
	assert_int_equal(vvirtqueue_waiting(&vq), 0);
	assert_false(vvirtqueue_give(&vq, 0, 1));
	assert_int_equal(ring_used()->idx, 0);
	assert_false(vq.ready);
	assert_int_equal(vq.in_use, 0);
	assert_int_equal(vq.desc_gpa, 0);
}

static void test_pieces(void **state)
{
	u8 a[3] = "abc", b[1] = "d", c[4] = "efgh", to[16];
	const struct vvirtq_buf bufs[] = {{a, 3}, {b, 1}, {c, 4}};

	(void)state;
	assert_int_equal(vvirtq_len(bufs, 3), 8);
	for (u64 at = 0; at <= 9; at++) {
		for (u64 len = 0; len <= 9; len++) {
			u64 want = at >= 8 ? 0 : MIN(len, 8 - at);

			memset(to, '.', sizeof(to));
			assert_int_equal(vvirtq_read(bufs, 3, at, to, len), want);
			if (want)
				assert_memory_equal(to, &"abcdefgh"[at], want);
			assert_int_equal(to[want], '.');
		}
	}
	assert_int_equal(vvirtq_write(bufs, 3, 2, "1234", 4), 4);
	assert_memory_equal(a, "ab1", 3);
	assert_memory_equal(b, "2", 1);
	assert_memory_equal(c, "34gh", 4);
}

/* ---- Set-up ---- */

static void start(u32 size, u64 desc, u64 avail, u64 used, bool good)
{
	vvirtqueue_reset(&vq);
	vq.size = size;
	vq.desc_gpa = desc;
	vq.avail_gpa = avail;
	vq.used_gpa = used;
	vvirtqueue_start(&vq, vm);
	assert_int_equal(vq.ready, good);
	assert_int_equal(vq.broken == NULL, good);
}

static void test_start(void **state)
{
	static const u32 bad_sizes[] = {
		0, 3, 127, VVIRTQUEUE_MAX + 1, 2 * VVIRTQUEUE_MAX, 1U << 31, ~0U};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(bad_sizes); i++)
		start(bad_sizes[i], DESC_AT, AVAIL_AT, USED_AT, false);
	for (u32 size = 1; size <= VVIRTQUEUE_MAX; size *= 2) {
		start(size, DESC_AT, AVAIL_AT, USED_AT, true);
		start(size, RAM_END - 16 * size, AVAIL_AT, USED_AT, true);
		start(size, RAM_END - 16 * size + 16, AVAIL_AT, USED_AT, false);
		start(size, DESC_AT, RAM_END - 2 * size - 4, USED_AT, true);
		start(size, DESC_AT, RAM_END - 2 * size - 2, USED_AT, false);
		start(size, DESC_AT, AVAIL_AT, RAM_END - 8 * size - 4, true);
		start(size, DESC_AT, AVAIL_AT, RAM_END - 8 * size, false);
	}
	start(8, DESC_AT + 8, AVAIL_AT, USED_AT, false);
	start(8, DESC_AT, AVAIL_AT + 1, USED_AT, false);
	start(8, DESC_AT, AVAIL_AT, USED_AT + 2, false);
	start(8, RAM_BASE - 16, AVAIL_AT, USED_AT, false);
	start(8, ~0UL - 15, AVAIL_AT, USED_AT, false);
}

/* ---- Bad ones ---- */

static void test_index_jumped(void **state)
{
	(void)state;
	ring_avail()->idx = RING_SIZE + 1;
	expect_broken("jumped");
}

static void test_index_back(void **state)
{
	(void)state;
	ring_avail()->idx = 0xffff;
	expect_broken("jumped");
}

static void test_bad_head(void **state)
{
	(void)state;
	ring_offer(RING_SIZE);
	expect_broken("beyond the queue");
}

static void test_bad_next(void **state)
{
	(void)state;
	ring_put(0, DATA_AT, 1, DESC_NEXT);
	ring_desc(0)->next = RING_SIZE;
	ring_offer(0);
	expect_broken("beyond the queue");
}

static void test_loop(void **state)
{
	(void)state;
	ring_put(0, DATA_AT, 1, DESC_NEXT);
	ring_desc(0)->next = 0;
	ring_offer(0);
	expect_broken("loop");
}

static void test_long_loop(void **state)
{
	(void)state;
	for (u32 i = 0; i < RING_SIZE; i++)
		ring_put(i, DATA_AT, 1, DESC_NEXT | DESC_WRITE);
	ring_desc(RING_SIZE - 1)->next = 0;
	ring_offer(5);
	expect_broken("loop");
}

/* As long as can be, which is good, and the same once more while it is in use. */
static void test_all_descriptors(void **state)
{
	(void)state;
	for (u32 i = 0; i < RING_SIZE; i++)
		ring_put(i, DATA_AT, 1, i < RING_SIZE - 1 ? DESC_NEXT : 0);
	ring_offer(0);
	assert_true(vvirtqueue_take(&vq, vm, &chain));
	assert_int_equal(chain.count, RING_SIZE);
	ring_offer(RING_SIZE - 1);
	expect_broken("more descriptors");
}

/* The device would not know which of the two it gives back. */
static void test_chain_twice(void **state)
{
	(void)state;
	ring_put(2, DATA_AT, 1, DESC_WRITE);
	ring_offer(2);
	ring_offer(2);
	assert_int_equal(vvirtqueue_waiting(&vq), 2);
	assert_true(vvirtqueue_take(&vq, vm, &chain));
	expect_broken("has already");
}

static void test_indirect(void **state)
{
	(void)state;
	ring_put(0, DATA_AT, 16, 4);
	ring_offer(0);
	expect_broken("indirect");
}

static void test_no_bytes(void **state)
{
	(void)state;
	ring_put(0, DATA_AT, 0, 0);
	ring_offer(0);
	expect_broken("no bytes");
}

static void test_read_behind_write(void **state)
{
	(void)state;
	ring_put(0, DATA_AT, 8, DESC_NEXT | DESC_WRITE);
	ring_put(1, DATA_AT, 8, 0);
	ring_offer(0);
	expect_broken("behind one to write");
}

static void test_outside(void **state)
{
	static const struct {
		u64 addr;
		u32 len;
	} bad[] = {{0, 1}, {RAM_BASE - 1, 1}, {RAM_BASE - 1, 2}, {RAM_END, 1},
		{RAM_END - 1, 2}, {RAM_BASE, ~0U}, {~0UL, 1}, {~0UL, 2}, {~0UL - 15, 16},
		{RAM_BASE + BIT(32), 1}, {BIT(63) + RAM_BASE, 1}};

	for (u32 i = 0; i < ARRAY_LEN(bad); i++) {
		ring_put(0, bad[i].addr, bad[i].len, DESC_WRITE);
		ring_offer(0);
		expect_broken("not in RAM");
		teardown(state);
		setup(state);
	}
}

/* ---- Anything at all ---- */

static void test_fuzz(void **state)
{
	u64 seed = 88172645463325252UL;

	for (u32 round = 0; round < 20000; round++) {
		u8 *where = ram(round % 2 ? DESC_AT : AVAIL_AT);
		u32 budget = 2 * RING_SIZE;

		for (u32 i = 0; i < 8; i++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			where[seed % 64] ^= (u8)(seed >> 32) & (u8)(seed >> 40);
		}
		ring_avail()->idx = (u16)(vq.avail_idx + seed % (RING_SIZE + 2));
		for (u32 n = vvirtqueue_waiting(&vq); n > 0; n--) {
			assert_int_not_equal(budget--, 0);
			if (!vvirtqueue_take(&vq, vm, &chain))
				break;
			assert_in_range(chain.count, 1, RING_SIZE);
			assert_true(chain.readable <= chain.count);
			for (u32 i = 0; i < chain.count; i++)
				assert_true(range_inside((u64)chain.bufs[i].data,
					chain.bufs[i].len, (u64)ram(RAM_BASE), RAM_SIZE));
			vvirtqueue_give(&vq, chain.head, 1);
		}
		if (vq.broken) {
			teardown(state);
			setup(state);
			for (u32 i = 0; i < RING_SIZE; i++)
				ring_put(i, DATA_AT, 1, i % 3 ? DESC_NEXT : 0);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_chain),
		TEST(test_wrap),
		TEST(test_no_interrupt),
		TEST(test_stop),
		TEST(test_pieces),
		TEST(test_start),
		TEST(test_index_jumped),
		TEST(test_index_back),
		TEST(test_bad_head),
		TEST(test_bad_next),
		TEST(test_loop),
		TEST(test_long_loop),
		TEST(test_all_descriptors),
		TEST(test_chain_twice),
		TEST(test_indirect),
		TEST(test_no_bytes),
		TEST(test_read_behind_write),
		TEST(test_outside),
		TEST(test_fuzz),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
