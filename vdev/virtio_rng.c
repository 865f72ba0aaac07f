// SPDX-License-Identifier: Apache-2.0
// A source of random numbers for guests, "virtio-rng" (Virtual I/O Device 1.2, 5.4): what the
// machine has of them (<hv/random.h>), in small portions, so that no request takes long. A
// request waits where the driver has put it until there is something for it.
#include "models.h"

#include "virtio.h"

#define REQUEST_QUEUE 0
#define PORTION       64U /* bytes for a request at most; 5.4.6.2 wants one at least */

struct rng {
	struct virtio_device virtio;
	struct vm_random random;
	struct vvirtq_chain chain; /* the one that is looked at: too big for the stack */
};

static struct rng *to_rng(struct virtio_device *dev)
{
	return container_of(dev, struct rng, virtio);
}

static void request_fill(struct rng *rng, const u8 *data, u32 len)
{
	struct vvirtq_chain *chain = &rng->chain;
	u64 written = 0;

	if (chain->readable)
		virtio_device_break(&rng->virtio,
			"a request for random bytes that is to be read");
	else
		written = vvirtq_write(chain->bufs, chain->count, 0, data, len);
	virtio_device_give(&rng->virtio, REQUEST_QUEUE, chain->head, (u32)written);
}

static void rng_notify(struct virtio_device *dev, u32 queue)
{
	struct rng *rng = to_rng(dev);
	u32 waiting = virtio_device_waiting(dev, queue);

	for (; waiting > 0; waiting--) {
		u8 data[PORTION];
		u32 len = vm_random_take(&rng->random, data, sizeof(data));

		/* What is left over is lost: nobody gets what somebody else might have seen. */
		if (len == 0 || !virtio_device_take(dev, queue, &rng->chain))
			break;
		request_fill(rng, data, len);
	}
}

static void rng_ready(struct vm_random *random)
{
	struct rng *rng = container_of(random, struct rng, random);

	virtio_device_notify(&rng->virtio, REQUEST_QUEUE);
}

static const struct virtio_device_ops rng_device_ops = {
	.id = VIRTIO_ID_ENTROPY,
	.queue_count = 1,
	.notify = rng_notify,
};

static int rng_create(struct vdev *dev, const char *args)
{
	struct rng *rng = to_rng(to_virtio(dev));

	(void)args;
	rng->random.ready = rng_ready;
	virtio_device_init(&rng->virtio, &rng_device_ops, 0);
	return vm_random_open(&rng->random, dev->vm);
}

static void rng_destroy(struct vdev *dev)
{
	struct rng *rng = to_rng(to_virtio(dev));

	virtio_device_stop(&rng->virtio);
	vm_random_close(&rng->random);
}

const struct vdev_ops virtio_rng_ops = {
	.name = "virtio-rng",
	.min_size = VIRTIO_VDEV_SIZE_MIN,
	.max_size = VIRTIO_VDEV_SIZE_MAX,
	.size = VIRTIO_VDEV_SIZE,
	.bytes = sizeof(struct rng),
	.create = rng_create,
	.reset = virtio_vdev_reset,
	.read = virtio_vdev_read,
	.write = virtio_vdev_write,
	.destroy = rng_destroy,
	.fdt = virtio_vdev_fdt,
};
