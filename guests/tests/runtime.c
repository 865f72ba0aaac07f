// SPDX-License-Identifier: Apache-2.0
// Checks the guest runtime itself: formatting, memory, paging rights, faults, timer, IPI and
// the start of other cpus. Prints "runtime ok" at the end, else the checks that failed.
#include <guest/guest.h>

static u32 failed;

static void check(bool good, const char *what)
{
	if (good)
		return;
	print("runtime: failed: %s\n", what);
	failed++;
}

static void check_print(void)
{
	char text[64];

	snprint(text, sizeof(text), "%d|%5u|%-4d|%04x|%lx|%c|%s|%p", -12, 34U, 7, 0xabU,
		0x123456789abUL, 'z', "str", (void *)0x10);
	check(!strcmp(text, "-12|   34|7   |00ab|123456789ab|z|str|0x10"), "snprint");
	check(snprint(text, 4, "%s", "longer") == 6 && !strcmp(text, "lon"),
		"snprint cut");
}

static void check_memory(void)
{
	char *a = heap_alloc(10), *b = heap_alloc(10), *big = heap_alloc(3 * PAGE_SIZE);
	void *page = page_alloc();

	check(a && b && a != b && IS_ALIGNED((u64)a, 16), "heap_alloc");
	heap_free(a);
	check(heap_alloc(12) == a, "heap_alloc after heap_free");
	check(big, "heap_alloc of pages");
	memset(big, 0x5a, 3 * PAGE_SIZE);
	heap_free(big);
	page_free(page);
	check(page_alloc() == page, "page_alloc after page_free");
	check(IS_ALIGNED((u64)page_alloc_run(1, MiB(1)), MiB(1)), "page_alloc_run");
}

static void store(void *at)
{
	*(volatile u32 *)at = 1;
}

static void load(void *at)
{
	(void)*(volatile u32 *)at;
}

static void jump(void *at)
{
	((void (*)(void))at)();
}

static bool handler_ran;

static bool skip_it(struct trap_frame *frame, const struct fault *fault)
{
	handler_ran = fault->kind == FAULT_PAGE;
	trap_skip(frame);
	return true;
}

static void check_faults(void)
{
	static u32 data;
	struct fault fault;
	u64 page = (u64)page_alloc(), va = GiB(8);

	check(fault_catch(store, image_text, &fault) && fault.kind == FAULT_PAGE &&
			fault.addr == (u64)image_text,
		"store to text");
	check(fault_catch(store, image_rodata, &fault), "store to rodata");
	check(fault_catch(jump, &data, &fault) && fault.pc == (u64)&data, "jump to data");
	check(!fault_catch(store, &data, &fault) && data == 1, "store to data");
	check(fault_catch(load, (void *)va, &fault), "load of nothing");
	check(paging_map(va, page, PAGE_SIZE, PAGE_READ), "paging_map");
	check(!fault_catch(load, (void *)va, &fault), "load after paging_map");
	check(fault_catch(store, (void *)va, &fault), "store to a page for reading");
	fault_handler_set(skip_it);
	store((void *)va);
	fault_handler_set(NULL);
	check(handler_ran, "fault handler");
	paging_unmap(va, PAGE_SIZE);
	check(fault_catch(load, (void *)va, &fault), "load after paging_unmap");
}

static volatile u32 timer_count, ipi_count, started;

static void timer_handler(void)
{
	timer_count++;
	timer_stop();
}

static void ipi_handler(void)
{
	ipi_count++;
}

static bool wait_for(volatile u32 *count, u32 value)
{
	u64 end = clock_now() + NS_PER_S;

	while (*count < value && clock_now() < end)
		cpu_relax();
	return *count == value;
}

/*
 * The same, asleep: an emulator that counts instructions runs its cpus in turn, and never
 * the next one while this one is busy.
 */
static bool sleep_for(volatile u32 *count, u32 value)
{
	u64 end = clock_now() + NS_PER_S;

	while (*count < value && clock_now() < end) {
		irq_off();
		timer_set(clock_ticks() + clock_ns_to_ticks(100000));
		cpu_wait();
		irq_on();
	}
	return *count == value;
}

static void check_timer(void)
{
	u64 start = clock_now();

	timer_count = 0;
	timer_set(clock_ticks() + clock_ns_to_ticks(1000000));
	check(wait_for(&timer_count, 1), "timer");
	check(clock_now() - start >= 1000000, "timer not early");
}

static void other_cpu(void *arg)
{
	check((u64)arg == cpu_id(), "cpu_id of another cpu");
	irq_unmask(IRQ_IPI);
	irq_on();
	__atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
	for (;;)
		cpu_wait();
}

static void check_cpus(void)
{
	u32 others = 0;

	for (u64 id = 0; id < CPUS_MAX; id++) {
		if (id == cpu_id() || !cpu_start((u32)id, other_cpu, (void *)id))
			continue;
		others++;
		check(sleep_for(&started, others), "cpu_start");
		ipi_count = 0;
		cpu_ipi((u32)id);
		check(sleep_for(&ipi_count, 1), "cpu_ipi to another cpu");
	}
	check(others + 1 == cpu_count(), "cpu_count");
	print("runtime: %u cpus\n", others + 1);
}

int guest_main(void)
{
	paging_init();
	check_print();
	check_memory();
	check_faults();
	irq_handler_set(IRQ_TIMER, timer_handler);
	irq_handler_set(IRQ_IPI, ipi_handler);
	irq_on();
	do {
		check_timer();
	} while (timer_next_way());
	cpu_ipi(cpu_id());
	check(wait_for(&ipi_count, 1), "cpu_ipi to itself");
	check_cpus();
	print("runtime %s\n", failed ? "failed" : "ok");
	return failed != 0;
}
