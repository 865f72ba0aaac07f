// SPDX-License-Identifier: Apache-2.0
// A first-in, first-out queue of numbers that threads share.
#pragma once

#include <guest/lock.h>
#include <hv/list.h>

struct queue {
	struct spinlock lock;
	struct list items; /* under lock */
};

#define QUEUE_INIT(name) {.items = LIST_INIT((name).items)}

/* False if there is no memory. */
bool queue_push(struct queue *queue, u32 value);

/* False if the queue is empty. */
bool queue_pop(struct queue *queue, u32 *value);
