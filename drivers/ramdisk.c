// SPDX-License-Identifier: Apache-2.0
// Disks in memory (ramdisk.h) as struct blockdev. Requests are carried out when a timer
// fires that is due at once, since the caller of submit() may hold what done() needs; a big one
// in several pieces, so that no cpu is kept for long.
#include "ramdisk.h"

#include <hv/blockdev.h>
#include <hv/fail.h>
#include <hv/lock.h>
#include <hv/mm.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/timer.h>

#define PIECE_MAX   (MiB(1) / SECTOR_SIZE) /* sectors copied in one go */
#define PIECE_PAUSE 20000UL /* ns until the next one: guests run meanwhile */

struct ramdisk {
	struct blockdev dev;
	char name[16];
	u8 *data;
	struct spinlock lock;
	struct list waiting; /* requests; `driver` is how many sectors are done (lock) */
	struct timer timer;
	bool timer_set; /* (lock) */
};

/* Somebody comes back for what is left, in `delay` ns. Lock held. */
static void arm(struct ramdisk *disk, u64 delay)
{
	if (list_empty(&disk->waiting) || disk->timer_set)
		return;
	disk->timer_set = true;
	timer_arm(&disk->timer, time_now() + delay);
}

static bool request_valid(const struct ramdisk *disk, const struct block_request *req)
{
	if (req->write && disk->dev.read_only)
		return false;
	/* A write of nothing is a flush, and all is where it stays. */
	if (req->sectors == 0)
		return req->write;
	return range_inside(req->sector, req->sectors, 0, disk->dev.sectors);
}

/* The next piece; how many sectors that was. */
static u64 copy(struct ramdisk *disk, struct block_request *req)
{
	u64 sectors = MIN(req->sectors - req->driver, PIECE_MAX);
	u8 *ours = disk->data + (req->sector + req->driver) * SECTOR_SIZE;
	u8 *theirs = (u8 *)req->data + req->driver * SECTOR_SIZE;

	if (req->write)
		memcpy(ours, theirs, sectors * SECTOR_SIZE);
	else
		memcpy(theirs, ours, sectors * SECTOR_SIZE);
	req->driver += sectors;
	return sectors;
}

/* A piece of the first in line, and its end if that was the last. What it cost, 0: none is left. */
static u64 step(struct ramdisk *disk)
{
	struct block_request *req;
	bool valid, ended;
	u64 cost = 1;

	spin_lock(&disk->lock);
	if (list_empty(&disk->waiting)) {
		spin_unlock(&disk->lock);
		return 0;
	}
	req = list_first(&disk->waiting, struct block_request, node);
	valid = request_valid(disk, req);
	if (valid && req->sectors > 0)
		cost = copy(disk, req);
	ended = !valid || req->driver == req->sectors;
	if (ended)
		list_remove(&req->node);
	spin_unlock(&disk->lock);
	if (ended)
		req->done(req, valid ? 0 : -EIO);
	return cost;
}

/* As much as one cpu may do now. */
static void run(struct ramdisk *disk)
{
	u64 cost = 1;

	for (u64 spent = 0; cost > 0 && spent < PIECE_MAX; spent += cost)
		cost = step(disk);
}

static void ramdisk_timer(struct timer *timer)
{
	struct ramdisk *disk = container_of(timer, struct ramdisk, timer);

	run(disk);
	spin_lock(&disk->lock);
	disk->timer_set = false;
	arm(disk, PIECE_PAUSE);
	spin_unlock(&disk->lock);
}

static void ramdisk_poll(struct blockdev *dev)
{
	run(container_of(dev, struct ramdisk, dev));
}

static void ramdisk_submit(struct blockdev *dev, struct block_request *req)
{
	struct ramdisk *disk = container_of(dev, struct ramdisk, dev);

	list_init(&req->node);
	req->driver = 0;
	spin_lock(&disk->lock);
	list_append(&disk->waiting, &req->node);
	arm(disk, 0);
	spin_unlock(&disk->lock);
}

static const struct blockdev_ops ramdisk_ops = {
	.submit = ramdisk_submit,
	.poll = ramdisk_poll,
};

int ramdisk_register(void *data, u64 size, bool read_only)
{
	static u32 count;
	struct ramdisk *disk;
	int error;

	if (size < SECTOR_SIZE)
		return fail(-EINVAL);
	disk = mem_alloc(sizeof(*disk));
	if (!disk)
		return fail(-ENOMEM);
	snprint(disk->name, sizeof(disk->name), "module%u", count);
	disk->data = data;
	disk->dev = (struct blockdev){
		.ops = &ramdisk_ops,
		.name = disk->name,
		.sectors = size / SECTOR_SIZE,
		.block_size = SECTOR_SIZE,
		.read_only = read_only,
	};
	list_init(&disk->waiting);
	timer_init(&disk->timer, ramdisk_timer);
	error = blockdev_register(&disk->dev);
	if (error) {
		mem_free(disk);
		return error;
	}
	count++;
	return 0;
}
