// SPDX-License-Identifier: Apache-2.0
// A virtio disk from inside: what its two halves share, virtio_blk.c (a struct blockdev, and
// how it comes to be) and virtio_blk_chain.c (requests to chains and back).
#pragma once

#include <hv/blockdev.h>
#include <hv/lock.h>
#include <hv/timer.h>

#include "virtio.h"
#include "virtqueue.h"

#define REQUEST_QUEUE 0

/* What the device reads and writes beside the data, one per chain, in a page of its own. */
struct blk_shared {
	struct virtio_blk_header header;
	u8 status;
	u8 pad[15];
};
_Static_assert(sizeof(struct blk_shared) == 32, "none crosses a page");

#define CHAIN_OVERHEAD 2 /* descriptors for header and status */
#define CHAINS_MAX     ((u32)(PAGE_SIZE / sizeof(struct blk_shared)))
#define SEGMENTS_MAX   16U /* pieces of data in one chain */

/* block_request.driver: how many chains of it the device has, and ... */
#define REQ_CHAINS BITS(31, 0)
#define REQ_FAILED BIT(32)
#define REQ_FIRST  BIT(33) /* it heads the line and is not given to the device whole */

struct blk_chain {
	struct list node; /* free chains */
	struct block_request *req;
	struct blk_shared *shared;
};

struct virtio_blk {
	struct blockdev dev;
	struct virtio *virtio;
	char name[16];
	bool has_flush;
	u32 segment_max; /* bytes in one descriptor */
	u32 chunk_max;   /* sectors in one chain */
	struct spinlock lock;
	/* All below: (lock) */
	struct virtqueue queue;
	bool broken;
	u32 in_flight;        /* chains the device has */
	u64 progress;         /* ns: when it last finished one, or was idle */
	u64 issued;           /* sectors of the first in line given to the device */
	struct list waiting;  /* requests in line */
	struct list finished; /* requests to call done() for */
	struct timer timer;   /* for `finished`, where no interrupt will come */
	bool timer_set;
	struct list free_chains;
	u32 chain_count;
	struct blk_chain chains[CHAINS_MAX];
};

/* All with blk->lock held. */

/* Gives the device as much of those in line as there is room for. */
void blk_issue(struct virtio_blk *blk);
/* Takes what the device has finished, and gives it more. */
void blk_collect(struct virtio_blk *blk);
/* The end of the device: everything it has, and all in line, fails. Says why in a line. */
void blk_break(struct virtio_blk *blk, const char *why);
