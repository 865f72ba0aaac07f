// SPDX-License-Identifier: Apache-2.0
// Virtio over PCI, the legacy interface (Virtual I/O Device 1.2, 4.1.4.10): registers at I/O
// ports, behind base address register 0. Transitional devices (4.1.2.3) have both interfaces,
// or this one alone; then it is used.
#include <hv/fail.h>
#include <hv/mm.h>
#include <arch/cpu.h>

#include "virtio.h"
#include "virtio_pci.h"
#include "virtqueue.h"

/* Device numbers (4.1.2.1). */
#define DEVICE_OLD_NET     0x1000
#define DEVICE_OLD_BLOCK   0x1001
#define DEVICE_OLD_ENTROPY 0x1005

#define BAR 0

enum legacy_register {
	DEVICE_FEATURES = 0x00,
	DRIVER_FEATURES = 0x04,
	QUEUE_ADDRESS = 0x08, /* in pages */
	QUEUE_SIZE = 0x0c,    /* 16 bits */
	QUEUE_SELECT = 0x0e,  /* 16 */
	QUEUE_NOTIFY = 0x10,  /* 16 */
	DEVICE_STATUS = 0x12, /* 8 */
	ISR_STATUS = 0x13,    /* 8 */
	/* The device's configuration comes next, but if MSI-X is on: */
	CONFIG_MSIX_VECTOR = 0x14, /* 16 */
	QUEUE_MSIX_VECTOR = 0x16,  /* 16 */
	REGISTERS = 0x14,
	REGISTERS_MSIX = 0x18,
};

struct virtio_legacy {
	struct virtio virtio;
	const struct pci_ports *ports;
	u32 first, count;
	bool msix;
};

static struct virtio_legacy *of(struct virtio *dev)
{
	return container_of(dev, struct virtio_legacy, virtio);
}

static u32 reg_read(struct virtio *dev, u32 reg, u32 size)
{
	return of(dev)->ports->read((u16)(of(dev)->first + reg), size);
}

static void reg_write(struct virtio *dev, u32 reg, u32 size, u32 value)
{
	of(dev)->ports->write((u16)(of(dev)->first + reg), size, value);
}

static u32 legacy_status(struct virtio *dev)
{
	return reg_read(dev, DEVICE_STATUS, sizeof(u8));
}

static void legacy_set_status(struct virtio *dev, u32 status)
{
	/* What was prepared in memory is there before the device hears that it may look. */
	io_barrier();
	reg_write(dev, DEVICE_STATUS, sizeof(u8), status);
}

static u64 legacy_features(struct virtio *dev)
{
	return reg_read(dev, DEVICE_FEATURES, sizeof(u32));
}

static void legacy_set_features(struct virtio *dev, u64 features)
{
	reg_write(dev, DRIVER_FEATURES, sizeof(u32), (u32)features);
}

static u32 legacy_queue_max(struct virtio *dev, u32 index)
{
	reg_write(dev, QUEUE_SELECT, sizeof(u16), index);
	/* Busy means that it was never reset. */
	if (reg_read(dev, QUEUE_ADDRESS, sizeof(u32)))
		return 0;
	return reg_read(dev, QUEUE_SIZE, sizeof(u16));
}

/* A vector that was not taken reads back as none (4.1.5.1.2.1). */
static bool set_vector(struct virtio *dev, enum legacy_register reg)
{
	reg_write(dev, reg, sizeof(u16), VIRTIO_PCI_VECTOR);
	return reg_read(dev, reg, sizeof(u16)) == VIRTIO_PCI_VECTOR;
}

