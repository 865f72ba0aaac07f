// SPDX-License-Identifier: Apache-2.0
// The addresses that a switch has learned; see table.h.
#include "table.h"

/* The golden ratio's, 64 bits: spreads numbers that are alike. */
#define SPREAD 0x9e3779b97f4a7c15UL

static struct mac_entry *set_of(struct mac_table *table, u64 mac)
{
	return table->entries[mac * SPREAD >> 32 & (TABLE_SETS - 1)];
}
_Static_assert((TABLE_SETS & (TABLE_SETS - 1)) == 0, "a mask");

static bool is_old(const struct mac_entry *entry, u64 now)
{
	return now - entry->seen > TABLE_AGE;
}

/* The entry of this address, else one to use for it: an empty one, or the oldest. */
static struct mac_entry *entry_for(struct mac_table *table, u64 mac)
{
	struct mac_entry *set = set_of(table, mac), *best = set;

	for (struct mac_entry *entry = set; entry < set + TABLE_WAYS; entry++) {
		if (entry->port && entry->mac == mac)
			return entry;
		if (best->port && (!entry->port || entry->seen < best->seen))
			best = entry;
	}
	return best;
}

void table_learn(struct mac_table *table, u64 mac, struct net_port *port, u64 now)
{
	*entry_for(table, mac) = (struct mac_entry){mac, port, now};
}

struct net_port *table_find(struct mac_table *table, u64 mac, u64 now)
{
	struct mac_entry *entry = entry_for(table, mac);

	return entry->port && entry->mac == mac && !is_old(entry, now) ? entry->port
								       : NULL;
}

void table_forget(struct mac_table *table, const struct net_port *port)
{
	for (u32 i = 0; i < TABLE_SETS; i++)
		for (u32 way = 0; way < TABLE_WAYS; way++)
			if (table->entries[i][way].port == port)
				table->entries[i][way].port = NULL;
}
