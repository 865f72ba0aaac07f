// SPDX-License-Identifier: Apache-2.0
// A bus (<hv/bus.h>): step 4 of an exit. Windows lie in a sorted array, so that a search
// is short and needs no memory of its own, and one index remembers who answered last.
#include <hv/bus.h>

#include <hv/fail.h>
#include <hv/string.h>
#include <hv/vdev.h>

/* The index of the first window that begins above `addr`. */
static u32 bus_above(const struct bus *bus, u64 addr)
{
	u32 low = 0, high = bus->count;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (bus->windows[middle].base <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static inline bool window_holds(const struct window *window, u64 addr)
{
	/* One comparison for both ends; an empty slot (size 0) holds nothing. */
	return addr - window->base < window->size;
}

int bus_attach(struct bus *bus, u64 base, u64 size, struct vdev *dev, u64 offset)
{
	u32 at = bus_above(bus, base);
	struct window *slot = &bus->windows[at];

	if (size == 0 || base + (size - 1) < base)
		return fail(-EINVAL);
	/* So that an aligned access that begins in the window also ends in it. */
	if (!IS_ALIGNED(base | size | offset, dev->ops->max_size))
		return fail(-EINVAL);
	if (at > 0 && window_holds(slot - 1, base))
		return fail(-EEXIST);
	if (at < bus->count && slot->base - base < size)
		return fail(-EEXIST);
	if (bus->count == BUS_WINDOWS_MAX)
		return fail(-ENOSPC);

	memmove(slot + 1, slot, (bus->count - at) * sizeof(*slot));
	*slot = (struct window){.base = base, .size = size, .dev = dev, .offset = offset};
	bus->count++;
	return 0;
}

void bus_detach(struct bus *bus, struct vdev *dev)
{
	u32 kept = 0;

	for (u32 i = 0; i < bus->count; i++) {
		if (bus->windows[i].dev != dev)
			bus->windows[kept++] = bus->windows[i];
	}
	/* What `last` points at must be a window or empty. */
	memset(&bus->windows[kept], 0, (bus->count - kept) * sizeof(bus->windows[0]));
	bus->count = kept;
}

static const struct window *bus_search(struct bus *bus, u64 addr)
{
	u32 above = bus_above(bus, addr);

	if (above == 0 || !window_holds(&bus->windows[above - 1], addr))
		return NULL;
	bus->last = above - 1;
	return &bus->windows[above - 1];
}

const struct window *bus_find(struct bus *bus, u64 addr)
{
	const struct window *window = &bus->windows[bus->last];

	return likely(window_holds(window, addr)) ? window : bus_search(bus, addr);
}

const struct window *bus_nearest(const struct bus *bus, u64 addr)
{
	u32 above = bus_above(bus, addr);
	const struct window *next = &bus->windows[above], *before = next - 1;

	if (bus->count == 0)
		return NULL;
	if (above == 0)
		return next;
	if (above == bus->count || window_holds(before, addr))
		return before;
	return addr - (before->base + before->size - 1) <= next->base - addr ? before
									     : next;
}

int bus_access(struct bus *bus, struct access *access)
{
	const struct window *window = bus_find(bus, access->addr);
	const struct vdev_ops *ops;
	u64 offset, size = access->size;

	if (unlikely(!window))
		return -ENOENT;
	ops = window->dev->ops;
	if (unlikely(size < ops->min_size || size > ops->max_size))
		return -EINVAL;
	/* The size itself as well, to be sure that it is a power of two. */
	if (unlikely((access->addr | size) & (size - 1)))
		return -EINVAL;

	offset = access->addr - window->base + window->offset;
	if (access->write)
		ops->write(window->dev, offset, size, access->value);
	else
		access->value = ops->read(window->dev, offset, size);
	return 0;
}
