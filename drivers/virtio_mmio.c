// SPDX-License-Identifier: Apache-2.0
// Virtio over MMIO (Virtual I/O Device 1.2, 4.2): the current register layout, and the one of
// the legacy interface (4.2.4), which differs in how queues are described.
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/mm.h>
#include <arch/cpu.h>

#include "drivers.h"
#include "virtio.h"
#include "virtqueue.h"

/* 4.2.4: only in the legacy layout. */
#define GUEST_PAGE_SIZE 0x028 /* the unit of QUEUE_PFN */
#define QUEUE_ALIGN     0x03c
#define QUEUE_PFN       0x040

#define VERSION_LEGACY 1
#define REGS_SIZE      0x200

struct virtio_mmio {
	struct virtio virtio;
	u8 *regs;
};

static u32 reg_read(struct virtio *dev, u32 reg)
{
	return mmio_read32(container_of(dev, struct virtio_mmio, virtio)->regs + reg);
}

static void reg_write(struct virtio *dev, u32 reg, u32 value)
{
	mmio_write32(container_of(dev, struct virtio_mmio, virtio)->regs + reg, value);
}

static void reg_write_pair(struct virtio *dev, u32 low, u64 value)
{
	reg_write(dev, low, (u32)value);
	reg_write(dev, low + sizeof(u32), (u32)(value >> 32));
}
_Static_assert(VIRTIO_MMIO_QUEUE_DESC_HIGH == VIRTIO_MMIO_QUEUE_DESC_LOW + 4 &&
		VIRTIO_MMIO_QUEUE_DRIVER_HIGH == VIRTIO_MMIO_QUEUE_DRIVER_LOW + 4 &&
		VIRTIO_MMIO_QUEUE_DEVICE_HIGH == VIRTIO_MMIO_QUEUE_DEVICE_LOW + 4,
	"pairs");

static u32 mmio_status(struct virtio *dev)
{
	return reg_read(dev, VIRTIO_MMIO_STATUS);
}

static void mmio_set_status(struct virtio *dev, u32 status)
{
	/* What was prepared in memory is there before the device hears that it may look. */
	io_barrier();
	reg_write(dev, VIRTIO_MMIO_STATUS, status);
}

