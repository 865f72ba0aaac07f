// SPDX-License-Identifier: Apache-2.0
// The device's side of a split virtqueue (Virtual I/O Device 1.2, 2.7); see virtqueue.h.
#include "virtqueue.h"

#include <hv/bits.h>
#include <hv/string.h>
#include <hv/vdev.h>
#include <hv/virtio.h>

/* 2.7: what each part must be aligned to */
#define DESC_ALIGN  16
#define AVAIL_ALIGN 2
#define USED_ALIGN  4

/* ---- Set-up ---- */

void vvirtqueue_reset(struct vvirtqueue *vq)
{
	*vq = (struct vvirtqueue){.size = VVIRTQUEUE_MAX};
}

static void *ring_part(struct vm *vm, u64 gpa, u64 len, u64 align)
{
	return IS_ALIGNED(gpa, align) ? vm_ram(vm, GPA(gpa), len) : NULL;
}

void vvirtqueue_start(struct vvirtqueue *vq, struct vm *vm)
{
	u64 size = vq->size;

	if (size == 0 || size > VVIRTQUEUE_MAX || (size & (size - 1)) != 0) {
		vq->broken = "a queue size that cannot be";
		return;
	}
	vq->desc = ring_part(vm, vq->desc_gpa, size * sizeof(*vq->desc), DESC_ALIGN);
	vq->avail = ring_part(vm, vq->avail_gpa,
		sizeof(*vq->avail) + size * sizeof(vq->avail->ring[0]), AVAIL_ALIGN);
	vq->used = ring_part(vm, vq->used_gpa,
		sizeof(*vq->used) + size * sizeof(vq->used->ring[0]), USED_ALIGN);
	if (!vq->desc || !vq->avail || !vq->used) {
		vq->broken = "a queue that is not in RAM, or not aligned";
		return;
	}
	vq->ready = true;
}

void vvirtqueue_stop(struct vvirtqueue *vq)
{
	vq->stopping = true;
	if (vq->in_use == 0)
		vvirtqueue_reset(vq);
}

/* ---- Chains ---- */

u32 vvirtqueue_waiting(struct vvirtqueue *vq)
{
	u16 waiting;

	if (!vq->ready || vq->stopping || vq->broken)
		return 0;
	/* Pairs with the driver's barrier: entries and descriptors come before the index. */
	waiting =
		(u16)(__atomic_load_n(&vq->avail->idx, __ATOMIC_ACQUIRE) - vq->avail_idx);
	if (waiting > vq->size) {
		vq->broken = "an available index that jumped";
		return 0;
	}
	return waiting;
}

/* Each field is read once: what is checked is what is used. */
static struct virtq_desc desc_read(const struct virtq_desc *desc)
{
	return (struct virtq_desc){
		.addr = __atomic_load_n(&desc->addr, __ATOMIC_RELAXED),
		.len = __atomic_load_n(&desc->len, __ATOMIC_RELAXED),
		.flags = __atomic_load_n(&desc->flags, __ATOMIC_RELAXED),
		.next = __atomic_load_n(&desc->next, __ATOMIC_RELAXED),
	};
}

/* Adds one descriptor to the chain: NULL, or what is wrong with it. */
static const char *chain_add(struct vvirtq_chain *chain, struct vm *vm,
	const struct virtq_desc *desc)
{
	struct vvirtq_buf *buf = &chain->bufs[chain->count];
	bool write = desc->flags & VIRTQ_DESC_F_WRITE;

	if (desc->flags & VIRTQ_DESC_F_INDIRECT)
		return "an indirect descriptor, which was not offered";
	if (desc->len == 0)
		return "a descriptor of no bytes";
	/* 2.7.4.2: what the device writes comes last */
	if (!write && chain->readable < chain->count)
		return "a descriptor to read behind one to write";
	buf->data = vm_ram(vm, GPA(desc->addr), desc->len);
	buf->len = desc->len;
	if (!buf->data)
		return "a descriptor that is not in RAM";
	chain->count++;
	if (!write)
		chain->readable++;
	return NULL;
}

