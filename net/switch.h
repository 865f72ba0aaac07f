// SPDX-License-Identifier: Apache-2.0
// A switch from inside, for what makes switches and connects ports with them (port.c).
#pragma once

#include <hv/lock.h>
#include <hv/net.h>

#include "table.h"

struct net_switch {
	char name[NET_SWITCH_NAME];
	bool has_card;
	u32 mtu;              /* the smallest of its ports' */
	struct spinlock lock; /* all that follows, and what of a port is the switch's */
	struct list ports;
	struct mac_table table;
};

/* False, and nothing has happened: the port's address is another port's. */
bool switch_join(struct net_switch *sw, struct net_port *port);
/* Boot cpu, no locks held: nothing of the port runs or waits afterwards. */
void switch_leave(struct net_port *port);
