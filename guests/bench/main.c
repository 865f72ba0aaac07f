// SPDX-License-Identifier: Apache-2.0
// What each kind of exit costs: the mean over many, in ticks of the guest's clock, with the
// loop's own cost ("raw") and without. `make bench` makes a tick a fixed number of
// instructions. The loops are in <isa>/. After the table, lines for tools:
// bench <key> <raw> <net>, in hundredths of a tick, or - where nothing could be measured.
#include <guest/guest.h>
#include "bench.h"

#define ROWS_MAX    24
#define TOUCH_PAGES 2048
#define TOUCH_ALIGN MiB(2)
#define SLEEP_NS    40000000UL

/* Latency: how often, how far away the deadline is, how long the handler's loop is counted. */
#define LATENCY_COUNT   200
#define BUSY_NS         20000UL
#define ASLEEP_NS       200000UL
#define CALIBRATE_TICKS 1000

struct result {
	const char *key;
	bool measured;
	u64 raw, net; /* 1/BENCH_UNIT of a tick each */
};

static struct result results[ROWS_MAX];
static u32 result_count;

static void report(const char *key, const char *name, u64 raw, u64 base)
{
	u64 net = raw > base ? raw - base : 0;

	print("%-34s %5lu.%02lu ticks   (raw %lu.%02lu)\n", name, net / BENCH_UNIT,
		net % BENCH_UNIT, raw / BENCH_UNIT, raw % BENCH_UNIT);
	results[result_count++] = (struct result){key, true, raw, net};
}

static void report_none(const char *key, const char *name, const char *why)
{
	print("%-34s not measured: %s\n", name, why);
	results[result_count++] = (struct result){.key = key};
}

/* The mean of one round in 1/BENCH_UNIT of a tick. */
static u64 measure(void (*loop)(u64 count), u64 count)
{
	u64 start = clock_ticks();

	loop(count);
	return (clock_ticks() - start) * BENCH_UNIT / count;
}

static void run_row(const struct bench_row *row)
{
	u64 raw;

	/* What is done once, such as mapping the code, is not part of the mean. */
	row->run(row->count / 16);
	row->base(row->count / 16);
	raw = measure(row->run, row->count);
	report(row->key, row->name, raw, measure(row->base, row->count));
}

/* How often the handler reads the clock during CALIBRATE_TICKS. */
static u64 calibrated_rounds;

static void calibrate(void)
{
	u64 start = clock_ticks();

	/* From the beginning of a tick. */
	while (clock_ticks() == start)
		;
	calibrated_rounds = latency_rounds(clock_ticks() + CALIBRATE_TICKS);
}

/* How late the first instruction of the handler came, in 1/BENCH_UNIT of a tick. */
static u64 latency(bool asleep)
{
	u64 wait = clock_ns_to_ticks(asleep ? ASLEEP_NS : BUSY_NS);
	u64 deadline = clock_ticks() + wait, rounds;
	u64 tick = bench_latency(deadline, asleep, &rounds);

	return (tick - deadline) * BENCH_UNIT -
		rounds * CALIBRATE_TICKS * BENCH_UNIT / calibrated_rounds;
}

static void run_latency(const char *key, const char *name, bool asleep)
{
	u64 sum = 0;

	latency(asleep);
	for (u32 i = 0; i < LATENCY_COUNT; i++)
		sum += latency(asleep);
	report(key, name, sum / LATENCY_COUNT, 0);
}

static char *touch_from;

static void touch(u64 count)
{
	for (char *page = touch_from; count--; page += PAGE_SIZE)
		*(volatile u64 *)page = 1;
}

/* The pages are used once, so there is no warming up; the base is the second time. */
static void run_touch(const char *key, const char *name)
{
	u64 raw;

	touch_from = page_alloc_run(TOUCH_PAGES, TOUCH_ALIGN);
	if (!touch_from) {
		report_none(key, name, "not enough RAM; 32 MiB would do");
		return;
	}
	raw = measure(touch, TOUCH_PAGES);
	report(key, name, raw, measure(touch, TOUCH_PAGES));
}

/* Gives whoever is below the time to prepare pages, as a guest's idling does. */
static void sleep(u64 ns)
{
	u64 end = clock_ticks() + clock_ns_to_ticks(ns);

	irq_unmask(IRQ_TIMER);
	timer_set(end);
	while (clock_ticks() < end)
		cpu_wait();
	timer_stop();
	irq_mask(IRQ_TIMER);
}

int guest_main(void)
{
	print("bench: %lu ticks a second, timer by %s\n", clock_hz(), timer_way());
	run_touch("touch_busy", "first touch of a page, never idle");
	for (const struct bench_row *row = bench_rows; row->key; row++)
		run_row(row);
	calibrate();
	run_latency("latency_busy", "timer to handler, busy", false);
	run_latency("latency_sleep", "timer to handler, asleep", true);
	sleep(SLEEP_NS);
	run_touch("touch", "first touch of a page, after idling");

	for (u32 i = 0; i < result_count; i++) {
		if (results[i].measured)
			print("bench %s %lu %lu\n", results[i].key, results[i].raw,
				results[i].net);
		else
			print("bench %s - -\n", results[i].key);
	}
	print("bench: ok\n");
	return 0;
}
