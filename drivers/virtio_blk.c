// SPDX-License-Identifier: Apache-2.0
// Virtio disks (Virtual I/O Device 1.2, 5.2) as struct blockdev. The device is not trusted:
// after its first nonsense, or when it does not answer somebody who polls, it is reset for
// good, and every request, also later ones, ends with -EIO.
#include <hv/arch.h>
#include <hv/fail.h>
#include <hv/irq.h>
#include <hv/mm.h>
#include <hv/print.h>
#include <hv/time.h>

#include "virtio_blk.h"

/* Configuration (5.2.4), by offset. */
#define CONFIG_CAPACITY 0x00 /* 64 bits, in sectors */
#define CONFIG_SIZE_MAX 0x08
#define CONFIG_SEG_MAX  0x0c
#define CONFIG_BLK_SIZE 0x14

#define CHUNK_MAX      (1U << 20) /* so that a big request does not keep all others waiting */
#define BLOCK_SIZE_MAX KiB(64)
#define ANSWER_TIMEOUT 30000000000UL /* ns, for those who poll */

/* Calls done() of all that are finished, without the lock, which done() may need. */
static void blk_done(struct virtio_blk *blk)
{
	struct block_request *req;
	bool failed;

	for (;;) {
		spin_lock(&blk->lock);
		if (list_empty(&blk->finished))
			break;
		req = list_first(&blk->finished, struct block_request, node);
		list_remove(&req->node);
		spin_unlock(&blk->lock);
		failed = req->driver & REQ_FAILED;
		req->done(req, failed ? -EIO : 0);
	}
	spin_unlock(&blk->lock);
}

static void blk_timer(struct timer *timer)
{
	struct virtio_blk *blk = container_of(timer, struct virtio_blk, timer);

	spin_lock(&blk->lock);
	blk->timer_set = false;
	spin_unlock(&blk->lock);
	blk_done(blk);
}

static void blk_interrupt(void *arg)
{
	struct virtio_blk *blk = arg;
	u32 why = blk->virtio->ops->irq_ack(blk->virtio);

	spin_lock(&blk->lock);
	if (!blk->broken && why & VIRTIO_IRQ_CONFIG &&
		blk->virtio->ops->status(blk->virtio) & VIRTIO_STATUS_NEEDS_RESET)
		blk_break(blk, "the device failed");
	blk_collect(blk);
	spin_unlock(&blk->lock);
	blk_done(blk);
}

static void blk_poll(struct blockdev *dev)
{
	struct virtio_blk *blk = container_of(dev, struct virtio_blk, dev);

	spin_lock(&blk->lock);
	blk_collect(blk);
	if (blk->in_flight > 0 && time_now() - blk->progress > ANSWER_TIMEOUT)
		blk_break(blk, "no answer");
	spin_unlock(&blk->lock);
	blk_done(blk);
}

/* The device can be asked for this; else the request ends without it, with this error. */
static bool request_valid(const struct virtio_blk *blk, const struct block_request *req)
{
	if (blk->broken || (req->write && blk->dev.read_only))
		return false;
	if (req->sectors == 0)
		return req->write;
	return range_inside(req->sector, req->sectors, 0, blk->dev.sectors);
}

static void blk_submit(struct blockdev *dev, struct block_request *req)
{
	struct virtio_blk *blk = container_of(dev, struct virtio_blk, dev);
	bool valid, flushed;

	list_init(&req->node);
	spin_lock(&blk->lock);
	valid = request_valid(blk, req);
	/* Without a cache, what was written is on the disk. */
	flushed = req->sectors == 0 && !blk->has_flush;
	req->driver = valid ? 0 : REQ_FAILED;
	if (valid && !flushed) {
		list_append(&blk->waiting, &req->node);
		blk_issue(blk);
	} else {
		/* The caller may hold what done() needs, so not from here. */
		list_append(&blk->finished, &req->node);
		if (!blk->timer_set) {
			blk->timer_set = true;
			timer_arm(&blk->timer, time_now());
		}
	}
	spin_unlock(&blk->lock);
}

static const struct blockdev_ops blk_ops = {
	.submit = blk_submit,
	.poll = blk_poll,
};

