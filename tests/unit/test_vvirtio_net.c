// SPDX-License-Identifier: Apache-2.0
// vdev/virtio_net*.c: two guests' network cards on a switch, with drivers that keep to the rules
// and drivers that do not.
#include "vvirtio_driver.h"

#include <hv/cpu.h>
#include <hv/net.h>

#define MAC_A       0x020000000001UL
#define MAC_B       0x020000000002UL
#define BROADCAST   0xffffffffffffUL
#define HEADER      12U /* 5.1.6 */
#define NUM_BUFFERS 10
#define SLOT        0x1000UL
#define SLOT_AT(i)  (DATA_AT + (i) * SLOT)
#define RX          0
#define TX          1

enum { F_MTU = 8, F_MAC = 32, F_MERGE = 1 << 15, F_STATUS = 1 << 16 };

static struct guest a, b;

static int setup_memory(void **state)
{
	(void)state;
	fake_ram(MiB(16));
	return 0;
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	assert_int_equal(guest_create(&a, &virtio_net_ops,
				 "02:00:00:00:00:01 switch lan"),
		0);
	assert_int_equal(guest_create(&b, &virtio_net_ops,
				 "switch lan 02:00:00:00:00:02"),
		0);
	driver_start(&a, F_MAC, 2);
	driver_start(&b, F_MAC, 2);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	guest_free(&a);
	guest_free(&b);
	assert_null(net_frame_alloc());
	assert_true(list_empty(&fake_cpu->timers));
	return 0;
}

/* A frame from a in slot `i`, in one piece. */
static u8 *frame_make(u32 i, u64 to, u64 from, u32 len)
{
	u8 *data = guest_ram(&a, SLOT_AT(i));

	memset(data, 0, HEADER);
	mac_put(data + HEADER, to);
	mac_put(data + HEADER + MAC_SIZE, from);
	for (u32 at = 2 * MAC_SIZE; at < len; at++)
		data[HEADER + at] = (u8)(at + i);
	desc_put(&a, TX, i, SLOT_AT(i), HEADER + len, 0);
	return data;
}

static void frame_send(u32 i, u64 to, u64 from, u32 len)
{
	frame_make(i, to, from, len);
	chain_offer(&a, TX, i);
	queue_kick(&a, TX);
}

/* A buffer of b. */
static void buffer_put(u32 i, u32 len)
{
	memset(guest_ram(&b, SLOT_AT(i)), 0xee, SLOT);
	desc_put(&b, RX, i, SLOT_AT(i), len, DESC_WRITE);
	chain_offer(&b, RX, i);
}

static const u8 *buffer(u32 i)
{
	return guest_ram(&b, SLOT_AT(i));
}

static u32 buffers_used(u32 i)
{
	return buffer(i)[NUM_BUFFERS] | (u32)buffer(i)[NUM_BUFFERS + 1] << 8;
}

static void run(void)
{
	timer_interrupt();
}

/* ---- Frames ---- */

static void test_registers(void **state)
{
	(void)state;
	assert_int_equal(get(&a, REG_DEVICE_ID), 1);
	set(&a, REG_DEVICE_FEATURES_SEL, 0);
	assert_int_equal(get(&a, REG_DEVICE_FEATURES) & 0x3fffff,
		F_MTU | F_MAC | F_MERGE | F_STATUS);
	assert_int_equal(get(&a, REG_CONFIG), 2);
	assert_int_equal(get(&a, REG_CONFIG + 4), 1 << 16 | 1 << 8);
	assert_int_equal(get(&a, REG_CONFIG + 8), 1500 << 16 | 1);
	assert_int_equal(a.dev->ops->read(a.dev, REG_CONFIG + 5, 1), 1);
	assert_int_equal(get(&a, REG_CONFIG + 12), 0);
}

static void test_frame(void **state)
{
	(void)state;
	buffer_put(0, 2000);
	queue_kick(&b, RX);
	frame_send(3, MAC_B, MAC_A, 100);
	/* The sender is done at once; the receiver hears of it later. */
	assert_int_equal(used_idx(&a, TX), 1);
	assert_int_equal(used_id(&a, TX, 0), 3);
	assert_true(a.line);
	assert_int_equal(used_idx(&b, RX), 0);
	run();
	assert_int_equal(used_idx(&b, RX), 1);
	assert_int_equal(used_id(&b, RX, 0), 0);
	assert_int_equal(used_len(&b, RX, 0), HEADER + 100);
	assert_true(b.line);
	assert_int_equal(buffers_used(0), 1);
	assert_memory_equal(buffer(0), "\0\0\0\0\0\0\0\0\0", 10);
	assert_memory_equal(buffer(0) + HEADER, guest_ram(&a, SLOT_AT(3) + HEADER), 100);
	assert_int_equal(buffer(0)[HEADER + 100], 0xee);
}

