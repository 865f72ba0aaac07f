// SPDX-License-Identifier: Apache-2.0
// Switches (<hv/net.h>): which ports a frame goes to. A guest's port may send from its own address
// alone, and all such addresses are known. Behind a card, and behind a guest that said that it
// bridges, may be anybody: there a switch learns (table.c), and what is for an address that
// nobody knows goes there, and nowhere else.
#include "switch.h"

#include <hv/assert.h>
#include <hv/string.h>
#include <hv/time.h>

/* Group addresses that a bridge never forwards (IEEE 802.1D, 7.12.6). */
#define RESERVED_GROUP 0x0180c2000000UL
#define RESERVED_MASK  0xfffffffffff0UL

/* ---- Receiving ---- */

/* The switch's lock is held. */
static void port_push(struct net_port *port, struct net_frame *frame)
{
	if (port->head - port->tail == NET_RING) {
		port->counts.full++;
		return;
	}
	__atomic_fetch_add(&frame->refs, 1, __ATOMIC_RELAXED);
	port->ring[port->head++ % NET_RING] = frame;
	port->counts.received++;
	if (!port->told) {
		port->told = true;
		timer_arm(&port->timer, time_now());
	}
}

struct net_frame *net_take(struct net_port *port)
{
	struct net_frame *frame = NULL;

	spin_lock(&port->sw->lock);
	if (port->head != port->tail)
		frame = port->ring[port->tail++ % NET_RING];
	else
		port->told = false;
	spin_unlock(&port->sw->lock);
	return frame;
}

void net_again(struct net_port *port)
{
	spin_lock(&port->sw->lock);
	port->told = true;
	timer_arm(&port->timer, time_now());
	spin_unlock(&port->sw->lock);
}

/* ---- Sending ---- */

/* The port that owns this address, or NULL. */
static struct net_port *port_of(struct net_switch *sw, u64 mac)
{
	list_for_each(it, &sw->ports) {
		struct net_port *port = list_entry(it, struct net_port, node);

		if (port->mac == mac)
			return port;
	}
	return NULL;
}

/* Nobody may pretend to be another port. */
static bool may_send_from(struct net_port *port, u64 source)
{
	if (!port->any_source)
		return source == port->mac;
	return source && !(source & MAC_GROUP) &&
		(source == port->mac || !port_of(port->sw, source));
}

/* To all but the sender; `unknown`: only where there may be somebody whom we do not know. */
static void flood(struct net_switch *sw, struct net_port *from, struct net_frame *frame,
	bool unknown)
{
	list_for_each(it, &sw->ports) {
		struct net_port *port = list_entry(it, struct net_port, node);

		if (port != from && (port->any_source || !unknown))
			port_push(port, frame);
	}
}

static void forward(struct net_switch *sw, struct net_port *from, struct net_frame *frame)
{
	u64 to = mac_get(frame->data), source = mac_get(frame->data + MAC_SIZE);
	u64 now = time_now();
	struct net_port *port;

	if (from->any_source)
		table_learn(&sw->table, source, from, now);
	if (to & MAC_GROUP) {
		if ((to & RESERVED_MASK) != RESERVED_GROUP)
			flood(sw, from, frame, false);
		return;
	}
	port = port_of(sw, to);
	if (!port)
		port = table_find(&sw->table, to, now);
	if (!port)
		flood(sw, from, frame, true);
	else if (port != from)
		port_push(port, frame);
}

void net_send(struct net_port *port, struct net_frame *frame)
{
	struct net_switch *sw = port->sw;

	spin_lock(&sw->lock);
	if (frame->len < NET_HEADER || frame->len > NET_FRAME_MAX) {
		port->counts.bad++;
	} else if (!may_send_from(port, mac_get(frame->data + MAC_SIZE))) {
		port->counts.foreign++;
	} else {
		port->counts.sent++;
		forward(sw, port, frame);
	}
	spin_unlock(&sw->lock);
	net_frame_put(frame);
}

void net_send_bad(struct net_port *port)
{
	spin_lock(&port->sw->lock);
	port->counts.bad++;
	spin_unlock(&port->sw->lock);
}

/* ---- For port.c ---- */

static void port_fire(struct timer *timer)
{
	struct net_port *port = container_of(timer, struct net_port, timer);

	port->ready(port);
}

bool switch_join(struct net_switch *sw, struct net_port *port)
{
	bool taken;

	port->sw = sw;
	timer_init(&port->timer, port_fire);
	spin_lock(&sw->lock);
	taken = port->mac && port_of(sw, port->mac);
	if (!taken) {
		port->mtu = sw->mtu;
		list_append(&sw->ports, &port->node);
	}
	spin_unlock(&sw->lock);
	return !taken;
}

void switch_leave(struct net_port *port)
{
	struct net_switch *sw = port->sw;

	spin_lock(&sw->lock);
	list_remove(&port->node);
	table_forget(&sw->table, port);
	spin_unlock(&sw->lock);
	/* Nobody finds it any more, so what is left of it is ours. */
	timer_cancel_wait(&port->timer);
	while (port->head != port->tail)
		net_frame_put(port->ring[port->tail++ % NET_RING]);
}
