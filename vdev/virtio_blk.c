// SPDX-License-Identifier: Apache-2.0
// A virtio disk for guests, "virtio-blk PATH [ro]": a file of the boot volume as a block device
// (Virtual I/O Device 1.2, 5.2). Requests go to the host's disk as they come, many at a time,
// straight between guest RAM and the disk. Only one whose pieces are not whole blocks is
// copied, by way of a buffer, bit by bit.
#include "models.h"

#include <hv/bits.h>
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

#include "virtio_blk.h"

/* Configuration (5.2.4), as far as our features need it. */
struct virtio_blk_config {
	u64 capacity; /* in SECTOR_SIZE */
	u32 size_max;
	u32 seg_max;
	u32 geometry;
	u32 blk_size;
};
_Static_assert(sizeof(struct virtio_blk_config) == 24, "5.2.4");

#define STATUS_SIZE    1U
#define CHAIN_OVERHEAD 2U /* descriptors of header and status */

static struct blk *to_blk(struct virtio_device *dev)
{
	return container_of(dev, struct blk, virtio);
}

void blk_end(struct blk *blk, u16 head, u8 *status, enum virtio_blk_status code, u64 in)
{
	bool all = code == VIRTIO_BLK_S_OK || in == 0;

	__atomic_store_n(status, (u8)code, __ATOMIC_RELAXED);
	/* 2.7.8.2: nothing is promised behind the first byte that was not written */
	virtio_device_give(&blk->virtio, REQUEST_QUEUE, head,
		all ? (u32)in + STATUS_SIZE : 0);
}

static int request_begin(struct blk *blk, const struct blk_call *call)
{
	switch (call->header.type) {
	case VIRTIO_BLK_T_IN:
	case VIRTIO_BLK_T_OUT: return blk_transfer(blk, call);
	case VIRTIO_BLK_T_FLUSH: return blk_flush(blk, call);
	case VIRTIO_BLK_T_GET_ID:
		vvirtq_write(call->in, call->in_count, 0, blk->id, sizeof(blk->id));
		return VIRTIO_BLK_S_OK;
	default: return VIRTIO_BLK_S_UNSUPP;
	}
}

/* ---- What the driver made available ---- */

/* Takes `len` bytes, which are there, off the front. */
static void cut_front(struct vvirtq_buf **bufs, u32 *count, u64 len)
{
	while (len > 0 && len >= (*bufs)->len) {
		len -= (*bufs)->len;
		(*bufs)++;
		(*count)--;
	}
	if (len > 0) {
		(*bufs)->data += len;
		(*bufs)->len -= (u32)len;
	}
}

/* How pieces are cut is the driver's choice (2.7.4). NULL, or what it did wrong. */
static const char *call_parse(struct vvirtq_chain *chain, struct blk_call *call)
{
	struct vvirtq_buf *last = &chain->bufs[chain->count - 1];

	call->out = chain->bufs;
	call->out_count = chain->readable;
	call->in = chain->bufs + chain->readable;
	call->in_count = (u32)chain->count - chain->readable;
	if (vvirtq_read(call->out, call->out_count, 0, &call->header,
		    sizeof(call->header)) < sizeof(call->header))
		return "a request without a header";
	if (call->in_count == 0)
		return "a request without room for its status";
	cut_front(&call->out, &call->out_count, sizeof(call->header));
	call->status = last->data + last->len - STATUS_SIZE;
	last->len -= STATUS_SIZE;
	if (last->len == 0)
		call->in_count--;
	return NULL;
}

static void request_take(struct blk *blk)
{
	struct vvirtq_chain *chain = &blk->chain;
	struct blk_call call;
	const char *wrong = call_parse(chain, &call);
	int code;

	if (wrong) {
		virtio_device_break(&blk->virtio, wrong);
		virtio_device_give(&blk->virtio, REQUEST_QUEUE, chain->head, 0);
		return;
	}
	code = request_begin(blk, &call);
	if (code != BLK_GOES_ON)
		blk_end(blk, chain->head, call.status, (enum virtio_blk_status)code,
			MIN(vvirtq_len(call.in, call.in_count), BLK_ID_SIZE));
}

