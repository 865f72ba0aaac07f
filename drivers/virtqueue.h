// SPDX-License-Identifier: Apache-2.0
// The driver's side of a split virtqueue (Virtual I/O Device 1.2, 2.7), in the memory layout
// that the legacy interface prescribes and the current one allows. The device is not trusted:
// nothing it can write is believed unchecked, and the first nonsense marks the queue broken.
//
//	ring (one physically contiguous piece)
//	+-------------------+-----------------+ - - +----------------------+
//	| descriptors       | available ring  | pad | used ring            |
//	| 16 bytes each     | we write        |     | the device writes    |
//	+-------------------+-----------------+ - - +----------------------+
//	                                            aligned to VIRTQUEUE_ALIGN
#pragma once

#include <hv/virtio.h>

#define VIRTQUEUE_ALIGN    PAGE_SIZE
#define VIRTQUEUE_SIZE_MAX 1024U

/* One piece of a request. */
struct virtqueue_buf {
	hpa_t hpa;
	u32 len;
	bool in; /* the device writes it */
};

/* What we know of a descriptor, where the device cannot change it. */
struct virtqueue_entry {
	void *cookie; /* of the chain that starts here */
	u16 next;     /* in its chain, or in the free list */
	u16 count;    /* of the chain that starts here, 0: none does */
	u32 room;     /* bytes of it that the device may write */
};

/* The owner's lock guards all of it. */
struct virtqueue {
	u32 size; /* a power of two, at most VIRTQUEUE_SIZE_MAX */
	u32 free; /* descriptors in no chain */
	u16 free_head;
	u16 avail_idx;      /* what avail->idx is */
	u16 used_idx;       /* how far we have looked */
	const char *broken; /* what the device did, or NULL */
	struct virtq_desc *desc;
	struct virtq_avail *avail;
	struct virtq_used *used;
	struct virtqueue_entry *entries;
};

/* An empty queue of the biggest size <= `max`. 0, -EINVAL (max is 0) or -ENOMEM. */
int virtqueue_init(struct virtqueue *vq, u32 max);
void virtqueue_fini(struct virtqueue *vq);

/*
 * Makes a chain of `count` pieces, those the device reads first, and makes it available; the
 * device need not look before virtqueue_wants_notify(). `cookie` is not NULL. -ENOSPC if
 * there are not enough descriptors.
 */
int virtqueue_add(struct virtqueue *vq, const struct virtqueue_buf *bufs, u32 count,
	void *cookie);
/* After one or more virtqueue_add(): the device must be notified. */
bool virtqueue_wants_notify(struct virtqueue *vq);
/*
 * The cookie of the next chain the device has finished, or NULL: none, or vq->broken. `*written`
 * is how much the device says that it wrote, at most what it was given to; `written` may be NULL.
 */
void *virtqueue_take(struct virtqueue *vq, u32 *written);
/*
 * After the device was reset: the cookie of a chain that it still had, which is free now. NULL:
 * there are no more.
 */
void *virtqueue_reclaim(struct virtqueue *vq);
