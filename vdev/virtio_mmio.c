// SPDX-License-Identifier: Apache-2.0
// The virtio-mmio transport, version 2 (Virtual I/O Device 1.2, 4.2): a device's registers in
// memory, and behind them its configuration.
#include "virtio.h"

#include <hv/fdt.h>

#define VENDOR          0x47444f4cU /* "LODG": nobody assigns these */
#define NO_SHM          ~0U
#define QUEUE_READY_BIT BIT(0)
#define LOW_HALF        BITS(31, 0)
#define HIGH_HALF       BITS(63, 32)
#define REGISTER        4U /* bytes of all but the configuration */

/* ---- Reading ---- */

/* False: there is no such register. */
static bool register_read(struct virtio_device *dev, u64 offset, u64 *value)
{
	const struct vvirtqueue *vq = virtio_device_queue(dev);

	switch (offset) {
	case VIRTIO_MMIO_MAGIC_VALUE: *value = VIRTIO_MMIO_MAGIC; break;
	case VIRTIO_MMIO_VERSION: *value = VIRTIO_MMIO_VERSION_2; break;
	case VIRTIO_MMIO_DEVICE_ID: *value = dev->ops->id; break;
	case VIRTIO_MMIO_VENDOR_ID: *value = VENDOR; break;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		*value = virtio_device_features(dev, dev->s.device_features_sel);
		break;
	case VIRTIO_MMIO_QUEUE_NUM_MAX: *value = vq ? VVIRTQUEUE_MAX : 0; break;
	case VIRTIO_MMIO_QUEUE_READY: *value = vq && vq->ready; break;
	case VIRTIO_MMIO_INTERRUPT_STATUS: *value = dev->s.irq_status; break;
	case VIRTIO_MMIO_STATUS: *value = dev->s.status; break;
	case VIRTIO_MMIO_SHM_LEN_LOW:
	case VIRTIO_MMIO_SHM_LEN_HIGH:
	case VIRTIO_MMIO_SHM_BASE_LOW:
	case VIRTIO_MMIO_SHM_BASE_HIGH: *value = NO_SHM; break;
	case VIRTIO_MMIO_CONFIG_GENERATION: *value = dev->s.config_generation; break;
	default: return false;
	}
	return true;
}

static u64 mmio_read(struct virtio_device *dev, u64 offset, u32 size)
{
	u64 value = 0;
	bool known;

	if (offset >= VIRTIO_MMIO_CONFIG)
		known = virtio_device_config_read(dev, offset - VIRTIO_MMIO_CONFIG, size,
			&value);
	else
		known = size == REGISTER && register_read(dev, offset, &value);
	if (!known)
		vdev_refused(&dev->vdev, offset, false, 0);
	return value;
}

/* ---- Writing ---- */

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
		return virtio_device_set_features(dev, dev->s.driver_features_sel, value);
	case VIRTIO_MMIO_QUEUE_SEL: dev->s.queue_sel = value; break;
	case VIRTIO_MMIO_QUEUE_NOTIFY: virtio_device_notify(dev, value); break;
	case VIRTIO_MMIO_INTERRUPT_ACK: virtio_device_irq_ack(dev, value); break;
	case VIRTIO_MMIO_STATUS: virtio_device_set_status(dev, value); break;
	case VIRTIO_MMIO_SHM_SEL: break; /* there is none, whichever it is */
	case VIRTIO_MMIO_QUEUE_READY: return vq && ready_write(dev, vq, value);
	default: return vq && !vq->ready && queue_write(vq, offset, value);
	}
	return true;
}

static bool any_write(struct virtio_device *dev, u64 offset, u32 size, u32 value)
{
	/* What a reset has to wait for comes first. */
	if (dev->s.resetting)
		return false;
	if (offset >= VIRTIO_MMIO_CONFIG)
		return virtio_device_config_write(dev, offset - VIRTIO_MMIO_CONFIG, size,
			value);
	return size == REGISTER && register_write(dev, offset, value);
}

static void mmio_write(struct virtio_device *dev, u64 offset, u32 size, u64 value)
{
	if (!any_write(dev, offset, size, (u32)value))
		vdev_refused(&dev->vdev, offset, true, value);
}

/* ---- The rest ---- */

static void mmio_fdt(const struct vdev *dev, struct fdt_writer *w)
{
	fdt_node_at(w, "virtio_mmio", dev->place.base);
	fdt_put_string(w, "compatible", "virtio,mmio");
	fdt_put_reg(w, dev->place.base, VIRTIO_VDEV_SIZE);
	virq_fdt(&dev->place.line, w);
	fdt_end_node(w);
}

const struct virtio_transport virtio_mmio_transport = {
	.read = mmio_read,
	.write = mmio_write,
	.fdt = mmio_fdt,
};
