// SPDX-License-Identifier: Apache-2.0
// A network card from inside: what its two halves share, virtio_net.c (how it is started) and
// virtio_net_io.c (frames on their way in and out).
#pragma once

#include <hv/lock.h>
#include <hv/net.h>

#include "virtio.h"
#include "virtqueue.h"

#define CARD_RECEIVE_MAX  64U /* frames that the card has to fill, or to send */
#define CARD_TRANSMIT_MAX 64U
#define CARD_DESCRIPTORS  2U /* of each: header and data */

struct card {
	struct virtio *virtio;
	struct net_port port;
	char name[16];
	u32 header_size; /* in front of each frame */
	u32 mtu;
	struct spinlock lock; /* the queues, and all that follows */
	struct virtqueue receive, transmit;
	u32 receiving, sending; /* frames that the card has */
	bool broken;
};

/* Its interrupt: `arg` is the card, which has been started. Boot cpu. */
void card_interrupt(void *arg);
/* Gives it buffers to receive into, as many as it should have. Its lock held, or at boot. */
void card_receive_fill(struct card *card);
/* Frames wait in the ring of its port: net_port.ready. */
void card_ready(struct net_port *port);
/* After virtqueue_add(): tells the device, if it wants to know. */
void card_notify(struct card *card, u32 queue, struct virtqueue *vq);
