// SPDX-License-Identifier: Apache-2.0
// Numbers and layouts of virtio that both its sides share: drivers/ for the devices we use,
// vdev/ for those that guests see. Section numbers are of Virtual I/O Device 1.2.
#pragma once

#include <hv/bits.h>
#include <hv/types.h>

/* Device status (2.1). */
#define VIRTIO_STATUS_FAILED      BIT(7)
#define VIRTIO_STATUS_NEEDS_RESET BIT(6) /* the device gave up */
#define VIRTIO_STATUS_FEATURES_OK BIT(3)
#define VIRTIO_STATUS_DRIVER_OK   BIT(2)
#define VIRTIO_STATUS_DRIVER      BIT(1)
#define VIRTIO_STATUS_ACKNOWLEDGE BIT(0)

/* Features of every device (6). */
#define VIRTIO_F_ACCESS_PLATFORM BIT(33) /* it sees memory as its bus does */
#define VIRTIO_F_VERSION_1       BIT(32) /* not the legacy interface */

/* What an interrupt says (4.2.2, 4.1.4.5). */
#define VIRTIO_IRQ_CONFIG BIT(1) /* the configuration or the status changed */
#define VIRTIO_IRQ_QUEUE  BIT(0) /* a queue's used ring changed */

enum virtio_id { /* 5 */
	VIRTIO_ID_NONE = 0,
	VIRTIO_ID_NET = 1,
	VIRTIO_ID_BLOCK = 2,
	VIRTIO_ID_ENTROPY = 4,
};

/* ---- Split virtqueues (2.7) ---- */

#define VIRTQ_DESC_F_INDIRECT      BIT(2)
#define VIRTQ_DESC_F_WRITE         BIT(1) /* the device writes, else it reads */
#define VIRTQ_DESC_F_NEXT          BIT(0)
#define VIRTQ_AVAIL_F_NO_INTERRUPT BIT(0)
#define VIRTQ_USED_F_NO_NOTIFY     BIT(0)

struct virtq_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};
_Static_assert(sizeof(struct virtq_desc) == 16, "2.7.5");

struct virtq_avail {
	u16 flags;
	u16 idx;
	u16 ring[];
};
_Static_assert(offsetof(struct virtq_avail, ring) == 4, "2.7.6");

struct virtq_used_elem {
	u32 id;
	u32 len;
};

struct virtq_used {
	u16 flags;
	u16 idx;
	struct virtq_used_elem ring[];
};
_Static_assert(offsetof(struct virtq_used, ring) == 4, "2.7.8");

/* ---- The MMIO transport (4.2.2): 32-bit registers, then the configuration ---- */

enum virtio_mmio_register {
	VIRTIO_MMIO_MAGIC_VALUE = 0x000,
	VIRTIO_MMIO_VERSION = 0x004,
	VIRTIO_MMIO_DEVICE_ID = 0x008,
	VIRTIO_MMIO_VENDOR_ID = 0x00c,
	VIRTIO_MMIO_DEVICE_FEATURES = 0x010,
	VIRTIO_MMIO_DEVICE_FEATURES_SEL = 0x014,
	VIRTIO_MMIO_DRIVER_FEATURES = 0x020,
	VIRTIO_MMIO_DRIVER_FEATURES_SEL = 0x024,
	VIRTIO_MMIO_QUEUE_SEL = 0x030,
	VIRTIO_MMIO_QUEUE_NUM_MAX = 0x034,
	VIRTIO_MMIO_QUEUE_NUM = 0x038,
	VIRTIO_MMIO_QUEUE_READY = 0x044,
	VIRTIO_MMIO_QUEUE_NOTIFY = 0x050,
	VIRTIO_MMIO_INTERRUPT_STATUS = 0x060,
	VIRTIO_MMIO_INTERRUPT_ACK = 0x064,
	VIRTIO_MMIO_STATUS = 0x070,
	VIRTIO_MMIO_QUEUE_DESC_LOW = 0x080,
	VIRTIO_MMIO_QUEUE_DESC_HIGH = 0x084,
	VIRTIO_MMIO_QUEUE_DRIVER_LOW = 0x090,
	VIRTIO_MMIO_QUEUE_DRIVER_HIGH = 0x094,
	VIRTIO_MMIO_QUEUE_DEVICE_LOW = 0x0a0,
	VIRTIO_MMIO_QUEUE_DEVICE_HIGH = 0x0a4,
	VIRTIO_MMIO_SHM_SEL = 0x0ac,
	VIRTIO_MMIO_SHM_LEN_LOW = 0x0b0,
	VIRTIO_MMIO_SHM_LEN_HIGH = 0x0b4,
	VIRTIO_MMIO_SHM_BASE_LOW = 0x0b8,
	VIRTIO_MMIO_SHM_BASE_HIGH = 0x0bc,
	VIRTIO_MMIO_CONFIG_GENERATION = 0x0fc,
	VIRTIO_MMIO_CONFIG = 0x100,
};

