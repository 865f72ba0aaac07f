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

#define FEATURE_BITS 32 /* that a selector moves the window by */

void virtio_device_init(struct virtio_device *dev, const struct virtio_device_ops *ops,
	u64 features)
{
	dev->ops = ops;
	dev->transport = &virtio_mmio_transport;
	dev->features = features | VIRTIO_F_VERSION_1;
}

bool virtio_device_has(const struct virtio_device *dev, u64 feature)
{
	return dev->s.driver_features & feature;
}

void virtio_device_irq_ack(struct virtio_device *dev, u32 why)
{
	dev->s.irq_status &= ~why;
	virq_set(&dev->vdev.place.line, dev->s.irq_status != 0);
}

/* `queue` matters only to VIRTIO_IRQ_QUEUE. */
static void interrupt(struct virtio_device *dev, u32 why, u32 queue)
{
	if (dev->transport->message && dev->transport->message(dev, why, queue))
		return;
	dev->s.irq_status |= why;
	virq_set(&dev->vdev.place.line, true);
}

bool virtio_device_is_live(const struct virtio_device *dev)
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
		interrupt(dev, VIRTIO_IRQ_CONFIG, 0);
}

/* ---- Status ---- */

static void reset_finish(struct virtio_device *dev)
{
	dev->s = (struct virtio_device_state){0};
	for (u32 i = 0; i < VIRTIO_QUEUES_MAX; i++)
		vvirtqueue_reset(&dev->s.queues[i]);
	virtio_device_irq_ack(dev, ~0U);
}

static void device_reset(struct virtio_device *dev)
{
	dev->s.resetting = true;
	virtio_device_irq_ack(dev, ~0U);
	if (dev->s.in_flight == 0)
		reset_finish(dev);
}

u32 virtio_device_features(const struct virtio_device *dev, u32 sel)
{
	return sel < 2 ? (u32)(dev->features >> (sel * FEATURE_BITS)) : 0;
}

bool virtio_device_set_features(struct virtio_device *dev, u32 sel, u32 value)
{
	u32 offered = virtio_device_features(dev, sel);
	u64 window = sel < 2 ? BITS(31, 0) << (sel * FEATURE_BITS) : 0;

	if (dev->s.status & VIRTIO_STATUS_FEATURES_OK)
		return false;
	if (value & ~offered)
		dev->s.bad_features = true;
	dev->s.driver_features &= ~window;
	if (window)
		dev->s.driver_features |= (u64)(value & offered) << (sel * FEATURE_BITS);
	return true;
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
		device_reset(dev);
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
	device_reset(dev);
	vm_unlock(dev->vdev.vm);
}

/* ---- Configuration ---- */

bool virtio_device_config_read(struct virtio_device *dev, u64 offset, u32 size,
	u64 *value)
{
	if (!range_inside(offset, size, 0, dev->ops->config_size))
		return false;
	*value = dev->ops->config_read(dev, (u32)offset, size);
	return true;
}

bool virtio_device_config_write(struct virtio_device *dev, u64 offset, u32 size,
	u32 value)
{
	if (!dev->ops->config_write ||
		!range_inside(offset, size, 0, dev->ops->config_size))
		return false;
	dev->ops->config_write(dev, (u32)offset, size, value);
	return true;
}

void virtio_device_config_changed(struct virtio_device *dev)
{
	dev->s.config_generation++;
	if (virtio_device_is_live(dev))
		interrupt(dev, VIRTIO_IRQ_CONFIG, 0);
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
	if (queue < dev->ops->queue_count && virtio_device_is_live(dev))
		dev->ops->notify(dev, queue);
}

u32 virtio_device_waiting(struct virtio_device *dev, u32 queue)
{
	struct vvirtqueue *vq = &dev->s.queues[queue];
	u32 waiting = virtio_device_is_live(dev) ? vvirtqueue_waiting(vq) : 0;

	break_if_broken(dev, vq);
	return waiting;
}

bool virtio_device_take(struct virtio_device *dev, u32 queue, struct vvirtq_chain *chain)
{
	struct vvirtqueue *vq = &dev->s.queues[queue];

	if (!virtio_device_is_live(dev))
		return false;
	if (!vvirtqueue_take(vq, dev->vdev.vm, chain)) {
		break_if_broken(dev, vq);
		return false;
	}
	dev->s.in_flight++;
	return true;
}

void virtio_device_untake(struct virtio_device *dev, u32 queue, u16 head)
{
	dev->s.in_flight--;
	vvirtqueue_untake(&dev->s.queues[queue], head);
}

void virtio_device_give(struct virtio_device *dev, u32 queue, u16 head, u32 written)
{
	dev->s.in_flight--;
	if (virtio_device_is_live(dev) &&
		vvirtqueue_give(&dev->s.queues[queue], head, written))
		interrupt(dev, VIRTIO_IRQ_QUEUE, queue);
	else if (dev->s.resetting && dev->s.in_flight == 0)
		reset_finish(dev);
}

/* ---- vdev_ops of each kind ---- */

void virtio_vdev_reset(struct vdev *vdev)
{
	struct virtio_device *dev = to_virtio(vdev);

	if (dev->transport->reset)
		dev->transport->reset(dev);
	device_reset(dev);
}

u64 virtio_vdev_read(struct vdev *vdev, u64 offset, u32 size)
{
	return to_virtio(vdev)->transport->read(to_virtio(vdev), offset, size);
}

void virtio_vdev_write(struct vdev *vdev, u64 offset, u32 size, u64 value)
{
	to_virtio(vdev)->transport->write(to_virtio(vdev), offset, size, value);
}

void virtio_vdev_fdt(const struct vdev *vdev, struct fdt_writer *w)
{
	const struct virtio_device *dev = container_of(vdev, struct virtio_device, vdev);

	if (dev->transport->fdt)
		dev->transport->fdt(vdev, w);
}
