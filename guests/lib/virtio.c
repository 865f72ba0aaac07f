// SPDX-License-Identifier: Apache-2.0
// A driver's part of any virtio device; see <guest/virtio.h>.
#include <guest/guest.h>
#include <guest/virtio.h>

#define WAIT_MAX (10 * NS_PER_S)
#define RINGS    ALIGN_UP(sizeof(struct virtio_rings), PAGE_SIZE)

static bool reset(struct virtio *dev)
{
	u64 start = clock_now();

	virtio_status_set(dev, 0);
	while (virtio_status(dev) != 0)
		if (clock_now() - start > WAIT_MAX)
			return false;
	return true;
}

static bool queue_start(struct virtio *dev, u32 queue)
{
	volatile struct virtio_rings *rings = dev->queues[queue].rings;

	if (!rings)
		rings = page_alloc_run(RINGS / PAGE_SIZE, PAGE_SIZE);
	memset((void *)rings, 0, RINGS);
	dev->queues[queue].rings = rings;
	dev->queues[queue].seen = 0;
	return virtio_queue_set(dev, queue);
}

bool virtio_start(struct virtio *dev, u64 wanted, u32 queues)
{
	if (!reset(dev))
		return false;
	virtio_status_set(dev, VIRTIO_STATUS_ACKNOWLEDGE);
	virtio_status_set(dev, virtio_status(dev) | VIRTIO_STATUS_DRIVER);
	dev->features = virtio_features(dev) & (wanted | VIRTIO_F_VERSION_1);
	virtio_features_set(dev, dev->features);
	virtio_status_set(dev, virtio_status(dev) | VIRTIO_STATUS_FEATURES_OK);
	if (!(virtio_status(dev) & VIRTIO_STATUS_FEATURES_OK))
		return false;
	for (u32 i = 0; i < queues; i++)
		if (!queue_start(dev, i))
			return false;
	virtio_status_set(dev, virtio_status(dev) | VIRTIO_STATUS_DRIVER_OK);
	return true;
}

void virtio_desc(struct virtio *dev, u32 queue, u32 index, const volatile void *data,
	u32 len, u32 flags)
{
	volatile struct virtio_rings *rings = dev->queues[queue].rings;

	rings->desc[index].addr = (u64)data;
	rings->desc[index].len = len;
	rings->desc[index].flags = (u16)flags;
	rings->desc[index].next = (u16)(index + 1);
}

void virtio_offer(struct virtio *dev, u32 queue, u32 head)
{
	volatile struct virtio_rings *rings = dev->queues[queue].rings;
	u16 idx = rings->avail.idx;

	rings->avail.ring[idx % VIRTIO_QUEUE_SIZE] = (u16)head;
	/* 2.7.13.3: the device sees the index only after what it covers. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	rings->avail.idx = (u16)(idx + 1);
	/* And it is told only after that. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

bool virtio_used(struct virtio *dev, u32 queue, u32 *head, u32 *len)
{
	volatile struct virtio_rings *rings = dev->queues[queue].rings;
	u16 at = dev->queues[queue].seen;

	if (rings->used.idx == at)
		return false;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*head = rings->used.ring[at % VIRTIO_QUEUE_SIZE].id;
	*len = rings->used.ring[at % VIRTIO_QUEUE_SIZE].len;
	dev->queues[queue].seen++;
	return true;
}

bool virtio_wait(struct virtio *dev, u32 queue, u32 *head, u32 *len)
{
	u64 start = clock_now();

	while (!virtio_used(dev, queue, head, len))
		if (clock_now() - start > WAIT_MAX)
			return false;
	return true;
}
