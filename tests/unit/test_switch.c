// SPDX-License-Identifier: Apache-2.0
// net/: which port gets which frame, and what happens when there is no room, when somebody
// pretends to be somebody else, and when ports come and go.
#include "unit.h"

#include <hv/cpu.h>
#include <hv/net.h>
#include <hv/timer.h>

#define PORTS     4
#define BROADCAST 0xffffffffffffUL
#define STRANGER  0x00163e000001UL

static struct port {
	struct net_port port;
	u32 ready;
	bool sleeps; /* takes nothing when it is told */
	u32 count;
	u32 lens[256];
	u8 first[256]; /* byte behind the header of each frame */
} ports[PORTS];

static void port_take_all(struct port *p)
{
	struct net_frame *frame;

	while ((frame = net_take(&p->port))) {
		p->lens[p->count] = frame->len;
		p->first[p->count++] = frame->data[NET_HEADER];
		net_frame_put(frame);
	}
}

static void port_ready(struct net_port *port)
{
	struct port *p = container_of(port, struct port, port);

	p->ready++;
	if (!p->sleeps)
		port_take_all(p);
}

static u64 mac_of(u32 i)
{
	return 0x020000000010UL + i;
}

static void attach(u32 i, const char *name)
{
	ports[i].port.name = "test";
	ports[i].port.vm = (struct vm *)&ports[i];
	ports[i].port.mac = mac_of(i);
	ports[i].port.ready = port_ready;
	assert_int_equal(net_port_attach(&ports[i].port, name), 0);
}

/* Switches stay for ever, so their memory does. */
static int setup_memory(void **state)
{
	(void)state;
	fake_ram(MiB(16));
	return 0;
}

