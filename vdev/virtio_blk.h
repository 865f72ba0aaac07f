// SPDX-License-Identifier: Apache-2.0
// A virtio disk of a guest from inside: what its two halves share, virtio_blk.c (the device,
// and what its driver asks for) and virtio_blk_io.c (the work for the disk).
#pragma once

#include "virtio.h"

#define REQUEST_QUEUE 0

#define BLK_ID_SIZE 20 /* 5.2.6: not ended by NUL if it fills this */

struct blk {
	struct virtio_device virtio;
	struct vm_disk *disk;
	char id[BLK_ID_SIZE];
	struct vvirtq_chain chain; /* the one that is looked at: too big for the stack */
};

/* A request as the driver made it. */
struct blk_call {
	struct virtio_blk_header header;
	u8 *status;
	struct vvirtq_buf *out; /* what is left for us to read */
	struct vvirtq_buf *in;  /* and to write */
	u32 out_count, in_count;
};

/* What begins a request says this while the disk is at work; blk_end() will be called. */
#define BLK_GOES_ON (-1)

/* Both with vm->lock held: VIRTIO_BLK_S_* of an IN or OUT, of a FLUSH; or BLK_GOES_ON. */
int blk_transfer(struct blk *blk, const struct blk_call *call);
int blk_flush(struct blk *blk, const struct blk_call *call);

/*
 * A request is done: its status, and the chain goes back. `in` is how many bytes of data were to
 * be written; they were if all is well.
 */
void blk_end(struct blk *blk, u16 head, u8 *status, enum virtio_blk_status code, u64 in);
