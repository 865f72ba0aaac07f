// SPDX-License-Identifier: Apache-2.0
// Virtio entropy devices (Virtual I/O Device 1.2, 5.4) as the machine's source of random numbers.
// The device always has one buffer to fill; who wants numbers looks whether it has, so there is
// no interrupt.
#include <hv/arch.h>
#include <hv/fail.h>
#include <hv/lock.h>
#include <hv/mm.h>
#include <hv/print.h>
#include <hv/random.h>
#include <hv/string.h>

#include "virtio.h"
#include "virtqueue.h"

#define REQUEST_QUEUE 0
#define BUFFER_SIZE   1024U

static struct {
	struct virtio *virtio; /* NULL: there is none */
	struct virtqueue queue;
	struct spinlock lock; /* all of it */
	u8 *buffer;
	u32 at, end; /* what is left in it; the device has it if there is nothing */
	bool broken;
} rng;

/* The buffer goes to the device. */
static void buffer_give(void)
{
	const struct virtqueue_buf buf = {ptr_hpa(rng.buffer), BUFFER_SIZE, true};

	rng.at = rng.end = 0;
	if (virtqueue_add(&rng.queue, &buf, 1, rng.buffer) == 0 &&
		virtqueue_wants_notify(&rng.queue))
		rng.virtio->ops->notify(rng.virtio, REQUEST_QUEUE);
}

/* And comes back, with something in it. */
static bool buffer_take(void)
{
	u32 written;

	while (!rng.broken && virtqueue_take(&rng.queue, &written)) {
		rng.end = ALIGN_DOWN(written, (u32)sizeof(u64));
		if (rng.end)
			return true;
		buffer_give();
	}
	if (!rng.broken && rng.queue.broken) {
		error("virtio-rng: %s: no longer used", rng.queue.broken);
		rng.broken = true;
		virtio_fail(rng.virtio);
	}
	return false;
}

static int rng_draw(u64 *bits)
{
	int err = 0;

	spin_lock(&rng.lock);
	if (rng.at < rng.end || buffer_take()) {
		/* Nothing is given twice, nor kept. */
		memcpy(bits, rng.buffer + rng.at, sizeof(*bits));
		memset(rng.buffer + rng.at, 0, sizeof(*bits));
		rng.at += (u32)sizeof(*bits);
		if (rng.at == rng.end)
			buffer_give();
	} else {
		err = -EAGAIN;
	}
	spin_unlock(&rng.lock);
	return err;
}

static int rng_start(struct virtio *virtio)
{
	u64 features;
	int err = virtio_negotiate(virtio, 0, &features);

	if (err)
		return err;
	rng.buffer = mem_alloc(BUFFER_SIZE);
	if (!rng.buffer)
		return fail(-ENOMEM);
	err = virtio_queue_start(virtio, REQUEST_QUEUE, &rng.queue);
	if (err) {
		mem_free(rng.buffer);
		virtio_fail(virtio);
		return err;
	}
	rng.virtio = virtio;
	virtio_start(virtio);
	buffer_give();
	random_source_set(rng_draw);
	return 0;
}

int virtio_rng_probe(struct virtio *virtio)
{
	int err;

	/* One is enough. */
	if (rng.virtio)
		return -EBUSY;
	err = rng_start(virtio);
	if (err)
		warn("virtio-rng: cannot be used (%s)", error_name(err));
	return err;
}
