// SPDX-License-Identifier: Apache-2.0
// For the tests of virtio devices with several queues: a VM with RAM, a device in it on
// virtio-mmio, and a driver that has a small ring for each of its queues.
#pragma once

#include "unit.h"

#include <hv/trace.h>
#include <hv/vm.h>

#include "vdev/models.h"

#define RAM_BASE   0x80000000UL
#define RAM_SIZE   MiB(1)
#define RING_SIZE  16
#define RINGS_AT   (RAM_BASE + 0x1000) /* a page for each queue */
#define QUEUES     16
#define DATA_AT    (RAM_BASE + 0x20000)
#define VIRTIO_AT  0x10001000UL
#define LINE       7
#define DESC_WRITE 2
#define DESC_NEXT  1

enum { /* 4.2.2 */
	REG_DEVICE_ID = 0x08,
	REG_DEVICE_FEATURES = 0x10,
	REG_DEVICE_FEATURES_SEL = 0x14,
	REG_DRIVER_FEATURES = 0x20,
	REG_DRIVER_FEATURES_SEL = 0x24,
	REG_QUEUE_SEL = 0x30,
	REG_QUEUE_NUM_MAX = 0x34,
	REG_QUEUE_NUM = 0x38,
	REG_QUEUE_READY = 0x44,
	REG_QUEUE_NOTIFY = 0x50,
	REG_INTERRUPT_STATUS = 0x60,
	REG_INTERRUPT_ACK = 0x64,
	REG_STATUS = 0x70,
	REG_QUEUE_DESC = 0x80,
	REG_QUEUE_DRIVER = 0x90,
	REG_QUEUE_DEVICE = 0xa0,
	REG_CONFIG = 0x100,
};
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 64 };

/* A queue's rings, one behind the other in its page. */
struct rings {
	struct {
		u64 addr;
		u32 len;
		u16 flags, next;
	} desc[RING_SIZE];
	struct {
		u16 flags, idx, ring[RING_SIZE], used_event;
	} avail;
	struct {
		u16 flags, idx;
		struct {
			u32 id, len;
		} ring[RING_SIZE];
	} used __attribute__((aligned(4)));
};

/* A VM with one device. */
struct guest {
	struct vm *vm;
	struct vdev *dev;
	struct vintc intc;
	bool line;
};

static inline void *guest_ram(const struct guest *g, u64 gpa)
{
	return (u8 *)hpa_ptr(g->vm->mem.regions[0].hpa) + (gpa - RAM_BASE);
}

static inline struct rings *rings_of(const struct guest *g, u32 queue)
{
	return guest_ram(g, RINGS_AT + queue * PAGE_SIZE);
}

static inline u32 get(const struct guest *g, u32 offset)
{
	return (u32)g->dev->ops->read(g->dev, offset, 4);
}

/* As an exit does it: with the VM's lock. */
static inline void set(const struct guest *g, u32 offset, u32 value)
{
	vm_lock(g->vm);
	g->dev->ops->write(g->dev, offset, 4, value);
	vm_unlock(g->vm);
}

static inline void line_set(struct vintc *chip, u32 irq, bool level)
{
	assert_int_equal(irq, LINE);
	container_of(chip, struct guest, intc)->line = level;
}

/* 0 or -E; the VM is there in any case. */
static inline int guest_create(struct guest *g, const struct vdev_ops *ops,
	const char *args)
{
	static const struct vintc_ops intc_ops = {.set = line_set};
	const struct vdev_place place = {VIRTIO_AT, {&g->intc, LINE}, false};
	int err;

	*g = (struct guest){.vm = fake_vm(RAM_BASE, RAM_SIZE), .intc = {&intc_ops}};
	err = vdev_create(g->vm, ops, &place, args);
	if (!err)
		g->dev = list_first(&g->vm->devices, struct vdev, node);
	return err;
}

static inline void guest_free(struct guest *g)
{
	vdev_destroy_all(g->vm);
	fake_vm_free(g->vm);
}

static inline void queue_start(struct guest *g, u32 queue)
{
	u64 at = RINGS_AT + queue * PAGE_SIZE;

	memset(rings_of(g, queue), 0, PAGE_SIZE);
	set(g, REG_QUEUE_SEL, queue);
	set(g, REG_QUEUE_NUM, RING_SIZE);
	set(g, REG_QUEUE_DESC, (u32)(at + offsetof(struct rings, desc)));
	set(g, REG_QUEUE_DRIVER, (u32)(at + offsetof(struct rings, avail)));
	set(g, REG_QUEUE_DEVICE, (u32)(at + offsetof(struct rings, used)));
	set(g, REG_QUEUE_READY, 1);
	assert_int_equal(get(g, REG_QUEUE_READY), 1);
}

/* To DRIVER_OK, with these features and that many queues. */
static inline void driver_start(struct guest *g, u64 features, u32 queues)
{
	set(g, REG_STATUS, 0);
	assert_int_equal(get(g, REG_STATUS), 0);
	set(g, REG_STATUS, ACKNOWLEDGE);
	set(g, REG_STATUS, ACKNOWLEDGE | DRIVER);
	set(g, REG_DRIVER_FEATURES_SEL, 0);
	set(g, REG_DRIVER_FEATURES, (u32)features);
	set(g, REG_DRIVER_FEATURES_SEL, 1);
	set(g, REG_DRIVER_FEATURES, (u32)(features >> 32) | 1);
	set(g, REG_STATUS, get(g, REG_STATUS) | FEATURES_OK);
	assert_true(get(g, REG_STATUS) & FEATURES_OK);
	for (u32 i = 0; i < queues; i++)
		queue_start(g, i);
	set(g, REG_STATUS, get(g, REG_STATUS) | DRIVER_OK);
}

static inline void desc_put(struct guest *g, u32 queue, u32 index, u64 addr, u32 len,
	u32 flags)
{
	struct rings *rings = rings_of(g, queue);

	rings->desc[index].addr = addr;
	rings->desc[index].len = len;
	rings->desc[index].flags = (u16)flags;
	rings->desc[index].next = (u16)(index + 1);
}

static inline void chain_offer(struct guest *g, u32 queue, u32 head)
{
	struct rings *rings = rings_of(g, queue);

	rings->avail.ring[rings->avail.idx++ % RING_SIZE] = (u16)head;
}

static inline void queue_kick(struct guest *g, u32 queue)
{
	set(g, REG_QUEUE_NOTIFY, queue);
}

static inline u16 used_idx(struct guest *g, u32 queue)
{
	return rings_of(g, queue)->used.idx;
}

/* Entry `at` of the used ring, which counts from 0 at the start. */
static inline u32 used_id(struct guest *g, u32 queue, u16 at)
{
	return rings_of(g, queue)->used.ring[at % RING_SIZE].id;
}

static inline u32 used_len(struct guest *g, u32 queue, u16 at)
{
	return rings_of(g, queue)->used.ring[at % RING_SIZE].len;
}

static inline bool needs_reset(const struct guest *g)
{
	return get(g, REG_STATUS) & NEEDS_RESET;
}