static void blk_notify(struct virtio_device *dev, u32 queue)
{
	struct blk *blk = to_blk(dev);
	u32 waiting = virtio_device_waiting(dev, queue);

	/* Those that come meanwhile are announced by themselves. */
	for (; waiting > 0 && virtio_device_take(dev, queue, &blk->chain); waiting--)
		request_take(blk);
}

/* ---- The device ---- */

static u32 blk_config_read(struct virtio_device *dev, u32 offset, u32 size)
{
	const struct vm_disk *disk = to_blk(dev)->disk;
	const struct virtio_blk_config config = {
		.capacity = disk->sectors,
		.seg_max = VVIRTQUEUE_MAX - CHAIN_OVERHEAD,
		.blk_size = disk->block_size,
	};
	u32 value = 0;

	memcpy(&value, (const u8 *)&config + offset, size);
	return value;
}

static const struct virtio_device_ops blk_device_ops = {
	.id = VIRTIO_ID_BLOCK,
	.queue_count = 1,
	.config_size = sizeof(struct virtio_blk_config),
	.notify = blk_notify,
	.config_read = blk_config_read,
};

/* "PATH" or "PATH ro". False if it is neither. */
static bool args_parse(const char *args, char *path, size_t size, bool *read_only)
{
	static const char suffix[] = " ro";
	size_t len = strlen(args), end = sizeof(suffix) - 1;

	*read_only = len > end && strcmp(args + len - end, suffix) == 0;
	if (*read_only)
		len -= end;
	while (len > 0 && (args[len - 1] == ' ' || args[len - 1] == '\t'))
		len--;
	if (args[0] != '/' || len >= size)
		return false;
	memcpy(path, args, len);
	path[len] = '\0';
	return true;
}

/* The file's name without its folders, as far as it fits. */
static void id_set(struct blk *blk, const char *path)
{
	const char *name = path;

	for (const char *slash; (slash = strchr(name, '/'));)
		name = slash + 1;
	memcpy(blk->id, name, MIN(strlen(name), sizeof(blk->id)));
}

static int blk_create(struct vdev *dev, const char *args)
{
	struct blk *blk = to_blk(to_virtio(dev));
	char path[CONFIG_PATH_MAX];
	bool read_only;
	int err;

	if (!args_parse(args, path, sizeof(path), &read_only)) {
		error("%s: virtio-blk: expected \"/PATH\" or \"/PATH ro\", found \"%s\"",
			vm_name(dev->vm), args);
		return fail(-EINVAL);
	}
	err = vm_disk_open(dev->vm, path, read_only, &blk->disk);
	if (err)
		return err;
	id_set(blk, path);
	virtio_device_init(&blk->virtio, &blk_device_ops,
		VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_BLK_SIZE | VIRTIO_BLK_F_FLUSH |
			(blk->disk->read_only ? VIRTIO_BLK_F_RO : 0));
	return 0;
}

static void blk_destroy(struct vdev *dev)
{
	struct blk *blk = to_blk(to_virtio(dev));

	virtio_device_stop(&blk->virtio);
	vm_disk_close(blk->disk);
}

const struct vdev_ops virtio_blk_ops = {
	.name = "virtio-blk",
	.min_size = VIRTIO_VDEV_SIZE_MIN,
	.max_size = VIRTIO_VDEV_SIZE_MAX,
	.size = VIRTIO_VDEV_SIZE,
	.bytes = sizeof(struct blk),
	.takes_args = true,
	.create = blk_create,
	.reset = virtio_vdev_reset,
	.read = virtio_vdev_read,
	.write = virtio_vdev_write,
	.destroy = blk_destroy,
	.fdt = virtio_vdev_fdt,
};
