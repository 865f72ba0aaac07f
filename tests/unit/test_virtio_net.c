// SPDX-License-Identifier: Apache-2.0
// drivers/virtio_net*.c against a card played by the test behind a transport of its own: frames
// in and out between it and a guest's port, old and new cards, and cards that break the rules.
#include "unit.h"

#include <hv/cpu.h>
#include <hv/irq.h>
#include <hv/net.h>
#include <hv/timer.h>

#include "drivers/virtio.h"
#include "drivers/virtqueue.h"

#define RX       0
#define TX       1
#define CONTROL  2
#define QUEUES   3
#define MAC      0x020000000001UL
#define STRANGER 0x00163e000001UL
#define F_MTU    BIT(3)
#define F_CTRL   (BIT(17) | BIT(18))

static struct wire {
	struct virtio virtio; /* first */
	u64 offered, accepted;
	u32 status, queue_max, mtu;
	const struct virtqueue *vqs[QUEUES];
	u16 seen[QUEUES];
	bool sleeps;  /* leaves what it is given to send */
	bool refuses; /* commands */
	u32 promiscuous;
	u32 sent; /* and the newest: */
	u32 sent_len;
	u8 frame[NET_FRAME_MAX];
	u32 irq_why;
} card;

static u32 next_irq = 5;

static struct net_port guest;
static u32 guest_got, guest_len;
static u8 guest_frame[NET_FRAME_MAX];

/* ---- The card ---- */

static u32 card_status(struct virtio *dev)
{
	(void)dev;
	return card.status;
}

static void card_set_status(struct virtio *dev, u32 status)
{
	(void)dev;
	card.status = status;
	if (status == 0)
		memset(card.vqs, 0, sizeof(card.vqs));
}

static u64 card_features(struct virtio *dev)
{
	(void)dev;
	return card.offered;
}

static void card_set_features(struct virtio *dev, u64 features)
{
	(void)dev;
	card.accepted = features;
}

static u32 card_queue_max(struct virtio *dev, u32 index)
{
	(void)dev;
	return index < QUEUES ? card.queue_max : 0;
}

static int card_queue_set(struct virtio *dev, u32 index, const struct virtqueue *vq)
{
	(void)dev;
	card.vqs[index] = vq;
	card.seen[index] = 0;
	return 0;
}

static void finish(u32 queue, u32 id, u32 len)
{
	const struct virtqueue *vq = card.vqs[queue];

	vq->used->ring[vq->used->idx % vq->size] = (struct virtq_used_elem){id, len};
	vq->used->idx++;
	card.irq_why |= VIRTIO_IRQ_QUEUE;
}

/* The next chain of a queue: its head; -1: there is none. */
static int next_chain(u32 queue)
{
	const struct virtqueue *vq = card.vqs[queue];

	if (!vq || card.seen[queue] == vq->avail->idx)
		return -1;
	return vq->avail->ring[card.seen[queue]++ % vq->size];
}

static const struct virtq_desc *desc_of(u32 queue, int head, u32 n)
{
	const struct virtq_desc *desc = &card.vqs[queue]->desc[head];

	while (n-- > 0) {
		assert_true(desc->flags & VIRTQ_DESC_F_NEXT);
		desc = &card.vqs[queue]->desc[desc->next];
	}
	return desc;
}

static u32 header_size(void)
{
	return card.virtio.legacy ? 10 : 12;
}

static void card_send_all(void)
{
	static const u8 zeroes[12];

	for (int head; (head = next_chain(TX)) >= 0;) {
		const struct virtq_desc *header = desc_of(TX, head, 0);
		const struct virtq_desc *data = desc_of(TX, head, 1);

		assert_int_equal(header->len, header_size());
		assert_memory_equal((void *)header->addr, zeroes, header->len);
		assert_int_equal(data->flags, 0);
		card.sent++;
		card.sent_len = data->len;
		memcpy(card.frame, (void *)data->addr, data->len);
		finish(TX, (u32)head, 0);
	}
}

static void card_obey(void)
{
	int head = next_chain(CONTROL);
	const u8 *command = (u8 *)desc_of(CONTROL, head, 0)->addr;

	assert_int_equal(desc_of(CONTROL, head, 0)->len, 2);
	assert_int_equal(command[0], 0);
	assert_int_equal(command[1], 0);
	card.promiscuous = *(u8 *)desc_of(CONTROL, head, 1)->addr;
	*(u8 *)desc_of(CONTROL, head, 2)->addr = card.refuses;
	finish(CONTROL, (u32)head, 1);
}

static void card_notify(struct virtio *dev, u32 index)
{
	(void)dev;
	assert_true(card.status & VIRTIO_STATUS_DRIVER_OK);
	if (index == TX && !card.sleeps)
		card_send_all();
	if (index == CONTROL)
		card_obey();
}

static u32 card_config(struct virtio *dev, u32 offset)
{
	(void)dev;
	return offset == 8 ? card.mtu << 16 | 1 : 0;
}

static u32 card_generation(struct virtio *dev)
{
	(void)dev;
	return 0;
}

