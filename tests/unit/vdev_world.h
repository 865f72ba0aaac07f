// SPDX-License-Identifier: Apache-2.0
// All that a virtual device may use of its VM (<hv/vdev.h>), faked for one device under
// test: what it does lands in `world`, what it reads comes from there. A test that
// includes this defines those functions itself, so nothing of core/ need be linked.
#pragma once

#include "unit.h"

#include <hv/arch.h>
#include <hv/bus.h>
#include <hv/fdt.h>
#include <hv/time.h>
#include <hv/timer.h>
#include <hv/vdev.h>

#include <stdio.h>
#include <stdlib.h>

struct world {
	struct vdev *dev;
	/* Its interrupt line. */
	struct vintc intc;
	bool line;
	u32 line_changes;
	/* All lines by number; those it may drive besides its own, a bit each. */
	bool lines[32];
	u32 rises[32];
	u32 others;
	/* What it sent, and what waits for room. */
	char sent[64];
	u32 sent_count;
	struct chardev *chardev;
	const char *typed;
	/* What it asked for. */
	u32 refused;
	u64 refused_offset;
	bool shut_down;
	enum vm_end end;
	/* vCPUs and their inputs. */
	u32 cpu_count;
	bool input[VM_CPUS_MAX];
	u32 input_changes;
	/* Time. */
	u64 now, host_now, wallclock;
	struct timer *timer;
	u32 fired; /* how often world_pass() did */
	bool locked;
	u64 seed;
	/* The newest error. */
	char error[128];
};

static struct world world;

static void world_line_set(struct vintc *chip, u32 irq, bool level)
{
	(void)chip;
	assert_true(irq == 10 || (irq < 32 && (world.others >> irq & 1)));
	world.rises[irq] += level && !world.lines[irq];
	world.lines[irq] = level;
	if (irq != 10)
		return;
	world.line = level;
	world.line_changes++;
}

static const struct vintc_ops world_intc_ops = {.set = world_line_set};

/* Makes the device at `base`, as vdev_create() does. */
static void world_start(const struct vdev_ops *ops, u64 base)
{
	u32 cpu_count = world.cpu_count ? world.cpu_count : 1;

	world = (struct world){.cpu_count = cpu_count, .wallclock = world.wallclock};
	world.intc.ops = &world_intc_ops;
	world.dev = mem_alloc(ops->bytes);
	world.dev->ops = ops;
	world.dev->place = (struct vdev_place){base, {&world.intc, 10}, false};
	if (ops->create)
		assert_int_equal(ops->create(world.dev, ""), 0);
	ops->reset(world.dev);
}

static void world_end(void)
{
	if (world.dev->ops->destroy)
		world.dev->ops->destroy(world.dev);
	assert_false(world.locked);
	mem_free(world.dev);
}

static inline u64 world_read(u64 offset, u32 size)
{
	return world.dev->ops->read(world.dev, offset, size);
}

static inline void world_write(u64 offset, u32 size, u64 value)
{
	world.dev->ops->write(world.dev, offset, size, value);
}

/* Lets time pass for host and guest, and fires the timer whenever it is due on the way. */
static inline void world_pass(u64 ns)
{
	u64 end = world.host_now + ns;

	while (world.timer && world.timer->deadline <= end) {
		struct timer *timer = world.timer;
		u64 left = timer->deadline - world.host_now;

		world.timer = NULL;
		if (timer->deadline > world.host_now) {
			world.now += left;
			world.host_now += left;
		}
		timer->fire(timer);
		world.fired++;
	}
	world.now += end - world.host_now;
	world.host_now = end;
}

/* Nobody comes to fire timers for so long; then one does. */
static inline void world_stall(u64 ns)
{
	world.now += ns;
	world.host_now += ns;
	world_pass(0);
}

/* The same numbers in each run. */
static inline u64 world_random(void)
{
	world.seed = world.seed * 6364136223846793005UL + 1442695040888963407UL;
	return world.seed >> 33 ^ world.seed << 20;
}

/* The device's part of a device tree, in the node "/soc". */
static inline void world_fdt(struct fdt *fdt, u8 *blob, u32 size)
{
	struct fdt_writer w;
	const char *why = "";

	fdt_start(&w, blob, size);
	fdt_node(&w, "");
	fdt_node(&w, "soc");
	fdt_put_cell(&w, "#address-cells", 2);
	fdt_put_cell(&w, "#size-cells", 2);
	world.dev->ops->fdt(world.dev, &w);
	fdt_end_node(&w);
	fdt_end_node(&w);
	assert_true(fdt_finish(&w) > 0);
	assert_int_equal(fdt_open(fdt, blob, size, &why), 0);
}

/* ---- <hv/vdev.h> ---- */

void vdev_refused(const struct vdev *dev, u64 offset, bool write, u64 value)
{
	(void)write;
	(void)value;
	assert_ptr_equal(dev, world.dev);
	world.refused++;
	world.refused_offset = offset;
}

void vm_lock(struct vm *vm)
{
	(void)vm;
	assert_false(world.locked);
	world.locked = true;
}

void vm_unlock(struct vm *vm)
{
	(void)vm;
	assert_true(world.locked);
	world.locked = false;
}

const char *vm_name(const struct vm *vm)
{
	(void)vm;
	return "test";
}

u32 vm_cpu_count(const struct vm *vm)
{
	(void)vm;
	return world.cpu_count;
}

void vm_cpu_irq(struct vm *vm, u32 cpu, u32 irq, bool level)
{
	(void)vm;
	assert_in_range(cpu, 0, world.cpu_count - 1);
	assert_int_equal(irq, 9);
	/* Only changes. */
	assert_int_not_equal(world.input[cpu], level);
	world.input[cpu] = level;
	world.input_changes++;
}

void vm_shutdown(struct vm *vm, enum vm_end end, const char *how)
{
	(void)vm;
	assert_true(*how);
	world.shut_down = true;
	world.end = end;
}

u64 vm_now(const struct vm *vm)
{
	(void)vm;
	return world.now;
}

u64 vm_wallclock(void)
{
	return world.wallclock;
}

void *mem_alloc(size_t size)
{
	return calloc(1, size);
}

void mem_free(void *p)
{
	free(p);
}

void chardev_attach(struct chardev *dev, struct vm *vm)
{
	dev->vm = vm;
	world.chardev = dev;
}

void chardev_detach(struct chardev *dev)
{
	assert_ptr_equal(dev, world.chardev);
	world.chardev = NULL;
}

void chardev_send(struct chardev *dev, const u8 *data, u32 len)
{
	assert_ptr_equal(dev, world.chardev);
	for (u32 i = 0; i < len; i++)
		world.sent[world.sent_count++] = (char)data[i];
}

void chardev_ready(struct chardev *dev)
{
	u32 taken;

	assert_ptr_equal(dev, world.chardev);
	if (!world.typed)
		return;
	taken = dev->receive(dev, (const u8 *)world.typed, (u32)strlen(world.typed));
	assert_true(taken <= strlen(world.typed));
	world.typed += taken;
}

/* ---- Others ---- */

void error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(world.error, sizeof(world.error), fmt, args);
	va_end(args);
}

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	list_init(&timer->node);
	timer->fire = fire;
}

void timer_arm(struct timer *timer, u64 deadline)
{
	timer->deadline = deadline;
	world.timer = timer;
}

void timer_cancel(struct timer *timer)
{
	(void)timer;
	world.timer = NULL;
}

void timer_cancel_wait(struct timer *timer)
{
	assert_false(world.locked);
	timer_cancel(timer);
}

u64 time_now(void)
{
	return world.host_now;
}
