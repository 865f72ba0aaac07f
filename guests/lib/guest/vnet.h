// SPDX-License-Identifier: Apache-2.0
// A driver for a virtio network card (Virtual I/O Device 1.2, 5.1) on top of <guest/virtio.h>.
#pragma once

#include <guest/virtio.h>

#define VNET_F_STATUS    BIT(16)
#define VNET_F_MRG_RXBUF BIT(15)
#define VNET_F_MAC       BIT(5)
#define VNET_F_MTU       BIT(3)

enum { VNET_RECEIVE = 0, VNET_TRANSMIT = 1 };

#define VNET_HEADER  12U /* in front of each frame */
#define VNET_MAC     6U
#define VNET_BUFFERS 32U
#define VNET_BUFFER  2048U

struct vnet {
	struct virtio virtio;
	u8 mac[VNET_MAC];
	u32 mtu;
	u32 buffer; /* bytes of each receive buffer */
	u8 *memory; /* VNET_BUFFERS of them, and one to send from */
};

/* The board's first virtio device; false if that is no network card. */
bool vnet_find(struct vnet *net);
/*
 * Resets it and sets it up with those features of `wanted` that it has, and receive buffers of
 * `buffer` bytes each, at most VNET_BUFFER.
 */
bool vnet_start(struct vnet *net, u64 wanted, u32 buffer);
/* Sends a frame, and waits until the device has it. */
bool vnet_send(struct vnet *net, const void *frame, u32 len);
/* The next frame that has come: its length, or 0 if there is none, or none that fits. */
u32 vnet_receive(struct vnet *net, void *frame, u32 size);
