// SPDX-License-Identifier: Apache-2.0
// A virtio disk as a driver uses it. The disk holds a known pattern, in which each word tells
// where it is; what this guest writes is told by another one, and its caller looks at it
// afterwards. A read-only disk is used as such.
#define TEST "blk"
#include "../check.h"
#include <guest/intc.h>
#include <guest/vblk.h>

#define WORDS       (VBLK_SECTOR / sizeof(u64))
#define BUFFER_SIZE MiB(1)
#define MANY        40 /* in flight, each with three descriptors */
#define MANY_SIZE   KiB(16)
#define WRITE_FROM  64 /* sectors of the disk that are written */
#define WRITE_COUNT 1024

static struct vblk blk;
static u64 *buffer;
static volatile u32 interrupts;

static u64 word_old(u64 sector, u64 word)
{
	return sector * WORDS + word;
}

static u64 word_new(u64 sector, u64 word)
{
	return ~word_old(sector, word);
}

static bool is_written(u64 sector)
{
	return sector - WRITE_FROM < WRITE_COUNT;
}

static void expect_sectors(const u64 *data, u64 sector, u64 count, bool written)
{
	for (u64 i = 0; i < count * WORDS; i++) {
		u64 at = sector + i / WORDS, word = i % WORDS;
		u64 wanted = written && is_written(at) ? word_new(at, word)
						       : word_old(at, word);

		if (data[i] != wanted)
			test_fail("sector %lu, word %lu: expected 0x%lx, found 0x%lx", at,
				word, wanted, data[i]);
	}
}

static void fill_new(u64 *data, u64 sector, u64 count)
{
	for (u64 i = 0; i < count * WORDS; i++)
		data[i] = word_new(sector + i / WORDS, i % WORDS);
}

static void external_handler(void)
{
	u32 line = intc_claim(), why;

	expect_equal(line, blk.line, "the interrupting line");
	interrupts++;
	why = *vblk_reg(&blk, VBLK_INTERRUPT_STATUS);
	*vblk_reg(&blk, VBLK_INTERRUPT_ACK) = why;
	intc_done(line);
}

static void read_all(bool written)
{
	u64 most = BUFFER_SIZE / VBLK_SECTOR;

	for (u64 at = 0; at < blk.capacity; at += most) {
		u64 count = MIN(most, blk.capacity - at);

		memset(buffer, 0x5a, BUFFER_SIZE);
		expect_equal(vblk_request(&blk, VBLK_IN, at, buffer,
				     (u32)(count * VBLK_SECTOR)),
			VBLK_OK, "reading %lu sectors at %lu", count, at);
		expect_sectors(buffer, at, count, written);
	}
}

/* All at once, in no order, each with memory of its own. */
static void read_many(void)
{
	u64 each = MANY_SIZE / VBLK_SECTOR, places = blk.capacity / each;
	u8 *data = (u8 *)buffer;
	u32 before = interrupts;

	for (u32 i = 0; i < MANY; i++)
		vblk_add(&blk, i, VBLK_IN, i * 7 % places * each, data + i * MANY_SIZE,
			MANY_SIZE);
	vblk_kick(&blk);
	expect_true(vblk_wait(&blk), "an end of %d requests in flight", MANY);
	for (u32 i = 0; i < MANY; i++) {
		expect_equal(blk.rings->answer[i], VBLK_OK, "status of request %u", i);
		expect_sectors((u64 *)(data + i * MANY_SIZE), i * 7 % places * each, each,
			false);
	}
	clock_delay(1000000);
	expect_true(interrupts > before, "an interrupt");
}

static void write_some(void)
{
	fill_new(buffer, WRITE_FROM, WRITE_COUNT);
	expect_equal(vblk_request(&blk, VBLK_OUT, WRITE_FROM, buffer,
			     WRITE_COUNT * VBLK_SECTOR),
		VBLK_OK, "writing");
	expect_equal(vblk_request(&blk, VBLK_FLUSH, 0, NULL, 0), VBLK_OK, "flushing");
}

static void piece(u32 index, void *addr, u32 len, u32 flags)
{
	volatile struct vblk_desc *desc = &blk.rings->desc[index];

	desc->addr = (u64)addr;
	desc->len = len;
	desc->flags = (u16)flags;
	desc->next = (u16)(index + 1);
}

