// SPDX-License-Identifier: Apache-2.0
// vdev/uart_pl011.c, register by register as a driver sees it.
#include "vdev_world.h"

#include "vdev/models.h"

enum {
	DR = 0x00,
	RSR = 0x04,
	FR = 0x18,
	IBRD = 0x24,
	FBRD = 0x28,
	LCR_H = 0x2c,
	CR = 0x30,
	IFLS = 0x34,
	IMSC = 0x38,
	RIS = 0x3c,
	MIS = 0x40,
	ICR = 0x44,
	DMACR = 0x48,
	PERIPH_ID = 0xfe0,
};

enum { RI = 1, CTS = 2, DCD = 4, DSR = 8, RX = 0x10, TX = 0x20, RT = 0x40, OE = 0x400 };

#define LOOP 0x80
#define FEN  0x10

static u32 in(u64 reg)
{
	return (u32)world_read(reg, 4);
}

static void out(u64 reg, u32 value)
{
	world_write(reg, 4, value);
}

static u32 type(const char *text)
{
	return world.chardev->receive(world.chardev, (const u8 *)text, (u32)strlen(text));
}

static int setup(void **state)
{
	(void)state;
	world_start(&pl011_ops, 0x9000000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_end();
	assert_null(world.chardev);
	return 0;
}

static void test_power_on(void **state)
{
	static const struct {
		u64 reg;
		u32 value;
	} expect[] = {
		{DR, 0},
		{RSR, 0},
		{FR, 0x97},
		{IBRD, 0},
		{FBRD, 0},
		{LCR_H, 0},
		{CR, 0x300},
		{IFLS, 0x12},
		{IMSC, 0},
		{RIS, 0},
		{MIS, 0},
		{ICR, 0},
		{DMACR, 0},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(expect); i++)
		assert_int_equal(in(expect[i].reg), expect[i].value);
	assert_false(world.line);
	assert_int_equal(world.refused, 0);
}

static void test_identity(void **state)
{
	static const u8 expect[] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(expect); i++)
		assert_int_equal(in(PERIPH_ID + 4 * i), expect[i]);
	assert_int_equal(world.refused, 0);
	assert_int_equal(world_read(PERIPH_ID + 1, 1), 0);
	assert_int_equal(in(PERIPH_ID - 4), 0);
	out(PERIPH_ID, 1);
	assert_int_equal(world.refused, 3);
}

static void test_bits(void **state)
{
	static const struct {
		u64 reg;
		u32 bits;
	} expect[] = {
		{IBRD, 0xffff},
		{FBRD, 0x3f},
		{LCR_H, 0xff},
		{CR, 0xff87},
		{IFLS, 0x3f},
		{IMSC, 0x7ff},
		{DMACR, 7},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(expect); i++) {
		out(expect[i].reg, ~0U);
		assert_int_equal(in(expect[i].reg), expect[i].bits);
	}
}

static void test_sizes(void **state)
{
	(void)state;
	out(CR, 0xb01);
	assert_int_equal(world_read(CR, 1), 0x01);
	assert_int_equal(world_read(CR, 2), 0xb01);
	world_write(DR, 1, 'a');
	world_write(DR, 2, 'b');
	world_write(DR, 4, 0xffffff63);
	assert_string_equal(world.sent, "abc");
}

static void test_unknown(void **state)
{
	(void)state;
	assert_int_equal(in(0x08), 0);
	assert_int_equal(world.refused, 1);
	out(0x80, 1);
	assert_int_equal(world.refused, 2);
	assert_int_equal(world.refused_offset, 0x80);
	/* Half of a register is none. */
	assert_int_equal(world_read(CR + 2, 2), 0);
	assert_int_equal(world.refused, 3);
	out(FR, 1);
	out(RIS, 1);
	out(MIS, 1);
	assert_int_equal(world.refused, 3);
}

static void test_send(void **state)
{
	(void)state;
	/* Enabled or not. */
	out(CR, 0);
	for (const char *p = "hello"; *p; p++) {
		assert_int_equal(in(FR) & 0xa8, 0x80);
		out(DR, (u8)*p);
	}
	assert_string_equal(world.sent, "hello");
	assert_false(world.line);
}

