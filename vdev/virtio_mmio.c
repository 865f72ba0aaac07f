// SPDX-License-Identifier: Apache-2.0
// The virtio-mmio transport, version 2 (Virtual I/O Device 1.2, 4.2): a device's registers in
// memory, and behind them its configuration. Each device on it is a model of its own, whose
// vdev_ops name these functions.
#include "virtio.h"

#include <hv/fdt.h>

#define VENDOR          0x47444f4cU /* "LODG": nobody assigns these */
#define NO_SHM          ~0U
#define QUEUE_READY_BIT BIT(0)
#define LOW_HALF        BITS(31, 0)
#define HIGH_HALF       BITS(63, 32)
#define REGISTER        4U /* bytes of all but the configuration */
#define FEATURE_BITS    32 /* that a selector moves the window by */

/* ---- Reading ---- */

static u32 features_word(u64 features, u32 sel)
{
	return sel < 2 ? (u32)(features >> (sel * FEATURE_BITS)) : 0;
}

static u64 config_read(struct virtio_device *dev, u64 offset, u32 size)
{
	if (!range_inside(offset, size, VIRTIO_MMIO_CONFIG, dev->ops->config_size)) {
		vdev_refused(&dev->vdev, offset, false, 0);
		return 0;
	}
	return dev->ops->config_read(dev, (u32)offset - VIRTIO_MMIO_CONFIG, size);
}

u64 virtio_mmio_read(struct vdev *vdev, u64 offset, u32 size)
{
	struct virtio_device *dev = to_virtio(vdev);
	struct vvirtqueue *vq = virtio_device_queue(dev);

	if (offset >= VIRTIO_MMIO_CONFIG)
		return config_read(dev, offset, size);
	if (size != REGISTER) {
		vdev_refused(vdev, offset, false, 0);
		return 0;
	}
	switch (offset) {
	case VIRTIO_MMIO_MAGIC_VALUE: return VIRTIO_MMIO_MAGIC;
	case VIRTIO_MMIO_VERSION: return VIRTIO_MMIO_VERSION_2;
	case VIRTIO_MMIO_DEVICE_ID: return dev->ops->id;
	case VIRTIO_MMIO_VENDOR_ID: return VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return features_word(dev->features, dev->s.device_features_sel);
	case VIRTIO_MMIO_QUEUE_NUM_MAX: return vq ? VVIRTQUEUE_MAX : 0;
	case VIRTIO_MMIO_QUEUE_READY: return vq && vq->ready;
	case VIRTIO_MMIO_INTERRUPT_STATUS: return dev->s.irq_status;
	case VIRTIO_MMIO_STATUS: return dev->s.status;
	case VIRTIO_MMIO_SHM_LEN_LOW:
	case VIRTIO_MMIO_SHM_LEN_HIGH:
	case VIRTIO_MMIO_SHM_BASE_LOW:
	case VIRTIO_MMIO_SHM_BASE_HIGH: return NO_SHM;
	/* The configuration never changes. */
	case VIRTIO_MMIO_CONFIG_GENERATION: return 0;
	default: vdev_refused(vdev, offset, false, 0); return 0;
	}
}

/* ---- Writing ---- */

static void features_write(struct virtio_device *dev, u32 value)
{
	u32 sel = dev->s.driver_features_sel;
	u64 offered = features_word(dev->features, sel);

	if (value & ~offered)
		dev->s.bad_features = true;
	if (sel >= 2)
		return;
	dev->s.driver_features &= ~(LOW_HALF << (sel * FEATURE_BITS));
	dev->s.driver_features |= (value & offered) << (sel * FEATURE_BITS);
}

static u64 with_low(u64 whole, u64 value)
{
	return (whole & HIGH_HALF) | value;
}

static u64 with_high(u64 whole, u64 value)
{
	return (whole & LOW_HALF) | value << 32;
}

/* Registers of the queue that VIRTIO_MMIO_QUEUE_SEL says, while it is not ready. False: no such one. */
static bool queue_write(struct vvirtqueue *vq, u64 offset, u32 value)
{
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NUM: vq->size = value; break;
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
		vq->desc_gpa = with_low(vq->desc_gpa, value);
		break;
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
		vq->desc_gpa = with_high(vq->desc_gpa, value);
		break;
	case VIRTIO_MMIO_QUEUE_DRIVER_LOW:
		vq->avail_gpa = with_low(vq->avail_gpa, value);
		break;
	case VIRTIO_MMIO_QUEUE_DRIVER_HIGH:
		vq->avail_gpa = with_high(vq->avail_gpa, value);
		break;
	case VIRTIO_MMIO_QUEUE_DEVICE_LOW:
		vq->used_gpa = with_low(vq->used_gpa, value);
		break;
	case VIRTIO_MMIO_QUEUE_DEVICE_HIGH:
		vq->used_gpa = with_high(vq->used_gpa, value);
		break;
	default: return false;
	}
	return true;
}

static bool ready_write(struct virtio_device *dev, struct vvirtqueue *vq, u32 value)
{
	bool ready = value & QUEUE_READY_BIT;

	if (ready && !vq->ready)
		virtio_device_queue_start(dev, vq);
	else if (!ready && vq->ready)
		vvirtqueue_stop(vq);
	return ready == vq->ready || !ready;
}

static bool register_write(struct virtio_device *dev, u64 offset, u32 value)
{
	struct vvirtqueue *vq = virtio_device_queue(dev);

	switch (offset) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL: dev->s.device_features_sel = value; break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL: dev->s.driver_features_sel = value; break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		/* 3.1.1: settled with FEATURES_OK */
		if (dev->s.status & VIRTIO_STATUS_FEATURES_OK)
			return false;
		features_write(dev, value);
		break;
	case VIRTIO_MMIO_QUEUE_SEL: dev->s.queue_sel = value; break;
	case VIRTIO_MMIO_QUEUE_NOTIFY: virtio_device_notify(dev, value); break;
	case VIRTIO_MMIO_INTERRUPT_ACK: virtio_device_irq(dev, 0, value); break;
	case VIRTIO_MMIO_STATUS: virtio_device_set_status(dev, value); break;
	case VIRTIO_MMIO_SHM_SEL: break; /* there is none, whichever it is */
	case VIRTIO_MMIO_QUEUE_READY: return vq && ready_write(dev, vq, value);
	default: return vq && !vq->ready && queue_write(vq, offset, value);
	}
	return true;
}

void virtio_mmio_write(struct vdev *vdev, u64 offset, u32 size, u64 value)
{
	struct virtio_device *dev = to_virtio(vdev);

	/* What a reset has to wait for comes first. */
	if (size != REGISTER || dev->s.resetting ||
		!register_write(dev, offset, (u32)value))
		vdev_refused(vdev, offset, true, value);
}

/* ---- The rest ---- */

void virtio_mmio_reset(struct vdev *vdev)
{
	virtio_device_reset(to_virtio(vdev));
}

void virtio_mmio_fdt(const struct vdev *dev, struct fdt_writer *w)
{
	fdt_node_at(w, "virtio_mmio", dev->place.base);
	fdt_put_string(w, "compatible", "virtio,mmio");
	fdt_put_reg(w, dev->place.base, VIRTIO_MMIO_SIZE);
	virq_fdt(&dev->place.line, w);
	fdt_end_node(w);
}