static u64 mmio_features(struct virtio *dev)
{
	u64 features;

	reg_write(dev, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	features = (u64)reg_read(dev, VIRTIO_MMIO_DEVICE_FEATURES) << 32;
	reg_write(dev, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	return features | reg_read(dev, VIRTIO_MMIO_DEVICE_FEATURES);
}

static void mmio_set_features(struct virtio *dev, u64 features)
{
	reg_write(dev, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	reg_write(dev, VIRTIO_MMIO_DRIVER_FEATURES, (u32)(features >> 32));
	reg_write(dev, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	reg_write(dev, VIRTIO_MMIO_DRIVER_FEATURES, (u32)features);
}

static u32 mmio_queue_max(struct virtio *dev, u32 index)
{
	reg_write(dev, VIRTIO_MMIO_QUEUE_SEL, index);
	/* Busy means that it was never reset. */
	if (reg_read(dev, dev->legacy ? QUEUE_PFN : VIRTIO_MMIO_QUEUE_READY))
		return 0;
	return reg_read(dev, VIRTIO_MMIO_QUEUE_NUM_MAX);
}

static int mmio_queue_set(struct virtio *dev, u32 index, const struct virtqueue *vq)
{
	reg_write(dev, VIRTIO_MMIO_QUEUE_SEL, index);
	reg_write(dev, VIRTIO_MMIO_QUEUE_NUM, vq->size);
	reg_write_pair(dev, VIRTIO_MMIO_QUEUE_DESC_LOW, ptr_hpa(vq->desc).raw);
	reg_write_pair(dev, VIRTIO_MMIO_QUEUE_DRIVER_LOW, ptr_hpa(vq->avail).raw);
	reg_write_pair(dev, VIRTIO_MMIO_QUEUE_DEVICE_LOW, ptr_hpa(vq->used).raw);
	reg_write(dev, VIRTIO_MMIO_QUEUE_READY, 1);
	return 0;
}

static int legacy_queue_set(struct virtio *dev, u32 index, const struct virtqueue *vq)
{
	u64 pfn = ptr_hpa(vq->desc).raw >> PAGE_SHIFT;

	if (pfn != (u32)pfn)
		return fail(-EINVAL);
	reg_write(dev, GUEST_PAGE_SIZE, PAGE_SIZE);
	reg_write(dev, VIRTIO_MMIO_QUEUE_SEL, index);
	reg_write(dev, VIRTIO_MMIO_QUEUE_NUM, vq->size);
	reg_write(dev, QUEUE_ALIGN, VIRTQUEUE_ALIGN);
	reg_write(dev, QUEUE_PFN, (u32)pfn);
	return 0;
}

static void mmio_notify(struct virtio *dev, u32 index)
{
	reg_write(dev, VIRTIO_MMIO_QUEUE_NOTIFY, index);
}

static u32 mmio_config(struct virtio *dev, u32 offset)
{
	return reg_read(dev, VIRTIO_MMIO_CONFIG + offset);
}

static u32 mmio_config_generation(struct virtio *dev)
{
	return reg_read(dev, VIRTIO_MMIO_CONFIG_GENERATION);
}

static u32 legacy_config_generation(struct virtio *dev)
{
	(void)dev;
	return 0;
}

static u32 mmio_irq_ack(struct virtio *dev)
{
	u32 why = reg_read(dev, VIRTIO_MMIO_INTERRUPT_STATUS);

	reg_write(dev, VIRTIO_MMIO_INTERRUPT_ACK, why);
	return why;
}

static const struct virtio_ops mmio_ops = {
	.status = mmio_status,
	.set_status = mmio_set_status,
	.features = mmio_features,
	.set_features = mmio_set_features,
	.queue_max = mmio_queue_max,
	.queue_set = mmio_queue_set,
	.notify = mmio_notify,
	.config = mmio_config,
	.config_generation = mmio_config_generation,
	.irq_ack = mmio_irq_ack,
};

static const struct virtio_ops legacy_ops = {
	.status = mmio_status,
	.set_status = mmio_set_status,
	.features = mmio_features,
	.set_features = mmio_set_features,
	.queue_max = mmio_queue_max,
	.queue_set = legacy_queue_set,
	.notify = mmio_notify,
	.config = mmio_config,
	.config_generation = legacy_config_generation,
	.irq_ack = mmio_irq_ack,
};

static int mmio_probe(const struct device *device)
{
	struct virtio_mmio *mmio;
	virtio_driver *driver;
	u32 version;
	u8 *regs;

	if (device->size < REGS_SIZE)
		return fail(-EINVAL);
	regs = mmio_map(device->base, device->size);
	if (!regs)
		return fail(-ENOMEM);
	version = mmio_read32(regs + VIRTIO_MMIO_VERSION);
	driver = virtio_driver_for(mmio_read32(regs + VIRTIO_MMIO_DEVICE_ID));
	/* Boards have many of these, and nothing behind most of them. */
	if (mmio_read32(regs + VIRTIO_MMIO_MAGIC_VALUE) != VIRTIO_MMIO_MAGIC || !driver)
		return -ENODEV;
	if (version != VERSION_LEGACY && version != VIRTIO_MMIO_VERSION_2)
		return -ENODEV;
	mmio = mem_alloc(sizeof(*mmio));
	if (!mmio)
		return fail(-ENOMEM);
	mmio->regs = regs;
	mmio->virtio.legacy = version == VERSION_LEGACY;
	mmio->virtio.ops = mmio->virtio.legacy ? &legacy_ops : &mmio_ops;
	mmio->virtio.irq = device->irq;
	return driver(&mmio->virtio);
}

const struct driver virtio_mmio_driver = {"virtio,mmio", mmio_probe};
