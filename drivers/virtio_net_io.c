// SPDX-License-Identifier: Apache-2.0
// Network cards: frames on their way in and out (Virtual I/O Device 1.2, 5.1.6). The card reads
// and writes them where they are, behind a header of its own that is all zeroes, since nothing
// but plain frames was agreed on.
#include <hv/mm.h>
#include <hv/print.h>
#include <hv/string.h>

#include "virtio_net.h"

/* ---- Frames ---- */

/* How many frames the card may have of a queue. */
static u32 room(const struct virtqueue *vq, u32 most)
{
	return MIN(vq->size / CARD_DESCRIPTORS, most);
}

/* Gives a frame to one of the card's queues, which has room for it. */
static void frame_give(struct card *card, struct virtqueue *vq, struct net_frame *frame,
	u32 len, bool in)
{
	const struct virtqueue_buf bufs[CARD_DESCRIPTORS] = {
		{ptr_hpa(frame->header), card->header_size, in},
		{ptr_hpa(frame->data), len, in},
	};

	memset(frame->header, 0, sizeof(frame->header));
	if (virtqueue_add(vq, bufs, CARD_DESCRIPTORS, frame))
		net_frame_put(frame);
}

void card_notify(struct card *card, u32 queue, struct virtqueue *vq)
{
	if (virtqueue_wants_notify(vq))
		card->virtio->ops->notify(card->virtio, queue);
}

/* The card is out of order; its lock is held. */
static void card_break(struct card *card, const char *why)
{
	struct net_frame *frame;

	if (card->broken)
		return;
	error("%s: %s: no longer used", card->name, why);
	card->broken = true;
	/* First: until then it may write into frames. */
	virtio_fail(card->virtio);
	while ((frame = virtqueue_reclaim(&card->receive)))
		net_frame_put(frame);
	while ((frame = virtqueue_reclaim(&card->transmit)))
		net_frame_put(frame);
}

/* ---- In ---- */

/* Puts buffers there until it has as many as it should. */
void card_receive_fill(struct card *card)
{
	struct net_frame *frame;
	bool any = false;

	while (card->receiving < room(&card->receive, CARD_RECEIVE_MAX) &&
		(frame = net_frame_alloc())) {
		frame_give(card, &card->receive, frame, NET_FRAME_MAX, true);
		card->receiving++;
		any = true;
	}
	if (any)
		card_notify(card, VIRTIO_NET_RECEIVE, &card->receive);
}

/* The next frame that came in, or NULL. */
static struct net_frame *receive_take(struct card *card)
{
	struct net_frame *frame = NULL;
	u32 written;

	spin_lock(&card->lock);
	if (!card->broken) {
		frame = virtqueue_take(&card->receive, &written);
		if (card->receive.broken)
			card_break(card, card->receive.broken);
	}
	if (frame) {
		card->receiving--;
		frame->len = written - MIN(written, card->header_size);
	}
	spin_unlock(&card->lock);
	return frame;
}

/*
 * What is there when we are called: later ones come with another interrupt, so that guests on
 * this cpu get their turn.
 */
static void card_receive(struct card *card)
{
	struct net_frame *frame;

	for (u32 i = 0; i < CARD_RECEIVE_MAX && (frame = receive_take(card)); i++)
		net_send(&card->port, frame);
	spin_lock(&card->lock);
	if (!card->broken)
		card_receive_fill(card);
	spin_unlock(&card->lock);
}

/* ---- Out ---- */

static void transmit_collect(struct card *card)
{
	struct net_frame *frame;

	while (!card->broken && (frame = virtqueue_take(&card->transmit, NULL))) {
		card->sending--;
		net_frame_put(frame);
	}
	if (card->transmit.broken)
		card_break(card, card->transmit.broken);
}

static bool is_too_long(const struct card *card, const struct net_frame *frame)
{
	return frame->len > NET_FRAME_MAX - NET_MTU + card->mtu;
}

static void card_transmit(struct card *card)
{
	struct net_frame *frame;
	bool any = false;

	spin_lock(&card->lock);
	transmit_collect(card);
	/* What it has no room for waits in the port's ring. */
	while ((card->broken ||
		       card->sending < room(&card->transmit, CARD_TRANSMIT_MAX)) &&
		(frame = net_take(&card->port))) {
		if (card->broken || is_too_long(card, frame)) {
			net_frame_put(frame);
			continue;
		}
		frame_give(card, &card->transmit, frame, frame->len, false);
		card->sending++;
		any = true;
	}
	if (any)
		card_notify(card, VIRTIO_NET_TRANSMIT, &card->transmit);
	spin_unlock(&card->lock);
}

void card_ready(struct net_port *port)
{
	card_transmit(container_of(port, struct card, port));
}

void card_interrupt(void *arg)
{
	struct card *card = arg;
	u32 why = card->virtio->ops->irq_ack(card->virtio);

	spin_lock(&card->lock);
	if (!card->broken && why & VIRTIO_IRQ_CONFIG &&
		card->virtio->ops->status(card->virtio) & VIRTIO_STATUS_NEEDS_RESET)
		card_break(card, "the device failed");
	spin_unlock(&card->lock);
	card_receive(card);
	card_transmit(card);
}
