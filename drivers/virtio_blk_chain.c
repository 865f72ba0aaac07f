// SPDX-License-Identifier: Apache-2.0
// Virtio disks: how requests become chains of descriptors (header, data, status) and end
// (Virtual I/O Device 1.2, 5.2.6). One request that the device would find too big is several
// chains; one for which there is no room waits in line.
#include <hv/arch.h>
#include <hv/print.h>
#include <hv/time.h>

#include "virtio_blk.h"

static void request_finish(struct virtio_blk *blk, struct block_request *req)
{
	list_remove(&req->node);
	list_append(&blk->finished, &req->node);
}

/* One chain less in the hands of the device. */
static void chain_end(struct virtio_blk *blk, struct blk_chain *chain, bool ok)
{
	struct block_request *req = chain->req;

	chain->req = NULL;
	list_append(&blk->free_chains, &chain->node);
	blk->in_flight--;
	req->driver--;
	if (!ok)
		req->driver |= REQ_FAILED;
	/* The rest of a failed request is not worth trying. */
	if (req->driver & REQ_FAILED && req->driver & REQ_FIRST) {
		req->driver &= ~REQ_FIRST;
		list_remove(&req->node);
		blk->issued = 0;
	}
	if (!(req->driver & (REQ_CHAINS | REQ_FIRST)))
		request_finish(blk, req);
}

void blk_break(struct virtio_blk *blk, const char *why)
{
	error("%s: %s: no longer used", blk->name, why);
	blk->broken = true;
	/* First: until then it may write into requests' memory. */
	virtio_fail(blk->virtio);
	for (u32 i = 0; i < blk->chain_count; i++) {
		if (blk->chains[i].req)
			chain_end(blk, &blk->chains[i], false);
	}
	list_for_each_safe(it, &blk->waiting) {
		struct block_request *req = list_entry(it, struct block_request, node);

		req->driver = REQ_FAILED;
		request_finish(blk, req);
	}
}

/* Gives the device the next `sectors` of a request (0: a flush). False: no room. */
static bool chain_issue(struct virtio_blk *blk, struct block_request *req, u64 sectors)
{
	struct blk_chain *chain = list_first(&blk->free_chains, struct blk_chain, node);
	u64 left = sectors * SECTOR_SIZE;
	hpa_t data = hpa_add(ptr_hpa(req->data), blk->issued * SECTOR_SIZE);
	struct virtqueue_buf bufs[SEGMENTS_MAX + CHAIN_OVERHEAD];
	u32 count = 1;

	if (list_empty(&blk->free_chains))
		return false;
	chain->shared->header = (struct virtio_blk_header){
		.type = !req->write ? VIRTIO_BLK_T_IN
				    : (sectors ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_FLUSH),
		.sector = sectors ? req->sector + blk->issued : 0,
	};
	chain->shared->status = (u8)~VIRTIO_BLK_S_OK;
	bufs[0] = (struct virtqueue_buf){
		ptr_hpa(&chain->shared->header), sizeof(chain->shared->header), false};
	while (left > 0) {
		u32 len = (u32)MIN(left, blk->segment_max);

		bufs[count++] = (struct virtqueue_buf){data, len, !req->write};
		data = hpa_add(data, len);
		left -= len;
	}
	bufs[count++] = (struct virtqueue_buf){ptr_hpa(&chain->shared->status), 1, true};
	if (virtqueue_add(&blk->queue, bufs, count, chain))
		return false;
	list_remove(&chain->node);
	chain->req = req;
	return true;
}

void blk_issue(struct virtio_blk *blk)
{
	bool notify = false;

	while (!list_empty(&blk->waiting)) {
		struct block_request *req =
			list_first(&blk->waiting, struct block_request, node);
		u64 sectors = MIN(req->sectors - blk->issued, blk->chunk_max);

		if (!chain_issue(blk, req, sectors))
			break;
		if (blk->in_flight++ == 0)
			blk->progress = time_now();
		req->driver = (req->driver | REQ_FIRST) + 1;
		notify = true;
		blk->issued += sectors;
		if (blk->issued == req->sectors) {
			req->driver &= ~REQ_FIRST;
			list_remove(&req->node);
			blk->issued = 0;
		}
	}
	if (notify && virtqueue_wants_notify(&blk->queue))
		blk->virtio->ops->notify(blk->virtio, REQUEST_QUEUE);
}

void blk_collect(struct virtio_blk *blk)
{
	struct blk_chain *chain;

	if (blk->broken)
		return;
	while ((chain = virtqueue_take(&blk->queue, NULL))) {
		blk->progress = time_now();
		chain_end(blk, chain, chain->shared->status == VIRTIO_BLK_S_OK);
	}
	if (blk->queue.broken)
		blk_break(blk, blk->queue.broken);
	else
		blk_issue(blk);
}
