// SPDX-License-Identifier: Apache-2.0
// A driver of a virtio disk that breaks each rule there is: the device must say that it needs
// a reset, write nowhere, and after the reset work as ever.
#define TEST "blkbad"
#include "../check.h"
#include <guest/vblk.h>

#define WORDS      (VBLK_SECTOR / sizeof(u64))
#define STILL      3000000UL /* ns in which nothing may happen */
#define FUZZ_COUNT 20000
#define HEADER     0 /* descriptors of a good request */
#define DATA       1
#define ANSWER     2
#define IRQ_CONFIG 2

static struct vblk blk;
static u64 *data;

static volatile struct vblk_desc *desc(u32 index)
{
	return &blk.rings->desc[index];
}

/* A good read of sector 1 in descriptors 0 to 2, not offered yet. */
static void prepare(void)
{
	u16 idx = blk.rings->avail.idx;

	memset(data, 0x5a, VBLK_SECTOR);
	vblk_add(&blk, 0, VBLK_IN, 1, data, VBLK_SECTOR);
	blk.rings->avail.idx = idx;
}

static void expect_good(const char *after)
{
	prepare();
	vblk_offer(&blk, HEADER);
	vblk_kick(&blk);
	expect_true(vblk_wait(&blk), "an end of a good request after: %s", after);
	expect_equal(blk.rings->answer[0], VBLK_OK, "status of a good request after: %s",
		after);
	for (u32 i = 0; i < WORDS; i++)
		expect_equal(data[i], WORDS + i, "word %u of sector 1 after: %s", i,
			after);
}

/* Offers what was prepared; the device must refuse it and go on after a reset. */
static void expect_refused(const char *what)
{
	vblk_offer(&blk, HEADER);
	vblk_kick(&blk);
	expect_true(*vblk_reg(&blk, VBLK_STATUS) & VBLK_STATUS_NEEDS_RESET,
		"DEVICE_NEEDS_RESET after: %s", what);
	expect_true(*vblk_reg(&blk, VBLK_INTERRUPT_STATUS) & IRQ_CONFIG,
		"an interrupt for the configuration after: %s", what);
	clock_delay(STILL);
	expect_equal(blk.rings->used.idx, 0, "the used index after: %s", what);
	expect_equal(blk.rings->answer[0], VBLK_NONE, "the status after: %s", what);
	expect_equal(data[0], 0x5a5a5a5a5a5a5a5aUL, "the data after: %s", what);
	expect_true(vblk_start(&blk), "a reset that helps after: %s", what);
	expect_good(what);
	expect_true(vblk_start(&blk), "a reset after: %s", what);
}

/* ---- Descriptors ---- */

static void bad_descriptors(void)
{
	const u64 nowhere[] = {0, ram.start - VBLK_SECTOR, ram.start - 1, ram.end,
		ram.end - VBLK_SECTOR + 1, ~0UL, ~0UL - VBLK_SECTOR + 2, BIT(63), BIT(56),
		blk.base};

	for (u32 i = 0; i < ARRAY_LEN(nowhere); i++) {
		prepare();
		desc(DATA)->addr = nowhere[i];
		expect_refused("data outside of RAM");
	}
	prepare();
	desc(DATA)->len = ~0U;
	expect_refused("4 GiB of data");
	prepare();
	desc(HEADER)->addr = ram.end - 8;
	expect_refused("a header across the end of RAM");
	prepare();
	desc(ANSWER)->addr = ram.end;
	expect_refused("a status behind RAM");
	prepare();
	desc(DATA)->len = 0;
	expect_refused("a descriptor of no bytes");
	prepare();
	desc(DATA)->flags |= VBLK_DESC_INDIRECT;
	expect_refused("an indirect descriptor");
}

/* ---- Chains ---- */

