// SPDX-License-Identifier: Apache-2.0
// A completely fair scheduler for one cpu. Each thread has a virtual run time: the time
// it had the cpu, scaled by its weight. The run queue is ordered by it, and the thread
// that has had least runs next. The timer preempts a thread that is no longer the least.
//
// Everything here is guarded by interrupts being off, for there is one cpu.
#include <guest/guest.h>
#include "thread.h"

#define TICK_NS       100000UL /* from a switch, or the last look, to the next look */
#define HEAD_START_NS 50000UL  /* how far a thread may be ahead before it is preempted */
#define STACK_PAGES   2

struct thread {
	struct context context;
	struct list node; /* in run_queue, unless it runs or waits */
	u64 vruntime;     /* virtual ns */
	u64 since;        /* clock when it was last charged */
	u32 weight;
	u32 id;
	bool exited;
	struct thread *joiner; /* waits for this one to exit */
	void (*fn)(void *arg);
	void *arg;
	void *stack;
};

static struct thread first_thread = {.id = 1, .weight = WEIGHT_NORMAL};
static struct thread *current = &first_thread;
static struct list run_queue = LIST_INIT(run_queue); /* lowest vruntime first */
static bool need_resched;
static u32 last_id = 1;

static struct thread *queue_first(void)
{
	if (list_empty(&run_queue))
		return NULL;
	return list_first(&run_queue, struct thread, node);
}

/* Behind all with the same vruntime, so that equals take turns. */
static void queue_insert(struct thread *thread)
{
	list_for_each(it, &run_queue) {
		if (list_entry(it, struct thread, node)->vruntime > thread->vruntime) {
			list_insert(it, &thread->node);
			return;
		}
	}
	list_append(&run_queue, &thread->node);
}

/* A tick at most: what is more, somebody below us took, and the thread did not have. */
static void charge_current(void)
{
	u64 now = clock_now(), used = MIN(now - current->since, TICK_NS);

	current->vruntime += used * WEIGHT_NORMAL / current->weight;
	current->since = now;
}

/* Not for every nanosecond, or a tick that finds two threads level would swap them. */
static void resched_if_ahead_of(const struct thread *thread)
{
	if (thread->vruntime + HEAD_START_NS < current->vruntime)
		need_resched = true;
}

static void tick_arm(void)
{
	timer_set(clock_ticks() + clock_ns_to_ticks(TICK_NS));
}

/*
 * Continues the first of the queue, for at least a tick; the caller has put `current`
 * where it belongs.
 */
static void schedule(void)
{
	struct thread *prev = current, *next = queue_first();

	need_resched = false;
	if (!next) {
		print("gkernel: every thread waits for another\n");
		machine_off(true);
	}
	list_remove(&next->node);
	next->since = prev->since;
	current = next;
	tick_arm();
	if (next != prev)
		context_switch(&prev->context, &next->context);
}

static void preempt(void)
{
	queue_insert(current);
	schedule();
}

/* A thread has no claim to the time it waited: it goes on level with the least. */
static void wake(struct thread *thread)
{
	struct thread *first = queue_first();
	u64 least;

	charge_current();
	least = first ? MIN(first->vruntime, current->vruntime) : current->vruntime;
	thread->vruntime = MAX(thread->vruntime, least);
	queue_insert(thread);
	resched_if_ahead_of(thread);
}

/* A new thread has had no time yet: it begins level with the least of those that wait. */
static void start(struct thread *thread)
{
	struct thread *first = queue_first();

	thread->vruntime = first ? first->vruntime : 0;
	queue_insert(thread);
}

/* The timer interrupt. */
static void tick(void)
{
	struct thread *first = queue_first();

	charge_current();
	if (first)
		resched_if_ahead_of(first);
	if (need_resched)
		preempt();
	else
		tick_arm();
}

void sched_init(void)
{
	list_init(&first_thread.node);
	/* Whoever boots the machine has had it for itself until now. */
	first_thread.since = first_thread.vruntime = clock_now();
	irq_handler_set(IRQ_TIMER, tick);
	tick_arm();
	irq_on();
}

static void thread_main(void *arg)
{
	struct thread *thread = arg;

	irq_on();
	thread->fn(thread->arg);
	thread_exit();
}

struct thread *thread_spawn(u32 weight, void (*fn)(void *arg), void *arg)
{
	struct thread *thread = heap_alloc(sizeof(*thread));
	void *stack = heap_alloc(STACK_PAGES * PAGE_SIZE);
	u64 flags;

	if (!thread || !stack) {
		heap_free(thread);
		heap_free(stack);
		return NULL;
	}
	*thread = (struct thread){.weight = weight, .fn = fn, .arg = arg, .stack = stack};
	list_init(&thread->node);
	context_init(&thread->context, (char *)stack + STACK_PAGES * PAGE_SIZE,
		thread_main, thread);
	flags = irq_save();
	thread->id = ++last_id;
	start(thread);
	irq_restore(flags);
	return thread;
}

void thread_join(struct thread *thread)
{
	u64 flags = irq_save();

	while (!thread->exited) {
		thread->joiner = current;
		charge_current();
		schedule();
	}
	irq_restore(flags);
	heap_free(thread->stack);
	heap_free(thread);
}

void thread_yield(void)
{
	u64 flags = irq_save();
	struct thread *first = queue_first();

	charge_current();
	if (first)
		current->vruntime = MAX(current->vruntime, first->vruntime);
	preempt();
	irq_restore(flags);
}

_Noreturn void thread_exit(void)
{
	irq_off();
	charge_current();
	current->exited = true;
	if (current->joiner)
		wake(current->joiner);
	/* The stack is in use until the switch; thread_join() frees it after. */
	schedule();
	__builtin_unreachable();
}

u32 thread_id(void)
{
	return current->id;
}
