// SPDX-License-Identifier: Apache-2.0
// A driver for a virtio disk; see <guest/vblk.h>.
#include <guest/guest.h>
#include <guest/device.h>
#include <guest/vblk.h>

#define MAGIC     0x74726976U
#define VERSION   2
#define ID_BLOCK  2
#define WAIT_MAX  (10 * NS_PER_S)
#define RING_SIZE ALIGN_UP(sizeof(struct vblk_rings), PAGE_SIZE)

volatile u32 *vblk_reg(const struct vblk *blk, u32 reg)
{
	return (volatile u32 *)(blk->base + reg);
}

bool vblk_find(struct vblk *blk, const char *name)
{
	struct device device;

	*blk = (struct vblk){0};
	if (!device_find(name, &device))
		return false;
	blk->base = device.base;
	blk->line = device.line;
	return *vblk_reg(blk, VBLK_MAGIC) == MAGIC &&
		*vblk_reg(blk, VBLK_VERSION) == VERSION &&
		*vblk_reg(blk, VBLK_DEVICE_ID) == ID_BLOCK;
}

static void features_agree(struct vblk *blk)
{
	blk->features = 0;
	for (u32 word = 0; word < 2; word++) {
		u32 bits;

		*vblk_reg(blk, VBLK_DEVICE_FEATURES_SEL) = word;
		bits = *vblk_reg(blk, VBLK_DEVICE_FEATURES);
		blk->features |= (u64)bits << (32 * word);
		*vblk_reg(blk, VBLK_DRIVER_FEATURES_SEL) = word;
		*vblk_reg(blk, VBLK_DRIVER_FEATURES) = bits;
	}
}

static void address_set(const struct vblk *blk, u32 reg, const volatile void *what)
{
	*vblk_reg(blk, reg) = (u32)(u64)what;
	*vblk_reg(blk, reg + 4) = (u32)((u64)what >> 32);
}

static void queue_start(struct vblk *blk)
{
	if (!blk->rings)
		blk->rings = page_alloc_run(RING_SIZE / PAGE_SIZE, PAGE_SIZE);
	memset((void *)blk->rings, 0, RING_SIZE);
	*vblk_reg(blk, VBLK_QUEUE_SEL) = 0;
	*vblk_reg(blk, VBLK_QUEUE_NUM) = VBLK_QUEUE_SIZE;
	address_set(blk, VBLK_QUEUE_DESC, blk->rings->desc);
	address_set(blk, VBLK_QUEUE_DRIVER, &blk->rings->avail);
	address_set(blk, VBLK_QUEUE_DEVICE, &blk->rings->used);
	*vblk_reg(blk, VBLK_QUEUE_READY) = 1;
}

bool vblk_start(struct vblk *blk)
{
	volatile u32 *status = vblk_reg(blk, VBLK_STATUS);
	u64 start = clock_now();

	*status = 0;
	while (*status != 0)
		if (clock_now() - start > WAIT_MAX)
			return false;
	*status = VBLK_STATUS_ACKNOWLEDGE;
	*status |= VBLK_STATUS_DRIVER;
	features_agree(blk);
	*status |= VBLK_STATUS_FEATURES_OK;
	if (!(*status & VBLK_STATUS_FEATURES_OK))
		return false;
	queue_start(blk);
	blk->capacity = *vblk_reg(blk, VBLK_CONFIG_CAPACITY) |
		(u64)*vblk_reg(blk, VBLK_CONFIG_CAPACITY + 4) << 32;
	blk->block_size = *vblk_reg(blk, VBLK_CONFIG_BLK_SIZE);
	*status |= VBLK_STATUS_DRIVER_OK;
	return *vblk_reg(blk, VBLK_QUEUE_READY) == 1;
}

static void desc_set(struct vblk *blk, u32 index, volatile void *addr, u32 len, u32 flags)
{
	volatile struct vblk_desc *desc = &blk->rings->desc[index];

	desc->addr = (u64)addr;
	desc->len = len;
	desc->flags = (u16)flags;
	desc->next = (u16)(index + 1);
}

void vblk_offer(struct vblk *blk, u16 head)
{
	u16 idx = blk->rings->avail.idx;

	blk->rings->avail.ring[idx % VBLK_QUEUE_SIZE] = head;
	/* 2.7.13.3: the device sees the index only after what it covers. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	blk->rings->avail.idx = (u16)(idx + 1);
}

void vblk_add(struct vblk *blk, u32 slot, enum vblk_type type, u64 sector, void *data,
	u32 len)
{
	volatile struct vblk_rings *rings = blk->rings;
	u32 first = 3 * slot, at = first;

	rings->header[slot].type = type;
	rings->header[slot].sector = sector;
	rings->answer[slot] = VBLK_NONE;
	desc_set(blk, at++, &rings->header[slot], sizeof(rings->header[slot]),
		VBLK_DESC_NEXT);
	if (data)
		desc_set(blk, at++, data, len,
			VBLK_DESC_NEXT | (type == VBLK_OUT ? 0 : VBLK_DESC_WRITE));
	desc_set(blk, at, &rings->answer[slot], 1, VBLK_DESC_WRITE);
	vblk_offer(blk, (u16)first);
}

void vblk_kick(struct vblk *blk)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*vblk_reg(blk, VBLK_QUEUE_NOTIFY) = 0;
}

bool vblk_wait(struct vblk *blk)
{
	u64 start = clock_now();

	while (blk->rings->used.idx != blk->rings->avail.idx)
		if (clock_now() - start > WAIT_MAX)
			return false;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return true;
}

enum vblk_answer vblk_request(struct vblk *blk, enum vblk_type type, u64 sector,
	void *data, u32 len)
{
	vblk_add(blk, 0, type, sector, data, len);
	vblk_kick(blk);
	return vblk_wait(blk) ? blk->rings->answer[0] : VBLK_NONE;
}