static const char *chain_read(struct vvirtqueue *vq, struct vm *vm,
	struct vvirtq_chain *chain)
{
	struct virtq_desc desc = {.flags = VIRTQ_DESC_F_NEXT, .next = chain->head};

	if (chain->head < vq->size && vq->taken[chain->head])
		return "a chain that the device has already";
	while (desc.flags & VIRTQ_DESC_F_NEXT) {
		const char *wrong;

		if (desc.next >= vq->size)
			return "a descriptor index beyond the queue";
		if (vq->in_use + chain->count >= vq->size)
			return "more descriptors than the queue has, or a loop";
		desc = desc_read(&vq->desc[desc.next]);
		wrong = chain_add(chain, vm, &desc);
		if (wrong)
			return wrong;
	}
	return NULL;
}

bool vvirtqueue_take(struct vvirtqueue *vq, struct vm *vm, struct vvirtq_chain *chain)
{
	chain->head = __atomic_load_n(&vq->avail->ring[vq->avail_idx % vq->size],
		__ATOMIC_RELAXED);
	chain->count = 0;
	chain->readable = 0;
	vq->broken = chain_read(vq, vm, chain);
	if (vq->broken)
		return false;
	vq->avail_idx++;
	vq->in_use += chain->count;
	vq->taken[chain->head] = (u8)chain->count;
	return true;
}

void vvirtqueue_untake(struct vvirtqueue *vq, u16 head)
{
	vq->avail_idx--;
	vq->in_use -= vq->taken[head];
	vq->taken[head] = 0;
}

bool vvirtqueue_give(struct vvirtqueue *vq, u16 head, u32 written)
{
	struct virtq_used_elem *elem = &vq->used->ring[vq->used_idx % vq->size];

	vq->in_use -= vq->taken[head];
	vq->taken[head] = 0;
	if (vq->stopping) {
		vvirtqueue_stop(vq);
		return false;
	}
	__atomic_store_n(&elem->id, head, __ATOMIC_RELAXED);
	__atomic_store_n(&elem->len, written, __ATOMIC_RELAXED);
	/* 2.7.8.2: the entry, and all we wrote for it, come before the index. */
	__atomic_store_n(&vq->used->idx, ++vq->used_idx, __ATOMIC_RELEASE);
	/* 2.7.7.2: the index is written before flags are read, or both sides may sleep. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !(__atomic_load_n(&vq->avail->flags, __ATOMIC_RELAXED) &
		VIRTQ_AVAIL_F_NO_INTERRUPT);
}

/* ---- Pieces ---- */

u64 vvirtq_len(const struct vvirtq_buf *bufs, u32 count)
{
	u64 len = 0;

	for (u32 i = 0; i < count; i++)
		len += bufs[i].len;
	return len;
}

/* One of `from` and `to` is NULL: that side is the pieces. */
static u64 pieces_copy(const struct vvirtq_buf *bufs, u32 count, u64 at, u8 *to,
	const u8 *from, u64 len)
{
	u64 done = 0;

	for (u32 i = 0; i < count && done < len; at -= MIN(at, bufs[i].len), i++) {
		u64 part;

		if (at >= bufs[i].len)
			continue;
		part = MIN(bufs[i].len - at, len - done);
		if (to)
			memcpy(to + done, bufs[i].data + at, part);
		else
			memcpy(bufs[i].data + at, from + done, part);
		done += part;
	}
	/* The compiler must not look at the guest's bytes again instead of the copy. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return done;
}

u64 vvirtq_read(const struct vvirtq_buf *bufs, u32 count, u64 at, void *to, u64 len)
{
	return pieces_copy(bufs, count, at, to, NULL, len);
}

u64 vvirtq_write(const struct vvirtq_buf *bufs, u32 count, u64 at, const void *from,
	u64 len)
{
	return pieces_copy(bufs, count, at, NULL, from, len);
}
