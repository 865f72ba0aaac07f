// SPDX-License-Identifier: Apache-2.0
// The virtio disk driver against a disk played by the test behind a transport of its own:
// limits, many requests, errors, and devices that break the rules.
#include "unit.h"

#include <hv/blockdev.h>
#include <hv/irq.h>
#include <hv/timer.h>

#include "drivers/virtio.h"
#include "drivers/virtqueue.h"

#define DISK_SECTORS 4096UL
#define IRQ          5
#define F_RO         BIT(5)
#define F_SIZE_MAX   BIT(1)
#define F_SEG_MAX    BIT(2)
#define F_BLK_SIZE   BIT(6)
#define F_FLUSH      BIT(9)
#define DESC_F_NEXT  1
#define DESC_F_WRITE 2

static u8 medium[DISK_SECTORS * SECTOR_SIZE];
static u8 memory[DISK_SECTORS * SECTOR_SIZE];

static struct disk {
	struct virtio virtio; /* first */
	u64 offered, accepted;
	u32 status;
	u32 config[8];
	u32 queue_max;
	const struct virtqueue *vq;
	u16 seen;
	bool silent;    /* does nothing when notified */
	bool backwards; /* finishes the newest first */
	bool denies;    /* does not accept features */
	u64 bad_sector; /* error for requests that touch it; ~0: none */
	u32 notified, chains, flushes, longest;
	u32 irq_why;
} disk;

static u32 disk_status(struct virtio *dev)
{
	(void)dev;
	return disk.status;
}

static void disk_set_status(struct virtio *dev, u32 status)
{
	(void)dev;
	if (disk.denies)
		status &= ~(u32)VIRTIO_STATUS_FEATURES_OK;
	disk.status = status;
	if (status == 0)
		disk.vq = NULL;
}

static u64 disk_features(struct virtio *dev)
{
	(void)dev;
	return disk.offered;
}

static void disk_set_features(struct virtio *dev, u64 features)
{
	(void)dev;
	assert_int_equal(features & ~disk.offered, 0);
	disk.accepted = features;
}

static u32 disk_queue_max(struct virtio *dev, u32 index)
{
	(void)dev;
	assert_int_equal(index, 0);
	return disk.queue_max;
}

static int disk_queue_set(struct virtio *dev, u32 index, const struct virtqueue *vq)
{
	(void)dev;
	assert_int_equal(index, 0);
	disk.vq = vq;
	disk.seen = 0;
	return 0;
}

static void finish(u32 id)
{
	disk.vq->used->ring[disk.vq->used->idx % disk.vq->size].id = id;
	disk.vq->used->idx++;
	disk.irq_why |= VIRTIO_IRQ_QUEUE;
}

/* Carries the chain from `head` out, as 5.2.6 has it. */
static void disk_chain(u16 head)
{
	const struct virtq_desc *desc = &disk.vq->desc[head];
	struct {
		u32 type, reserved;
		u64 sector;
	} header;
	u64 at;
	bool ok;

	assert_int_equal(desc->len, sizeof(header));
	assert_int_equal(desc->flags, DESC_F_NEXT);
	memcpy(&header, (void *)desc->addr, sizeof(header));
	at = header.sector * SECTOR_SIZE;
	disk.chains++;
	disk.flushes += header.type == 4;
	for (desc = &disk.vq->desc[desc->next]; desc->flags & DESC_F_NEXT;
		desc = &disk.vq->desc[desc->next]) {
		bool in = desc->flags & DESC_F_WRITE;

		assert_int_equal(in, header.type == 0);
		assert_true(range_inside(at, desc->len, 0, sizeof(medium)));
		if (disk.accepted & F_SIZE_MAX)
			assert_true(desc->len <= disk.config[2]);
		memcpy(in ? (u8 *)desc->addr : medium + at,
			in ? medium + at : (u8 *)desc->addr, desc->len);
		at += desc->len;
	}
	disk.longest = MAX(disk.longest, (u32)(at - header.sector * SECTOR_SIZE));
	assert_int_equal(desc->len, 1);
	assert_int_equal(desc->flags, DESC_F_WRITE);
	ok = disk.bad_sector < header.sector || disk.bad_sector >= at / SECTOR_SIZE;
	*(u8 *)desc->addr = ok ? 0 : 1;
}

