// SPDX-License-Identifier: Apache-2.0
// Ports and the switches they are connected with (<hv/net.h>). The machine's cards are on switches
// net0, net1, ...; any other name is a switch between guests alone. A switch stays once it was
// named, so a VM that is started again finds it.
#include "switch.h"

#include <hv/fail.h>
#include <hv/mm.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vdev.h>

#define SWITCHES_MAX 16U
/* Places for frames of a port besides its ring: one is being sent, one is being received. */
#define PORT_FRAMES  (NET_RING + 2)
#define CARD_NAME    "net"

/* Only the boot cpu adds to them. */
static struct net_switch *switches[SWITCHES_MAX];
static u32 switch_count, card_count;

/* The one of this name; made if there is none. NULL after a line. */
static struct net_switch *switch_get(const char *name)
{
	struct net_switch *sw;

	for (u32 i = 0; i < switch_count; i++)
		if (strcmp(switches[i]->name, name) == 0)
			return switches[i];
	if (switch_count == SWITCHES_MAX) {
		error("switch %s: expected at most %u switches", name, SWITCHES_MAX);
		return NULL;
	}
	sw = mem_alloc(sizeof(*sw));
	if (!sw) {
		error("switch %s: no host memory for it", name);
		return NULL;
	}
	str_copy(sw->name, sizeof(sw->name), name);
	sw->mtu = NET_MTU;
	list_init(&sw->ports);
	switches[switch_count++] = sw;
	return sw;
}

/* Its name is one that a card would have. */
static void warn_if_alone(const struct net_switch *sw)
{
	static bool warned;

	if (warned || sw->has_card || !str_starts(sw->name, CARD_NAME))
		return;
	warned = true;
	warn("switch %s: the machine has no network card for it (virtio-net): its guests reach "
	     "only each other",
		sw->name);
}

int net_port_attach(struct net_port *port, const char *name)
{
	struct net_switch *sw = switch_get(name);
	int err;

	if (!sw)
		return fail(-ENOSPC);
	err = net_frames_reserve(PORT_FRAMES);
	if (err) {
		error("%s: no host memory for the frames of a network card", port->name);
		return err;
	}
	if (!switch_join(sw, port)) {
		error("%s: its network card's address is another's on switch %s: give it one "
		      "in its VM file",
			port->name, name);
		net_frames_release(PORT_FRAMES);
		return fail(-EEXIST);
	}
	if (port->vm)
		warn_if_alone(sw);
	return 0;
}

int net_card_attach(struct net_port *port, u32 mtu)
{
	char name[NET_SWITCH_NAME];
	int err;

	snprint(name, sizeof(name), CARD_NAME "%u", card_count);
	err = net_port_attach(port, name);
	if (err)
		return err;
	card_count++;
	port->sw->has_card = true;
	port->sw->mtu = MIN(port->sw->mtu, mtu);
	return 0;
}

void net_port_detach(struct net_port *port)
{
	switch_leave(port);
	net_frames_release(PORT_FRAMES);
}

/* ---- Looking ---- */

/* Calls fn() for each port of a VM, with its switch's lock held. */
static void for_each_port(const struct vm *vm,
	void (*fn)(const struct net_port *port, void *arg), void *arg)
{
	for (u32 i = 0; i < switch_count; i++) {
		spin_lock(&switches[i]->lock);
		list_for_each(it, &switches[i]->ports) {
			const struct net_port *port =
				list_entry(it, struct net_port, node);

			if (port->vm == vm)
				fn(port, arg);
		}
		spin_unlock(&switches[i]->lock);
	}
}

static void count_port(const struct net_port *port, void *arg)
{
	(void)port;
	(*(u32 *)arg)++;
}

u32 net_port_count(const struct vm *vm)
{
	u32 count = 0;

	for_each_port(vm, count_port, &count);
	return count;
}

static void print_port(const struct net_port *port, void *arg)
{
	const struct net_counts *c = &port->counts;

	(void)arg;
	print("network card on %s: %lu frames sent, %lu received; lost: %lu for want of room, "
	      "%lu from a foreign address, %lu malformed\n",
		port->sw->name, c->sent, c->received, c->full, c->foreign, c->bad);
}

void net_print(const struct vm *vm)
{
	for_each_port(vm, print_port, NULL);
}