static u32 card_irq_ack(struct virtio *dev)
{
	u32 why = card.irq_why;

	(void)dev;
	card.irq_why = 0;
	return why;
}

static const struct virtio_ops card_ops = {
	.status = card_status,
	.set_status = card_set_status,
	.features = card_features,
	.set_features = card_set_features,
	.queue_max = card_queue_max,
	.queue_set = card_queue_set,
	.notify = card_notify,
	.config = card_config,
	.config_generation = card_generation,
	.irq_ack = card_irq_ack,
};

/* A frame comes in, for the guest: false if the card has nowhere to put it. */
static bool card_hears(u32 len, u32 said)
{
	int head = next_chain(RX);
	const struct virtq_desc *data;

	if (head < 0)
		return false;
	data = desc_of(RX, head, 1);
	assert_int_equal(desc_of(RX, head, 0)->len, header_size());
	assert_int_equal(desc_of(RX, head, 0)->flags & VIRTQ_DESC_F_WRITE,
		VIRTQ_DESC_F_WRITE);
	assert_true(data->len >= NET_FRAME_MAX);
	mac_put((u8 *)data->addr, MAC);
	mac_put((u8 *)data->addr + MAC_SIZE, STRANGER);
	memset((u8 *)data->addr + 2 * MAC_SIZE, (int)len, len - 2 * MAC_SIZE);
	finish(RX, (u32)head, said);
	return true;
}

/* ---- The machine ---- */

static void chip_enable(u32 irq, u32 cpu_index, bool on)
{
	(void)irq, (void)cpu_index, (void)on;
}

static int chip_claim(void)
{
	return card.irq_why ? (int)card.virtio.irq : -ENOENT;
}

static void chip_end(u32 irq)
{
	(void)irq;
}

static const struct irqchip chip = {
	.enable = chip_enable,
	.claim = chip_claim,
	.end = chip_end,
};

/* All that is due happens. */
static void run(void)
{
	for (u32 i = 0; i < 4; i++) {
		irq_dispatch();
		timer_interrupt();
	}
}

/* ---- The guest's port ---- */

static void guest_ready(struct net_port *port)
{
	struct net_frame *frame;

	while ((frame = net_take(port))) {
		guest_got++;
		guest_len = frame->len;
		memcpy(guest_frame, frame->data, frame->len);
		net_frame_put(frame);
	}
}

static void guest_send(u32 len)
{
	struct net_frame *frame = net_frame_alloc();

	assert_non_null(frame);
	mac_put(frame->data, STRANGER);
	mac_put(frame->data + MAC_SIZE, MAC);
	memset(frame->data + 2 * MAC_SIZE, 0x5a, sizeof(frame->data) - 2 * MAC_SIZE);
	frame->len = len;
	net_send(&guest, frame);
}

/* Cards, switches and handlers stay for ever. */
static int setup_memory(void **state)
{
	(void)state;
	fake_ram(MiB(32));
	irq_set_chip(&chip);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	card = (struct wire){
		.virtio = {.ops = &card_ops, .irq = next_irq++},
		.offered = VIRTIO_F_VERSION_1 | F_CTRL,
		.queue_max = 256,
		.mtu = 1500,
	};
	guest = (struct net_port){
		.name = "guest", .vm = (void *)1, .mac = MAC, .ready = guest_ready};
	guest_got = 0;
	return 0;
}

static void start(void)
{
	static u32 count;
	char name[NET_SWITCH_NAME];

	assert_int_equal(virtio_net_probe(&card.virtio), 0);
	snprint(name, sizeof(name), "net%u", count++);
	assert_int_equal(net_port_attach(&guest, name), 0);
	assert_true(guest.sw != NULL);
}

static void stop(void)
{
	net_port_detach(&guest);
	assert_true(list_empty(&fake_cpu->timers));
}

/* ---- Tests ---- */

static void test_send(void **state)
{
	(void)state;
	start();
	assert_int_equal(card.promiscuous, 1);
	guest_send(100);
	assert_int_equal(card.sent, 0); /* not while the guest is busy */
	run();
	assert_int_equal(card.sent, 1);
	assert_int_equal(card.sent_len, 100);
	assert_int_equal(mac_get(card.frame + MAC_SIZE), MAC);
	assert_int_equal(card.frame[99], 0x5a);
	for (u32 i = 0; i < 1000; i++) {
		guest_send(NET_FRAME_MAX);
		run();
	}
	assert_int_equal(card.sent, 1001);
	assert_int_equal(card.sent_len, NET_FRAME_MAX);
	stop();
}

static void test_receive(void **state)
{
	(void)state;
	start();
	for (u32 i = 0; i < 1000; i++) {
		assert_true(card_hears(60 + i, header_size() + 60 + i));
		run();
		assert_int_equal(guest_got, i + 1);
		assert_int_equal(guest_len, 60 + i);
		assert_int_equal(guest_frame[59 + i], (u8)(60 + i));
	}
	stop();
}

