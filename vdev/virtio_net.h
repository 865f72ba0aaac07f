// SPDX-License-Identifier: Apache-2.0
// A network card of a guest from inside: what its two halves share, virtio_net.c (the device and
// its VM file's line) and virtio_net_io.c (frames on their way in and out).
#pragma once

#include <hv/net.h>

#include "virtio.h"

/* Receive buffers that one frame fills. */
struct net_filled {
	u32 count;
	struct {
		u16 head;
		u32 written;
	} bufs[VVIRTQUEUE_MAX];
};

struct net {
	struct virtio_device virtio;
	struct net_port port;
	struct net_frame
		*pending; /* taken from the port, and the driver has no room for it */
	struct net_filled
		filled; /* what is too big for the stack: the frame that comes in */
	struct vvirtq_chain first; /* its first buffer, and */
	struct vvirtq_chain chain; /* the one that is looked at */
};

/* Both with vm->lock held: frames of the driver's go out; what waits for it comes in. */
void net_transmit(struct net *net);
void net_receive(struct net *net);