static void bad_chains(void)
{
	prepare();
	desc(DATA)->next = DATA;
	expect_refused("a descriptor that follows itself");
	prepare();
	desc(ANSWER)->flags |= VBLK_DESC_NEXT;
	desc(ANSWER)->next = DATA;
	expect_refused("a loop");
	for (u32 i = 0; i < VBLK_QUEUE_SIZE; i++)
		*desc(i) = (struct vblk_desc){
			(u64)data, 8, VBLK_DESC_NEXT, (u16)((i + 1) % VBLK_QUEUE_SIZE)};
	blk.rings->answer[0] = VBLK_NONE;
	memset(data, 0x5a, VBLK_SECTOR);
	expect_refused("a loop of the whole queue");
	prepare();
	desc(DATA)->next = VBLK_QUEUE_SIZE;
	expect_refused("a descriptor behind the last");
	prepare();
	desc(DATA)->next = 0xffff;
	expect_refused("the descriptor 65535");
	prepare();
	desc(ANSWER)->flags = 0;
	expect_refused("a status to be read, behind data to be written");
	prepare();
	desc(DATA)->flags = VBLK_DESC_NEXT;
	desc(ANSWER)->flags = 0;
	expect_refused("nothing to be written");
	prepare();
	desc(HEADER)->flags |= VBLK_DESC_WRITE;
	expect_refused("nothing to be read");
	prepare();
	desc(HEADER)->len = 15;
	expect_refused("a header that is too short");
}

/* ---- Rings ---- */

static void bad_rings(void)
{
	prepare();
	blk.rings->avail.ring[0] = VBLK_QUEUE_SIZE;
	blk.rings->avail.idx = 1;
	vblk_kick(&blk);
	blk.rings->avail.idx = 0;
	expect_refused("a head behind the last descriptor");
	prepare();
	blk.rings->avail.idx = VBLK_QUEUE_SIZE;
	expect_refused("an available index that jumps");
	prepare();
	blk.rings->avail.idx = 0x7fff;
	expect_refused("an available index that jumps far");
}

/* All of the queue's entries lead to one chain. */
static void same_head(void)
{
	prepare();
	for (u32 i = 0; i < VBLK_QUEUE_SIZE; i++)
		blk.rings->avail.ring[i] = HEADER;
	blk.rings->avail.idx = VBLK_QUEUE_SIZE;
	vblk_kick(&blk);
	expect_true(*vblk_reg(&blk, VBLK_STATUS) & VBLK_STATUS_NEEDS_RESET,
		"DEVICE_NEEDS_RESET after one chain was offered 128 times");
	expect_true(vblk_start(&blk), "a reset");
	expect_good("one chain was offered 128 times");
}

/* ---- Set-up ---- */

static void queue_ready(u32 size, u64 desc_at, u64 driver_at, u64 device_at)
{
	const u64 parts[] = {desc_at, driver_at, device_at};

	expect_true(vblk_start(&blk), "a reset");
	*vblk_reg(&blk, VBLK_QUEUE_READY) = 0;
	expect_equal(*vblk_reg(&blk, VBLK_QUEUE_READY), 0,
		"QUEUE_READY of a stopped queue");
	*vblk_reg(&blk, VBLK_QUEUE_NUM) = size;
	for (u32 i = 0; i < ARRAY_LEN(parts); i++) {
		*vblk_reg(&blk, VBLK_QUEUE_DESC + 0x10 * i) = (u32)parts[i];
		*vblk_reg(&blk, VBLK_QUEUE_DESC + 0x10 * i + 4) = (u32)(parts[i] >> 32);
	}
	*vblk_reg(&blk, VBLK_QUEUE_READY) = 1;
}

static void bad_queues(void)
{
	u64 good = (u64)blk.rings, sizes[] = {0, 3, 127, 256, BIT(31)};

	queue_ready(64, good, good + 0x1000, good + 0x1800);
	expect_equal(*vblk_reg(&blk, VBLK_QUEUE_READY), 1, "QUEUE_READY of a good queue");
	for (u32 i = 0; i < ARRAY_LEN(sizes); i++) {
		queue_ready((u32)sizes[i], good, good + 0x1000, good + 0x1800);
		expect_equal(*vblk_reg(&blk, VBLK_QUEUE_READY), 0,
			"QUEUE_READY, size %lu", sizes[i]);
	}
	for (u32 i = 0; i < 3; i++) {
		u64 parts[3] = {good, good + 0x1000, good + 0x1800};

		parts[i] = ram.end - 4;
		queue_ready(64, parts[0], parts[1], parts[2]);
		expect_equal(*vblk_reg(&blk, VBLK_QUEUE_READY), 0,
			"QUEUE_READY, part %u across the end of RAM", i);
		parts[i] = good + 1;
		queue_ready(64, parts[0], parts[1], parts[2]);
		expect_equal(*vblk_reg(&blk, VBLK_QUEUE_READY), 0,
			"QUEUE_READY, part %u not aligned", i);
		expect_true(*vblk_reg(&blk, VBLK_STATUS) & VBLK_STATUS_NEEDS_RESET,
			"DEVICE_NEEDS_RESET");
	}
	expect_true(vblk_start(&blk), "a reset");
	expect_good("bad queues");
}

