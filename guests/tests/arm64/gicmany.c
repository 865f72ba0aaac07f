// SPDX-License-Identifier: Apache-2.0
// More interrupts at once than a virtual GIC has list registers: each comes once, the most urgent
// first; handlers are interrupted by more urgent ones, deeper than there are list registers;
// what is disabled or taken back does not come; read-only registers stay as they are.
#define TEST "gicmany"
#include "../check.h"
#include <guest/intc.h>
#include <arch/gic.h>

#define LINES 24 /* of devices that are not there */
#define FIRST (LINE_DEVICE_FIRST + 64)
#define DEPTH 12 /* of handlers that interrupt each other */
#define STEP  8  /* between two priorities that are different */

#define GICD_PIDR2 0xffe8UL

static volatile u32 seen[LINES + 16];
static volatile u32 count;
static bool nesting;

static u32 bit(u32 line)
{
	return 1U << line % 32;
}

static void pend(u32 line)
{
	*gic_line_reg(line, GICD_ISPENDR(line / 32)) = bit(line);
}

static void unpend(u32 line)
{
	*gic_line_reg(line, GICD_ICPENDR(line / 32)) = bit(line);
}

static bool is_pending(u32 line)
{
	return *gic_line_reg(line, GICD_ISPENDR(line / 32)) & bit(line);
}

/* When nesting, the n-th handler asks for the n+1-th line, whose priority is higher. */
static void handler(void)
{
	u32 line = intc_claim();

	if (!line)
		return;
	seen[count++ % ARRAY_LEN(seen)] = line;
	if (nesting && line + 1 < FIRST + DEPTH) {
		u32 before = count;

		pend(line + 1);
		irq_on();
		clock_delay(1000);
		irq_off();
		expect_true(count > before, "line %u to interrupt the handler of %u",
			line + 1, line);
	}
	intc_done(line);
}

/* Interrupts on until nothing comes any more. */
static void drain(void)
{
	u32 before;

	do {
		before = count;
		irq_on();
		clock_delay(20000);
		irq_off();
	} while (count != before);
}

static void check_many(void)
{
	count = 0;
	for (u32 i = 0; i < LINES; i++) {
		/* Neither in their order nor against it. */
		u32 line = FIRST + i * 7 % LINES;

		gic_line_set(line, STEP * (i + 2));
		gic_line_enable(line, true);
		pend(line);
	}
	drain();
	expect_equal(count, LINES, "interrupts of %u lines pending at once", LINES);
	for (u32 i = 0; i < LINES; i++)
		expect_equal(seen[i], FIRST + i * 7 % LINES, "interrupt %u by priority",
			i);
}

/* All of them once more, most urgent last: each one displaces another. */
static void check_displaced(void)
{
	count = 0;
	for (u32 i = LINES; i--;)
		pend(FIRST + i * 7 % LINES);
	drain();
	expect_equal(count, LINES, "interrupts of %u lines, most urgent last", LINES);
	for (u32 i = 0; i < LINES; i++)
		expect_equal(seen[i], FIRST + i * 7 % LINES, "interrupt %u by priority",
			i);
}

static void check_sgis(void)
{
	count = 0;
	for (u32 sgi = 1; sgi < 16; sgi++) {
		gic_line_set(sgi, PRIORITY_CPU);
		gic_line_enable(sgi, true);
		gic_sgi(sgi, cpu_id());
	}
	drain();
	expect_equal(count, 15, "interrupts of 15 SGIs at once");
	/* Of equal priorities the lowest number. */
	for (u32 i = 0; i < 15; i++)
		expect_equal(field_get(IAR_LINE, seen[i]), i + 1, "SGI %u", i);
}

static void check_nested(void)
{
	count = 0;
	nesting = true;
	for (u32 i = 0; i < DEPTH; i++)
		gic_line_set(FIRST + i, STEP * (DEPTH + 2 - i));
	pend(FIRST);
	drain();
	nesting = false;
	expect_equal(count, DEPTH, "handlers that interrupted each other");
	for (u32 i = 0; i < DEPTH; i++)
		expect_equal(seen[i], FIRST + i, "handler %u", i);
	/* All have ended: they can come again. */
	for (u32 i = 0; i < DEPTH; i++)
		pend(FIRST + i);
	drain();
	expect_equal(count, 2 * DEPTH, "interrupts after the nested ones had ended");
}

static void check_taken_back(void)
{
	count = 0;
	for (u32 i = 0; i < LINES; i++)
		pend(FIRST + i);
	for (u32 i = 0; i < LINES; i += 2)
		unpend(FIRST + i);
	for (u32 i = 0; i < LINES; i++)
		expect_equal(is_pending(FIRST + i), i % 2, "pending bit of line %u",
			FIRST + i);
	for (u32 i = 1; i < LINES; i += 4)
		gic_line_enable(FIRST + i, false);
	drain();
	expect_equal(count, LINES / 4,
		"interrupts of those that are pending and enabled");
	for (u32 i = 1; i < LINES; i += 4) {
		expect_true(is_pending(FIRST + i), "line %u to be pending still",
			FIRST + i);
		gic_line_enable(FIRST + i, true);
	}
	drain();
	expect_equal(count, LINES / 2, "interrupts after they were enabled again");
}

static void check_read_only(void)
{
	static const u64 offsets[] = {GICD_TYPER, GICD_IIDR, GICD_PIDR2};

	for (u32 i = 0; i < ARRAY_LEN(offsets); i++) {
		u32 before;

		/* A GICv2's window is smaller, or its ID registers are elsewhere. */
		if (gic_version() == 2 && offsets[i] == GICD_PIDR2)
			continue;
		before = *gicd_reg(offsets[i]);
		*gicd_reg(offsets[i]) = ~before;
		expect_equal(*gicd_reg(offsets[i]), before, "GICD register 0x%lx",
			offsets[i]);
	}
}

int guest_main(void)
{
	intc_init();
	irq_handler_set(IRQ_EXTERNAL, handler);
	check_read_only();
	check_many();
	check_displaced();
	check_sgis();
	check_nested();
	check_taken_back();
	print(TEST ": GICv%u, %u lines\n", gic_version(), LINES);
	return test_ok();
}