static void disk_run(void)
{
	u16 heads[VIRTQUEUE_SIZE_MAX];
	u32 count = 0;

	while (disk.seen != disk.vq->avail->idx)
		heads[count++] = disk.vq->avail->ring[disk.seen++ % disk.vq->size];
	for (u32 i = 0; i < count; i++) {
		u16 head = heads[disk.backwards ? count - 1 - i : i];

		disk_chain(head);
		finish(head);
	}
}

static void disk_notify(struct virtio *dev, u32 index)
{
	(void)dev;
	assert_int_equal(index, 0);
	assert_true(disk.status & VIRTIO_STATUS_DRIVER_OK);
	disk.notified++;
	if (!disk.silent)
		disk_run();
}

static u32 disk_config(struct virtio *dev, u32 offset)
{
	(void)dev;
	return disk.config[offset / sizeof(u32)];
}

static u32 disk_generation(struct virtio *dev)
{
	(void)dev;
	return 0;
}

static u32 disk_irq_ack(struct virtio *dev)
{
	u32 why = disk.irq_why;

	(void)dev;
	disk.irq_why = 0;
	return why;
}

static const struct virtio_ops disk_ops = {
	.status = disk_status,
	.set_status = disk_set_status,
	.features = disk_features,
	.set_features = disk_set_features,
	.queue_max = disk_queue_max,
	.queue_set = disk_queue_set,
	.notify = disk_notify,
	.config = disk_config,
	.config_generation = disk_generation,
	.irq_ack = disk_irq_ack,
};

static void chip_enable(u32 irq, u32 cpu_index, bool on)
{
	(void)irq, (void)cpu_index, (void)on;
}

static int chip_claim(void)
{
	return disk.irq_why ? IRQ : -ENOENT;
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

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_ram(MiB(8));
	disk = (struct disk){
		.virtio = {.ops = &disk_ops},
		.offered = VIRTIO_F_VERSION_1,
		.config = {DISK_SECTORS},
		.queue_max = 16,
		.bad_sector = ~0UL,
	};
	for (u32 i = 0; i < sizeof(medium); i++)
		medium[i] = (u8)(i / SECTOR_SIZE * 7 + i);
	memset(memory, 0, sizeof(memory));
	return 0;
}

/* The disk that the driver makes of it. */
static struct blockdev *probe(void)
{
	static u32 count;
	struct blockdev *dev;

	assert_int_equal(virtio_blk_probe(&disk.virtio), 0);
	dev = blockdev_get(count++);
	assert_non_null(dev);
	return dev;
}

struct result {
	struct block_request req;
	u32 done;
	int error;
};

static void result_done(struct block_request *req, int error)
{
	struct result *result = container_of(req, struct result, req);

	result->done++;
	result->error = error;
	/* It is the caller's again, who may do anything with it. */
	memset(req, 0xff, sizeof(*req));
}

static void submit(struct blockdev *dev, struct result *result, bool write, u64 sector,
	u64 sectors)
{
	*result = (struct result){
		.req = {.sector = sector,
			.sectors = sectors,
			.write = write,
			.data = memory + sector % DISK_SECTORS * SECTOR_SIZE,
			.done = result_done}};
	dev->ops->submit(dev, &result->req);
	assert_int_equal(result->done, 0);
}

static void expect(const struct result *result, int error)
{
	assert_int_equal(result->done, 1);
	assert_int_equal(result->error, error);
}

