// SPDX-License-Identifier: Apache-2.0
// Virtio devices that a guest sees (Virtual I/O Device 1.2): what is the same for each kind
// (virtio.c), and what a kind supplies. How the driver reaches one is the transport's part
// (virtio_mmio.c), which the board chooses: a kind knows nothing of it. The driver is not
// trusted: whatever it does wrong ends in DEVICE_NEEDS_RESET, and the device does nothing more
// until it is reset.
//
// A reset takes effect when the device has given all requests back, for until then it may
// write into the driver's memory; meanwhile the status is not 0 yet (2.4.2).
#pragma once

#include <hv/vdev.h>
#include <hv/virtio.h>

#include "virtqueue.h"

#define VIRTIO_QUEUES_MAX 8

struct virtio_device;

/* A kind of device. All calls with vm->lock held. */
struct virtio_device_ops {
	enum virtio_id id;
	u32 queue_count;
	u32 config_size;
	/* Takes what waits in a queue, at most as many as waited when it was called. */
	void (*notify)(struct virtio_device *dev, u32 queue);
	/* `size` bytes (1, 2 or 4) of the configuration; they are inside config_size. */
	u32 (*config_read)(struct virtio_device *dev, u32 offset, u32 size);
	/* Likewise; NULL: the driver can change nothing there. */
	void (*config_write)(struct virtio_device *dev, u32 offset, u32 size, u32 value);
};

/* How drivers reach a device. All calls with vm->lock held. */
struct virtio_transport {
	void (*reset)(struct virtio_device *dev); /* of what is its own; NULL: nothing */
	u64 (*read)(struct virtio_device *dev, u64 offset, u32 size);
	void (*write)(struct virtio_device *dev, u64 offset, u32 size, u64 value);
	/* Sends a message of its own for this; false: the line says it. NULL: always. */
	bool (*message)(struct virtio_device *dev, u32 why, u32 queue);
	void (*fdt)(const struct vdev *dev, struct fdt_writer *w); /* may be NULL */
};

/* (vm->lock) */
struct virtio_device_state {
	u32 status;
	bool resetting;      /* as soon as nothing is in flight */
	u32 in_flight;       /* requests that the device has */
	u64 driver_features; /* those offered that the driver wants */
	bool bad_features;   /* it wanted others, too */
	u32 irq_status;      /* VIRTIO_IRQ_* that the line says */
	u8 config_generation;
	/* The transport's selectors. */
	u32 device_features_sel, driver_features_sel, queue_sel;
	struct vvirtqueue queues[VIRTIO_QUEUES_MAX];
};

/* Embedded first. */
struct virtio_device {
	struct vdev vdev;
	const struct virtio_device_ops *ops;
	const struct virtio_transport *transport;
	u64 features; /* offered */
	bool blamed;  /* its driver's mistake was printed: once is enough */
	struct virtio_device_state s;
};

static inline struct virtio_device *to_virtio(struct vdev *dev)
{
	return container_of(dev, struct virtio_device, vdev);
}

/* ---- For devices ---- */

/* In the kind's create(): `features` are its own, those of all devices are added. */
void virtio_device_init(struct virtio_device *dev, const struct virtio_device_ops *ops,
	u64 features);
/* The driver has finished its part, and neither side has given up. */
bool virtio_device_is_live(const struct virtio_device *dev);
/* How many requests wait in the queue; 0 unless the driver has said DRIVER_OK. */
u32 virtio_device_waiting(struct virtio_device *dev, u32 queue);
/* Takes one of them; false if the driver has made a mistake, so that there are no more. */
bool virtio_device_take(struct virtio_device *dev, u32 queue, struct vvirtq_chain *chain);
/* Puts back what the newest take() from the queue gave: it waits again. */
void virtio_device_untake(struct virtio_device *dev, u32 queue, u16 head);
/* Gives back what take() gave, whatever has happened since. May finish a reset. */
void virtio_device_give(struct virtio_device *dev, u32 queue, u16 head, u32 written);
/* What config_read() says is different now: the driver is told. */
void virtio_device_config_changed(struct virtio_device *dev);
/* The driver has made a mistake: DEVICE_NEEDS_RESET. `why` is a constant, for the trace. */
void virtio_device_break(struct virtio_device *dev, const char *why);
/* The features that both sides have agreed on. */
bool virtio_device_has(const struct virtio_device *dev, u64 feature);
/* Nothing is taken from now on. For the kind's destroy(): vm->lock not held. */
void virtio_device_stop(struct virtio_device *dev);

/* vdev_ops of each kind; they pass on to the transport. */
#define VIRTIO_VDEV_SIZE     0x200 /* where it has an address of its own */
#define VIRTIO_VDEV_SIZE_MIN 1     /* the configuration has bytes */
#define VIRTIO_VDEV_SIZE_MAX 4
void virtio_vdev_reset(struct vdev *dev);
u64 virtio_vdev_read(struct vdev *dev, u64 offset, u32 size);
void virtio_vdev_write(struct vdev *dev, u64 offset, u32 size, u64 value);
void virtio_vdev_fdt(const struct vdev *dev, struct fdt_writer *w);

/* ---- For transports ---- */

extern const struct virtio_transport virtio_mmio_transport;

/* 32 of the features that are offered; `sel` says which, beyond them there are none. */
u32 virtio_device_features(const struct virtio_device *dev, u32 sel);
/* The driver takes these of the 32; false, and nothing happens: they are settled (3.1.1). */
bool virtio_device_set_features(struct virtio_device *dev, u32 sel, u32 value);
/* The configuration. False, and nothing happens: not at this `offset`, or not at all. */
bool virtio_device_config_read(struct virtio_device *dev, u64 offset, u32 size,
	u64 *value);
bool virtio_device_config_write(struct virtio_device *dev, u64 offset, u32 size,
	u32 value);
void virtio_device_set_status(struct virtio_device *dev, u32 status);
void virtio_device_notify(struct virtio_device *dev, u32 queue);
/* The queue that queue_sel says, or NULL. */
struct vvirtqueue *virtio_device_queue(struct virtio_device *dev);
void virtio_device_queue_start(struct virtio_device *dev, struct vvirtqueue *vq);
/* The line does not say these VIRTIO_IRQ_* any more. */
void virtio_device_irq_ack(struct virtio_device *dev, u32 why);