#define VIRTIO_MMIO_MAGIC     0x74726976U /* "virt" */
#define VIRTIO_MMIO_VERSION_2 2           /* 1 is the legacy interface */

/* ---- Disks (5.2) ---- */

/* Features (5.2.3). */
#define VIRTIO_BLK_F_FLUSH    BIT(9)
#define VIRTIO_BLK_F_BLK_SIZE BIT(6)
#define VIRTIO_BLK_F_RO       BIT(5)
#define VIRTIO_BLK_F_SEG_MAX  BIT(2)
#define VIRTIO_BLK_F_SIZE_MAX BIT(1)

/* Requests (5.2.6). */
enum virtio_blk_type {
	VIRTIO_BLK_T_IN = 0,
	VIRTIO_BLK_T_OUT = 1,
	VIRTIO_BLK_T_FLUSH = 4,
	VIRTIO_BLK_T_GET_ID = 8,
};

enum virtio_blk_status {
	VIRTIO_BLK_S_OK = 0,
	VIRTIO_BLK_S_IOERR = 1,
	VIRTIO_BLK_S_UNSUPP = 2,
};

struct virtio_blk_header {
	u32 type;
	u32 reserved;
	u64 sector;
};
_Static_assert(sizeof(struct virtio_blk_header) == 16, "5.2.6");

/* ---- Network cards (5.1) ---- */

/* Queues (5.1.2); the control queue is the third where there is one pair of others. */
enum { VIRTIO_NET_RECEIVE = 0, VIRTIO_NET_TRANSMIT = 1, VIRTIO_NET_CONTROL = 2 };

/* Features (5.1.3). */
#define VIRTIO_NET_F_CTRL_RX   BIT(18)
#define VIRTIO_NET_F_CTRL_VQ   BIT(17)
#define VIRTIO_NET_F_STATUS    BIT(16)
#define VIRTIO_NET_F_MRG_RXBUF BIT(15)
#define VIRTIO_NET_F_MAC       BIT(5)
#define VIRTIO_NET_F_MTU       BIT(3)

/* Configuration (5.1.4), as far as these features need it. */
struct virtio_net_config {
	u8 mac[6];
	u16 status;
	u16 max_virtqueue_pairs;
	u16 mtu;
};
_Static_assert(sizeof(struct virtio_net_config) == 12, "5.1.4");

#define VIRTIO_NET_S_LINK_UP BIT(0)

/* In front of each frame (5.1.6). */
struct virtio_net_hdr {
	u8 flags;
	u8 gso_type;
	u16 hdr_len;
	u16 gso_size;
	u16 csum_start;
	u16 csum_offset;
	u16 num_buffers; /* not with the legacy interface, but for VIRTIO_NET_F_MRG_RXBUF */
};
_Static_assert(sizeof(struct virtio_net_hdr) == 12, "5.1.6");
#define VIRTIO_NET_HDR_LEGACY 10U

/* A command (5.1.6.5): this, its data, and what the device answers. */
struct virtio_net_ctrl {
	u8 class;
	u8 command;
};
enum { VIRTIO_NET_CTRL_RX = 0 };         /* class */
enum { VIRTIO_NET_CTRL_RX_PROMISC = 0 }; /* command */
enum { VIRTIO_NET_OK = 0 };
