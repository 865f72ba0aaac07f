// SPDX-License-Identifier: Apache-2.0
// drivers/ramdisk.c: a disk over plain memory, polled and with its timer.
#include "unit.h"

#include <hv/arch.h>
#include <hv/blockdev.h>
#include <hv/timer.h>

#include "drivers/ramdisk.h"

#define SECTORS 4

static u8 medium[SECTORS * SECTOR_SIZE + 1], rom[SECTOR_SIZE], buffer[sizeof(medium)];
static struct blockdev *disk, *read_only;

struct asked {
	struct block_request req;
	u32 done;
	int error;
};

static void asked_done(struct block_request *req, int error)
{
	struct asked *asked = container_of(req, struct asked, req);

	asked->done++;
	asked->error = error;
}

static struct asked ask(struct blockdev *dev, u64 sector, u64 sectors, bool write)
{
	struct asked asked = {.req = {.sector = sector,
				      .sectors = sectors,
				      .write = write,
				      .data = buffer,
				      .done = asked_done}};

	dev->ops->submit(dev, &asked.req);
	assert_int_equal(asked.done, 0);
	dev->ops->poll(dev);
	assert_int_equal(asked.done, 1);
	dev->ops->poll(dev);
	timer_interrupt();
	assert_int_equal(asked.done, 1);
	return asked;
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_ram(MiB(16));
	return 0;
}

static void test_register(void **state)
{
	(void)state;
	assert_int_equal(ramdisk_register(medium, SECTOR_SIZE - 1, false), -EINVAL);
	assert_null(blockdev_get(0));
	assert_int_equal(ramdisk_register(medium, sizeof(medium), false), 0);
	assert_int_equal(ramdisk_register(rom, sizeof(rom), true), 0);
	disk = blockdev_get(0);
	read_only = blockdev_get(1);
	assert_int_equal(disk->sectors, SECTORS);
	assert_int_equal(disk->block_size, 512);
	assert_string_equal(disk->name, "module0");
	assert_string_equal(read_only->name, "module1");
	assert_true(read_only->read_only);
	assert_false(disk->read_only);
}

static void test_transfer(void **state)
{
	(void)state;
	memset(buffer, 0xab, sizeof(buffer));
	assert_int_equal(blockdev_write(disk, 1, 2, buffer), 0);
	assert_int_equal(medium[SECTOR_SIZE - 1], 0);
	assert_int_equal(medium[SECTOR_SIZE], 0xab);
	assert_int_equal(medium[3 * SECTOR_SIZE - 1], 0xab);
	assert_int_equal(medium[3 * SECTOR_SIZE], 0);
	medium[2 * SECTOR_SIZE] = 0xcd;
	assert_int_equal(blockdev_read(disk, 2, 2, buffer), 0);
	assert_int_equal(buffer[0], 0xcd);
	assert_int_equal(buffer[1], 0xab);
	assert_int_equal(buffer[SECTOR_SIZE], 0);
	assert_int_equal(buffer[2 * SECTOR_SIZE], 0xab);
}

static void test_refuses(void **state)
{
	(void)state;
	assert_int_equal(ask(disk, SECTORS - 1, 1, false).error, 0);
	assert_int_equal(ask(disk, SECTORS, 1, false).error, -EIO);
	assert_int_equal(ask(disk, SECTORS - 1, 2, true).error, -EIO);
	assert_int_equal(ask(disk, ~0UL, 2, true).error, -EIO);
	assert_int_equal(ask(disk, 1, ~0UL, false).error, -EIO);
	assert_int_equal(ask(disk, 0, 0, false).error, -EIO);
	assert_int_equal(ask(disk, 0, 0, true).error, 0);
	assert_int_equal(ask(read_only, 0, 1, false).error, 0);
	assert_int_equal(ask(read_only, 0, 1, true).error, -EIO);
}

/* Nobody polls: the timer is as good as an interrupt, for any number of requests. */
static void test_timer(void **state)
{
	struct asked first = {.req = {.sectors = 1, .data = buffer, .done = asked_done}},
		     second = first;

	(void)state;
	disk->ops->submit(disk, &first.req);
	disk->ops->submit(disk, &second.req);
	assert_int_equal(first.done + second.done, 0);
	arch_irq_handle();
	assert_int_equal(first.done, 1);
	assert_int_equal(second.done, 1);
	disk->ops->submit(disk, &first.req);
	arch_irq_handle();
	assert_int_equal(first.done, 2);
}

/* A big one leaves time for others between its pieces, and its end is the end of all. */
static void test_pieces(void **state)
{
	static u8 big[MiB(2) + SECTOR_SIZE], copy[sizeof(big)];
	struct asked asked = {.req = {.sectors = sizeof(big) / SECTOR_SIZE,
				      .data = copy,
				      .done = asked_done}};
	struct blockdev *dev;
	u64 start = fake_now;
	u32 fired = 0;

	(void)state;
	for (u32 i = 0; i < sizeof(big); i++)
		big[i] = (u8)(i + i / SECTOR_SIZE + i / MiB(1));
	assert_int_equal(ramdisk_register(big, sizeof(big), false), 0);
	dev = blockdev_get(2);
	dev->ops->submit(dev, &asked.req);
	for (; !asked.done; fired++) {
		assert_true(fired < 3);
		arch_cpu_idle();
		timer_interrupt();
	}
	assert_int_equal(fired, 3);
	assert_true(fake_now > start);
	assert_int_equal(asked.error, 0);
	assert_memory_equal(copy, big, sizeof(big));
	assert_int_equal(blockdev_read(dev, 1, asked.req.sectors - 1, copy), 0);
	assert_memory_equal(copy, big + SECTOR_SIZE, sizeof(big) - SECTOR_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_register),
		cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