/* Takes over the device's limits. 0, or -EINVAL if no request could keep to them. */
static int blk_configure(struct virtio_blk *blk, u64 features)
{
	struct virtio *virtio = blk->virtio;
	u32 segment_max = CHUNK_MAX, segments = SEGMENTS_MAX, block_size = SECTOR_SIZE;

	/* Each field is read once: what was checked is what is used. */
	if (features & VIRTIO_BLK_F_SIZE_MAX)
		segment_max = virtio->ops->config(virtio, CONFIG_SIZE_MAX);
	if (features & VIRTIO_BLK_F_SEG_MAX)
		segments = virtio->ops->config(virtio, CONFIG_SEG_MAX);
	if (features & VIRTIO_BLK_F_BLK_SIZE)
		block_size = virtio->ops->config(virtio, CONFIG_BLK_SIZE);

	if (blk->queue.size <= CHAIN_OVERHEAD)
		return fail(-EINVAL);
	segments = MIN(MIN(segments, SEGMENTS_MAX), blk->queue.size - CHAIN_OVERHEAD);
	blk->segment_max = MIN(segment_max, CHUNK_MAX);
	blk->chunk_max =
		MIN(CHUNK_MAX, (u64)MAX(segments, 1U) * blk->segment_max) / SECTOR_SIZE;
	if (blk->chunk_max == 0)
		return fail(-EINVAL);
	if (block_size < SECTOR_SIZE || block_size > BLOCK_SIZE_MAX ||
		block_size & (block_size - 1))
		return fail(-EINVAL);
	blk->dev.block_size = block_size;
	blk->dev.sectors = virtio_config64(virtio, CONFIG_CAPACITY);
	blk->dev.read_only = features & VIRTIO_BLK_F_RO;
	blk->has_flush = features & VIRTIO_BLK_F_FLUSH;
	return 0;
}

static int chains_init(struct virtio_blk *blk)
{
	struct blk_shared *shared = mem_alloc(PAGE_SIZE);

	if (!shared)
		return fail(-ENOMEM);
	list_init(&blk->free_chains);
	blk->chain_count = MIN(CHAINS_MAX, blk->queue.size / (CHAIN_OVERHEAD + 1));
	for (u32 i = 0; i < blk->chain_count; i++) {
		blk->chains[i].shared = &shared[i];
		list_append(&blk->free_chains, &blk->chains[i].node);
	}
	return 0;
}

static int blk_start(struct virtio_blk *blk)
{
	struct virtio *virtio = blk->virtio;
	u64 wanted = VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_BLK_SIZE | VIRTIO_BLK_F_RO |
		VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_SIZE_MAX;
	u64 features;
	int error = virtio_negotiate(virtio, wanted, &features);

	if (error)
		return error;
	error = virtio_queue_start(virtio, REQUEST_QUEUE, &blk->queue);
	if (error)
		goto fail_device;
	error = blk_configure(blk, features);
	if (error)
		goto fail_queue;
	error = chains_init(blk);
	if (error)
		goto fail_queue;
	error = blockdev_register(&blk->dev);
	if (error)
		goto fail_chains;
	virtio_start(virtio);
	/* Without an interrupt it can still be polled. */
	if (virtio->irq)
		irq_attach(virtio->irq, blk_interrupt, blk);
	return 0;

fail_chains:
	mem_free(blk->chains[0].shared);
fail_queue:
	virtio_fail(virtio);
	virtqueue_fini(&blk->queue);
	return error;
fail_device:
	virtio_fail(virtio);
	return error;
}

int virtio_blk_probe(struct virtio *virtio)
{
	static u32 count;
	struct virtio_blk *blk = mem_alloc(sizeof(*blk));
	int error;

	if (!blk)
		return fail(-ENOMEM);
	snprint(blk->name, sizeof(blk->name), "virtio-blk%u", count++);
	blk->virtio = virtio;
	blk->dev.ops = &blk_ops;
	blk->dev.name = blk->name;
	list_init(&blk->waiting);
	list_init(&blk->finished);
	timer_init(&blk->timer, blk_timer);
	error = blk_start(blk);
	if (error) {
		warn("%s: cannot be used (%s)", blk->name, error_name(error));
		mem_free(blk);
	}
	return error;
}
