// SPDX-License-Identifier: Apache-2.0
// The device's side of a split virtqueue (Virtual I/O Device 1.2, 2.7). The guest is not
// trusted: of what it can write, each word is read once, checked, then used, and the first
// nonsense marks the queue broken until it is reset. Work per call is bounded by the queue's
// size, whatever the rings say.
//
// A driver that keeps to the rules never has more descriptors with the device than the queue
// holds, so that is also the bound of what a device keeps for it, and what ends a loop.
#pragma once

#include <hv/types.h>

struct vm;
struct virtq_desc;
struct virtq_avail;
struct virtq_used;

#define VVIRTQUEUE_MAX 128U /* descriptors; a power of two */

/* A piece of guest RAM as we see it; valid as long as the VM is, changing at any time. */
struct vvirtq_buf {
	u8 *data;
	u32 len; /* not 0 */
};

/* A request: pieces we read, then pieces we write. */
struct vvirtq_chain {
	u16 head;
	u16 count;    /* of bufs[] */
	u16 readable; /* so many of them are for reading */
	struct vvirtq_buf bufs[VVIRTQUEUE_MAX];
};

/* (vm->lock) */
struct vvirtqueue {
	/* As the driver set it; not changed while it is ready. */
	u32 size;
	u64 desc_gpa, avail_gpa, used_gpa;
	bool ready;
	/* While it is ready: the rings in guest RAM. */
	const struct virtq_desc *desc;
	const struct virtq_avail *avail;
	struct virtq_used *used;
	u16 avail_idx;            /* the next entry to look at */
	u16 used_idx;             /* the next entry to fill */
	u32 in_use;               /* descriptors of chains taken and not given back */
	u8 taken[VVIRTQUEUE_MAX]; /* how many of them, by the chain's head */
	bool stopping;            /* as soon as none is in use; ready until then */
	const char *broken;       /* what the driver did, or NULL */
};

/* To how it is before a driver sets it up. */
void vvirtqueue_reset(struct vvirtqueue *vq);
/* The driver says that all is set: ready, or broken. */
void vvirtqueue_start(struct vvirtqueue *vq, struct vm *vm);
/*
 * The driver wants to be rid of the queue: nothing is taken from now on, nothing is written to
 * the rings, and it is as after a reset when all chains are given back.
 */
void vvirtqueue_stop(struct vvirtqueue *vq);
/* How many chains are waiting; 0 if it is not ready or broken, which it may be now. */
u32 vvirtqueue_waiting(struct vvirtqueue *vq);
/*
 * Takes the next of those that are waiting, which is then the caller's to give back; false if
 * the queue is broken now.
 */
bool vvirtqueue_take(struct vvirtqueue *vq, struct vm *vm, struct vvirtq_chain *chain);
/* Puts the newest one that was taken back in line. */
void vvirtqueue_untake(struct vvirtqueue *vq, u16 head);
/*
 * Gives the chain back: we wrote at least the first `written` bytes of what was for writing.
 * True if the driver wants an interrupt.
 */
bool vvirtqueue_give(struct vvirtqueue *vq, u16 head, u32 written);

/* ---- Pieces as one run of bytes ---- */

u64 vvirtq_len(const struct vvirtq_buf *bufs, u32 count);
/*
 * Copies what lies from byte `at` on; returns how many bytes, fewer than `len` at the end.
 * What was copied from a guest stays as it is.
 */
u64 vvirtq_read(const struct vvirtq_buf *bufs, u32 count, u64 at, void *to, u64 len);
u64 vvirtq_write(const struct vvirtq_buf *bufs, u32 count, u64 at, const void *from,
	u64 len);
