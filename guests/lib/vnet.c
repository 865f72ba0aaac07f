// SPDX-License-Identifier: Apache-2.0
// A driver for a virtio network card; see <guest/vnet.h>.
#include <guest/guest.h>
#include <guest/vnet.h>

#define ID_NET      1
#define CONFIG_MTU  10
#define NUM_BUFFERS 10 /* in the header */
#define MTU_DEFAULT 1500

static u8 *buffer_of(const struct vnet *net, u32 index)
{
	return net->memory + index * VNET_BUFFER;
}

bool vnet_find(struct vnet *net)
{
	*net = (struct vnet){0};
	return virtio_find(&net->virtio, ID_NET);
}

static void buffer_offer(struct vnet *net, u32 index)
{
	virtio_desc(&net->virtio, VNET_RECEIVE, index, buffer_of(net, index), net->buffer,
		VIRTIO_DESC_WRITE);
	virtio_offer(&net->virtio, VNET_RECEIVE, index);
}

bool vnet_start(struct vnet *net, u64 wanted, u32 buffer)
{
	struct virtio *dev = &net->virtio;

	if (!net->memory)
		net->memory =
			page_alloc_run((VNET_BUFFERS + 1) * VNET_BUFFER / PAGE_SIZE + 1,
				PAGE_SIZE);
	net->buffer = buffer;
	if (!virtio_start(dev, wanted, 2))
		return false;
	for (u32 i = 0; i < VNET_MAC; i++)
		net->mac[i] = (u8)virtio_config(dev, i, 1);
	net->mtu = dev->features & VNET_F_MTU ? virtio_config(dev, CONFIG_MTU, 2)
					      : MTU_DEFAULT;
	for (u32 i = 0; i < VNET_BUFFERS; i++)
		buffer_offer(net, i);
	virtio_kick(dev, VNET_RECEIVE);
	return true;
}

bool vnet_send(struct vnet *net, const void *frame, u32 len)
{
	u8 *buffer = buffer_of(net, VNET_BUFFERS);
	u32 head, written;

	memset(buffer, 0, VNET_HEADER);
	memcpy(buffer + VNET_HEADER, frame, len);
	virtio_desc(&net->virtio, VNET_TRANSMIT, 0, buffer, VNET_HEADER + len, 0);
	virtio_offer(&net->virtio, VNET_TRANSMIT, 0);
	virtio_kick(&net->virtio, VNET_TRANSMIT);
	return virtio_wait(&net->virtio, VNET_TRANSMIT, &head, &written) && head == 0;
}

/* Copies what is behind `skip` bytes of a buffer, as far as it fits, and gives it back. */
static u32 buffer_take(struct vnet *net, u32 index, u32 written, u32 skip, u8 *to,
	u32 room)
{
	u32 len = written > skip ? written - skip : 0;

	if (len <= room)
		memcpy(to, buffer_of(net, index) + skip, len);
	buffer_offer(net, index);
	return len;
}

u32 vnet_receive(struct vnet *net, void *frame, u32 size)
{
	u32 index, written, len, count;

	if (!virtio_used(&net->virtio, VNET_RECEIVE, &index, &written))
		return 0;
	count = *(u16 *)(buffer_of(net, index) + NUM_BUFFERS);
	len = buffer_take(net, index, written, VNET_HEADER, frame, size);
	while (--count > 0 && count < VNET_BUFFERS) {
		if (!virtio_wait(&net->virtio, VNET_RECEIVE, &index, &written))
			return 0;
		len += buffer_take(net, index, written, 0, (u8 *)frame + len,
			size > len ? size - len : 0);
	}
	virtio_kick(&net->virtio, VNET_RECEIVE);
	return len <= size ? len : 0;
}
