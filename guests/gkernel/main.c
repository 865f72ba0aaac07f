// SPDX-License-Identifier: Apache-2.0
// gkernel, the demo guest: a small kernel with page tables, a heap and preemptive
// threads. Two workers share a queue; worker1 never yields, so that worker2 gets its
// turns only if timer interrupts reach the guest.
#include <guest/guest.h>
#include "queue.h"
#include "thread.h"

#define LAST_NUMBER 256

static const char banner[] =
	"\n"
	"           /\\\n"
	"      []  /  \\       ####  #  #  ####  ###   #  #  ####  #\n"
	"      || /    \\      #     # #   #     #  #  ## #  #     #\n"
	"      ||/  []  \\     # ##  ##    ###   ###   # ##  ###   #\n"
	"      |/________\\    #  #  # #   #     # #   #  #  #     #\n"
	"       |  __  |      ####  #  #  ####  #  #  #  #  ####  ####\n"
	"       | |  | |\n"
	"    ___|_|__|_|___\n"
	"\n";

static struct queue numbers = QUEUE_INIT(numbers);

/*
 * The work that a number costs: a few ticks of the scheduler. Without it worker1 would be
 * done before an emulator on a busy computer delivers its first timer interrupts.
 */
#define WORK_LOOPS 100000U

static void work(void)
{
	for (u32 i = 0; i < WORK_LOOPS; i++)
		asm volatile("");
}

static void worker1(void *arg)
{
	(void)arg;
	print("worker1 ... ThreadId(%u)\n", thread_id());
	for (u32 i = 0; i <= LAST_NUMBER; i++) {
		work();
		print("worker1 [%u]\n", i);
		if (!queue_push(&numbers, i)) {
			print("worker1: no memory\n");
			machine_off(true);
		}
	}
	print("worker1 ok!\n");
}

static void worker2(void *arg)
{
	u32 number = 0;

	(void)arg;
	print("worker2 ... ThreadId(%u)\n", thread_id());
	while (number != LAST_NUMBER) {
		if (queue_pop(&numbers, &number)) {
			print("worker2 [%u]\n", number);
		} else {
			print("worker2: nothing to do!\n");
			thread_yield();
		}
	}
	print("worker2 ok!\n");
}

int guest_main(void)
{
	struct thread *first, *second;

	paging_init();
	banner_print(banner);
	sched_init();

	print("Multi-task(Preemptible) is starting ...\n");
	/* The reader's weight lets it drain the queue faster than the writer fills it. */
	first = thread_spawn(WEIGHT_NORMAL, worker1, NULL);
	second = thread_spawn(2 * WEIGHT_NORMAL, worker2, NULL);
	if (!first || !second) {
		print("gkernel: no memory for threads\n");
		return 1;
	}
	thread_yield(); /* they have waited long enough */
	print("Wait for workers to exit ...\n");
	thread_join(first);
	thread_join(second);
	print("Multi-task(Preemptible) ok!\n");
	return 0;
}
