// SPDX-License-Identifier: Apache-2.0
// The queue behind a lock: a list of small heap blocks.
#include <guest/memory.h>
#include "queue.h"

struct item {
	struct list node;
	u32 value;
};

bool queue_push(struct queue *queue, u32 value)
{
	struct item *item = heap_alloc(sizeof(*item));
	u64 flags;

	if (!item)
		return false;
	item->value = value;
	flags = spin_lock_irq(&queue->lock);
	list_append(&queue->items, &item->node);
	spin_unlock_irq(&queue->lock, flags);
	return true;
}

bool queue_pop(struct queue *queue, u32 *value)
{
	struct item *item = NULL;
	u64 flags = spin_lock_irq(&queue->lock);

	if (!list_empty(&queue->items)) {
		item = list_first(&queue->items, struct item, node);
		list_remove(&item->node);
	}
	spin_unlock_irq(&queue->lock, flags);
	if (!item)
		return false;
	*value = item->value;
	heap_free(item);
	return true;
}
