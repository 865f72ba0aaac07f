// SPDX-License-Identifier: Apache-2.0
// The life of virtual devices (<hv/vdev.h>): made from a model, put onto the VM's bus,
// ended with the VM. Here rather than in vdev/, where struct vm is opaque.
#include <hv/vdev.h>

#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/trace.h>
#include <hv/vm.h>

const struct vdev_ops *vdev_model(const char *name)
{
	for (const struct vdev_ops *const *ops = vdev_models; *ops; ops++) {
		if (strcmp((*ops)->name, name) == 0)
			return *ops;
	}
	return NULL;
}

/* What nothing on a bus leads to any more. */
static void vdev_end(struct vdev *dev)
{
	if (dev->ops->destroy)
		dev->ops->destroy(dev);
	mem_free(dev);
}

/* The first window that shares an address with [base, base + size), or NULL. */
static const struct window *window_overlap(const struct bus *bus, u64 base, u64 size)
{
	for (const struct window *w = bus->windows; w < &bus->windows[bus->count]; w++) {
		if (w->base - base < size || base - w->base < w->size)
			return w;
	}
	return NULL;
}

/* In words, why bus_attach() refused the window. */
static void window_error(const struct vm *vm, const struct bus *bus,
	const struct vdev_ops *ops, const struct vdev_window *window)
{
	const struct window *other = window_overlap(bus, window->base, window->size);

	if (other)
		error("%s: %s at 0x%lx, size 0x%lx, overlaps with %s at 0x%lx, size 0x%lx",
			vm->name, ops->name, window->base, window->size,
			other->dev->ops->name, other->base, other->size);
	else
		error("%s: no room for %s at 0x%lx, size 0x%lx, on a bus with %u windows",
			vm->name, ops->name, window->base, window->size, bus->count);
}

/* All of them, or after an error none. */
static int attach_windows(struct vm *vm, struct vdev *dev)
{
	const struct vdev_window alone[] = {
		{dev->place.base, dev->ops->size, 0}, {0, 0, 0}};
	const struct vdev_window *window = dev->ops->windows ? dev->ops->windows : alone;
	struct bus *bus = dev->place.pio ? &vm->pio : &vm->mmio;

	for (; window->size; window++) {
		int err =
			bus_attach(bus, window->base, window->size, dev, window->offset);

		if (err) {
			window_error(vm, bus, dev->ops, window);
			bus_detach(bus, dev);
			return err;
		}
	}
	return 0;
}

static int args_check(const struct vm *vm, const struct vdev_ops *ops, const char *args)
{
	if (!*args || ops->takes_args || (ops->word && strcmp(args, ops->word) == 0))
		return 0;
	if (ops->word)
		error("%s: %s: expected \"%s\" or nothing, found \"%s\"", vm->name,
			ops->name, ops->word, args);
	else
		error("%s: %s: expected nothing, found \"%s\"", vm->name, ops->name,
			args);
	return fail(-EINVAL);
}

/* Not on a bus yet. */
static int vdev_make(struct vm *vm, const struct vdev_ops *ops,
	const struct vdev_place *place, const char *args, struct vdev **made)
{
	struct vdev *dev;
	int err = args_check(vm, ops, args);

	if (err)
		return err;
	dev = mem_alloc(ops->bytes);
	if (!dev) {
		error("%s: %s: not enough memory", vm->name, ops->name);
		return fail(-ENOMEM);
	}
	dev->ops = ops;
	dev->vm = vm;
	dev->place = *place;
	err = ops->create ? ops->create(dev, args) : 0;
	if (err) {
		mem_free(dev);
		return err;
	}
	*made = dev;
	return 0;
}

int vdev_create(struct vm *vm, const struct vdev_ops *ops, const struct vdev_place *place,
	const char *args)
{
	struct vdev *dev;
	int err = vdev_make(vm, ops, place, args, &dev);

	if (err)
		return err;
	err = attach_windows(vm, dev);
	if (err) {
		vdev_end(dev);
		return err;
	}
	list_append(&vm->devices, &dev->node);
	ops->reset(dev);
	return 0;
}

void vdev_destroy_all(struct vm *vm)
{
	/* The last one made first: interrupt controllers come before what is wired to them. */
	while (!list_empty(&vm->devices)) {
		struct vdev *dev = list_entry(vm->devices.prev, struct vdev, node);

		list_remove(&dev->node);
		bus_detach(&vm->mmio, dev);
		bus_detach(&vm->pio, dev);
		vdev_end(dev);
	}
}

void vdev_broken(const struct vdev *dev, const char *why)
{
	trace_add(TRACE_BROKEN, TRACE_TAG(dev->vm->id, 0), (u32)dev->place.base, 0,
		(u64)why);
}

void vdev_refused(const struct vdev *dev, u64 offset, bool write, u64 value)
{
	u32 tag = TRACE_TAG(dev->vm->id, 0);

	trace_add(TRACE_DEVICE, tag, (u32)offset | (u32)write << 31, 0, value);
}
