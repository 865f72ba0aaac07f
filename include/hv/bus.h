// SPDX-License-Identifier: Apache-2.0
// A bus: which virtual device answers at which address. Only the bus checks sizes and bounds,
// and only the bus says that nobody is there.
#pragma once

#include <hv/exit.h>

struct vdev;

#define BUS_WINDOWS_MAX 64

struct window {
	u64 base;
	u64 size;
	struct vdev *dev;
	u64 offset; /* what the device calls the window's first byte */
};

/* Windows sorted by base, none overlapping. Zeroed is empty. */
struct bus {
	u32 count;
	u32 last; /* the one that answered last: most accesses come in runs */
	struct window windows[BUS_WINDOWS_MAX];
};

/*
 * Adds a window. 0; -EINVAL (empty, wraps, or base, size or offset not aligned for the
 * device's biggest access), -EEXIST (overlaps), -ENOSPC. While the VM is being built, or with
 * its lock held.
 */
int bus_attach(struct bus *bus, u64 base, u64 size, struct vdev *dev, u64 offset);

/* Removes all windows of `dev`. Same rules. */
void bus_detach(struct bus *bus, struct vdev *dev);

/* The window that holds `addr`, or NULL. vm->lock held. */
const struct window *bus_find(struct bus *bus, u64 addr);

/* The window nearest to `addr`, for messages; NULL if there is none. vm->lock held. */
const struct window *bus_nearest(const struct bus *bus, u64 addr);

/*
 * Carries out an access: 0, with access->value set after a read; -ENOENT if nobody is there;
 * -EINVAL if it crosses the window's end, is not naturally aligned, or has a size the device
 * does not take. vm->lock held.
 */
int bus_access(struct bus *bus, struct access *access);
