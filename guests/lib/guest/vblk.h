// SPDX-License-Identifier: Apache-2.0
// A driver for a virtio disk on virtio-mmio (Virtual I/O Device 1.2, 4.2, 2.7 and 5.2), with
// its rings open to guests that want to misuse them.
#pragma once

#include <hv/bits.h>
#include <hv/types.h>

#define VBLK_SECTOR 512UL

enum vblk_register {
	VBLK_MAGIC = 0x000,
	VBLK_VERSION = 0x004,
	VBLK_DEVICE_ID = 0x008,
	VBLK_DEVICE_FEATURES = 0x010,
	VBLK_DEVICE_FEATURES_SEL = 0x014,
	VBLK_DRIVER_FEATURES = 0x020,
	VBLK_DRIVER_FEATURES_SEL = 0x024,
	VBLK_QUEUE_SEL = 0x030,
	VBLK_QUEUE_NUM_MAX = 0x034,
	VBLK_QUEUE_NUM = 0x038,
	VBLK_QUEUE_READY = 0x044,
	VBLK_QUEUE_NOTIFY = 0x050,
	VBLK_INTERRUPT_STATUS = 0x060,
	VBLK_INTERRUPT_ACK = 0x064,
	VBLK_STATUS = 0x070,
	VBLK_QUEUE_DESC = 0x080, /* low, and high 4 bytes behind */
	VBLK_QUEUE_DRIVER = 0x090,
	VBLK_QUEUE_DEVICE = 0x0a0,
	VBLK_CONFIG_GENERATION = 0x0fc,
	VBLK_CONFIG_CAPACITY = 0x100,
	VBLK_CONFIG_SEG_MAX = 0x10c,
	VBLK_CONFIG_BLK_SIZE = 0x114,
};

#define VBLK_F_VERSION_1 BIT(32)
#define VBLK_F_FLUSH     BIT(9)
#define VBLK_F_BLK_SIZE  BIT(6)
#define VBLK_F_RO        BIT(5)
#define VBLK_F_SEG_MAX   BIT(2)

#define VBLK_STATUS_FAILED      BIT(7)
#define VBLK_STATUS_NEEDS_RESET BIT(6)
#define VBLK_STATUS_FEATURES_OK BIT(3)
#define VBLK_STATUS_DRIVER_OK   BIT(2)
#define VBLK_STATUS_DRIVER      BIT(1)
#define VBLK_STATUS_ACKNOWLEDGE BIT(0)

#define VBLK_DESC_WRITE    2U
#define VBLK_DESC_NEXT     1U
#define VBLK_DESC_INDIRECT 4U

enum vblk_type { VBLK_IN = 0, VBLK_OUT = 1, VBLK_FLUSH = 4, VBLK_GET_ID = 8 };
enum vblk_answer { VBLK_OK = 0, VBLK_IOERR = 1, VBLK_UNSUPP = 2, VBLK_NONE = 0xff };

#define VBLK_QUEUE_SIZE 128U
#define VBLK_SLOTS      (VBLK_QUEUE_SIZE / 3) /* requests of three descriptors */

struct vblk_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

/* The driver's memory, in pages of its own. */
struct vblk_rings {
	struct vblk_desc desc[VBLK_QUEUE_SIZE];
	struct {
		u16 flags, idx, ring[VBLK_QUEUE_SIZE];
	} avail;
	struct {
		u16 flags, idx;
		struct {
			u32 id, len;
		} ring[VBLK_QUEUE_SIZE];
	} used __attribute__((aligned(4)));
	struct {
		u32 type, reserved;
		u64 sector;
	} header[VBLK_SLOTS];
	u8 answer[VBLK_SLOTS];
};

struct vblk {
	u64 base;
	u32 line; /* its interrupt */
	u64 features;
	u64 capacity; /* in VBLK_SECTOR */
	u32 block_size;
	volatile struct vblk_rings *rings;
};

/* The first device `name` of the device tree; false if there is none, or it is no disk. */
bool vblk_find(struct vblk *blk, const char *name);
/* Resets it and sets it up with all the features it has. False if it does not agree. */
bool vblk_start(struct vblk *blk);

volatile u32 *vblk_reg(const struct vblk *blk, u32 reg);

/*
 * Begins a request in `slot`, which must be free: data may be NULL. It uses the descriptors
 * 3 * slot ... 3 * slot + 2. The device sees it, but is told by vblk_kick().
 */
void vblk_add(struct vblk *blk, u32 slot, enum vblk_type type, u64 sector, void *data,
	u32 len);
/* Makes the chain that begins with descriptor `head` available. */
void vblk_offer(struct vblk *blk, u16 head);
void vblk_kick(struct vblk *blk);
/* Waits until the device has finished as many requests as it was given. False after 10 s. */
bool vblk_wait(struct vblk *blk);
/* One request from begin to end, in slot 0: its status, or VBLK_NONE. */
enum vblk_answer vblk_request(struct vblk *blk, enum vblk_type type, u64 sector,
	void *data, u32 len);