/* Reads, writes, flushes, and what is refused, within tight limits. */
static void test_limits(void **state)
{
	struct blockdev *dev;
	struct result r;

	(void)state;
	disk.offered |= F_SIZE_MAX | F_SEG_MAX | F_BLK_SIZE | F_FLUSH;
	disk.config[2] = 700;
	disk.config[3] = 3;
	disk.config[5] = 4096;
	dev = probe();
	assert_int_equal(dev->sectors, DISK_SECTORS);
	assert_int_equal(dev->block_size, 4096);
	assert_false(dev->read_only);

	assert_int_equal(blockdev_read(dev, 0, DISK_SECTORS, memory), 0);
	assert_memory_equal(memory, medium, sizeof(medium));
	assert_int_equal(disk.longest, 2048); /* whole sectors out of 2100 */

	memset(memory, 0x77, 10 * SECTOR_SIZE);
	assert_int_equal(blockdev_write(dev, 20, 10, memory), 0);
	assert_memory_equal(medium + 20 * SECTOR_SIZE, memory, 10 * SECTOR_SIZE);
	assert_int_equal(medium[19 * SECTOR_SIZE], (u8)(19 * 7 + 19 * SECTOR_SIZE));

	disk.flushes = 0;
	submit(dev, &r, true, 0, 0);
	dev->ops->poll(dev);
	expect(&r, 0);
	assert_int_equal(disk.flushes, 1);

	submit(dev, &r, false, DISK_SECTORS - 1, 2);
	dev->ops->poll(dev);
	expect(&r, -EIO);
	submit(dev, &r, false, ~0UL, 2);
	/* Where nobody polls, the timer of this cpu does it. */
	timer_interrupt();
	expect(&r, -EIO);
	submit(dev, &r, false, 0, 0);
	dev->ops->poll(dev);
	expect(&r, -EIO);
	timer_interrupt();
}

/* More requests than descriptors, finished in any order. */
static void test_many(void **state)
{
	static struct result results[300];
	struct blockdev *dev;

	(void)state;
	disk.silent = disk.backwards = true;
	dev = probe();
	for (u32 i = 0; i < ARRAY_LEN(results); i++)
		submit(dev, &results[i], false, i * 5, 1 + i % 5);
	assert_int_equal(disk.notified, 5); /* 16 descriptors hold as many */
	for (u32 round = 0; round < 100; round++) {
		disk_run();
		dev->ops->poll(dev);
	}
	for (u32 i = 0; i < ARRAY_LEN(results); i++) {
		u64 at = i * 5 * SECTOR_SIZE;

		expect(&results[i], 0);
		assert_memory_equal(memory + at, medium + at, (1 + i % 5) * SECTOR_SIZE);
	}
	assert_string_equal(fake_output, "");
}

/* An error in one part is the error of its request, and of no other. */
static void test_bad_sector(void **state)
{
	struct blockdev *dev;
	struct result r[3];

	(void)state;
	disk.offered |= F_SIZE_MAX;
	disk.config[2] = SECTOR_SIZE;
	disk.bad_sector = 230;
	disk.silent = true;
	dev = probe();
	submit(dev, &r[0], false, 0, 100);
	submit(dev, &r[1], false, 200, 2000);
	submit(dev, &r[2], false, 3000, 100);
	for (u32 i = 0; i < 100; i++) {
		disk_run();
		dev->ops->poll(dev);
	}
	expect(&r[0], 0);
	expect(&r[1], -EIO);
	expect(&r[2], 0);
	assert_true(disk.chains < 100);
}

static void test_read_only(void **state)
{
	struct blockdev *dev;

	(void)state;
	disk.offered |= F_RO;
	disk.queue_max = 3; /* room for 2: none for a request */
	assert_int_equal(virtio_blk_probe(&disk.virtio), -EINVAL);
	assert_true(disk.status & VIRTIO_STATUS_FAILED);
	disk.queue_max = 4;
	dev = probe();
	assert_true(dev->read_only);
	assert_int_equal(blockdev_write(dev, 0, 1, memory), -EIO);
	assert_int_equal(blockdev_read(dev, 7, 1, memory), 0);
	assert_memory_equal(memory, medium + 7 * SECTOR_SIZE, SECTOR_SIZE);
}

