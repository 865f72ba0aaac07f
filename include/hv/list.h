// SPDX-License-Identifier: Apache-2.0
// Intrusive, circular, doubly linked list. An empty list head points at itself; so does a
// node that is in no list, so list_remove() may be called twice.
#pragma once

#include <hv/types.h>

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name) {&(name), &(name)}

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

/* Puts `node`, which is in no list, before `at`; before the head means last. */
static inline void list_insert(struct list *at, struct list *node)
{
	node->prev = at->prev;
	node->next = at;
	at->prev->next = node;
	at->prev = node;
}

static inline void list_append(struct list *head, struct list *node)
{
	list_insert(head, node);
}

static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

#define list_entry(node, type, member) container_of(node, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)
#define list_for_each(it, head) \
	for (struct list *it = (head)->next; it != (head); it = it->next)
/* As list_for_each, but the body may remove `it`. */
#define list_for_each_safe(it, head)                                          \
	for (struct list *it = (head)->next, *next_ = it->next; it != (head); \
		it = next_, next_ = it->next)
