// SPDX-License-Identifier: Apache-2.0
// Virtio over PCI (Virtual I/O Device 1.2, 4.1), the current interface, which transitional
// devices have, too: vendor capabilities tell where in which BAR the parts of it are.
#include <hv/bits.h>
#include <hv/fail.h>
#include <hv/io.h>
#include <hv/mm.h>
#include <arch/cpu.h>

#include "pci.h"
#include "virtio.h"
#include "virtio_pci.h"
#include "virtqueue.h"

/* A vendor capability (4.1.4), its words by offset. */
#define CAPABILITY_VENDOR 0x09
#define CAP_HEADER        0x00
#define CAP_BAR           0x04
#define CAP_OFFSET        0x08
#define CAP_LENGTH        0x0c
#define CAP_MULTIPLIER    0x10 /* notify only */

#define HEADER_TYPE   BITS(31, 24)
#define HEADER_LENGTH BITS(23, 16)
#define BAR_NUMBER    BITS(7, 0)
#define CAP_SIZE      16U

enum part {
	PART_NONE = 0,
	PART_COMMON = 1,
	PART_NOTIFY = 2,
	PART_ISR = 3,
	PART_DEVICE = 4,
	PARTS,
};

/* The common part (4.1.4.3), registers of the sizes that the spec gives. */
enum common {
	DEVICE_FEATURE_SELECT = 0x00,
	DEVICE_FEATURE = 0x04,
	DRIVER_FEATURE_SELECT = 0x08,
	DRIVER_FEATURE = 0x0c,
	CONFIG_MSIX_VECTOR = 0x10, /* 16 */
	DEVICE_STATUS = 0x14,      /* 8 */
	CONFIG_GENERATION = 0x15,  /* 8 */
	QUEUE_SELECT = 0x16,       /* 16 */
	QUEUE_SIZE = 0x18,         /* 16 */
	QUEUE_MSIX_VECTOR = 0x1a,  /* 16 */
	QUEUE_ENABLE = 0x1c,       /* 16 */
	QUEUE_NOTIFY_OFF = 0x1e,   /* 16 */
	QUEUE_DESC = 0x20,         /* 64, in halves */
	QUEUE_DRIVER = 0x28,
	QUEUE_DEVICE = 0x30,
	COMMON_SIZE = 0x38,
};

#define BAR_COUNT  6U
#define QUEUES_MAX 4U /* of those that we drive */

struct window {
	u8 *regs; /* NULL: not there */
	u64 size;
};

struct virtio_pci {
	struct virtio virtio;
	struct window bars[BAR_COUNT]; /* those that are mapped */
	struct window parts[PARTS];
	u32 multiplier;
	u8 *notify[QUEUES_MAX]; /* each queue's register */
	bool msix;
};

static struct virtio_pci *of(struct virtio *dev)
{
	return container_of(dev, struct virtio_pci, virtio);
}

static u8 *common(struct virtio *dev, enum common reg)
{
	return of(dev)->parts[PART_COMMON].regs + reg;
}

/* ---- struct virtio_ops ---- */

static u32 pci_status(struct virtio *dev)
{
	return mmio_read8(common(dev, DEVICE_STATUS));
}

static void pci_set_status(struct virtio *dev, u32 status)
{
	/* What was prepared in memory is there before the device hears that it may look. */
	io_barrier();
	mmio_write8(common(dev, DEVICE_STATUS), (u8)status);
}

static u64 pci_features(struct virtio *dev)
{
	u64 features;

	mmio_write32(common(dev, DEVICE_FEATURE_SELECT), 1);
	features = (u64)mmio_read32(common(dev, DEVICE_FEATURE)) << 32;
	mmio_write32(common(dev, DEVICE_FEATURE_SELECT), 0);
	return features | mmio_read32(common(dev, DEVICE_FEATURE));
}

static void pci_set_features(struct virtio *dev, u64 features)
{
	mmio_write32(common(dev, DRIVER_FEATURE_SELECT), 1);
	mmio_write32(common(dev, DRIVER_FEATURE), (u32)(features >> 32));
	mmio_write32(common(dev, DRIVER_FEATURE_SELECT), 0);
	mmio_write32(common(dev, DRIVER_FEATURE), (u32)features);
}

static u32 pci_queue_max(struct virtio *dev, u32 index)
{
	mmio_write16(common(dev, QUEUE_SELECT), (u16)index);
	/* Busy means that it was never reset. */
	if (mmio_read16(common(dev, QUEUE_ENABLE)))
		return 0;
	return mmio_read16(common(dev, QUEUE_SIZE));
}

static void write_address(struct virtio *dev, enum common reg, const void *ring)
{
	u64 hpa = ptr_hpa(ring).raw;

	mmio_write32(common(dev, reg), (u32)hpa);
	mmio_write32(common(dev, reg) + sizeof(u32), (u32)(hpa >> 32));
}

/* A vector that was not taken reads back as none (4.1.5.1.2.1). */
static bool set_vector(struct virtio *dev, enum common reg, u16 vector)
{
	mmio_write16(common(dev, reg), vector);
	return mmio_read16(common(dev, reg)) == vector;
}

