// SPDX-License-Identifier: Apache-2.0
// The work that a virtio disk of a guest has for the host's disk (Virtual I/O Device 1.2,
// 5.2.6): each piece of a request goes there by itself, straight from or to guest RAM. A
// request whose pieces are not whole blocks goes by way of a buffer, one part after another.
#include <hv/bits.h>

#include "virtio_blk.h"

#define BOUNCE_MAX KiB(16)

struct blk_piece {
	struct vm_disk_request io;
	struct blk_request *request;
};

/* What takes time. */
struct blk_request {
	struct blk *blk;
	u16 head; /* of its chain */
	u8 *status;
	u64 sector;
	u64 len; /* bytes of data */
	bool write;
	bool flush; /* what it wrote must last before it is done */
	bool failed;
	u32 in_flight; /* pieces */
	/* By way of a buffer, if not NULL: */
	u8 *bounce;
	u64 bounce_size;
	u64 at; /* how many bytes are done */
	u32 buf_count;
	struct vvirtq_buf *bufs; /* behind pieces[] */
	struct blk_piece pieces[];
};

static void request_finish(struct blk_request *req)
{
	blk_end(req->blk, req->head, req->status,
		req->failed ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK,
		req->write ? 0 : req->len);
	mem_free(req->bounce);
	mem_free(req);
}

/* ---- Work for the disk ---- */

static void piece_done(struct vm_disk_request *io, int error);

static void piece_submit(struct blk_request *req, u32 index, u64 sector, u64 len,
	void *data)
{
	struct blk_piece *piece = &req->pieces[index];

	piece->request = req;
	piece->io = (struct vm_disk_request){
		.sector = sector,
		.sectors = len / SECTOR_SIZE,
		.write = req->write,
		.data = data,
		.done = piece_done,
	};
	req->in_flight++;
	vm_disk_submit(req->blk->disk, &piece->io);
}

static void flush_submit(struct blk_request *req)
{
	req->flush = false;
	piece_submit(req, 0, 0, 0, NULL);
}

static void bounce_submit(struct blk_request *req)
{
	u64 len = MIN(req->len - req->at, req->bounce_size);

	if (req->write)
		vvirtq_read(req->bufs, req->buf_count, req->at, req->bounce, len);
	piece_submit(req, 0, req->sector + req->at / SECTOR_SIZE, len, req->bounce);
}

/* The buffer's contents have been carried over. True if there are more. */
static bool bounce_next(struct blk_request *req)
{
	u64 len = MIN(req->len - req->at, req->bounce_size);

	if (!req->write)
		vvirtq_write(req->bufs, req->buf_count, req->at, req->bounce, len);
	req->at += len;
	if (req->at == req->len)
		return false;
	bounce_submit(req);
	return true;
}

static void piece_done(struct vm_disk_request *io, int error)
{
	struct blk_request *req = container_of(io, struct blk_piece, io)->request;

	req->in_flight--;
	if (error)
		req->failed = true;
	else if (req->bounce && req->at < req->len && bounce_next(req))
		return;
	if (req->in_flight > 0)
		return;
	if (req->flush && !req->failed)
		flush_submit(req);
	else
		request_finish(req);
}

static struct blk_request *request_alloc(struct blk *blk, const struct blk_call *call,
	u32 pieces, const struct vvirtq_buf *bufs, u32 buf_count)
{
	u64 size = sizeof(struct blk_request) + pieces * sizeof(struct blk_piece);
	struct blk_request *req = mem_alloc(size + buf_count * sizeof(*bufs));

	if (!req)
		return NULL;
	req->blk = blk;
	req->head = blk->chain.head;
	req->status = call->status;
	req->sector = call->header.sector;
	req->write = call->header.type != VIRTIO_BLK_T_IN;
	req->len = vvirtq_len(bufs, buf_count);
	req->bufs = (struct vvirtq_buf *)&req->pieces[pieces];
	req->buf_count = buf_count;
	for (u32 i = 0; i < buf_count; i++)
		req->bufs[i] = bufs[i];
	return req;
}

/* ---- Beginning ---- */

int blk_flush(struct blk *blk, const struct blk_call *call)
{
	struct blk_request *req;

	/* Nobody has written. */
	if (blk->disk->read_only)
		return VIRTIO_BLK_S_OK;
	req = request_alloc(blk, call, 1, NULL, 0);
	if (!req)
		return VIRTIO_BLK_S_IOERR;
	flush_submit(req);
	return BLK_GOES_ON;
}

static bool whole_blocks(const struct blk *blk, const struct vvirtq_buf *bufs, u32 count)
{
	for (u32 i = 0; i < count; i++)
		if (!IS_ALIGNED(bufs[i].len, blk->disk->block_size))
			return false;
	return true;
}

static int begin_direct(struct blk *blk, const struct blk_call *call,
	const struct vvirtq_buf *bufs, u32 count)
{
	struct blk_request *req = request_alloc(blk, call, count, bufs, count);
	u64 sector = call->header.sector;

	if (!req)
		return VIRTIO_BLK_S_IOERR;
	req->flush = req->write && !virtio_device_has(&blk->virtio, VIRTIO_BLK_F_FLUSH);
	for (u32 i = 0; i < count; i++) {
		piece_submit(req, i, sector, bufs[i].len, bufs[i].data);
		sector += bufs[i].len / SECTOR_SIZE;
	}
	return BLK_GOES_ON;
}

static int begin_bounced(struct blk *blk, const struct blk_call *call,
	const struct vvirtq_buf *bufs, u32 count)
{
	struct blk_request *req = request_alloc(blk, call, 1, bufs, count);

	if (!req)
		return VIRTIO_BLK_S_IOERR;
	req->flush = req->write && !virtio_device_has(&blk->virtio, VIRTIO_BLK_F_FLUSH);
	req->bounce_size = MIN(req->len, BOUNCE_MAX);
	req->bounce = mem_alloc(req->bounce_size);
	if (!req->bounce) {
		mem_free(req);
		return VIRTIO_BLK_S_IOERR;
	}
	bounce_submit(req);
	return BLK_GOES_ON;
}

int blk_transfer(struct blk *blk, const struct blk_call *call)
{
	bool write = call->header.type == VIRTIO_BLK_T_OUT;
	const struct vvirtq_buf *bufs = write ? call->out : call->in;
	u32 count = write ? call->out_count : call->in_count;
	u64 len = vvirtq_len(bufs, count), block = blk->disk->block_size;

	/* Data of the other direction is a mistake, like a length that is not blocks. */
	if ((write ? call->in_count : call->out_count) > 0 ||
		(write && blk->disk->read_only))
		return VIRTIO_BLK_S_IOERR;
	if (!IS_ALIGNED(len, block) ||
		!IS_ALIGNED(call->header.sector, block / SECTOR_SIZE) ||
		!range_inside(call->header.sector, len / SECTOR_SIZE, 0,
			blk->disk->sectors))
		return VIRTIO_BLK_S_IOERR;
	if (len == 0)
		return VIRTIO_BLK_S_OK;
	return whole_blocks(blk, bufs, count) ? begin_direct(blk, call, bufs, count)
					      : begin_bounced(blk, call, bufs, count);
}