static void test_bad_config(void **state)
{
	(void)state;
	disk.denies = true;
	assert_int_equal(virtio_blk_probe(&disk.virtio), -ENODEV);
	disk.denies = false;
	disk.offered = F_FLUSH; /* claims the current interface, yet not VERSION_1 */
	assert_int_equal(virtio_blk_probe(&disk.virtio), -ENODEV);
	disk.offered = VIRTIO_F_VERSION_1 | F_SIZE_MAX | F_SEG_MAX;
	disk.config[2] = 100; /* a sector would need 6 segments */
	disk.config[3] = 5;
	assert_int_equal(virtio_blk_probe(&disk.virtio), -EINVAL);
	disk.offered = VIRTIO_F_VERSION_1 | F_BLK_SIZE;
	disk.config[5] = 0;
	assert_int_equal(virtio_blk_probe(&disk.virtio), -EINVAL);
	disk.config[5] = 513;
	assert_int_equal(virtio_blk_probe(&disk.virtio), -EINVAL);
	disk.offered = VIRTIO_F_VERSION_1;
	disk.queue_max = 0;
	assert_int_equal(virtio_blk_probe(&disk.virtio), -EINVAL);
}

/* Everything ends with an error, now and later, after one line. */
static void expect_dead(struct blockdev *dev, struct result *r, u32 count,
	const char *why)
{
	char line[100];

	for (u32 i = 0; i < count; i++)
		expect(&r[i], -EIO);
	snprint(line, sizeof(line), "error: %s: %s: no longer used\n", dev->name, why);
	assert_string_equal(fake_output, line);
	assert_null(disk.vq);
	assert_int_equal(blockdev_read(dev, 0, 1, memory), -EIO);
	assert_string_equal(fake_output, line);
	timer_interrupt();
}

static void test_wrong_id(void **state)
{
	struct result r[20];
	struct blockdev *dev;

	(void)state;
	disk.silent = true;
	dev = probe();
	for (u32 i = 0; i < ARRAY_LEN(r); i++)
		submit(dev, &r[i], false, i, 1);
	finish(9999);
	dev->ops->poll(dev);
	expect_dead(dev, r, ARRAY_LEN(r), "finished what it was not given");
}

static void test_no_answer(void **state)
{
	struct result r[9];
	struct blockdev *dev;

	(void)state;
	disk.silent = true;
	dev = probe();
	for (u32 i = 0; i < ARRAY_LEN(r); i++)
		submit(dev, &r[i], false, 0, DISK_SECTORS);
	fake_now += 29000000000UL;
	dev->ops->poll(dev);
	assert_int_equal(r[0].done, 0);
	fake_now += 2000000000UL;
	dev->ops->poll(dev);
	expect_dead(dev, r, ARRAY_LEN(r), "no answer");
}

static void test_interrupt(void **state)
{
	struct result r[2];
	struct blockdev *dev;

	(void)state;
	irq_set_chip(&chip);
	disk.virtio.irq = IRQ;
	dev = probe();
	submit(dev, &r[0], false, 3, 4);
	irq_dispatch();
	expect(&r[0], 0);
	assert_memory_equal(memory + 3 * SECTOR_SIZE, medium + 3 * SECTOR_SIZE,
		4 * SECTOR_SIZE);

	disk.silent = true;
	submit(dev, &r[0], false, 0, 1);
	submit(dev, &r[1], false, 0, 1);
	disk.irq_why = VIRTIO_IRQ_CONFIG;
	irq_dispatch();
	assert_int_equal(r[0].done, 0);
	disk.status |= VIRTIO_STATUS_NEEDS_RESET;
	disk.irq_why = VIRTIO_IRQ_CONFIG;
	irq_dispatch();
	expect_dead(dev, r, ARRAY_LEN(r), "the device failed");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_limits),
		TEST(test_many),
		TEST(test_bad_sector),
		TEST(test_read_only),
		TEST(test_bad_config),
		TEST(test_wrong_id),
		TEST(test_no_answer),
		TEST(test_interrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
