// SPDX-License-Identifier: Apache-2.0
// A driver's part of any virtio device (Virtual I/O Device 1.2): it is found, set up, and given
// buffers, which the caller lays out. How the device's registers are reached is the board's:
// virtio_mmio.c in guests/lib/fdt.
#pragma once

#include <hv/bits.h>
#include <hv/types.h>

#define VIRTIO_F_VERSION_1 BIT(32)

#define VIRTIO_STATUS_NEEDS_RESET BIT(6)
#define VIRTIO_STATUS_FEATURES_OK BIT(3)
#define VIRTIO_STATUS_DRIVER_OK   BIT(2)
#define VIRTIO_STATUS_DRIVER      BIT(1)
#define VIRTIO_STATUS_ACKNOWLEDGE BIT(0)

#define VIRTIO_DESC_WRITE 2U
#define VIRTIO_DESC_NEXT  1U

#define VIRTIO_QUEUE_SIZE 64U
#define VIRTIO_QUEUES     8U

/* A queue's memory, in pages of its own. */
struct virtio_rings {
	struct {
		u64 addr;
		u32 len;
		u16 flags, next;
	} desc[VIRTIO_QUEUE_SIZE];
	struct {
		u16 flags, idx, ring[VIRTIO_QUEUE_SIZE], used_event;
	} avail;
	struct {
		u16 flags, idx;
		struct {
			u32 id, len;
		} ring[VIRTIO_QUEUE_SIZE];
		u16 avail_event;
	} used __attribute__((aligned(4)));
};

struct virtio {
	u64 base;     /* of its registers */
	u32 line;     /* its interrupt, for <guest/intc.h> */
	u64 features; /* that both sides have */
	struct {
		volatile struct virtio_rings *rings;
		u16 seen; /* of the used ring */
	} queues[VIRTIO_QUEUES];
};

/* ---- The board's ---- */

/* The board's first virtio device; false if there is none, or it is of another kind (5). */
bool virtio_find(struct virtio *dev, u32 id);
u32 virtio_status(struct virtio *dev);
void virtio_status_set(struct virtio *dev, u32 status);
u64 virtio_features(struct virtio *dev);
void virtio_features_set(struct virtio *dev, u64 features);
/* Shows the device its queue's rings. False if it has no such queue. */
bool virtio_queue_set(struct virtio *dev, u32 queue);
void virtio_kick(struct virtio *dev, u32 queue);
/* `size` bytes of the configuration, 1, 2 or 4. */
u32 virtio_config(struct virtio *dev, u32 offset, u32 size);
/* Why it interrupts, which silences it. */
u32 virtio_irq_ack(struct virtio *dev);

/* ---- virtio.c ---- */

/* Resets it and sets up so many queues, with those features of `wanted` that it has. */
bool virtio_start(struct virtio *dev, u64 wanted, u32 queues);
/* Fills one descriptor; the next one follows if `flags` say so. */
void virtio_desc(struct virtio *dev, u32 queue, u32 index, const volatile void *data,
	u32 len, u32 flags);
/* Makes the chain that begins with descriptor `head` available. */
void virtio_offer(struct virtio *dev, u32 queue, u32 head);
/* The next chain that the device is done with: its head, and what was written. False: none. */
bool virtio_used(struct virtio *dev, u32 queue, u32 *head, u32 *len);
/* The same, but waits; false after 10 s. */
bool virtio_wait(struct virtio *dev, u32 queue, u32 *head, u32 *len);