/* 2.7.4: where a request is cut into descriptors means nothing. */
static void odd_pieces(u32 type, u64 sector, u64 count)
{
	u32 flags = VBLK_DESC_NEXT | (type == VBLK_IN ? VBLK_DESC_WRITE : 0);
	u8 *header = (u8 *)blk.rings->header, *data = (u8 *)buffer;
	u32 len = (u32)(count * VBLK_SECTOR), first = 100, second = len - first - 1;

	blk.rings->header[0].type = type;
	blk.rings->header[0].sector = sector;
	piece(0, header, 3, VBLK_DESC_NEXT);
	piece(1, header + 3, 13, VBLK_DESC_NEXT);
	piece(2, data, first, flags);
	piece(3, data + first, second, flags);
	if (type == VBLK_IN) {
		piece(4, data + first + second, 2, VBLK_DESC_WRITE); /* and the status */
	} else {
		piece(4, data + first + second, 1, VBLK_DESC_NEXT);
		piece(5, data + len, 1, VBLK_DESC_WRITE);
	}
	data[len] = VBLK_NONE;
	vblk_offer(&blk, 0);
	vblk_kick(&blk);
	expect_true(vblk_wait(&blk), "an end of a request in odd pieces");
	expect_equal(data[len], VBLK_OK, "status of a request in odd pieces");
}

static void check_odd_pieces(void)
{
	u64 count = 64 * blk.block_size / VBLK_SECTOR;

	memset(buffer, 0x5a, BUFFER_SIZE);
	odd_pieces(VBLK_IN, 8, count);
	expect_sectors(buffer, 8, count, !(blk.features & VBLK_F_RO));
	if (blk.features & VBLK_F_RO)
		return;
	fill_new(buffer, WRITE_FROM, count);
	odd_pieces(VBLK_OUT, WRITE_FROM, count);
}

static void check_bad_requests(void)
{
	u32 block = blk.block_size, per_block = block / VBLK_SECTOR;
	char id[21] = "";

	expect_equal(vblk_request(&blk, VBLK_IN, blk.capacity, buffer, block), VBLK_IOERR,
		"reading behind the end");
	expect_equal(vblk_request(&blk, VBLK_IN, blk.capacity - per_block, buffer,
			     2 * block),
		VBLK_IOERR, "reading across the end");
	expect_equal(vblk_request(&blk, VBLK_OUT, ~0UL, buffer, block), VBLK_IOERR,
		"writing at the last sector there can be");
	expect_equal(vblk_request(&blk, VBLK_IN, 0, buffer, block + 1), VBLK_IOERR,
		"reading part of a sector");
	expect_equal(vblk_request(&blk, (enum vblk_type)77, 0, buffer, block),
		VBLK_UNSUPP, "a request that there is not");
	if (blk.features & VBLK_F_RO)
		expect_equal(vblk_request(&blk, VBLK_OUT, 0, buffer, block), VBLK_IOERR,
			"writing to a read-only disk");
	expect_equal(vblk_request(&blk, VBLK_GET_ID, 0, id, 20), VBLK_OK, "GET_ID");
	print(TEST ": id %s\n", id);
}

/* The device is reset while it is busy; status 0 means that it writes no more. */
static void check_reset(void)
{
	u8 *data = (u8 *)buffer;

	for (u32 i = 0; i < MANY; i++)
		vblk_add(&blk, i, VBLK_IN, 0, data + i * MANY_SIZE, MANY_SIZE);
	vblk_kick(&blk);
	expect_true(vblk_start(&blk), "a device that can be reset while it is busy");
	memset(data, 0x5a, MANY * MANY_SIZE);
	clock_delay(20000000);
	for (u32 i = 0; i < MANY * MANY_SIZE; i++)
		expect_equal(data[i], 0x5a, "memory that was read into before the reset");
	expect_equal(blk.rings->used.idx, 0, "the used index after a reset");
}

/* Whoever is below must wait for the disk before the memory is somebody else's. */
static int leave_busy(void)
{
	for (u32 i = 0; i < MANY; i++)
		vblk_add(&blk, i, i % 2 ? VBLK_IN : VBLK_OUT, 0,
			(u8 *)buffer + i * MANY_SIZE, MANY_SIZE);
	vblk_kick(&blk);
	return test_ok();
}

int guest_main(void)
{
	const char *words = machine_cmdline();

	expect_true(vblk_find(&blk, "virtio_mmio"), "a virtio disk in the device tree");
	expect_true(vblk_start(&blk), "a device that agrees on its own features");
	print(TEST ": %lu sectors, blocks of %u, %s\n", blk.capacity, blk.block_size,
		blk.features & VBLK_F_RO ? "read-only" : "to be written");
	buffer = page_alloc_run(BUFFER_SIZE / PAGE_SIZE + 1, PAGE_SIZE);
	if (words && strcmp(words, "leave") == 0)
		return leave_busy();
	intc_init();
	intc_enable(blk.line, true);
	irq_handler_set(IRQ_EXTERNAL, external_handler);
	irq_on();
	read_all(false);
	read_many();
	if (!(blk.features & VBLK_F_RO)) {
		write_some();
		read_all(true);
	}
	check_odd_pieces();
	check_bad_requests();
	check_reset();
	read_all(!(blk.features & VBLK_F_RO));
	return test_ok();
}
