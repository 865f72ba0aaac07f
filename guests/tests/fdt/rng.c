// SPDX-License-Identifier: Apache-2.0
// Random numbers of a virtio entropy device. Whether numbers are random nobody can see; but equal
// pieces, or bytes of which half the bits are not set, are not.
#define TEST "rng"
#include "../check.h"
#include <guest/intc.h>
#include <guest/virtio.h>

#define ID_ENTROPY 4
#define BYTES      KiB(8)
#define EACH       48U
#define WORDS      (BYTES / sizeof(u64))

static struct virtio rng;
static u64 words[WORDS + EACH];
static volatile u32 interrupts;

static void external_handler(void)
{
	u32 line = intc_claim();

	expect_equal(line, rng.line, "the interrupting line");
	interrupts++;
	virtio_irq_ack(&rng);
	intc_done(line);
}

static void read_all(void)
{
	u8 *data = (u8 *)words;

	for (u64 at = 0; at < BYTES;) {
		u32 head, len;

		virtio_desc(&rng, 0, 0, data + at, EACH, VIRTIO_DESC_WRITE);
		virtio_offer(&rng, 0, 0);
		virtio_kick(&rng, 0);
		expect_true(virtio_wait(&rng, 0, &head, &len),
			"random bytes within 10 s");
		expect_equal(head, 0, "the finished request");
		expect_true(len >= 1 && len <= EACH, "1 to %u bytes, not %u", EACH, len);
		at += len;
	}
}

static void check_bits(void)
{
	u64 ones = 0, all = 8 * BYTES;

	for (u32 i = 0; i < WORDS; i++)
		for (u64 word = words[i]; word; word &= word - 1)
			ones++;
	/* 12 standard deviations: sqrt(65536) / 2 = 128. */
	expect_true(ones > all / 2 - 1536 && ones < all / 2 + 1536,
		"half of %lu bits, not %lu", all, ones);
}

static void check_different(void)
{
	for (u32 i = 0; i < WORDS; i++)
		for (u32 j = 0; j < i; j++)
			if (words[i] == words[j])
				test_fail("words %u and %u are both 0x%lx", j, i,
					words[i]);
}

int guest_main(void)
{
	expect_true(virtio_find(&rng, ID_ENTROPY), "a virtio entropy device");
	expect_true(virtio_start(&rng, 0, 1), "a device that agrees");
	intc_init();
	intc_enable(rng.line, true);
	irq_handler_set(IRQ_EXTERNAL, external_handler);
	irq_on();
	read_all();
	expect_true(interrupts > 0, "an interrupt");
	check_bits();
	check_different();
	/* So that others can compare: each machine, and each start, has its own. */
	test_wait_turn();
	print(TEST ": %016lx%016lx\n", words[0], words[1]);
	return test_ok();
}