static int legacy_queue_set(struct virtio *dev, u32 index, const struct virtqueue *vq)
{
	u64 page = ptr_hpa(vq->desc).raw >> PAGE_SHIFT;

	reg_write(dev, QUEUE_SELECT, sizeof(u16), index);
	/* The size is the device's alone, and it was too big or no power of two. */
	if (page != (u32)page || reg_read(dev, QUEUE_SIZE, sizeof(u16)) != vq->size)
		return fail(-EINVAL);
	/* After each reset there are none. */
	if (of(dev)->msix &&
		(!set_vector(dev, CONFIG_MSIX_VECTOR) ||
			!set_vector(dev, QUEUE_MSIX_VECTOR)))
		return fail(-EINVAL);
	reg_write(dev, QUEUE_ADDRESS, sizeof(u32), (u32)page);
	return 0;
}

static void legacy_notify(struct virtio *dev, u32 index)
{
	io_barrier();
	reg_write(dev, QUEUE_NOTIFY, sizeof(u16), index);
}

static u32 legacy_config(struct virtio *dev, u32 offset)
{
	u32 reg = (of(dev)->msix ? REGISTERS_MSIX : REGISTERS) + offset;

	return range_inside(reg, sizeof(u32), 0, of(dev)->count)
		? reg_read(dev, reg, sizeof(u32))
		: 0;
}

static u32 legacy_config_generation(struct virtio *dev)
{
	(void)dev;
	return 0;
}

/* An MSI says nothing, and has not to be silenced; reading the ISR register ends a wire's. */
static u32 legacy_irq_ack(struct virtio *dev)
{
	return of(dev)->msix ? VIRTIO_IRQ_QUEUE | VIRTIO_IRQ_CONFIG
			     : reg_read(dev, ISR_STATUS, sizeof(u8));
}

static const struct virtio_ops legacy_ops = {
	.status = legacy_status,
	.set_status = legacy_set_status,
	.features = legacy_features,
	.set_features = legacy_set_features,
	.queue_max = legacy_queue_max,
	.queue_set = legacy_queue_set,
	.notify = legacy_notify,
	.config = legacy_config,
	.config_generation = legacy_config_generation,
	.irq_ack = legacy_irq_ack,
};

virtio_driver *virtio_pci_driver_for(const struct pci_function *function)
{
	u32 device = pci_device(function);

	switch (device) {
	case DEVICE_OLD_NET: return virtio_net_probe;
	case DEVICE_OLD_BLOCK: return virtio_blk_probe;
	case DEVICE_OLD_ENTROPY: return virtio_rng_probe;
	default: return virtio_driver_for(device - VIRTIO_PCI_DEVICE(VIRTIO_ID_NONE));
	}
}

static int transitional_probe(const struct pci_function *function)
{
	int error = virtio_pci_probe(function);
	struct virtio_legacy *legacy;

	if (error != -ENOENT)
		return error;
	legacy = mem_alloc(sizeof(*legacy));
	if (!legacy)
		return fail(-ENOMEM);
	legacy->first = pci_ports(function, BAR, &legacy->count);
	if (!legacy->first || legacy->count < REGISTERS_MSIX) {
		mem_free(legacy);
		return fail(-ENODEV);
	}
	pci_enable_dma(function);
	legacy->ports = function->bridge->ports;
	legacy->virtio.ops = &legacy_ops;
	legacy->virtio.legacy = legacy->virtio.fixed = true;
	legacy->virtio.irq = pci_msix_start(function);
	legacy->msix = legacy->virtio.irq;
	if (!legacy->msix)
		legacy->virtio.irq = pci_wire(function);
	return virtio_pci_driver_for(function)(&legacy->virtio);
}

const struct pci_driver virtio_net_transitional_driver = {
	.vendor = VIRTIO_PCI_VENDOR,
	.device = DEVICE_OLD_NET,
	.probe = transitional_probe,
};

const struct pci_driver virtio_blk_transitional_driver = {
	.vendor = VIRTIO_PCI_VENDOR,
	.device = DEVICE_OLD_BLOCK,
	.probe = transitional_probe,
};

const struct pci_driver virtio_rng_transitional_driver = {
	.vendor = VIRTIO_PCI_VENDOR,
	.device = DEVICE_OLD_ENTROPY,
	.probe = transitional_probe,
};
