// SPDX-License-Identifier: Apache-2.0
// The pair of 8259A, through the local APIC's LINT0 as ExtINT: masks, requests, services, both
// kinds of end, automatic ends, priorities, and the second one behind the first. Intel 8259A data
// sheet.
#define TEST "pic"
#include "pc.h"

#define TICK  (VECTOR_PIC + 0)
#define CLOCK (VECTOR_PIC + PIC_CLOCK)

static volatile u32 ticks, clocks, in_tick;
static bool auto_end, ends_late;

static void tick_handler(struct trap_frame *frame)
{
	(void)frame;
	in_tick = pic_read(PIC1_PORT, OCW3_ISR);
	ticks++;
	if (!auto_end && !ends_late)
		io_write8(PIC1_PORT, OCW2_EOI);
}

static u8 cmos_read(u8 index)
{
	io_write8(RTC_PORT, index);
	return io_read8(RTC_PORT + 1);
}

static void cmos_write(u8 index, u8 value)
{
	io_write8(RTC_PORT, index);
	io_write8(RTC_PORT + 1, value);
}

static void clock_handler(struct trap_frame *frame)
{
	(void)frame;
	clocks++;
	cmos_read(0x0c);
	io_write8(PIC2_PORT, OCW2_THIS | (PIC_CLOCK - 8));
	io_write8(PIC1_PORT, OCW2_THIS | PIC_SLAVE);
}

static void check_mask(void)
{
	expect_equal(io_read8(PIC1_PORT + 1), ALL_MASKED, "the mask of the first");
	expect_equal(io_read8(PIC2_PORT + 1), ALL_MASKED, "the mask of the second");
	pit_set(0, 2, 11932);
	wait_ns(50000000);
	expect_equal(ticks, 0, "interrupts while all is masked");
	expect_equal(pic_read(PIC1_PORT, OCW3_IRR) & 1, 1,
		"the request of a masked input");
	expect_equal(pic_read(PIC1_PORT, OCW3_ISR), 0, "what is in service");
}

static void check_ticks(void)
{
	pic_mask(0xfffe);
	expect_true(wait_count(&ticks, 5), "five ticks");
	expect_equal(in_tick, 1, "in service during a tick");
	expect_equal(pic_read(PIC1_PORT, OCW3_ISR), 0, "what is in service after it");
}

static void check_late_end(void)
{
	u32 before = ticks;

	ends_late = true;
	expect_true(wait_count(&ticks, before + 1), "a tick");
	before = ticks;
	wait_ns(50000000);
	expect_equal(ticks, before, "ticks while one is in service");
	ends_late = false;
	io_write8(PIC1_PORT, OCW2_THIS | 0);
	expect_true(wait_count(&ticks, before + 3), "ticks after it has ended");
}

static void check_auto_end(void)
{
	u32 before = ticks;

	pic_init(ICW4_8086 | ICW4_AUTO);
	auto_end = true;
	pic_mask(0xfffe);
	expect_true(wait_count(&ticks, before + 5), "ticks that end by themselves");
	expect_equal(in_tick, 0, "in service during such a tick");
	auto_end = false;
	pic_init(ICW4_8086);
}

/* Input 8 is behind input 2 of the first, which comes after 0, that is in service. */
static void check_second(void)
{
	u8 b = cmos_read(0x0b);

	pit_stop();
	cmos_write(0x0a, 0x26); /* 1024 Hz */
	cmos_write(0x0b, b | 0x40);
	cmos_read(0x0c);
	pic_mask((u16) ~(1 << PIC_CLOCK | 1 << PIC_SLAVE));
	expect_true(wait_count(&clocks, 10), "ten interrupts through the second");
	expect_equal(pic_read(PIC2_PORT, OCW3_ISR), 0,
		"what is in service in the second");

	/* A tick that does not end keeps all others out. */
	ends_late = true;
	pic_mask((u16) ~(1 << PIC_CLOCK | 1 << PIC_SLAVE | 1));
	pit_set(0, 0, 1000);
	expect_true(wait_count(&ticks, ticks + 1), "a tick");
	clocks = 0;
	wait_ns(10000000);
	expect_equal(clocks, 0, "interrupts of a lower priority");
	ends_late = false;
	io_write8(PIC1_PORT, OCW2_EOI);
	expect_true(wait_count(&clocks, 1), "them after the higher one has ended");
	cmos_write(0x0b, b);
	pic_mask(0xffff);
}

/* With the processor's interrupts off it stays pending; with LINT0 masked it does not come. */
static void check_lint(void)
{
	u32 before;

	pic_mask(0xfffe);
	apic_write(APIC_LVT_LINT0, LVT_MASKED | LVT_EXTINT);
	before = ticks;
	pit_set(0, 2, 11932);
	wait_ns(30000000);
	expect_equal(ticks, before, "ticks while LINT0 is masked");
	apic_write(APIC_LVT_LINT0, LVT_EXTINT);
	expect_true(wait_count(&ticks, before + 2), "ticks when it is not");
	pit_stop();
}

int guest_main(void)
{
	vector_handler_set(TICK, tick_handler);
	vector_handler_set(CLOCK, clock_handler);
	apic_start();
	pic_init(ICW4_8086);
	apic_write(APIC_LVT_LINT0, LVT_EXTINT);
	check_mask();
	check_ticks();
	check_late_end();
	check_auto_end();
	pit_set(0, 2, 11932);
	check_second();
	check_lint();
	return test_ok();
}