static void test_transmit_interrupt(void **state)
{
	(void)state;
	/* Only what was sent raises it. */
	out(IMSC, TX);
	assert_false(world.line);
	out(DR, 'x');
	assert_true(world.line);
	assert_int_equal(in(MIS), TX);
	out(ICR, RX);
	assert_true(world.line);
	out(ICR, TX);
	assert_false(world.line);
	assert_int_equal(in(RIS), 0);
	/* Masked, it is pending all the same. */
	out(IMSC, 0);
	out(DR, 'y');
	assert_false(world.line);
	assert_int_equal(in(RIS), TX);
	assert_int_equal(in(MIS), 0);
	out(IMSC, TX);
	assert_true(world.line);
}

static void test_receive_plain(void **state)
{
	(void)state;
	out(IMSC, RX);
	world.typed = "bc";
	assert_int_equal(type("a"), 1);
	assert_int_equal(type("b"), 0);
	assert_true(world.line);
	assert_int_equal(in(FR) & 0x50, 0x40);
	assert_int_equal(in(RIS), RX | RT);
	/* What waits comes as soon as there is room. */
	assert_int_equal(in(DR), 'a');
	assert_int_equal(in(DR), 'b');
	assert_true(world.line);
	/* A handler that clears after it has read loses nothing. */
	out(ICR, RX);
	assert_true(world.line);
	assert_int_equal(in(DR), 'c');
	assert_false(world.line);
	assert_int_equal(in(FR) & 0x50, 0x10);
	assert_int_equal(in(DR), 'c');
}

static void test_receive_fifo(void **state)
{
	static const char text[] = "0123456789abcdefghij";
	u32 changes;

	(void)state;
	out(LCR_H, FEN);
	out(IMSC, RX | RT);
	assert_int_equal(type("0123456"), 7);
	assert_int_equal(in(MIS), RT);
	assert_int_equal(type("7"), 1);
	assert_int_equal(in(MIS), RX | RT);
	assert_int_equal(type(text + 8), 8);
	assert_int_equal(type(text + 16), 0);
	assert_int_equal(in(FR) & 0x50, 0x40);
	world.typed = text + 16;
	changes = world.line_changes;
	for (u32 i = 0; i < 20; i++) {
		assert_int_equal(in(MIS), i <= 8 ? RX | RT : RT);
		assert_int_equal(in(DR), text[i]);
	}
	/* One interrupt for all of it. */
	assert_int_equal(world.line_changes, changes + 1);
	assert_false(world.line);
	assert_int_equal(*world.typed, '\0');
}

static void test_levels(void **state)
{
	static const u8 levels[] = {2, 4, 8, 12, 14};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(levels); i++) {
		out(LCR_H, 0);
		out(LCR_H, FEN);
		out(IFLS, i << 3);
		for (u32 n = 1; n <= 16; n++) {
			assert_int_equal(type("x"), 1);
			assert_int_equal(in(RIS)&RX, n >= levels[i] ? RX : 0);
		}
	}
	/* Reserved values are no way out of a table. */
	for (u32 i = ARRAY_LEN(levels); i < 8; i++)
		out(IFLS, i << 3);
	assert_int_equal(in(RIS)&RX, RX);
}

static void test_fifo_control(void **state)
{
	(void)state;
	assert_int_equal(type("a"), 1);
	/* Enabling the FIFO keeps what is there, and announces room. */
	world.typed = "bcd";
	out(LCR_H, FEN);
	assert_string_equal(world.typed, "");
	assert_int_equal(in(DR), 'a');
	assert_int_equal(in(DR), 'b');
	/* Disabling it drops the rest. */
	out(LCR_H, 0);
	assert_int_equal(in(FR) & 0x10, 0x10);
	assert_int_equal(in(RIS), 0);
	/* A write that changes nothing else drops nothing. */
	out(LCR_H, FEN);
	assert_int_equal(type("xy"), 2);
	out(LCR_H, FEN | 0x60);
	assert_int_equal(in(DR), 'x');
}

static void test_loopback(void **state)
{
	(void)state;
	out(CR, LOOP);
	out(DR, 'l');
	assert_int_equal(world.sent_count, 0);
	assert_int_equal(in(DR), 'l');
	/* Nobody can type meanwhile, but afterwards. */
	assert_int_equal(type("t"), 0);
	world.typed = "t";
	out(CR, 0x301);
	assert_int_equal(in(DR), 't');
	out(DR, 's');
	assert_string_equal(world.sent, "s");
}

