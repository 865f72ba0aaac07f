// SPDX-License-Identifier: Apache-2.0
// What all virtio devices of guests have in common: status, features, queues, interrupts
// (Virtual I/O Device 1.2, chapter 2 and 3); see virtio.h.
#include "virtio.h"

#include <hv/print.h>

/* What a driver may write into the status. */
#define STATUS_DRIVERS                                                                \
	(VIRTIO_STATUS_FAILED | VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK | \
		VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_ACKNOWLEDGE)
/* With one of these it does nothing any more. */
#define STATUS_DEAD (VIRTIO_STATUS_FAILED | VIRTIO_STATUS_NEEDS_RESET)

void virtio_device_init(struct virtio_device *dev, const struct virtio_device_ops *ops,
	u64 features)
{
	dev->ops = ops;
	dev->features = features | VIRTIO_F_VERSION_1;
}

bool virtio_device_has(const struct virtio_device *dev, u64 feature)
{
	return dev->s.driver_features & feature;
}

void virtio_device_irq(struct virtio_device *dev, u32 raise, u32 lower)
{
	dev->s.irq_status = (dev->s.irq_status & ~lower) | raise;
	virq_set(&dev->vdev.place.line, dev->s.irq_status != 0);
}

/* The driver has finished its part, and neither side has given up. */
static bool is_live(const struct virtio_device *dev)
{
	return dev->s.status & VIRTIO_STATUS_DRIVER_OK &&
		!(dev->s.status & STATUS_DEAD) && !dev->s.resetting;
}

void virtio_device_break(struct virtio_device *dev, const char *why)
{
	vdev_broken(&dev->vdev, why);
	if (!dev->blamed)
		warn("%s: the driver of %s at 0x%lx made a mistake: %s",
			vm_name(dev->vdev.vm), dev->vdev.ops->name, dev->vdev.place.base,
			why);
	dev->blamed = true;
	dev->s.status |= VIRTIO_STATUS_NEEDS_RESET;
	/* 2.1.2: the driver is told if it is there already */
	if (dev->s.status & VIRTIO_STATUS_DRIVER_OK)
		virtio_device_irq(dev, VIRTIO_IRQ_CONFIG, 0);
}

/* ---- Status ---- */

static void reset_finish(struct virtio_device *dev)
{
	dev->s = (struct virtio_device_state){0};
	for (u32 i = 0; i < VIRTIO_QUEUES_MAX; i++)
		vvirtqueue_reset(&dev->s.queues[i]);
	virtio_device_irq(dev, 0, 0);
}

void virtio_device_reset(struct virtio_device *dev)
{
	dev->s.resetting = true;
	virtio_device_irq(dev, 0, ~0U);
	if (dev->s.in_flight == 0)
		reset_finish(dev);
}

/* 3.1.1: the driver took a subset of what was offered, and not the legacy interface. */
static bool features_ok(const struct virtio_device *dev)
{
	return !dev->s.bad_features && virtio_device_has(dev, VIRTIO_F_VERSION_1);
}

void virtio_device_set_status(struct virtio_device *dev, u32 status)
{
	u32 added = status & STATUS_DRIVERS & ~dev->s.status;

	if (status == 0) {
		virtio_device_reset(dev);
		return;
	}
	if (added & VIRTIO_STATUS_FEATURES_OK && !features_ok(dev))
		added &= ~VIRTIO_STATUS_FEATURES_OK;
	/* Bits only go by a reset (2.1.1). */
	dev->s.status |= added;
	if (added & VIRTIO_STATUS_DRIVER_OK &&
		!(dev->s.status & VIRTIO_STATUS_FEATURES_OK)) {
		virtio_device_break(dev, "DRIVER_OK without FEATURES_OK");
		return;
	}
	for (u32 i = 0; added & VIRTIO_STATUS_DRIVER_OK && i < dev->ops->queue_count; i++)
		virtio_device_notify(dev, i);
}

void virtio_device_stop(struct virtio_device *dev)
{
	vm_lock(dev->vdev.vm);
	virtio_device_reset(dev);
	vm_unlock(dev->vdev.vm);
}

/* ---- Queues ---- */

struct vvirtqueue *virtio_device_queue(struct virtio_device *dev)
{
	return dev->s.queue_sel < dev->ops->queue_count ? &dev->s.queues[dev->s.queue_sel]
							: NULL;
}

static void break_if_broken(struct virtio_device *dev, const struct vvirtqueue *vq)
{
	if (vq->broken && !(dev->s.status & VIRTIO_STATUS_NEEDS_RESET))
		virtio_device_break(dev, vq->broken);
}

void virtio_device_queue_start(struct virtio_device *dev, struct vvirtqueue *vq)
{
	vvirtqueue_start(vq, dev->vdev.vm);
	break_if_broken(dev, vq);
}

void virtio_device_notify(struct virtio_device *dev, u32 queue)
{
	if (queue < dev->ops->queue_count && is_live(dev))
		dev->ops->notify(dev, queue);
}

u32 virtio_device_waiting(struct virtio_device *dev, u32 queue)
{
	struct vvirtqueue *vq = &dev->s.queues[queue];
	u32 waiting = is_live(dev) ? vvirtqueue_waiting(vq) : 0;

	break_if_broken(dev, vq);
	return waiting;
}

bool virtio_device_take(struct virtio_device *dev, u32 queue, struct vvirtq_chain *chain)
{
	struct vvirtqueue *vq = &dev->s.queues[queue];

	if (!is_live(dev))
		return false;
	if (!vvirtqueue_take(vq, dev->vdev.vm, chain)) {
		break_if_broken(dev, vq);
		return false;
	}
	dev->s.in_flight++;
	return true;
}

void virtio_device_give(struct virtio_device *dev, u32 queue, u16 head, u32 count,
	u32 written)
{
	dev->s.in_flight--;
	if (is_live(dev) && vvirtqueue_give(&dev->s.queues[queue], head, count, written))
		virtio_device_irq(dev, VIRTIO_IRQ_QUEUE, 0);
	else if (dev->s.resetting && dev->s.in_flight == 0)
		reset_finish(dev);
}
