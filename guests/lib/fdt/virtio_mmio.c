// SPDX-License-Identifier: Apache-2.0
// Virtio devices on virtio-mmio (Virtual I/O Device 1.2, 4.2), where the device tree says; see
// <guest/virtio.h>.
#include <guest/device.h>
#include <guest/virtio.h>

#define MAGIC   0x74726976U
#define VERSION 2

enum {
	REG_MAGIC = 0x000,
	REG_VERSION = 0x004,
	REG_DEVICE_ID = 0x008,
	REG_DEVICE_FEATURES = 0x010,
	REG_DEVICE_FEATURES_SEL = 0x014,
	REG_DRIVER_FEATURES = 0x020,
	REG_DRIVER_FEATURES_SEL = 0x024,
	REG_QUEUE_SEL = 0x030,
	REG_QUEUE_NUM_MAX = 0x034,
	REG_QUEUE_NUM = 0x038,
	REG_QUEUE_READY = 0x044,
	REG_QUEUE_NOTIFY = 0x050,
	REG_INTERRUPT_STATUS = 0x060,
	REG_INTERRUPT_ACK = 0x064,
	REG_STATUS = 0x070,
	REG_QUEUE_DESC = 0x080, /* low, and high 4 bytes behind */
	REG_QUEUE_DRIVER = 0x090,
	REG_QUEUE_DEVICE = 0x0a0,
	REG_CONFIG = 0x100,
};

static volatile u32 *reg(const struct virtio *dev, u32 offset)
{
	return (volatile u32 *)(dev->base + offset);
}

bool virtio_find(struct virtio *dev, u32 id)
{
	struct device device;

	*dev = (struct virtio){0};
	if (!device_find("virtio_mmio", &device))
		return false;
	dev->base = device.base;
	dev->line = device.line;
	return *reg(dev, REG_MAGIC) == MAGIC && *reg(dev, REG_VERSION) == VERSION &&
		*reg(dev, REG_DEVICE_ID) == id;
}

u32 virtio_status(struct virtio *dev)
{
	return *reg(dev, REG_STATUS);
}

void virtio_status_set(struct virtio *dev, u32 status)
{
	*reg(dev, REG_STATUS) = status;
}

u64 virtio_features(struct virtio *dev)
{
	u64 features;

	*reg(dev, REG_DEVICE_FEATURES_SEL) = 1;
	features = (u64)*reg(dev, REG_DEVICE_FEATURES) << 32;
	*reg(dev, REG_DEVICE_FEATURES_SEL) = 0;
	return features | *reg(dev, REG_DEVICE_FEATURES);
}

void virtio_features_set(struct virtio *dev, u64 features)
{
	*reg(dev, REG_DRIVER_FEATURES_SEL) = 1;
	*reg(dev, REG_DRIVER_FEATURES) = (u32)(features >> 32);
	*reg(dev, REG_DRIVER_FEATURES_SEL) = 0;
	*reg(dev, REG_DRIVER_FEATURES) = (u32)features;
}

static void address_set(const struct virtio *dev, u32 offset, const volatile void *what)
{
	*reg(dev, offset) = (u32)(u64)what;
	*reg(dev, offset + 4) = (u32)((u64)what >> 32);
}

bool virtio_queue_set(struct virtio *dev, u32 queue)
{
	volatile struct virtio_rings *rings = dev->queues[queue].rings;

	*reg(dev, REG_QUEUE_SEL) = queue;
	if (*reg(dev, REG_QUEUE_NUM_MAX) < VIRTIO_QUEUE_SIZE)
		return false;
	*reg(dev, REG_QUEUE_NUM) = VIRTIO_QUEUE_SIZE;
	address_set(dev, REG_QUEUE_DESC, rings->desc);
	address_set(dev, REG_QUEUE_DRIVER, &rings->avail);
	address_set(dev, REG_QUEUE_DEVICE, &rings->used);
	*reg(dev, REG_QUEUE_READY) = 1;
	return *reg(dev, REG_QUEUE_READY) == 1;
}

void virtio_kick(struct virtio *dev, u32 queue)
{
	*reg(dev, REG_QUEUE_NOTIFY) = queue;
}

u32 virtio_config(struct virtio *dev, u32 offset, u32 size)
{
	volatile void *at = reg(dev, REG_CONFIG + offset);

	switch (size) {
	case 1: return *(volatile u8 *)at;
	case 2: return *(volatile u16 *)at;
	default: return *(volatile u32 *)at;
	}
}

u32 virtio_irq_ack(struct virtio *dev)
{
	u32 why = *reg(dev, REG_INTERRUPT_STATUS);

	*reg(dev, REG_INTERRUPT_ACK) = why;
	return why;
}
