// SPDX-License-Identifier: Apache-2.0
// A network card. What the guest does is in its command line: "ask" sends frames of all sizes to a
// guest that does "echo", and wants each back as it was; "dhcp" asks the network for an address.
#define TEST "net"
#include "../check.h"
#include <guest/intc.h>
#include <guest/vnet.h>

#define PATIENCE   (10 * NS_PER_S)
#define NAP        1000000UL
#define HEADER     14U
#define FRAME_MAX  1518U
#define RUNT       13U
#define TYPE_LOCAL 0x88b5U /* IEEE 802: for experiments */
#define ROUNDS     400U
#define FLOOD      300U

/* Of a frame of ours, behind the header. */
enum { KIND_HELLO = 1, KIND_ECHO, KIND_FLOOD, KIND_QUIT };

static const u8 broadcast[VNET_MAC] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static struct vnet net;
static volatile u32 interrupts;
static u8 out[2048], in[2048];

static void external_handler(void)
{
	u32 line = intc_claim();

	expect_equal(line, net.virtio.line, "the interrupting line");
	interrupts++;
	virtio_irq_ack(&net.virtio);
	intc_done(line);
}

static void put16(u8 *at, u32 value)
{
	at[0] = (u8)(value >> 8);
	at[1] = (u8)value;
}

static u32 get16(const u8 *at)
{
	return (u32)at[0] << 8 | at[1];
}

static void header_put(const u8 *to, u32 type)
{
	memcpy(out, to, VNET_MAC);
	memcpy(out + VNET_MAC, net.mac, VNET_MAC);
	put16(out + 2 * VNET_MAC, type);
}

static void send(u32 len)
{
	expect_true(vnet_send(&net, out, len), "a frame of %u bytes sent within 10 s",
		len);
}

/* Waits for a frame of this type: its length, or 0 when it has taken too long. */
static u32 receive(u32 type, u64 patience)
{
	u64 start = clock_now();

	do {
		u32 len = vnet_receive(&net, in, sizeof(in));

		if (len >= HEADER && get16(in + 2 * VNET_MAC) == type)
			return len;
		if (len == 0)
			cpu_nap(NAP);
	} while (clock_now() - start < patience);
	return 0;
}

static void fill(u32 kind, u32 len)
{
	out[HEADER] = (u8)kind;
	for (u32 i = HEADER + 1; i < len; i++)
		out[i] = (u8)(i * 7 + len);
}

static void expect_same(u32 len, u32 wanted)
{
	expect_equal(len, wanted, "the length of an answer");
	if (memcmp(in, net.mac, VNET_MAC) != 0 ||
		memcmp(in + HEADER, out + HEADER, len - HEADER) != 0)
		test_fail("expected the %u bytes back that were sent", wanted);
}

/* ---- echo ---- */

static int do_echo(void)
{
	u32 len, floods = 0;

	for (;;) {
		len = receive(TYPE_LOCAL, 6 * PATIENCE);
		expect_true(len > HEADER, "a frame within a minute");
		floods += in[HEADER] == KIND_FLOOD;
		if (in[HEADER] == KIND_FLOOD)
			continue;
		memcpy(out, in, len);
		header_put(in + VNET_MAC, TYPE_LOCAL);
		send(len);
		if (in[HEADER] == KIND_QUIT)
			break;
	}
	expect_true(floods > 0, "some of a flood");
	expect_true(interrupts > 0, "an interrupt");
	return test_ok();
}

/* ---- ask ---- */

/* The other one may not listen yet; it is found by a frame for all. */
static void find_other(u8 *other)
{
	for (u32 i = 0; i < 100; i++) {
		u32 len;

		header_put(broadcast, TYPE_LOCAL);
		fill(KIND_HELLO, 60);
		send(60);
		len = receive(TYPE_LOCAL, PATIENCE / 100);
		if (len == 0)
			continue;
		expect_same(len, 60);
		memcpy(other, in + VNET_MAC, VNET_MAC);
		/* Answers to those that were too early. */
		while (receive(TYPE_LOCAL, PATIENCE / 100))
			;
		return;
	}
	test_fail("expected an answer to a broadcast, found none");
}

static void ask_all_sizes(const u8 *other)
{
	u64 seed = 1;

	for (u32 i = 0; i < ROUNDS; i++) {
		u32 len = HEADER + 1 + random_next(&seed) % (FRAME_MAX - HEADER);

		len = i == 0 ? HEADER + 1 : i == 1 ? FRAME_MAX : len;
		header_put(other, TYPE_LOCAL);
		fill(KIND_ECHO, len);
		send(len);
		expect_same(receive(TYPE_LOCAL, PATIENCE), len);
	}
}

/* What is no frame, or from somebody else, is lost; the device goes on. */
static void ask_nonsense(const u8 *other)
{
	header_put(other, TYPE_LOCAL);
	fill(KIND_ECHO, sizeof(out));
	send(RUNT);
	send(1);
	send(FRAME_MAX + 1);
	send(1900);
	out[VNET_MAC + 5] ^= 1;
	send(100);
	header_put(other, TYPE_LOCAL);
	out[0] ^= 2; /* nobody's */
	send(100);
	expect_equal(receive(TYPE_LOCAL, NS_PER_S / 5), 0, "an answer to nonsense");
}