/* Descriptors may cut header and frame anywhere, on both sides. */
static void test_pieces(void **state)
{
	(void)state;
	desc_put(&b, RX, 0, SLOT_AT(0), 5, DESC_WRITE | DESC_NEXT);
	desc_put(&b, RX, 1, SLOT_AT(0) + 5, 6, DESC_WRITE | DESC_NEXT);
	desc_put(&b, RX, 2, SLOT_AT(0) + 11, 1600, DESC_WRITE);
	chain_offer(&b, RX, 0);
	frame_make(0, MAC_B, MAC_A, 1518);
	desc_put(&a, TX, 0, SLOT_AT(0), 13, DESC_NEXT);
	desc_put(&a, TX, 1, SLOT_AT(0) + 13, 1, DESC_NEXT);
	desc_put(&a, TX, 2, SLOT_AT(0) + 14, HEADER + 1518 - 14, 0);
	chain_offer(&a, TX, 0);
	queue_kick(&a, TX);
	run();
	assert_int_equal(used_len(&b, RX, 0), HEADER + 1518);
	assert_int_equal(buffers_used(0), 1);
	assert_memory_equal(buffer(0) + HEADER, guest_ram(&a, SLOT_AT(0) + HEADER), 1518);
}

static void test_merge(void **state)
{
	u8 whole[HEADER + 1000];
	u32 at = 0;

	(void)state;
	driver_start(&b, F_MAC | F_MERGE, 2);
	for (u32 i = 0; i < 5; i++)
		buffer_put(i, 300);
	frame_send(0, MAC_B, MAC_A, 1000);
	run();
	assert_int_equal(used_idx(&b, RX), 4);
	assert_int_equal(buffers_used(0), 4);
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(used_id(&b, RX, (u16)i), i);
		assert_int_equal(used_len(&b, RX, (u16)i), i < 3 ? 300 : 112);
		memcpy(whole + at, buffer(i), used_len(&b, RX, (u16)i));
		at += used_len(&b, RX, (u16)i);
	}
	assert_int_equal(at, sizeof(whole));
	assert_memory_equal(whole + HEADER, guest_ram(&a, SLOT_AT(0) + HEADER), 1000);
}

/* A frame waits as a whole until there is room for all of it. */
static void test_merge_waits(void **state)
{
	(void)state;
	driver_start(&b, F_MAC | F_MERGE, 2);
	buffer_put(0, 300);
	buffer_put(1, 300);
	frame_send(0, MAC_B, MAC_A, 1000);
	run();
	assert_int_equal(used_idx(&b, RX), 0);
	buffer_put(2, 300);
	queue_kick(&b, RX);
	assert_int_equal(used_idx(&b, RX), 0);
	buffer_put(3, 300);
	queue_kick(&b, RX);
	assert_int_equal(used_idx(&b, RX), 4);
	assert_int_equal(buffers_used(0), 4);
	assert_false(needs_reset(&b));
}

static void test_waits_in_order(void **state)
{
	(void)state;
	for (u32 i = 0; i < 5; i++)
		frame_send(i, MAC_B, MAC_A, 60 + i);
	run();
	assert_int_equal(used_idx(&b, RX), 0);
	for (u32 i = 0; i < 5; i++)
		buffer_put(i, 1600);
	queue_kick(&b, RX);
	assert_int_equal(used_idx(&b, RX), 5);
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(used_len(&b, RX, (u16)i), HEADER + 60 + i);
}

/* Nobody listens: what comes is lost, and later ones arrive. */
static void test_not_started(void **state)
{
	(void)state;
	set(&b, REG_STATUS, 0);
	frame_send(0, MAC_B, MAC_A, 60);
	run();
	driver_start(&b, F_MAC, 2);
	buffer_put(0, 1600);
	queue_kick(&b, RX);
	assert_int_equal(used_idx(&b, RX), 0);
	frame_send(1, BROADCAST, MAC_A, 61);
	run();
	assert_int_equal(used_len(&b, RX, 0), HEADER + 61);
}

