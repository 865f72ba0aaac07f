// SPDX-License-Identifier: Apache-2.0
// The list of disks that drivers have found, and the polled wrapper around their
// asynchronous requests, for booting (<hv/blockdev.h>).
#include <hv/blockdev.h>
#include <hv/fail.h>

#define BLOCKDEVS_MAX 8

/* Only the boot cpu adds disks, while it is alone. */
static struct blockdev *blockdevs[BLOCKDEVS_MAX];
static u32 blockdev_count;

/* A request that somebody spins for. */
struct polled {
	struct block_request req;
	int error;
	bool finished;
};

static void polled_done(struct block_request *req, int error)
{
	struct polled *polled = container_of(req, struct polled, req);

	polled->error = error;
	/* Pairs with the acquire in blockdev_transfer(): error and data come first. */
	__atomic_store_n(&polled->finished, true, __ATOMIC_RELEASE);
}

static int blockdev_transfer(struct blockdev *dev, u64 sector, u64 sectors, void *data,
	bool write)
{
	struct polled polled = {
		.req = {.sector = sector,
			.sectors = sectors,
			.write = write,
			.data = data,
			.done = polled_done},
	};

	if (sectors == 0 || !range_inside(sector, sectors, 0, dev->sectors))
		return fail(-EINVAL);
	list_init(&polled.req.node);
	dev->ops->submit(dev, &polled.req);
	while (!__atomic_load_n(&polled.finished, __ATOMIC_ACQUIRE))
		dev->ops->poll(dev);
	return polled.error ? fail(-EIO) : 0;
}

int blockdev_read(struct blockdev *dev, u64 sector, u64 sectors, void *data)
{
	return blockdev_transfer(dev, sector, sectors, data, false);
}

int blockdev_write(struct blockdev *dev, u64 sector, u64 sectors, const void *data)
{
	/* A request has one pointer for both ways; a write only reads through it. */
	return blockdev_transfer(dev, sector, sectors, (void *)data, true);
}

int blockdev_register(struct blockdev *dev)
{
	if (blockdev_count == BLOCKDEVS_MAX)
		return fail(-ENOSPC);
	blockdevs[blockdev_count++] = dev;
	return 0;
}

struct blockdev *blockdev_get(u32 n)
{
	return n < blockdev_count ? blockdevs[n] : NULL;
}