/* It keeps the card in buffers however many come at once. */
static void test_receive_burst(void **state)
{
	u32 heard = 0;

	(void)state;
	start();
	while (card_hears(60, 72))
		heard++;
	assert_in_range(heard, 32, 128);
	run();
	assert_int_equal(guest_got, heard);
	assert_true(card_hears(60, 72));
	run();
	assert_int_equal(guest_got, heard + 1);
	stop();
}

/* A card that is slow: its ring fills, then what comes is lost, and it goes on later. */
static void test_slow_card(void **state)
{
	(void)state;
	start();
	card.sleeps = true;
	for (u32 i = 0; i < 500; i++) {
		guest_send(60);
		run();
	}
	assert_int_equal(card.sent, 0);
	card.sleeps = false;
	card_send_all();
	run();
	guest_send(60);
	run();
	assert_in_range(card.sent, 65, 200);
	stop();
}

static void test_legacy(void **state)
{
	(void)state;
	card.virtio.legacy = card.virtio.fixed = true;
	card.offered = 0;
	start();
	guest_send(100);
	assert_true(card_hears(60, 70));
	run();
	assert_int_equal(card.sent_len, 100);
	assert_int_equal(guest_len, 60);
	assert_int_equal(card.promiscuous, 0);
	stop();
}

static void test_small(void **state)
{
	(void)state;
	card.queue_max = 4;
	card.offered |= F_MTU;
	card.mtu = 1000;
	start();
	assert_int_equal(guest.mtu, 1000);
	guest_send(1018);
	guest_send(1019); /* more than it can carry */
	guest_send(1018);
	run();
	assert_int_equal(card.sent, 2);
	for (u32 i = 0; i < 10; i++) {
		assert_true(card_hears(60, 72));
		run();
	}
	assert_int_equal(guest_got, 10);
	stop();
}

static void expect_no_card(int error)
{
	fake_output_clear();
	assert_int_equal(virtio_net_probe(&card.virtio), error);
	assert_non_null(strstr(fake_output, "cannot be used"));
	assert_true(card.status == 0 || card.status & VIRTIO_STATUS_FAILED);
	assert_null(net_frame_alloc());
}

static void test_not_usable(void **state)
{
	u32 irq = card.virtio.irq;

	(void)state;
	/* The frames of those that work are in use, so there is none if none is left over. */
	while (net_frame_alloc())
		;
	card.refuses = true;
	expect_no_card(-EIO);
	card.refuses = false;
	card.offered = 0;
	expect_no_card(-ENODEV);
	card.offered = VIRTIO_F_VERSION_1 | F_MTU;
	card.mtu = 20;
	expect_no_card(-EINVAL);
	card.mtu = 1500;
	card.virtio.irq = 0;
	expect_no_card(-EINVAL);
	card.virtio.irq = irq;
	card.queue_max = 1;
	expect_no_card(-EINVAL);
	card.queue_max = 0;
	expect_no_card(-EINVAL);
}

/* Its first nonsense is its last; the guests' switch goes on. */
static void expect_broken(const char *why)
{
	fake_output_clear();
	card.irq_why |= VIRTIO_IRQ_QUEUE;
	run();
	assert_non_null(strstr(fake_output, why));
	assert_non_null(strstr(fake_output, "no longer used"));
	assert_true(card.status & VIRTIO_STATUS_FAILED);
	for (u32 i = 0; i < 200; i++) {
		guest_send(60);
		run();
	}
	assert_int_equal(guest.counts.sent, 200);
	stop();
}

static void test_breaks_index(void **state)
{
	(void)state;
	start();
	card.vqs[RX]->used->idx += 1000;
	expect_broken("jumped");
}

static void test_breaks_id(void **state)
{
	(void)state;
	start();
	finish(TX, 77, 0);
	card.vqs[TX]->used->idx--;
	finish(RX, 2000, 100);
	expect_broken("not given");
}

static void test_breaks_itself(void **state)
{
	(void)state;
	start();
	card.status |= VIRTIO_STATUS_NEEDS_RESET;
	card.irq_why = VIRTIO_IRQ_CONFIG;
	expect_broken("the device failed");
}

/* Lengths that cannot be: no more than was there is read, and no less than nothing. */
static void test_lengths(void **state)
{
	static const u32 lens[] = {0, 1, 11, 12, 25, ~0U, 0x80000000};

	(void)state;
	start();
	for (u32 i = 0; i < ARRAY_LEN(lens); i++) {
		assert_true(card_hears(60, lens[i]));
		run();
	}
	assert_int_equal(guest_got, 2);
	assert_int_equal(guest_len, NET_FRAME_MAX);
	stop();
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_send),
		TEST(test_receive),
		TEST(test_receive_burst),
		TEST(test_slow_card),
		TEST(test_legacy),
		TEST(test_small),
		TEST(test_breaks_index),
		TEST(test_breaks_id),
		TEST(test_breaks_itself),
		TEST(test_lengths),
		TEST(test_not_usable),
	};

	return cmocka_run_group_tests(tests, setup_memory, NULL);
}