static void test_flood(void **state)
{
	(void)state;
	for (u32 i = 0; i < 1000; i++)
		frame_send(i % RING_SIZE, MAC_B, MAC_A, 60);
	assert_int_equal((u16)used_idx(&a, TX), 1000);
	run();
	/* One is on its way in, and NET_RING wait. */
	for (u32 i = 0; i < 3 * NET_RING; i++) {
		buffer_put(i % RING_SIZE, 1600);
		queue_kick(&b, RX);
	}
	run();
	assert_in_range(used_idx(&b, RX), NET_RING, NET_RING + 1);
}

/* ---- What is no frame ---- */

static void test_runts_and_giants(void **state)
{
	static const u32 lens[] = {0, 1, 13, 1519, 2000, 60};

	(void)state;
	buffer_put(0, 2000);
	buffer_put(1, 2000);
	for (u32 i = 0; i < ARRAY_LEN(lens); i++)
		frame_send(i, MAC_B, MAC_A, lens[i]);
	run();
	assert_int_equal(used_idx(&a, TX), ARRAY_LEN(lens));
	assert_false(needs_reset(&a));
	assert_int_equal(used_idx(&b, RX), 1);
	assert_int_equal(used_len(&b, RX, 0), HEADER + 60);
}

static void test_offloads_not_offered(void **state)
{
	(void)state;
	buffer_put(0, 2000);
	frame_make(0, MAC_B, MAC_A, 60)[0] = 1; /* a checksum is missing */
	chain_offer(&a, TX, 0);
	frame_make(1, MAC_B, MAC_A, 60)[1] = 1; /* TCP over IPv4 */
	chain_offer(&a, TX, 1);
	queue_kick(&a, TX);
	run();
	assert_int_equal(used_idx(&a, TX), 2);
	assert_int_equal(used_idx(&b, RX), 0);
}

static void test_foreign_source(void **state)
{
	(void)state;
	buffer_put(0, 2000);
	frame_send(0, MAC_B, MAC_B, 60);
	frame_send(1, MAC_B, MAC_A + 8, 60);
	run();
	assert_int_equal(used_idx(&a, TX), 2);
	assert_int_equal(used_idx(&b, RX), 0);
}

/* ---- Hostile rings ---- */

/* The chain from descriptor 0 of this queue breaks the device, and it can be reset. */
static void breaks(struct guest *g, u32 queue)
{
	chain_offer(g, queue, 0);
	queue_kick(g, queue);
	frame_send(5, MAC_B, MAC_A, 60);
	run();
	assert_true(needs_reset(g));
	driver_start(g, F_MAC, 2);
	assert_false(needs_reset(g));
}

static void test_hostile_send(void **state)
{
	(void)state;
	desc_put(&a, TX, 0, SLOT_AT(0), HEADER - 1, 0);
	breaks(&a, TX);
	desc_put(&a, TX, 0, SLOT_AT(0), 100, DESC_WRITE);
	breaks(&a, TX);
	desc_put(&a, TX, 0, SLOT_AT(0), 100, DESC_NEXT);
	desc_put(&a, TX, 1, SLOT_AT(1), 100, DESC_WRITE);
	breaks(&a, TX);
	desc_put(&a, TX, 0, RAM_BASE + RAM_SIZE - 50, 100, 0);
	breaks(&a, TX);
	desc_put(&a, TX, 0, SLOT_AT(0), 0, 0);
	breaks(&a, TX);
	desc_put(&a, TX, 0, SLOT_AT(0), 100, DESC_NEXT);
	rings_of(&a, TX)->desc[0].next = 0;
	breaks(&a, TX);
}