static void test_overrun(void **state)
{
	(void)state;
	out(CR, LOOP);
	out(LCR_H, FEN);
	out(IMSC, OE);
	for (u32 i = 0; i < 16; i++)
		out(DR, 'a' + i);
	assert_int_equal(in(RSR), 0);
	assert_false(world.line);
	out(DR, 'z');
	assert_true(world.line);
	assert_int_equal(in(RSR), 8);
	out(RSR, 0);
	assert_int_equal(in(RSR), 0);
	out(ICR, OE);
	assert_false(world.line);
	/* The FIFO keeps what it has; the first byte read tells of the loss. */
	assert_int_equal(in(DR), 0x800 | 'a');
	for (u32 i = 1; i < 16; i++)
		assert_int_equal(in(DR), 'a' + i);
	/* So does the holding register. */
	out(LCR_H, 0);
	out(DR, '1');
	out(DR, '2');
	assert_int_equal(in(DR), 0x800 | '1');
	assert_int_equal(in(FR) & 0x10, 0x10);
}

static void test_modem(void **state)
{
	static const struct {
		u32 cr, fr, irqs;
	} steps[] = {
		{LOOP, 0, CTS | DCD | DSR}, /* all inputs fall */
		{LOOP | 0x2000, 0x100, RI},
		{LOOP | 0x1000, 0x004, RI | DCD},
		{LOOP | 0x0800, 0x001, DCD | CTS},
		{LOOP | 0x0400, 0x002, CTS | DSR},
		{0, 0x007, CTS | DCD},
	};

	(void)state;
	out(IMSC, 0xf);
	for (u32 i = 0; i < ARRAY_LEN(steps); i++) {
		out(CR, steps[i].cr);
		assert_true(world.line);
		assert_int_equal(in(FR) & 0x107, steps[i].fr);
		assert_int_equal(in(MIS), steps[i].irqs);
		out(ICR, 0xf);
		assert_false(world.line);
	}
}

static void test_reset(void **state)
{
	(void)state;
	out(LCR_H, FEN);
	out(IMSC, 0x7ff);
	out(DR, 'x');
	type("abc");
	assert_true(world.line);
	pl011_ops.reset(world.dev);
	assert_false(world.line);
	test_power_on(state);
}

static void test_fdt_node(void **state)
{
	u8 blob[1024];
	struct fdt fdt;
	u64 base, size;
	u32 cell, clock;
	int node;

	(void)state;
	world_fdt(&fdt, blob, sizeof(blob));
	node = fdt_path(&fdt, "/soc/pl011@9000000");
	assert_true(node >= 0);
	assert_true(fdt_is_compatible(&fdt, node, "arm,pl011"));
	assert_true(fdt_is_compatible(&fdt, node, "arm,primecell"));
	assert_true(fdt_reg(&fdt, node, 0, &base, &size));
	assert_int_equal(base, 0x9000000);
	assert_int_equal(size, 0x1000);
	assert_true(fdt_cell(&fdt, node, "interrupts", 0, &cell));
	assert_int_equal(cell, 10);
	assert_true(fdt_cell(&fdt, node, "clocks", 0, &clock));
	assert_true(fdt_cell(&fdt, node, "clocks", 1, &cell));
	assert_int_equal(cell, clock);
	assert_false(fdt_cell(&fdt, node, "clocks", 2, &cell));
	assert_memory_equal(fdt_prop(&fdt, node, "clock-names", &cell),
		"uartclk\0apb_pclk", 17);
	assert_int_equal(cell, 17);
	node = fdt_by_phandle(&fdt, clock);
	assert_true(fdt_is_compatible(&fdt, node, "fixed-clock"));
	assert_true(fdt_cell(&fdt, node, "clock-frequency", 0, &cell));
	assert_int_equal(cell, 24000000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_power_on),
		TEST(test_identity),
		TEST(test_bits),
		TEST(test_sizes),
		TEST(test_unknown),
		TEST(test_send),
		TEST(test_transmit_interrupt),
		TEST(test_receive_plain),
		TEST(test_receive_fifo),
		TEST(test_levels),
		TEST(test_fifo_control),
		TEST(test_loopback),
		TEST(test_overrun),
		TEST(test_modem),
		TEST(test_reset),
		TEST(test_fdt_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
