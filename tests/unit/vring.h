// SPDX-License-Identifier: Apache-2.0
// For the tests of virtio devices of guests: a VM with RAM, and a driver's rings in it.
#pragma once

#include "unit.h"

#include <hv/trace.h>
#include <hv/vm.h>

#define RAM_BASE   0x80000000UL
#define RAM_SIZE   MiB(1)
#define RAM_END    (RAM_BASE + RAM_SIZE)
#define RING_SIZE  16
#define DESC_AT    (RAM_BASE + 0x1000)
#define AVAIL_AT   (RAM_BASE + 0x2000)
#define USED_AT    (RAM_BASE + 0x3000)
#define DATA_AT    (RAM_BASE + 0x10000)
#define DESC_WRITE 2
#define DESC_NEXT  1

struct ring_desc {
	u64 addr;
	u32 len;
	u16 flags, next;
};

struct ring_avail {
	u16 flags, idx, ring[RING_SIZE];
};

struct ring_used {
	u16 flags, idx;
	struct {
		u32 id, len;
	} ring[RING_SIZE];
};

static struct vm *vm;

static inline void *ram(u64 gpa)
{
	return (u8 *)hpa_ptr(vm->mem.regions[0].hpa) + (gpa - RAM_BASE);
}

static inline struct ring_desc *ring_desc(u32 index)
{
	return (struct ring_desc *)ram(DESC_AT) + index;
}

static inline struct ring_avail *ring_avail(void)
{
	return ram(AVAIL_AT);
}

static inline struct ring_used *ring_used(void)
{
	return ram(USED_AT);
}

/* Descriptor `index`, followed by the next one if `flags` say so. */
static inline void ring_put(u32 index, u64 addr, u32 len, u32 flags)
{
	*ring_desc(index) = (struct ring_desc){addr, len, (u16)flags, (u16)(index + 1)};
}

static inline void ring_offer(u32 head)
{
	struct ring_avail *avail = ring_avail();

	avail->ring[avail->idx++ % RING_SIZE] = (u16)head;
}

/* The newest trace record of this kind, or NULL. */
static inline const struct trace_record *trace_newest(enum trace_kind kind)
{
	const struct trace_ring *ring = cpu_this()->trace;

	for (u64 at = ring->next; at > 0; at--)
		if (ring->records[(at - 1) % TRACE_RECORDS].kind == kind)
			return &ring->records[(at - 1) % TRACE_RECORDS];
	return NULL;
}
