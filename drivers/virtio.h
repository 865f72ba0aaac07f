// SPDX-License-Identifier: Apache-2.0
// Virtio devices we drive (Virtual I/O Device 1.2), apart from how they are reached: a
// transport (virtio_mmio.c) finds a device and hands it to the driver for its kind, which
// talks to it through struct virtio_ops.
#pragma once

#include <hv/virtio.h>

struct virtio;
struct virtqueue;

/* A transport. */
struct virtio_ops {
	u32 (*status)(struct virtio *dev);
	/* 0 resets the device. */
	void (*set_status)(struct virtio *dev, u32 status);
	u64 (*features)(struct virtio *dev);
	void (*set_features)(struct virtio *dev, u64 features);
	/* The most descriptors that queue `index` may have, 0: there is no such queue. */
	u32 (*queue_max)(struct virtio *dev, u32 index);
	/* Tells the device where the queue is. 0, or -EINVAL if it cannot be told. */
	int (*queue_set)(struct virtio *dev, u32 index, const struct virtqueue *vq);
	void (*notify)(struct virtio *dev, u32 index);
	/* 32 bits of the device's configuration; `offset` is a multiple of 4. */
	u32 (*config)(struct virtio *dev, u32 offset);
	/* Changes whenever the configuration does. */
	u32 (*config_generation)(struct virtio *dev);
	/* Why it interrupts, VIRTIO_IRQ_*; silences it. */
	u32 (*irq_ack)(struct virtio *dev);
};

/* Made by the transport; a device found stays for ever. */
struct virtio {
	const struct virtio_ops *ops;
	bool legacy; /* the interface before 1.0 */
	bool fixed;  /* a queue has queue_max() descriptors, no fewer */
	u32 irq;     /* host interrupt, 0 if it has none */
};

/*
 * Resets the device and agrees with it on those of its features that are in `wanted` (the
 * transport's own are added). 0, or -ENODEV if it insists on others; then it is FAILED.
 */
int virtio_negotiate(struct virtio *dev, u64 wanted, u64 *features);
/* Makes queue `index` and shows it to the device. 0 or -E. */
int virtio_queue_start(struct virtio *dev, u32 index, struct virtqueue *vq);
/* All is set up: the device may begin. */
void virtio_start(struct virtio *dev);
/* Stops all the device does, at once and for good. */
void virtio_fail(struct virtio *dev);
/* 64 bits of the configuration, read as one. */
u64 virtio_config64(struct virtio *dev, u32 offset);

/* ---- Kinds of devices (5), each driven by the file of its name ---- */

/*
 * Takes the device over, which stays for ever. 0, or -E after a line if it should have worked.
 */
typedef int virtio_driver(struct virtio *dev);
virtio_driver virtio_net_probe, virtio_blk_probe, virtio_rng_probe;

/* The one for a kind of device, or NULL. */
virtio_driver *virtio_driver_for(u32 id);
