// SPDX-License-Identifier: Apache-2.0
// The virtio-mmio transport, version 2 (Virtual I/O Device 1.2, 4.2): a device's registers in
// memory, and behind them its configuration. Each device on it is a model of its own, whose
// vdev_ops name these functions.
#include "virtio.h"

#include <hv/fdt.h>

enum {
	MAGIC_VALUE = 0x000,
	VERSION = 0x004,
	DEVICE_ID = 0x008,
	VENDOR_ID = 0x00c,
	DEVICE_FEATURES = 0x010,
	DEVICE_FEATURES_SEL = 0x014,
	DRIVER_FEATURES = 0x020,
	DRIVER_FEATURES_SEL = 0x024,
	QUEUE_SEL = 0x030,
	QUEUE_NUM_MAX = 0x034,
	QUEUE_NUM = 0x038,
	QUEUE_READY = 0x044,
	QUEUE_NOTIFY = 0x050,
	INTERRUPT_STATUS = 0x060,
	INTERRUPT_ACK = 0x064,
	STATUS = 0x070,
	QUEUE_DESC_LOW = 0x080,
	QUEUE_DESC_HIGH = 0x084,
	QUEUE_DRIVER_LOW = 0x090,
	QUEUE_DRIVER_HIGH = 0x094,
	QUEUE_DEVICE_LOW = 0x0a0,
	QUEUE_DEVICE_HIGH = 0x0a4,
	SHM_SEL = 0x0ac,
	SHM_LEN_LOW = 0x0b0,
	SHM_LEN_HIGH = 0x0b4,
	SHM_BASE_LOW = 0x0b8,
	SHM_BASE_HIGH = 0x0bc,
	CONFIG_GENERATION = 0x0fc,
	CONFIG = 0x100,
};

#define MAGIC           0x74726976U /* "virt" */
#define VERSION_2       2
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
	if (!range_inside(offset, size, CONFIG, dev->ops->config_size)) {
		vdev_refused(&dev->vdev, offset, false, 0);
		return 0;
	}
	return dev->ops->config_read(dev, (u32)offset - CONFIG, size);
}

u64 virtio_mmio_read(struct vdev *vdev, u64 offset, u32 size)
{
	struct virtio_device *dev = to_virtio(vdev);
	struct vvirtqueue *vq = virtio_device_queue(dev);

	if (offset >= CONFIG)
		return config_read(dev, offset, size);
	if (size != REGISTER) {
		vdev_refused(vdev, offset, false, 0);
		return 0;
	}
	switch (offset) {
	case MAGIC_VALUE: return MAGIC;
	case VERSION: return VERSION_2;
	case DEVICE_ID: return dev->ops->id;
	case VENDOR_ID: return VENDOR;
	case DEVICE_FEATURES:
		return features_word(dev->features, dev->s.device_features_sel);
	case QUEUE_NUM_MAX: return vq ? VVIRTQUEUE_MAX : 0;
	case QUEUE_READY: return vq && vq->ready;
	case INTERRUPT_STATUS: return dev->s.irq_status;
	case STATUS: return dev->s.status;
	case SHM_LEN_LOW:
	case SHM_LEN_HIGH:
	case SHM_BASE_LOW:
	case SHM_BASE_HIGH: return NO_SHM;
	/* The configuration never changes. */
	case CONFIG_GENERATION: return 0;
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

/* Registers of the queue that QUEUE_SEL says, while it is not ready. False: no such one. */
static bool queue_write(struct vvirtqueue *vq, u64 offset, u32 value)
{
	switch (offset) {
	case QUEUE_NUM: vq->size = value; break;
	case QUEUE_DESC_LOW: vq->desc_gpa = with_low(vq->desc_gpa, value); break;
	case QUEUE_DESC_HIGH: vq->desc_gpa = with_high(vq->desc_gpa, value); break;
	case QUEUE_DRIVER_LOW: vq->avail_gpa = with_low(vq->avail_gpa, value); break;
	case QUEUE_DRIVER_HIGH: vq->avail_gpa = with_high(vq->avail_gpa, value); break;
	case QUEUE_DEVICE_LOW: vq->used_gpa = with_low(vq->used_gpa, value); break;
	case QUEUE_DEVICE_HIGH: vq->used_gpa = with_high(vq->used_gpa, value); break;
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
	case DEVICE_FEATURES_SEL: dev->s.device_features_sel = value; break;
	case DRIVER_FEATURES_SEL: dev->s.driver_features_sel = value; break;
	case DRIVER_FEATURES:
		/* 3.1.1: settled with FEATURES_OK */
		if (dev->s.status & VIRTIO_STATUS_FEATURES_OK)
			return false;
		features_write(dev, value);
		break;
	case QUEUE_SEL: dev->s.queue_sel = value; break;
	case QUEUE_NOTIFY: virtio_device_notify(dev, value); break;
	case INTERRUPT_ACK: virtio_device_irq(dev, 0, value); break;
	case STATUS: virtio_device_set_status(dev, value); break;
	case SHM_SEL: break; /* there is none, whichever it is */
	case QUEUE_READY: return vq && ready_write(dev, vq, value);
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
	if (dev->place.line.chip)
		fdt_put_cell(w, "interrupts", dev->place.line.irq);
	fdt_end_node(w);
}