static void test_hostile_receive(void **state)
{
	(void)state;
	desc_put(&b, RX, 0, SLOT_AT(0), 2000, 0);
	breaks(&b, RX);
	desc_put(&b, RX, 0, SLOT_AT(0), HEADER - 1, DESC_WRITE);
	breaks(&b, RX);
	desc_put(&b, RX, 0, SLOT_AT(0), HEADER + 59, DESC_WRITE);
	desc_put(&b, RX, 1, SLOT_AT(1), HEADER + 59, DESC_WRITE);
	chain_offer(&b, RX, 1);
	breaks(&b, RX);
	desc_put(&b, RX, 0, RAM_BASE - 4, 2000, DESC_WRITE);
	breaks(&b, RX);
	/* It works as ever. */
	buffer_put(0, 2000);
	queue_kick(&b, RX);
	frame_send(0, MAC_B, MAC_A, 60);
	run();
	assert_int_equal(used_len(&b, RX, used_idx(&b, RX) - 1), HEADER + 60);
}

static u64 seed = 88172645463325252UL;

static u32 random_below(u32 limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (u32)((seed >> 20) % limit);
}

/* Rings full of whatever; it is ASan that looks. */
static void test_random_rings(void **state)
{
	(void)state;
	for (u32 round = 0; round < 20000; round++) {
		struct guest *g = random_below(2) ? &a : &b;
		u32 queue = random_below(2);
		struct rings *rings = rings_of(g, queue);

		for (u32 i = 0; i < 4; i++) {
			u32 at = random_below(RING_SIZE);

			rings->desc[at].addr = RAM_BASE + random_below(RAM_SIZE + 4096);
			rings->desc[at].len = random_below(random_below(8) ? 1700 : ~0U);
			rings->desc[at].flags =
				(u16)random_below(random_below(4) ? 3 : 8);
			rings->desc[at].next = (u16)random_below(RING_SIZE + 1);
			rings->avail.ring[at] = (u16)random_below(RING_SIZE + 1);
		}
		rings->avail.idx = (u16)(rings->avail.idx + random_below(4));
		queue_kick(g, random_below(3));
		if (random_below(4) == 0)
			run();
		if (needs_reset(g))
			driver_start(g, random_below(2) ? F_MAC : F_MAC | F_MERGE, 2);
	}
}

/* ---- The VM file's line ---- */

static void expect_args(const char *args, int error)
{
	struct guest g;

	fake_output_clear();
	assert_int_equal(guest_create(&g, &virtio_net_ops, args), error);
	if (error)
		assert_non_null(strstr(fake_output, "error: fake: "));
	guest_free(&g);
}

static void test_arguments(void **state)
{
	static const char *const wrong[] = {"02:00:00:00:00", "02:00:00:00:00:0g",
		"02-00-00-00-00-09", "01:00:00:00:00:09", "00:00:00:00:00:00",
		"02:00:00:00:00:09 02:00:00:00:00:0a", "switch", "switch lan switch lan",
		"switch a-name-that-is-too-long", "bridge bridge", "fast",
		"02:00:00:00:00:09:"};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(wrong); i++)
		expect_args(wrong[i], -EINVAL);
	expect_args("  bridge\tswitch  lan   52:4C:00:aB:00:09 ", 0);
	expect_args("02:00:00:00:00:01 switch lan", -EEXIST);
	expect_args("02:00:00:00:00:01 switch other", 0);
	expect_args("", 0);
}

/* Without one it has an address of its own, the same each time, and each card another. */
static void test_default_address(void **state)
{
	const struct vdev_place place = {VIRTIO_AT + 0x1000, {NULL, 0}, false};
	struct guest g;
	u32 low;

	(void)state;
	assert_int_equal(guest_create(&g, &virtio_net_ops, "switch lan"), 0);
	low = get(&g, REG_CONFIG);
	assert_int_equal(low & 3, 2);
	assert_int_equal(vdev_create(g.vm, &virtio_net_ops, &place, "switch lan"), 0);
	guest_free(&g);
	assert_int_equal(guest_create(&g, &virtio_net_ops, "switch lan"), 0);
	assert_int_equal(get(&g, REG_CONFIG), low);
	guest_free(&g);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registers),
		TEST(test_frame),
		TEST(test_pieces),
		TEST(test_merge),
		TEST(test_merge_waits),
		TEST(test_waits_in_order),
		TEST(test_not_started),
		TEST(test_flood),
		TEST(test_runts_and_giants),
		TEST(test_offloads_not_offered),
		TEST(test_foreign_source),
		TEST(test_hostile_send),
		TEST(test_hostile_receive),
		TEST(test_random_rings),
		TEST(test_arguments),
		TEST(test_default_address),
	};

	return cmocka_run_group_tests(tests, setup_memory, NULL);
}
