// SPDX-License-Identifier: Apache-2.0
// Random numbers (<hv/random.h>), and how guests' devices get them (<hv/vdev.h>). A source that
// has nothing to give now is asked again later, by the timer of the device that wants it.
#include <hv/random.h>

#include <hv/arch.h>
#include <hv/fail.h>
#include <hv/lock.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/vdev.h>

#define ASK_AGAIN 10000000UL /* ns */

static struct {
	struct spinlock lock; /* nothing but a driver's own is taken under it */
	int (*draw)(u64 *bits);
	u64 last;
} source;

void random_source_set(int (*draw)(u64 *bits))
{
	if (!source.draw)
		source.draw = draw;
}

static int draw_locked(u64 *bits)
{
	int err = arch_random(bits);

	if (err == -ENODEV && source.draw)
		err = source.draw(bits);
	if (err)
		return err;
	/* A source that repeats itself is broken (SP 800-90B, 4.4.1). */
	if (*bits == source.last)
		return -EAGAIN;
	source.last = *bits;
	return 0;
}

int random_draw(u64 *bits)
{
	int err;

	spin_lock(&source.lock);
	err = draw_locked(bits);
	spin_unlock(&source.lock);
	return err;
}

/* ---- For guests ---- */

static void ask_again(struct timer *timer)
{
	struct vm_random *random = container_of(timer, struct vm_random, timer);

	vm_lock(random->vm);
	random->ready(random);
	vm_unlock(random->vm);
}

int vm_random_open(struct vm_random *random, struct vm *vm)
{
	u64 bits;

	if (random_draw(&bits) == -ENODEV) {
		error("%s: expected a source of random numbers for its virtio-rng, an instruction "
		      "of the machine's CPU or a virtio-rng device, found none",
			vm_name(vm));
		return fail(-ENODEV);
	}
	random->vm = vm;
	timer_init(&random->timer, ask_again);
	return 0;
}

u32 vm_random_take(struct vm_random *random, void *data, u32 len)
{
	u32 done = 0;

	while (done < len) {
		u32 part = MIN(len - done, (u32)sizeof(u64));
		u64 bits;

		if (random_draw(&bits))
			break;
		memcpy((u8 *)data + done, &bits, part);
		done += part;
	}
	if (done == 0)
		timer_arm(&random->timer, time_now() + ASK_AGAIN);
	return done;
}

void vm_random_close(struct vm_random *random)
{
	timer_cancel_wait(&random->timer);
}
