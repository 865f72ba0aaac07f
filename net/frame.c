// SPDX-License-Identifier: Apache-2.0
// The memory of frames (<hv/net.h>). Who attaches a port reserves a frame for each place there is
// for one, so one port's traffic can never leave another without.
#include <hv/net.h>

#include <hv/assert.h>
#include <hv/fail.h>
#include <hv/lock.h>
#include <hv/mm.h>

_Static_assert(sizeof(struct net_frame) <= 2048, "two in a page");

static struct {
	struct spinlock lock;
	struct net_frame *free;
	u32 count;    /* of all there are */
	u32 reserved; /* of those that there should be */
} pool;

static void pool_add(struct net_frame *frame)
{
	frame->next = pool.free;
	pool.free = frame;
}

/* The number there should be went down: true if this one is to go. Lock held. */
static bool pool_shrinks(void)
{
	if (pool.count <= pool.reserved)
		return false;
	pool.count--;
	return true;
}

int net_frames_reserve(u32 count)
{
	for (u32 i = 0; i < count; i++) {
		struct net_frame *frame = mem_alloc(sizeof(*frame));

		if (!frame) {
			net_frames_release(i);
			return fail(-ENOMEM);
		}
		spin_lock(&pool.lock);
		pool.count++;
		pool.reserved++;
		pool_add(frame);
		spin_unlock(&pool.lock);
	}
	return 0;
}

void net_frames_release(u32 count)
{
	struct net_frame *frame = NULL;

	spin_lock(&pool.lock);
	assert(count <= pool.reserved);
	pool.reserved -= count;
	/* Those that are in use go when they come back. */
	while (pool.free && pool_shrinks()) {
		frame = pool.free;
		pool.free = frame->next;
		spin_unlock(&pool.lock);
		mem_free(frame);
		spin_lock(&pool.lock);
	}
	spin_unlock(&pool.lock);
}

struct net_frame *net_frame_alloc(void)
{
	struct net_frame *frame;

	spin_lock(&pool.lock);
	frame = pool.free;
	if (frame)
		pool.free = frame->next;
	spin_unlock(&pool.lock);
	if (frame)
		frame->refs = 1;
	return frame;
}

void net_frame_put(struct net_frame *frame)
{
	bool surplus;

	/* What others have read of it comes before it is written again. */
	if (__atomic_sub_fetch(&frame->refs, 1, __ATOMIC_ACQ_REL))
		return;
	spin_lock(&pool.lock);
	surplus = pool_shrinks();
	if (!surplus)
		pool_add(frame);
	spin_unlock(&pool.lock);
	if (surplus)
		mem_free(frame);
}
