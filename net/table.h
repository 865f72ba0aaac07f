// SPDX-License-Identifier: Apache-2.0
// Behind which port an address was seen last: what a switch has learned (IEEE 802.1D, 7.8, 7.9).
// It is of a fixed size, so what is new may take the place of what is oldest.
#pragma once

#include <hv/types.h>

struct net_port;

#define TABLE_SETS 64U
#define TABLE_WAYS 4U

/* What was not seen for so long (ns) is forgotten: 300 s, as 802.1D recommends. */
#define TABLE_AGE 300000000000UL

struct mac_table {
	struct mac_entry {
		u64 mac;
		struct net_port *port; /* NULL: nothing is here */
		u64 seen;              /* time_now() */
	} entries[TABLE_SETS][TABLE_WAYS];
};

/* The address was seen as the source of a frame from this port. */
void table_learn(struct mac_table *table, u64 mac, struct net_port *port, u64 now);
/* Behind which port it is, or NULL: nobody knows. */
struct net_port *table_find(struct mac_table *table, u64 mac, u64 now);
/* The port is no more. */
void table_forget(struct mac_table *table, const struct net_port *port);
