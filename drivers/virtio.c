// SPDX-License-Identifier: Apache-2.0
// What all virtio drivers do with any transport: initialization (Virtual I/O Device 1.2, 3.1)
// and its end.
#include <hv/fail.h>

#include "virtio.h"
#include "virtqueue.h"

/* A configuration that changes each time it is looked at is not worth more tries. */
#define CONFIG_TRIES 16
/* A device has to show status 0 when its reset is done; PCI devices take a moment. */
#define RESET_TRIES  1000000
/* Descriptors where we may choose: more are never in use. */
#define QUEUE_SIZE   128U

virtio_driver *virtio_driver_for(u32 id)
{
	switch ((enum virtio_id)id) {
	case VIRTIO_ID_NET: return virtio_net_probe;
	case VIRTIO_ID_BLOCK: return virtio_blk_probe;
	case VIRTIO_ID_ENTROPY: return virtio_rng_probe;
	case VIRTIO_ID_NONE: break;
	}
	return NULL;
}

static void status_add(struct virtio *dev, u32 bits)
{
	dev->ops->set_status(dev, dev->ops->status(dev) | bits);
}

static bool virtio_reset(struct virtio *dev)
{
	dev->ops->set_status(dev, 0);
	for (u32 i = 0; i < RESET_TRIES; i++) {
		if (dev->ops->status(dev) == 0)
			return true;
	}
	return false;
}

int virtio_negotiate(struct virtio *dev, u64 wanted, u64 *features)
{
	if (!virtio_reset(dev))
		return fail(-ENODEV);
	status_add(dev, VIRTIO_STATUS_ACKNOWLEDGE);
	status_add(dev, VIRTIO_STATUS_DRIVER);
	if (!dev->legacy)
		wanted |= VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM;
	*features = dev->ops->features(dev) & wanted;
	dev->ops->set_features(dev, *features);
	if (dev->legacy)
		return 0;
	if (*features & VIRTIO_F_VERSION_1) {
		status_add(dev, VIRTIO_STATUS_FEATURES_OK);
		if (dev->ops->status(dev) & VIRTIO_STATUS_FEATURES_OK)
			return 0;
	}
	status_add(dev, VIRTIO_STATUS_FAILED);
	return fail(-ENODEV);
}

int virtio_queue_start(struct virtio *dev, u32 index, struct virtqueue *vq)
{
	u32 max = dev->ops->queue_max(dev, index);
	int error = virtqueue_init(vq, dev->fixed ? max : MIN(max, QUEUE_SIZE));

	if (error)
		return error;
	error = dev->ops->queue_set(dev, index, vq);
	if (error)
		virtqueue_fini(vq);
	return error;
}

void virtio_start(struct virtio *dev)
{
	status_add(dev, VIRTIO_STATUS_DRIVER_OK);
}

void virtio_fail(struct virtio *dev)
{
	virtio_reset(dev);
	status_add(dev, VIRTIO_STATUS_FAILED);
}

u64 virtio_config64(struct virtio *dev, u32 offset)
{
	u64 value = 0;

	/* 2.5.3: two reads are one value only if nothing changed meanwhile. */
	for (u32 i = 0; i < CONFIG_TRIES; i++) {
		u32 before = dev->ops->config_generation(dev);

		value = dev->ops->config(dev, offset);
		value |= (u64)dev->ops->config(dev, offset + sizeof(u32)) << 32;
		if (dev->ops->config_generation(dev) == before)
			break;
	}
	return value;
}
