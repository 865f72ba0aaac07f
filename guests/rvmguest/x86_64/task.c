// SPDX-License-Identifier: Apache-2.0
// Tasks of the kernel and of the user, who take turns, by the timer if they do not yield; and what
// the user may ask for. The first task, which has started the others, waits for interrupts while
// nobody else wants to run.
#include "rvmguest.h"

#define STACK_SIZE  8192
#define SAVED       6 /* registers that context_switch() pops */
#define PREEMPTIONS 5
#define WRITE_MAX   256

enum task_state { TASK_FREE, TASK_READY, TASK_SLEEPING, TASK_ENDED };

struct task {
	u64 rsp;
	enum task_state state;
	u64 wake_at; /* ns; TASK_SLEEPING */
	u64 code;    /* TASK_ENDED */
	u32 preempted;
	void (*kernel_entry)(u64 arg);
	u64 arg; /* or the user's entry */
	u8 *stack;
};

void context_switch(u64 *old_rsp, u64 new_rsp);
_Noreturn void user_enter(u64 rip, u64 rsp);
u64 syscall_handle(u64 a, u64 b, u64 c, u64 number);

static volatile struct task tasks[TASKS];
static u8 stacks[TASKS][STACK_SIZE] __attribute__((aligned(4096)));
static u8 user_stacks[TASKS][PAGE] __attribute__((aligned(4096)));
static u32 current;

/* People count from 1. */
static u64 task_id(u32 n)
{
	return n + 1UL;
}

static bool task_runs(u32 n)
{
	if (tasks[n].state == TASK_SLEEPING && clock_ns() >= tasks[n].wake_at)
		tasks[n].state = TASK_READY;
	return tasks[n].state == TASK_READY;
}

void task_yield(bool tick)
{
	u32 old = current, n = old;

	do
		n = (n + 1) % TASKS;
	while (n != old && (n == 0 || !task_runs(n)));
	if (n == old && !task_runs(n))
		n = 0;
	if (n == old)
		return;
	if (tick)
		tasks[old].preempted++;
	current = n;
	cpu_set_stack((u64)stacks[n] + STACK_SIZE);
	context_switch((u64 *)&tasks[old].rsp, tasks[n].rsp);
}

u64 task_next_wake(u64 limit)
{
	for (u32 n = 0; n < TASKS; n++)
		if (tasks[n].state == TASK_SLEEPING && tasks[n].wake_at < limit)
			limit = tasks[n].wake_at;
	return limit;
}

_Noreturn void task_exit(u64 code)
{
	irqs_off();
	tasks[current].code = code;
	tasks[current].state = TASK_ENDED;
	for (;;)
		task_yield(false);
}

static void task_sleep(u64 ns)
{
	tasks[current].wake_at = clock_ns() + ns;
	tasks[current].state = TASK_SLEEPING;
	clock_wake_at(tasks[current].wake_at);
	while (tasks[current].state == TASK_SLEEPING)
		task_yield(false);
}

/* A user's stack has nothing below it. */
static u64 user_stack(u32 n)
{
	return USER_STACKS + 2 * n * PAGE;
}

static void task_first(void)
{
	volatile struct task *task = &tasks[current];

	if (!task->kernel_entry)
		user_enter(task->arg, user_stack(current) + PAGE - sizeof(u64));
	irqs_on();
	task->kernel_entry(task->arg);
	task_exit(0);
}

static s64 task_new(void (*kernel_entry)(u64 arg), u64 arg)
{
	for (u32 n = 1; n < TASKS; n++) {
		u64 *top = (u64 *)(stacks[n] + STACK_SIZE);

		if (tasks[n].state != TASK_FREE)
			continue;
		top[-2] = (u64)
			task_first; /* where it will return to, the stack as after a call */
		tasks[n].rsp = (u64)&top[-2 - SAVED];
		tasks[n].kernel_entry = kernel_entry;
		tasks[n].arg = arg;
		tasks[n].preempted = 0;
		tasks[n].state = TASK_READY;
		return n;
	}
	return -1;
}

/* Neither of the two yields: only the timer lets the other one have its turn. */
static void kernel_task(u64 arg)
{
	print("test kernel task: pid = %lu, arg = 0x%lx\n", task_id(current), arg);
	while (tasks[1].preempted < PREEMPTIONS || tasks[2].preempted < PREEMPTIONS)
		;
	print("test kernel task: pid = %lu, preempted %u times or more\n",
		task_id(current), PREEMPTIONS);
}

/* The first task: waits until no other is left. */
static void wait_for_all(void)
{
	bool busy = true;

	while (busy) {
		task_yield(false);
		busy = false;
		for (u32 n = 1; n < TASKS; n++)
			busy |= tasks[n].state == TASK_READY ||
				tasks[n].state == TASK_SLEEPING;
		if (busy)
			wait_for_irq();
	}
	for (u32 n = 1; n < TASKS; n++)
		tasks[n].state = TASK_FREE;
}

_Noreturn void task_start(void)
{
	tasks[0].state = TASK_READY;
	for (u32 n = 0; n < TASKS; n++)
		memory_map(user_stack(n), (u64)user_stacks[n] - KERNEL_OFFSET, PAGE,
			PTE_NX | PTE_US | PTE_RW);
	task_new(kernel_task, 0xdead);
	task_new(kernel_task, 0xbeef);
	wait_for_all();
	task_new(NULL, (u64)user_main);
	wait_for_all();
	shutdown();
}

static u64 sys_write(u64 text, u64 length)
{
	if (length > WRITE_MAX || text + length < text ||
		text + length > KERNEL_OFFSET / 2)
		return ~0UL;
	for (u64 i = 0; i < length; i++)
		console_put(((const char *)text)[i]);
	return length;
}

static u64 sys_read(void)
{
	int c;

	while ((c = console_get()) < 0)
		task_sleep(TICK_NS);
	return (u64)c;
}

static u64 sys_wait(u64 n)
{
	if (n == 0 || n >= TASKS || n == current || tasks[n].state == TASK_FREE)
		return ~0UL;
	while (tasks[n].state != TASK_ENDED)
		task_sleep(NS_PER_MS);
	tasks[n].state = TASK_FREE;
	return tasks[n].code;
}

u64 syscall_handle(u64 a, u64 b, u64 c, u64 number)
{
	(void)c;
	if (number >= SYS_CALLS)
		return ~0UL;
	switch ((enum syscall)number) {
	case SYS_WRITE: return sys_write(a, b);
	case SYS_READ: return sys_read();
	case SYS_YIELD: task_yield(false); return 0;
	case SYS_SLEEP: task_sleep(a * NS_PER_MS); return 0;
	case SYS_TIME: return a ? clock_hpet_ns() : clock_ns();
	case SYS_SPAWN: return (u64)task_new(NULL, a);
	case SYS_WAIT: return sys_wait(a);
	case SYS_EXIT: task_exit(a);
	case SYS_IRQS: return console_irqs_try();
	case SYS_CALLS: break;
	}
	return ~0UL;
}
