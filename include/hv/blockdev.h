// SPDX-License-Identifier: Apache-2.0
// A disk, whatever drives it. Requests are asynchronous, many may be in flight; the polled
// wrapper is for booting. Sectors are always 512 bytes, whatever the medium's block size.
#pragma once

#include <hv/list.h>
#include <hv/types.h>

#define SECTOR_SIZE 512UL

struct blockdev;

/* Filled in by the caller, who keeps it alive and untouched until done() is called. */
struct block_request {
	u64 sector; /* first, counted in SECTOR_SIZE */
	u64 sectors; /* how many; a write of 0: all that was written before stays, power or not */
	bool write;
	void *data; /* sectors * SECTOR_SIZE bytes of host memory, physically contiguous */
	/*
	 * Called once, on any cpu, from its interrupt path, never from submit(): 0 or -EIO.
	 * Must not block.
	 */
	void (*done)(struct block_request *req, int error);
	struct list node; /* the driver's while in flight */
	u64 driver;       /* likewise */
};

struct blockdev_ops {
	/* Queues the request; never fails: errors arrive through done(). vm->lock held or not. */
	void (*submit)(struct blockdev *dev, struct block_request *req);
	/* Completes what the device has finished, without waiting for its interrupt. */
	void (*poll)(struct blockdev *dev);
};

struct blockdev {
	const struct blockdev_ops *ops;
	const char *name; /* "virtio-blk0" */
	u64 sectors;      /* capacity, in SECTOR_SIZE */
	u32 block_size;   /* the medium's own, a power of two, 512 or more */
	bool read_only;
};

/*
 * Reads or writes and waits: 0, -EINVAL if the range is not on the disk, or -EIO. While
 * booting only: it spins on poll(), no vCPU runs meanwhile.
 */
int blockdev_read(struct blockdev *dev, u64 sector, u64 sectors, void *data);
int blockdev_write(struct blockdev *dev, u64 sector, u64 sectors, const void *data);

/* Called by a driver when it has found a disk; `dev` stays for ever. -ENOSPC if too many. */
int blockdev_register(struct blockdev *dev);
/* The n-th disk found, or NULL. */
struct blockdev *blockdev_get(u32 n);