/* Ports 0 to 2 are guests', 3 is a card's. */
static int setup(void **state)
{
	(void)state;
	fake_reset();
	memset(ports, 0, sizeof(ports));
	for (u32 i = 0; i < 3; i++)
		attach(i, "lan");
	ports[3].port = (struct net_port){
		.name = "card", .any_source = true, .ready = port_ready};
	assert_int_equal(net_port_attach(&ports[3].port, "lan"), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (u32 i = 0; i < PORTS; i++)
		if (ports[i].port.sw)
			net_port_detach(&ports[i].port);
	/* Each frame has come back, and was freed. */
	assert_null(net_frame_alloc());
	assert_true(list_empty(&fake_cpu->timers));
	return 0;
}

static void send(u32 from, u64 to, u64 source, u32 len, u8 byte)
{
	struct net_frame *frame = net_frame_alloc();

	assert_non_null(frame);
	memset(frame->data, 0, sizeof(frame->data));
	mac_put(frame->data, to);
	mac_put(frame->data + MAC_SIZE, source);
	frame->data[NET_HEADER] = byte;
	frame->len = len;
	net_send(&ports[from].port, frame);
}

static void run(void)
{
	timer_interrupt();
}

static void expect_counts(u32 a, u32 b, u32 c, u32 card)
{
	u32 wanted[PORTS] = {a, b, c, card};

	run();
	for (u32 i = 0; i < PORTS; i++) {
		assert_int_equal(ports[i].count, wanted[i]);
		ports[i].count = 0;
	}
}

/* ---- Addresses ---- */

static void test_addresses(void **state)
{
	u8 bytes[MAC_SIZE];

	(void)state;
	mac_put(bytes, 0x52540012ab01UL);
	assert_memory_equal(bytes, "\x52\x54\x00\x12\xab\x01", MAC_SIZE);
	assert_int_equal(mac_get(bytes), 0x52540012ab01UL);
	assert_int_equal(mac_make("a", 0), mac_make("a", 0));
	assert_int_not_equal(mac_make("a", 0), mac_make("a", 1));
	assert_int_not_equal(mac_make("a", 0), mac_make("b", 0));
	for (u32 i = 0; i < 100; i++) {
		u64 mac = mac_make("some guest", i);

		assert_true(mac & MAC_LOCAL);
		assert_false(mac & MAC_GROUP);
		assert_int_equal(mac >> 48, 0);
	}
}

/* ---- Where frames go ---- */

static void test_unicast(void **state)
{
	(void)state;
	send(0, mac_of(1), mac_of(0), 60, 7);
	assert_int_equal(ports[1].ready, 0); /* not before the sender is done */
	expect_counts(0, 1, 0, 0);
	assert_int_equal(ports[1].first[0], 7);
	assert_int_equal(ports[1].lens[0], 60);
	/* To itself: nobody. */
	send(0, mac_of(0), mac_of(0), 60, 0);
	expect_counts(0, 0, 0, 0);
}

static void test_groups(void **state)
{
	(void)state;
	send(0, BROADCAST, mac_of(0), 60, 0);
	expect_counts(0, 1, 1, 1);
	send(3, 0x01005e000001UL, STRANGER, 60, 0);
	expect_counts(1, 1, 1, 0);
	/* What bridges keep for themselves. */
	send(0, 0x0180c2000000UL, mac_of(0), 60, 0);
	send(3, 0x0180c200000eUL, STRANGER, 60, 0);
	expect_counts(0, 0, 0, 0);
	send(0, 0x0180c2000010UL, mac_of(0), 60, 0);
	expect_counts(0, 1, 1, 1);
}

static void test_unknown(void **state)
{
	(void)state;
	/* Only behind the card can be somebody whom nobody knows. */
	send(0, STRANGER, mac_of(0), 60, 0);
	expect_counts(0, 0, 0, 1);
	send(3, STRANGER, STRANGER + 1, 60, 0);
	expect_counts(0, 0, 0, 0);
}

static void test_learns(void **state)
{
	(void)state;
	ports[2].port.any_source = true;
	send(0, STRANGER, mac_of(0), 60, 0);
	expect_counts(0, 0, 1, 1);
	send(2, mac_of(0), STRANGER, 60, 0);
	expect_counts(1, 0, 0, 0);
	send(0, STRANGER, mac_of(0), 60, 0);
	expect_counts(0, 0, 1, 0);
	/* It moves. */
	send(3, mac_of(0), STRANGER, 60, 0);
	send(0, STRANGER, mac_of(0), 60, 0);
	expect_counts(1, 0, 0, 1);
	/* It grows old. */
	fake_now += 299000000000UL;
	send(0, STRANGER, mac_of(0), 60, 0);
	expect_counts(0, 0, 0, 1);
	fake_now += 2000000000UL;
	send(0, STRANGER, mac_of(0), 60, 0);
	expect_counts(0, 0, 1, 1);
}

/* More addresses than it can keep: no more than that. */
static void test_table_is_bounded(void **state)
{
	(void)state;
	ports[2].port.any_source = true;
	for (u32 i = 0; i < 100000; i++) {
		fake_now++;
		send(3, mac_of(0), STRANGER + i * 7919UL, 60, 0);
		run();
		ports[0].count = 0;
	}
	/* The newest is known, the first is not. */
	send(0, STRANGER + 99999 * 7919UL, mac_of(0), 60, 0);
	expect_counts(0, 0, 0, 1);
	send(0, STRANGER, mac_of(0), 60, 0);
	expect_counts(0, 0, 1, 1);
}

static void test_foreign_source(void **state)
{
	(void)state;
	send(0, mac_of(1), mac_of(2), 60, 0);
	send(0, mac_of(1), STRANGER, 60, 0);
	send(0, BROADCAST, 0, 60, 0);
	expect_counts(0, 0, 0, 0);
	assert_int_equal(ports[0].port.counts.foreign, 3);
	/* Nobody outside is one of ours, or several. */
	send(3, mac_of(1), mac_of(0), 60, 0);
	send(3, mac_of(1), STRANGER | MAC_GROUP, 60, 0);
	send(3, mac_of(1), 0, 60, 0);
	expect_counts(0, 0, 0, 0);
	assert_int_equal(ports[3].port.counts.foreign, 3);
	/* So what is for port 0 still goes there. */
	send(1, mac_of(0), mac_of(1), 60, 0);
	expect_counts(1, 0, 0, 0);
}

static void test_sizes(void **state)
{
	(void)state;
	send(0, mac_of(1), mac_of(0), 0, 0);
	send(0, mac_of(1), mac_of(0), NET_HEADER - 1, 0);
	send(0, mac_of(1), mac_of(0), NET_FRAME_MAX + 1, 0);
	send(0, mac_of(1), mac_of(0), ~0U, 0);
	net_send_bad(&ports[0].port);
	expect_counts(0, 0, 0, 0);
	assert_int_equal(ports[0].port.counts.bad, 5);
	send(0, mac_of(1), mac_of(0), NET_HEADER, 0);
	send(0, mac_of(1), mac_of(0), NET_FRAME_MAX, 0);
	expect_counts(0, 2, 0, 0);
	assert_int_equal(ports[0].port.counts.sent, 2);
	assert_int_equal(ports[1].port.counts.received, 2);
}

/* ---- Room ---- */

static void test_full(void **state)
{
	(void)state;
	ports[1].sleeps = true;
	for (u32 i = 0; i < 3 * NET_RING; i++)
		send(0, BROADCAST, mac_of(0), 60, (u8)i);
	run();
	/* It was told once, and lost what came last; the others lost nothing but time. */
	assert_int_equal(ports[1].ready, 1);
	assert_int_equal(ports[1].port.counts.full, 2 * NET_RING);
	assert_int_equal(ports[2].count, NET_RING);
	port_take_all(&ports[1]);
	assert_int_equal(ports[1].count, NET_RING);
	assert_int_equal(ports[1].first[0], 0);
	assert_int_equal(ports[1].first[NET_RING - 1], NET_RING - 1);
	ports[1].sleeps = false;
	ports[1].count = 0;
	send(0, mac_of(1), mac_of(0), 60, 0);
	run();
	assert_int_equal(ports[1].count, 1);
}

/* Each ring full, and one still finds a frame to send with. */
static void test_nobody_starves(void **state)
{
	(void)state;
	for (u32 i = 0; i < PORTS; i++)
		ports[i].sleeps = true;
	for (u32 to = 0; to < PORTS; to++)
		for (u32 i = 0; i < 2 * NET_RING; i++)
			send((to + 1) % 3, to == 3 ? STRANGER : mac_of(to),
				mac_of((to + 1) % 3), 60, 0);
	run();
	for (u32 i = 0; i < PORTS; i++)
		assert_int_equal(ports[i].port.counts.full, NET_RING);
}

static void test_again(void **state)
{
	(void)state;
	net_again(&ports[1].port);
	assert_int_equal(ports[1].ready, 0);
	run();
	assert_int_equal(ports[1].ready, 1);
	send(0, mac_of(1), mac_of(0), 60, 0);
	expect_counts(0, 1, 0, 0);
}

/* ---- Coming and going ---- */

static void test_leaves(void **state)
{
	(void)state;
	ports[2].port.any_source = true;
	send(2, mac_of(0), STRANGER, 60, 0);
	for (u32 i = 0; i < NET_RING; i++)
		send(0, STRANGER, mac_of(0), 60, 0);
	/* With frames waiting, and its timer set. */
	net_port_detach(&ports[2].port);
	ports[2].port.sw = NULL;
	run();
	assert_int_equal(ports[2].ready, 0);
	ports[0].count = 0;
	send(0, STRANGER, mac_of(0), 60, 0);
	expect_counts(0, 0, 0, 1);
	send(0, mac_of(2), mac_of(0), 60, 0);
	expect_counts(0, 0, 0, 1);
	/* Back again. */
	memset(&ports[2], 0, sizeof(ports[2]));
	attach(2, "lan");
	send(0, mac_of(2), mac_of(0), 60, 0);
	expect_counts(0, 0, 1, 0);
}

static void test_same_address(void **state)
{
	static struct port twin;

	(void)state;
	twin.port =
		(struct net_port){.name = "twin", .mac = mac_of(1), .ready = port_ready};
	fake_output_clear();
	assert_int_equal(net_port_attach(&twin.port, "lan"), -EEXIST);
	assert_non_null(strstr(fake_output, "error: twin: its network card's address"));
	/* On another switch it is another's. */
	assert_int_equal(net_port_attach(&twin.port, "dmz"), 0);
	send(0, BROADCAST, mac_of(0), 60, 0);
	run();
	assert_int_equal(twin.count, 0);
	net_port_detach(&twin.port);
}

static void test_looking(void **state)
{
	(void)state;
	assert_int_equal(net_port_count((struct vm *)&ports[0]), 1);
	assert_int_equal(net_port_count((struct vm *)&ports), 1);
	assert_int_equal(net_port_count((struct vm *)&ports[3]), 0);
	send(0, mac_of(1), mac_of(0), 60, 0);
	send(0, mac_of(1), STRANGER, 60, 0);
	fake_output_clear();
	net_print((struct vm *)&ports[0]);
	assert_string_equal(fake_output,
		"network card on lan: 1 frames sent, 0 received; lost: 0 for want of room, "
		"1 from a foreign address, 0 malformed\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		TEST(test_unicast),
		TEST(test_groups),
		TEST(test_unknown),
		TEST(test_learns),
		TEST(test_table_is_bounded),
		TEST(test_foreign_source),
		TEST(test_sizes),
		TEST(test_full),
		TEST(test_nobody_starves),
		TEST(test_again),
		TEST(test_leaves),
		TEST(test_same_address),
		TEST(test_looking),
	};

	return cmocka_run_group_tests(tests, setup_memory, NULL);
}
