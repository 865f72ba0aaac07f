// SPDX-License-Identifier: Apache-2.0
// A guest's frames (Virtual I/O Device 1.2, 5.1.6): out of guest RAM to the port, which is done at
// once, and from the port into guest RAM as far as the driver has put buffers there. What it has
// no room for waits in the port's ring.
#include "virtio_net.h"

#define NUM_BUFFERS offsetof(struct virtio_net_hdr, num_buffers)

/* ---- Out ---- */

/* NULL, or what the driver did wrong. What is no frame is lost, as on a wire. */
static const char *chain_send(struct net *net, const struct vvirtq_chain *chain)
{
	u64 len = vvirtq_len(chain->bufs, chain->count);
	struct virtio_net_hdr header;
	struct net_frame *frame = NULL;

	if (chain->readable < chain->count)
		return "a frame to send that is to be written";
	if (vvirtq_read(chain->bufs, chain->count, 0, &header, sizeof(header)) <
		sizeof(header))
		return "a frame to send without its header";
	len -= sizeof(header);
	/* There is no checksum and no segmentation that we offered to do. */
	if (len >= NET_HEADER && len <= NET_FRAME_MAX && !header.flags &&
		!header.gso_type)
		frame = net_frame_alloc();
	if (!frame) {
		net_send_bad(&net->port);
		return NULL;
	}
	frame->len = (u32)vvirtq_read(chain->bufs, chain->count, sizeof(header),
		frame->data, len);
	net_send(&net->port, frame);
	return NULL;
}

void net_transmit(struct net *net)
{
	struct virtio_device *dev = &net->virtio;
	u32 waiting = virtio_device_waiting(dev, VIRTIO_NET_TRANSMIT);

	for (; waiting > 0 && virtio_device_take(dev, VIRTIO_NET_TRANSMIT, &net->chain);
		waiting--) {
		const char *wrong = chain_send(net, &net->chain);

		if (wrong)
			virtio_device_break(dev, wrong);
		virtio_device_give(dev, VIRTIO_NET_TRANSMIT, net->chain.head, 0);
	}
}

/* ---- In ---- */

/* One more buffer for the frame; false if there is none, or none that will do. */
static bool buffer_take(struct net *net, struct vvirtq_chain *chain)
{
	struct net_filled *filled = &net->filled;
	struct virtio_device *dev = &net->virtio;
	bool merge = virtio_device_has(dev, VIRTIO_NET_F_MRG_RXBUF);

	if (filled->count == ARRAY_LEN(filled->bufs) ||
		virtio_device_waiting(dev, VIRTIO_NET_RECEIVE) == 0 ||
		!virtio_device_take(dev, VIRTIO_NET_RECEIVE, chain))
		return false;
	filled->bufs[filled->count].head = chain->head;
	filled->bufs[filled->count++].written = 0;
	/* 5.1.6.3.1: without merging a frame has to fit into each. */
	if (chain->readable)
		virtio_device_break(dev, "a receive buffer that is to be read");
	else if (vvirtq_len(chain->bufs, chain->count) < sizeof(struct virtio_net_hdr) ||
		(!merge && filled->count > 1))
		virtio_device_break(dev, "a receive buffer that is too small");
	else
		return true;
	return false;
}

/* All buffers that were taken go back, with the frame in them or unused. */
static void buffers_give(struct net *net)
{
	for (u32 i = 0; i < net->filled.count; i++)
		virtio_device_give(&net->virtio, VIRTIO_NET_RECEIVE,
			net->filled.bufs[i].head, net->filled.bufs[i].written);
}

static void buffers_untake(struct net *net)
{
	for (u32 i = net->filled.count; i-- > 0;)
		virtio_device_untake(&net->virtio, VIRTIO_NET_RECEIVE,
			net->filled.bufs[i].head);
}

/* Fills the buffer with what is left of header and frame from byte `at` on. */
static u64 buffer_fill(struct net *net, const struct vvirtq_chain *chain,
	const struct net_frame *frame, u64 at)
{
	static const struct virtio_net_hdr header;
	u64 len = 0;

	if (at == 0)
		len = vvirtq_write(chain->bufs, chain->count, 0, &header, sizeof(header));
	at = at ? at - sizeof(header) : 0;
	len += vvirtq_write(chain->bufs, chain->count, len, frame->data + at,
		frame->len - at);
	net->filled.bufs[net->filled.count - 1].written = (u32)len;
	return len;
}

/* False if there is no room for it now. */
static bool frame_deliver(struct net *net, const struct net_frame *frame)
{
	u64 total = sizeof(struct virtio_net_hdr) + frame->len, at = 0;
	u16 buffers;

	net->filled.count = 0;
	while (at < total) {
		struct vvirtq_chain *chain = at ? &net->chain : &net->first;

		if (!buffer_take(net, chain)) {
			buffers_untake(net);
			return false;
		}
		at += buffer_fill(net, chain, frame, at);
	}
	/* Only now it is known how many there are. */
	buffers = (u16)net->filled.count;
	vvirtq_write(net->first.bufs, net->first.count, NUM_BUFFERS, &buffers,
		sizeof(buffers));
	buffers_give(net);
	return true;
}

/* A frame that waits, if only to be lost because nobody listens. */
static struct net_frame *frame_next(struct net *net)
{
	struct net_frame *frame = net->pending;

	net->pending = NULL;
	return frame ? frame : net_take(&net->port);
}

void net_receive(struct net *net)
{
	for (u32 i = 0; i < NET_RING; i++) {
		struct net_frame *frame = frame_next(net);

		if (!frame)
			return;
		if (virtio_device_is_live(&net->virtio) && !frame_deliver(net, frame)) {
			net->pending = frame;
			return;
		}
		net_frame_put(frame);
	}
	/* So many at a time; others want the VM's lock, too. */
	net_again(&net->port);
}