static int pci_queue_set(struct virtio *dev, u32 index, const struct virtqueue *vq)
{
	struct virtio_pci *pci = of(dev);
	const struct window *notify = &pci->parts[PART_NOTIFY];
	u64 offset;

	if (index >= QUEUES_MAX)
		return fail(-EINVAL);
	mmio_write16(common(dev, QUEUE_SELECT), (u16)index);
	offset = (u64)mmio_read16(common(dev, QUEUE_NOTIFY_OFF)) * pci->multiplier;
	if (!range_inside(offset, sizeof(u16), 0, notify->size) ||
		!IS_ALIGNED(offset, sizeof(u16)))
		return fail(-EINVAL);
	pci->notify[index] = notify->regs + offset;
	/* After each reset there are none. */
	if (pci->msix &&
		(!set_vector(dev, CONFIG_MSIX_VECTOR, VIRTIO_PCI_VECTOR) ||
			!set_vector(dev, QUEUE_MSIX_VECTOR, VIRTIO_PCI_VECTOR)))
		return fail(-EINVAL);
	mmio_write16(common(dev, QUEUE_SIZE), (u16)vq->size);
	write_address(dev, QUEUE_DESC, vq->desc);
	write_address(dev, QUEUE_DRIVER, vq->avail);
	write_address(dev, QUEUE_DEVICE, vq->used);
	io_barrier();
	mmio_write16(common(dev, QUEUE_ENABLE), 1);
	return 0;
}

static void pci_notify(struct virtio *dev, u32 index)
{
	io_barrier();
	mmio_write16(of(dev)->notify[index], (u16)index);
}

static u32 pci_device_config(struct virtio *dev, u32 offset)
{
	const struct window *config = &of(dev)->parts[PART_DEVICE];

	return range_inside(offset, sizeof(u32), 0, config->size)
		? mmio_read32(config->regs + offset)
		: 0;
}

static u32 pci_config_generation(struct virtio *dev)
{
	return mmio_read8(common(dev, CONFIG_GENERATION));
}

/* An MSI says nothing, and has not to be silenced; reading the ISR register ends a wire's. */
static u32 pci_irq_ack(struct virtio *dev)
{
	struct virtio_pci *pci = of(dev);

	return pci->msix ? VIRTIO_IRQ_QUEUE | VIRTIO_IRQ_CONFIG
			 : mmio_read8(pci->parts[PART_ISR].regs);
}

static const struct virtio_ops pci_ops = {
	.status = pci_status,
	.set_status = pci_set_status,
	.features = pci_features,
	.set_features = pci_set_features,
	.queue_max = pci_queue_max,
	.queue_set = pci_queue_set,
	.notify = pci_notify,
	.config = pci_device_config,
	.config_generation = pci_config_generation,
	.irq_ack = pci_irq_ack,
};

/* ---- Probing ---- */

/* A BAR's registers, mapped once. */
static const struct window *map_bar(struct virtio_pci *pci,
	const struct pci_function *function, u32 n)
{
	struct window *bar = &pci->bars[n];

	if (!bar->regs)
		bar->regs = pci_map(function, n, &bar->size);
	return bar;
}

/* What a capability tells of; a part that cannot be used counts as not there. */
static void find_part(struct virtio_pci *pci, const struct pci_function *function, u32 at)
{
	static const u64 sizes[PARTS] = {0, COMMON_SIZE, sizeof(u16), sizeof(u8), 1};
	u32 header = pci_read(function, at + CAP_HEADER);
	u64 type = field_get(HEADER_TYPE, header);
	u64 n = field_get(BAR_NUMBER, pci_read(function, at + CAP_BAR));
	u64 offset = pci_read(function, at + CAP_OFFSET);
	u64 length = pci_read(function, at + CAP_LENGTH);
	const struct window *bar;

	/* The first of each kind that can be used (4.1.4.1); others are for nobody or odd. */
	if (type == PART_NONE || type >= PARTS || pci->parts[type].regs ||
		field_get(HEADER_LENGTH, header) < CAP_SIZE || n >= BAR_COUNT ||
		length < sizes[type] || !IS_ALIGNED(offset, sizeof(u32)))
		return;
	bar = map_bar(pci, function, (u32)n);
	if (!bar->regs || !range_inside(offset, length, 0, bar->size))
		return;
	pci->parts[type] = (struct window){bar->regs + offset, length};
	if (type == PART_NOTIFY)
		pci->multiplier = pci_read(function, at + CAP_MULTIPLIER);
}

static bool find_parts(struct virtio_pci *pci, const struct pci_function *function)
{
	u32 at;

	for (u32 n = 0; (at = pci_capability(function, CAPABILITY_VENDOR, n)); n++)
		find_part(pci, function, at);
	for (u32 part = PART_COMMON; part < PARTS; part++)
		if (!pci->parts[part].regs)
			return false;
	return true;
}

int virtio_pci_probe(const struct pci_function *function)
{
	struct virtio_pci *pci = mem_alloc(sizeof(*pci));

	if (!pci)
		return fail(-ENOMEM);
	if (!find_parts(pci, function)) {
		mem_free(pci);
		return -ENOENT;
	}
	pci_enable_dma(function);
	pci->virtio.ops = &pci_ops;
	pci->virtio.irq = pci_msix_start(function);
	pci->msix = pci->virtio.irq;
	if (!pci->msix)
		pci->virtio.irq = pci_wire(function);
	return virtio_pci_driver_for(function)(&pci->virtio);
}

const struct pci_driver virtio_net_pci_driver = {
	.vendor = VIRTIO_PCI_VENDOR,
	.device = VIRTIO_PCI_DEVICE(VIRTIO_ID_NET),
	.probe = virtio_pci_probe,
};

const struct pci_driver virtio_blk_pci_driver = {
	.vendor = VIRTIO_PCI_VENDOR,
	.device = VIRTIO_PCI_DEVICE(VIRTIO_ID_BLOCK),
	.probe = virtio_pci_probe,
};

const struct pci_driver virtio_rng_pci_driver = {
	.vendor = VIRTIO_PCI_VENDOR,
	.device = VIRTIO_PCI_DEVICE(VIRTIO_ID_ENTROPY),
	.probe = virtio_pci_probe,
};