static void bad_features(void)
{
	volatile u32 *status = vblk_reg(&blk, VBLK_STATUS);

	*status = 0;
	*status = VBLK_STATUS_ACKNOWLEDGE | VBLK_STATUS_DRIVER;
	*vblk_reg(&blk, VBLK_DRIVER_FEATURES_SEL) = 0;
	*vblk_reg(&blk, VBLK_DRIVER_FEATURES) = ~0U;
	*vblk_reg(&blk, VBLK_DRIVER_FEATURES_SEL) = 1;
	*vblk_reg(&blk, VBLK_DRIVER_FEATURES) = 1;
	*status |= VBLK_STATUS_FEATURES_OK;
	expect_equal(*status, VBLK_STATUS_ACKNOWLEDGE | VBLK_STATUS_DRIVER,
		"the status after features that were not offered");
	*status = 0;
	*status = VBLK_STATUS_FEATURES_OK;
	expect_equal(*status, 0, "the status of a driver without VERSION_1");
	*status = VBLK_STATUS_DRIVER_OK;
	expect_equal(*status, VBLK_STATUS_DRIVER_OK | VBLK_STATUS_NEEDS_RESET,
		"the status after DRIVER_OK without FEATURES_OK");
	expect_true(vblk_start(&blk), "a reset");
	expect_good("bad features");
}

/* ---- Anything ---- */

/* Wild registers and rings; only the headers are good, so that the disk is not written. */
static void fuzz(void)
{
	u64 state = 0x243f6a8885a308d3UL;
	volatile u16 *ring = (volatile u16 *)&blk.rings->avail;
	volatile u16 *descs = (volatile u16 *)blk.rings->desc;

	for (u32 i = 0; i < FUZZ_COUNT; i++) {
		u64 n = random_next(&state);
		u32 reg = (u32)(n >> 8) % 0x200 & ~3U;

		if (n % 16 == 0)
			expect_true(vblk_start(&blk), "a reset in spite of it all");
		if (n % 4 == 0 && reg != VBLK_QUEUE_DEVICE &&
			reg != VBLK_QUEUE_DEVICE + 4)
			*vblk_reg(&blk, reg) = (u32)(n >> 32) % 5;
		(void)*vblk_reg(&blk, reg);
		prepare();
		if (n % 3)
			descs[(n >> 20) % 24] ^= (u16)BIT((n >> 40) % 16);
		if (n % 5 == 0)
			ring[(n >> 24) % 8] = (u16)(n >> 48);
		/* Data that went astray must not hit this program. */
		if (desc(DATA)->addr != (u64)data)
			desc(DATA)->addr = 0;
		if (desc(ANSWER)->addr != (u64)&blk.rings->answer[0])
			desc(ANSWER)->addr = 0;
		if (desc(HEADER)->addr != (u64)blk.rings->header)
			desc(HEADER)->addr = 0;
		desc(DATA)->len = MIN(desc(DATA)->len, 2 * (u32)VBLK_SECTOR);
		desc(ANSWER)->len = MIN(desc(ANSWER)->len, 1);
		vblk_offer(&blk, HEADER);
		vblk_kick(&blk);
	}
	expect_true(vblk_start(&blk), "a reset after all");
	expect_good("everything");
}

int guest_main(void)
{
	expect_true(vblk_find(&blk, "virtio_mmio"), "a virtio disk in the device tree");
	expect_true(vblk_start(&blk), "a device that agrees on its own features");
	data = page_alloc_run(1, PAGE_SIZE);
	expect_good("nothing");
	expect_true(vblk_start(&blk), "a reset");
	bad_descriptors();
	bad_chains();
	bad_rings();
	same_head();
	bad_queues();
	bad_features();
	fuzz();
	return test_ok();
}
