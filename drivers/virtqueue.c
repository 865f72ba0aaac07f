// SPDX-License-Identifier: Apache-2.0
// The driver's side of a split virtqueue (<drivers/virtqueue.h>; Virtual I/O Device 1.2, 2.7).
#include <hv/assert.h>
#include <hv/fail.h>
#include <hv/mm.h>
#include <hv/string.h>
#include <arch/cpu.h>

#include "virtqueue.h"

/* Offset of the used ring: after the descriptors, and flags, idx, ring and used_event. */
static u64 used_offset(u32 size)
{
	u64 avail_end = size * sizeof(struct virtq_desc) + sizeof(struct virtq_avail) +
		size * sizeof(u16) + sizeof(u16);

	return ALIGN_UP(avail_end, VIRTQUEUE_ALIGN);
}

/* In whole pages; the used ring ends with avail_event. */
static u64 ring_bytes(u32 size)
{
	u64 used_bytes = sizeof(struct virtq_used) +
		size * sizeof(struct virtq_used_elem) + sizeof(u16);

	return ALIGN_UP(used_offset(size) + used_bytes, PAGE_SIZE);
}

static u32 power_of_two_down(u32 n)
{
	while (n & (n - 1))
		n &= n - 1;
	return n;
}

int virtqueue_init(struct virtqueue *vq, u32 max)
{
	u32 size = power_of_two_down(MIN(max, VIRTQUEUE_SIZE_MAX));
	hpa_t hpa;
	u8 *ring;

	if (size == 0)
		return fail(-EINVAL);
	*vq = (struct virtqueue){.size = size, .free = size};
	vq->entries = mem_alloc(size * sizeof(*vq->entries));
	if (!vq->entries)
		return fail(-ENOMEM);
	if (!page_alloc(ring_bytes(size), VIRTQUEUE_ALIGN, &hpa)) {
		mem_free(vq->entries);
		return fail(-ENOMEM);
	}
	ring = hpa_ptr(hpa);
	memset(ring, 0, ring_bytes(size));
	vq->desc = (struct virtq_desc *)ring;
	vq->avail = (struct virtq_avail *)(ring + size * sizeof(struct virtq_desc));
	vq->used = (struct virtq_used *)(ring + used_offset(size));
	for (u32 i = 0; i < size; i++)
		vq->entries[i].next = (u16)(i + 1);
	return 0;
}

void virtqueue_fini(struct virtqueue *vq)
{
	page_free(ptr_hpa(vq->desc), ring_bytes(vq->size));
	mem_free(vq->entries);
}

int virtqueue_add(struct virtqueue *vq, const struct virtqueue_buf *bufs, u32 count,
	void *cookie)
{
	u16 head = vq->free_head;
	u16 at = head;
	u32 room = 0;

	assert(count > 0 && cookie);
	if (count > vq->free)
		return -ENOSPC;
	for (u32 i = 0; i < count; i++) {
		struct virtq_desc *desc = &vq->desc[at];
		u16 next = vq->entries[at].next;
		bool last = i == count - 1;

		room += bufs[i].in ? bufs[i].len : 0;
		desc->addr = bufs[i].hpa.raw;
		desc->len = bufs[i].len;
		desc->flags = (u16)((bufs[i].in ? VIRTQ_DESC_F_WRITE : 0) |
			(last ? 0 : VIRTQ_DESC_F_NEXT));
		desc->next = last ? 0 : next;
		if (last)
			vq->free_head = next;
		else
			at = next;
	}
	vq->free -= count;
	vq->entries[head].cookie = cookie;
	vq->entries[head].count = (u16)count;
	vq->entries[head].room = room;
	vq->avail->ring[vq->avail_idx % vq->size] = head;
	/* 2.7.13.3.1: the device sees the index only after what it covers. */
	io_barrier();
	__atomic_store_n(&vq->avail->idx, ++vq->avail_idx, __ATOMIC_RELAXED);
	return 0;
}

bool virtqueue_wants_notify(struct virtqueue *vq)
{
	/* 2.7.13.4.1: idx is written before flags is read, or both sides may go to sleep. */
	io_barrier();
	return !(__atomic_load_n(&vq->used->flags, __ATOMIC_RELAXED) &
		VIRTQ_USED_F_NO_NOTIFY);
}

/* Puts the chain from `head` back; the links are ours, so they are as we made them. */
static void chain_free(struct virtqueue *vq, u16 head)
{
	u32 count = vq->entries[head].count;
	u16 last = head;

	for (u32 i = 1; i < count; i++)
		last = vq->entries[last].next;
	vq->entries[last].next = vq->free_head;
	vq->entries[head].count = 0;
	vq->free_head = head;
	vq->free += count;
}

void *virtqueue_take(struct virtqueue *vq, u32 *written)
{
	u16 idx = __atomic_load_n(&vq->used->idx, __ATOMIC_RELAXED);
	u16 ready = (u16)(idx - vq->used_idx);
	const struct virtq_used_elem *elem = &vq->used->ring[vq->used_idx % vq->size];
	u32 id, len;

	if (vq->broken || ready == 0)
		return NULL;
	/* A chain has at least one descriptor, so this is enough to keep to our own requests. */
	if (ready > vq->size - vq->free) {
		vq->broken = "used index jumped";
		return NULL;
	}
	/* Pairs with the device's: the entry, and all it wrote for us, come before the index. */
	io_barrier();
	id = __atomic_load_n(&elem->id, __ATOMIC_RELAXED);
	len = __atomic_load_n(&elem->len, __ATOMIC_RELAXED);
	if (id >= vq->size || vq->entries[id].count == 0) {
		vq->broken = "finished what it was not given";
		return NULL;
	}
	if (written)
		*written = MIN(len, vq->entries[id].room);
	vq->used_idx++;
	chain_free(vq, (u16)id);
	return vq->entries[id].cookie;
}

void *virtqueue_reclaim(struct virtqueue *vq)
{
	for (u32 i = 0; i < vq->size; i++) {
		if (vq->entries[i].count == 0)
			continue;
		chain_free(vq, (u16)i);
		return vq->entries[i].cookie;
	}
	return NULL;
}
