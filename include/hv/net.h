// SPDX-License-Identifier: Apache-2.0
// Ethernet between guests, and between them and the machine's network cards. A port is one end of
// a wire: a guest's device or a card's driver; the other end is a switch (net/switch.c), which
// has a name. A frame is copied once, out of its sender's memory; from then on its receivers
// share it.
//
//	port A --net_send()--> switch --> ring of port B --ready(), net_take()--> port B
//
// Nothing waits: a ring that is full loses what comes, and counts it. The sender has nothing of
// the receiver locked, for ready() is called later, by a timer of the cpu that has sent.
//
// Locks: a VM's or a card's may be held around net_send() and net_take(); under those the
// switch's is taken, and under that only timers' and the frames'.
#pragma once

#include <hv/bits.h>
#include <hv/list.h>
#include <hv/timer.h>
#include <hv/types.h>

struct net_switch;
struct vm;

/* ---- Addresses: 48 bits, the first on the wire highest ---- */

#define MAC_SIZE  6U
#define MAC_GROUP BIT(40) /* it means several (IEEE 802, 8.2) */
#define MAC_LOCAL BIT(41) /* nobody has assigned it */

u64 mac_get(const u8 *bytes);
void mac_put(u8 *bytes, u64 mac);
/* An address for card `index` of a VM that is told none: the same each time. */
u64 mac_make(const char *name, u32 index);

/* ---- Frames: from the destination's address to the last byte of data ---- */

#define NET_HEADER    14U /* destination, source, type */
#define NET_MTU       1500U
#define NET_FRAME_MAX (NET_HEADER + 4U + NET_MTU) /* with a VLAN tag */

#define NET_CARD_HEADER 12U

struct net_frame {
	u32 refs; /* (atomic) */
	u32 len;
	struct net_frame *next;     /* while it is nobody's */
	u8 header[NET_CARD_HEADER]; /* the card's own, whose driver has the frame */
	u8 data[NET_FRAME_MAX];
};

/* Keeps so many more frames ready, or fewer again. 0 or -ENOMEM. Boot cpu. */
int net_frames_reserve(u32 count);
void net_frames_release(u32 count);
/* One that nobody else has; NULL if all that were reserved are in use. */
struct net_frame *net_frame_alloc(void);
/* The caller does not need it any more. */
void net_frame_put(struct net_frame *frame);

/* ---- Ports ---- */

#define NET_RING 64U /* frames that may wait for a port */

struct net_counts {
	u64 sent, received;
	u64 full;    /* were for it, and had no room */
	u64 foreign; /* it sent, with an address that is not its own */
	u64 bad;     /* it sent, and were no frames */
};

struct net_port {
	/* The owner's, set before it is attached: */
	const char *name; /* for messages */
	struct vm *vm;    /* whose it is, NULL: a card's */
	u64 mac; /* all that it may send from, and what is sent there is for it; or */
	bool any_source; /* behind it may be anybody, whom the switch gets to know */
	/*
	 * There are frames to be taken; not called again before net_take() has said that there
	 * are none. Any cpu, no locks held.
	 */
	void (*ready)(struct net_port *port);
	/* The switch's: */
	struct net_switch *sw;
	u32 mtu;          /* of all of the switch */
	struct list node; /* the switch's ports (its lock) */
	struct timer timer;
	bool told;      /* ready() is due (the switch's lock, as is all that follows) */
	u32 head, tail; /* of the ring, free-running */
	struct net_frame *ring[NET_RING];
	struct net_counts counts;
};

#define NET_SWITCH_NAME 16 /* with its NUL */

/*
 * Connects it with the switch of this name, which is made if there is none. 0; -EEXIST (the
 * address is another's), -ENOSPC (too many switches) or -ENOMEM, after a line. Boot cpu.
 */
int net_port_attach(struct net_port *port, const char *name);
/* A card's: its driver says how much one frame may carry. */
int net_card_attach(struct net_port *port, u32 mtu);
/* Nothing of it runs or waits afterwards. Boot cpu, no locks held. */
void net_port_detach(struct net_port *port);

/* Sends a frame, which is the caller's no more. Any cpu. */
void net_send(struct net_port *port, struct net_frame *frame);
/* What the owner could not even make a frame of. */
void net_send_bad(struct net_port *port);
/* The next frame for this port, which is the caller's to put; NULL: ready() will be called. */
struct net_frame *net_take(struct net_port *port);
/* There is more to take, but not now: ready() is called again. */
void net_again(struct net_port *port);

/* How many ports a VM has. Boot cpu. */
u32 net_port_count(const struct vm *vm);
/* What went through them, a line each. */
void net_print(const struct vm *vm);