/* More than there is room for. */
static void ask_flood(const u8 *other)
{
	header_put(other, TYPE_LOCAL);
	fill(KIND_FLOOD, 1000);
	for (u32 i = 0; i < FLOOD; i++)
		send(1000);
}

static void ask_quit(const u8 *other)
{
	for (u32 i = 0; i < 20; i++) {
		header_put(other, TYPE_LOCAL);
		fill(KIND_QUIT, 100);
		send(100);
		if (receive(TYPE_LOCAL, NS_PER_S))
			return;
	}
	test_fail("expected an answer to the end, found none");
}

static int do_ask(void)
{
	u8 other[VNET_MAC];

	find_other(other);
	ask_all_sizes(other);
	ask_nonsense(other);
	ask_flood(other);
	ask_quit(other);
	expect_true(interrupts > 0, "an interrupt");
	return test_ok();
}

/* ---- dhcp (RFC 2131, RFC 2132) ---- */

#define TYPE_IPV4 0x0800U
#define IP        HEADER
#define IP_SIZE   20U
#define UDP       (IP + IP_SIZE)
#define BOOTP     (UDP + 8U)
#define OPTIONS   (BOOTP + 236U)
#define DHCP_END  300U /* bytes of the message, as old servers want it */
#define XID       0x4c6f6467U

/* RFC 791: the ones' complement of the ones' complement sum. */
static u32 ip_sum(const u8 *data, u32 len)
{
	u32 sum = 0;

	for (u32 i = 0; i < len; i += 2)
		sum += get16(data + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static u32 discover(void)
{
	static const u8 options[] = {0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255};
	u32 len = BOOTP + DHCP_END;

	memset(out, 0, len);
	header_put(broadcast, TYPE_IPV4);
	out[IP] = 0x45;
	put16(out + IP + 2, len - IP);
	out[IP + 8] = 64; /* hops */
	out[IP + 9] = 17; /* UDP */
	memset(out + IP + 16, 0xff, 4);
	put16(out + IP + 10, ip_sum(out + IP, IP_SIZE));
	put16(out + UDP, 68);
	put16(out + UDP + 2, 67);
	put16(out + UDP + 4, len - UDP);
	out[BOOTP] = 1;     /* a request, */
	out[BOOTP + 1] = 1; /* from Ethernet, */
	out[BOOTP + 2] = VNET_MAC;
	put16(out + BOOTP + 4, XID >> 16);
	put16(out + BOOTP + 6, XID & 0xffff);
	memcpy(out + BOOTP + 28, net.mac, VNET_MAC);
	memcpy(out + OPTIONS, options, sizeof(options));
	return len;
}

static bool is_offer(u32 len)
{
	return len >= OPTIONS && get16(in + UDP) == 67 && in[BOOTP] == 2 &&
		get16(in + BOOTP + 4) == XID >> 16 &&
		memcmp(in + BOOTP + 28, net.mac, VNET_MAC) == 0;
}

static int do_dhcp(void)
{
	for (u32 i = 0; i < 20; i++) {
		const u8 *address = in + BOOTP + 16;

		send(discover());
		if (!is_offer(receive(TYPE_IPV4, NS_PER_S)))
			continue;
		test_wait_turn();
		print(TEST ": offered %u.%u.%u.%u\n", address[0], address[1], address[2],
			address[3]);
		return test_ok();
	}
	test_fail("expected an offer, found none");
}

/* ---- All ---- */

static bool told(const char *word)
{
	const char *words = machine_cmdline();

	return words && strstr(words, word);
}

int guest_main(void)
{
	u64 wanted = VNET_F_MAC | VNET_F_MTU | VNET_F_STATUS;
	bool merge = told("merge");

	expect_true(vnet_find(&net), "a virtio network card");
	expect_true(vnet_start(&net, wanted | (merge ? VNET_F_MRG_RXBUF : 0),
			    merge ? 256 : VNET_BUFFER),
		"a device that agrees");
	expect_equal(net.virtio.features & wanted, wanted, "its features");
	expect_equal(virtio_config(&net.virtio, VNET_MAC, 2), 1, "its link");
	print(TEST ": %02x:%02x:%02x:%02x:%02x:%02x, mtu %u\n", net.mac[0], net.mac[1],
		net.mac[2], net.mac[3], net.mac[4], net.mac[5], net.mtu);
	intc_init();
	intc_enable(net.virtio.line, true);
	irq_handler_set(IRQ_EXTERNAL, external_handler);
	irq_handler_set(IRQ_TIMER, timer_stop); /* it ends naps */
	irq_on();
	if (told("dhcp"))
		return do_dhcp();
	return told("ask") ? do_ask() : do_echo();
}
