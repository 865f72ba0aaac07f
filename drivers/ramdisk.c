// SPDX-License-Identifier: Apache-2.0
// Memory as struct blockdev: the disk of machines that have none we could drive.
#include "ramdisk.h"

#include <hv/blockdev.h>
#include <hv/fail.h>
#include <hv/lock.h>
#include <hv/mm.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/timer.h>

/* block_request.driver: how it ends. */
enum outcome { REQUEST_DONE = 0, REQUEST_FAILED = 1 };

struct ramdisk {
	struct blockdev dev;
	char name[16];
	u8 *data;
	struct spinlock lock;
	struct list finished; /* requests to call done() for (lock) */
	struct timer timer;   /* does that, as an interrupt would */
	bool timer_set;       /* (lock) */
};

/* Without the lock, which whoever is called may need. */
static void finish(struct ramdisk *disk)
{
	struct block_request *req;

	for (;;) {
		spin_lock(&disk->lock);
		if (list_empty(&disk->finished))
			break;
		req = list_first(&disk->finished, struct block_request, node);
		list_remove(&req->node);
		spin_unlock(&disk->lock);
		req->done(req, req->driver == REQUEST_FAILED ? -EIO : 0);
	}
	spin_unlock(&disk->lock);
}

static void timer_fired(struct timer *timer)
{
	struct ramdisk *disk = container_of(timer, struct ramdisk, timer);

	spin_lock(&disk->lock);
	disk->timer_set = false;
	spin_unlock(&disk->lock);
	finish(disk);
}

static void ramdisk_poll(struct blockdev *dev)
{
	finish(container_of(dev, struct ramdisk, dev));
}

static enum outcome transfer(struct ramdisk *disk, const struct block_request *req)
{
	u8 *at;

	if (req->write && disk->dev.read_only)
		return REQUEST_FAILED;
	/* There is no cache that could be written back. */
	if (req->sectors == 0)
		return req->write ? REQUEST_DONE : REQUEST_FAILED;
	if (!range_inside(req->sector, req->sectors, 0, disk->dev.sectors))
		return REQUEST_FAILED;
	at = disk->data + req->sector * SECTOR_SIZE;
	if (req->write)
		memcpy(at, req->data, req->sectors * SECTOR_SIZE);
	else
		memcpy(req->data, at, req->sectors * SECTOR_SIZE);
	return REQUEST_DONE;
}

static void ramdisk_submit(struct blockdev *dev, struct block_request *req)
{
	struct ramdisk *disk = container_of(dev, struct ramdisk, dev);

	list_init(&req->node);
	spin_lock(&disk->lock);
	req->driver = transfer(disk, req);
	list_append(&disk->finished, &req->node);
	if (!disk->timer_set) {
		disk->timer_set = true;
		timer_arm(&disk->timer, time_now());
	}
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
	disk->dev = (struct blockdev){
		.ops = &ramdisk_ops,
		.name = disk->name,
		.sectors = size / SECTOR_SIZE,
		.block_size = SECTOR_SIZE,
		.read_only = read_only,
	};
	disk->data = data;
	list_init(&disk->finished);
	timer_init(&disk->timer, timer_fired);
	error = blockdev_register(&disk->dev);
	if (error)
		mem_free(disk);
	else
		count++;
	return error;
}
