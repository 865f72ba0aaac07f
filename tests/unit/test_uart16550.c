// SPDX-License-Identifier: Apache-2.0
// vdev/uart16550.c, register by register as a driver sees it.
#include "vdev_world.h"

#include "vdev/models.h"

enum {
	RBR,
	IER,
	IIR,
	LCR,
	MCR,
	LSR,
	MSR,
	SCR,
	THR = RBR,
	DLL = RBR,
	DLM = IER,
	FCR = IIR
};

static u8 in(u64 reg)
{
	return (u8)world_read(reg, 1);
}

static void out(u64 reg, u8 value)
{
	world_write(reg, 1, value);
}

static u32 type(const char *text)
{
	return world.chardev->receive(world.chardev, (const u8 *)text, (u32)strlen(text));
}

static int setup(void **state)
{
	(void)state;
	world_start(&uart16550_ops, 0x10000000);
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
	static const u8 expect[] = {0, 0, 0x01, 0, 0, 0x60, 0xb0, 0};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(expect); i++)
		assert_int_equal(in(i), expect[i]);
	assert_false(world.line);
	assert_int_equal(world.refused, 0);
}

static void test_scratch_and_divisor(void **state)
{
	(void)state;
	out(SCR, 0xa5);
	assert_int_equal(in(SCR), 0xa5);
	out(IER, 0x05);
	out(LCR, 0x83);
	out(DLL, 0x34);
	out(DLM, 0x12);
	assert_int_equal(in(DLL), 0x34);
	assert_int_equal(in(DLM), 0x12);
	out(LCR, 0x03);
	assert_int_equal(in(LCR), 0x03);
	assert_int_equal(in(IER), 0x05);
	assert_int_equal(world.sent_count, 0);
	/* Bits that do not exist read as 0. */
	out(IER, 0xff);
	assert_int_equal(in(IER), 0x0f);
	out(MCR, 0xff);
	assert_int_equal(in(MCR), 0x1f);
}

static void test_sizes(void **state)
{
	(void)state;
	world_write(SCR, 1, 0x5a);
	world_write(MCR, 4, 0x12345603);
	assert_int_equal(world_read(MCR, 4), 0x03);
	assert_int_equal(world_read(MCR, 2), 0x03);
	assert_int_equal(world_read(SCR, 1), 0x5a);
	world_write(THR, 4, 0xffffff41);
	assert_memory_equal(world.sent, "A", 1);
	assert_int_equal(world.sent_count, 1);
}

/* At ports, what follows belongs to others. */
static void test_window(void **state)
{
	(void)state;
	assert_int_equal(uart16550_ops.size, 8);
	out(SCR, 0x5a);
	assert_int_equal(in(SCR), 0x5a);
	assert_int_equal(world.refused, 0);
}

static void test_send(void **state)
{
	(void)state;
	for (const char *p = "hello"; *p; p++) {
		assert_int_equal(in(LSR) & 0x60, 0x60);
		out(THR, (u8)*p);
	}
	assert_string_equal(world.sent, "hello");
	assert_false(world.line);
}

static void test_thre_interrupt(void **state)
{
	(void)state;
	/* Enabling it while the transmitter is empty raises it; reading IIR takes it back. */
	out(IER, 0x02);
	assert_true(world.line);
	assert_int_equal(in(IIR), 0x02);
	assert_false(world.line);
	assert_int_equal(in(IIR), 0x01);
	/* Sent at once, so it is due again. */
	out(THR, 'x');
	assert_true(world.line);
	/* Disabling hides it, and enabling brings it back. */
	out(IER, 0x00);
	assert_false(world.line);
	assert_int_equal(in(IIR), 0x01);
	out(IER, 0x02);
	assert_int_equal(in(IIR), 0x02);
	/* Writing IER again without a change does not raise it. */
	out(IER, 0x02);
	assert_false(world.line);
	out(IER, 0x03);
	assert_false(world.line);
}

static void test_receive_plain(void **state)
{
	(void)state;
	/* Without FIFOs there is room for one byte. */
	out(IER, 0x01);
	world.typed = "bc";
	assert_int_equal(type("a"), 1);
	assert_int_equal(type("b"), 0);
	assert_true(world.line);
	assert_int_equal(in(IIR), 0x04);
	assert_int_equal(in(LSR), 0x61);
	/* What waits comes as soon as there is room. */
	assert_int_equal(in(RBR), 'a');
	assert_int_equal(in(RBR), 'b');
	assert_true(world.line);
	assert_int_equal(in(RBR), 'c');
	assert_false(world.line);
	assert_int_equal(in(LSR), 0x60);
	assert_int_equal(in(IIR), 0x01);
}

static void test_receive_fifo(void **state)
{
	static const char text[] = "0123456789abcdefghij";
	u32 changes;

	(void)state;
	out(FCR, 0x81); /* trigger level 8 */
	out(IER, 0x01);
	assert_int_equal(type("0123456"), 7);
	assert_int_equal(in(IIR), 0xcc);
	assert_true(world.line);
	assert_int_equal(type("7"), 1);
	assert_int_equal(in(IIR), 0xc4);
	assert_int_equal(type(text + 8), 8);
	assert_int_equal(type(text + 16), 0);
	world.typed = text + 16;
	changes = world.line_changes;
	for (u32 i = 0; i < 20; i++) {
		assert_int_equal(in(LSR), 0x61);
		assert_int_equal(in(IIR), (i <= 8 ? 0xc4 : 0xcc));
		assert_int_equal(in(RBR), text[i]);
	}
	/* One interrupt for all of it. */
	assert_int_equal(world.line_changes, changes + 1);
	assert_false(world.line);
	assert_int_equal(in(LSR), 0x60);
	assert_int_equal(*world.typed, '\0');
}

static void test_fifo_wraps(void **state)
{
	u8 next = 0, expect = 0;

	(void)state;
	out(FCR, 0x01);
	for (u32 round = 0; round < 50; round++) {
		for (u32 i = 0; i < 11; i++, next++)
			assert_int_equal(world.chardev->receive(world.chardev, &next, 1),
				1);
		for (u32 i = 0; i < 11; i++, expect++)
			assert_int_equal(in(RBR), expect);
	}
}

static void test_fifo_control(void **state)
{
	(void)state;
	/* Nothing but the enable bit counts unless that is set. */
	out(FCR, 0xc0);
	assert_int_equal(in(IIR), 0x01);
	out(FCR, 0x01);
	assert_int_equal(in(IIR), 0xc1);
	assert_int_equal(type("abc"), 3);
	/* Resetting the transmitter's FIFO leaves the receiver's alone. */
	out(FCR, 0x05);
	assert_int_equal(in(LSR) & 1, 1);
	out(FCR, 0x03);
	assert_int_equal(in(LSR) & 1, 0);
	/* So does turning FIFOs off, and room is announced. */
	assert_int_equal(type("abc"), 3);
	world.typed = "xyz";
	out(FCR, 0x00);
	assert_string_equal(world.typed, "yz");
	assert_int_equal(in(RBR), 'x');
	assert_int_equal(in(IIR), 0x01);
	/* A receiver reset without the enable bit does nothing. */
	assert_int_equal(in(LSR) & 1, 1);
	out(FCR, 0x02);
	assert_int_equal(in(RBR), 'y');
}

static void test_loopback(void **state)
{
	(void)state;
	out(MCR, 0x1a); /* as Linux probes: loop, OUT2, RTS */
	assert_int_equal(in(MSR) & 0xf0, 0x90);
	out(MCR, 0x15); /* loop, OUT1, DTR */
	assert_int_equal(in(MSR) & 0xf0, 0x60);
	out(THR, 'l');
	assert_int_equal(world.sent_count, 0);
	assert_int_equal(in(RBR), 'l');
	/* Nobody can type meanwhile, but afterwards. */
	assert_int_equal(type("t"), 0);
	world.typed = "t";
	out(MCR, 0x00);
	assert_int_equal(in(RBR), 't');
	assert_int_equal(in(MSR) & 0xf0, 0xb0);
	out(THR, 's');
	assert_string_equal(world.sent, "s");
}

static void test_overrun(void **state)
{
	(void)state;
	out(MCR, 0x10);
	out(IER, 0x05);
	out(THR, '1');
	assert_int_equal(in(IIR), 0x04);
	out(THR, '2');
	/* Line status is the most urgent; reading LSR ends it. */
	assert_int_equal(in(IIR), 0x06);
	assert_int_equal(in(LSR), 0x63);
	assert_int_equal(in(LSR), 0x61);
	assert_int_equal(in(IIR), 0x04);
	/* Without a FIFO the new byte is the one that stays. */
	assert_int_equal(in(RBR), '2');
	assert_false(world.line);

	out(FCR, 0x01);
	for (u32 i = 0; i < 17; i++)
		out(THR, (u8)('a' + i));
	assert_int_equal(in(LSR), 0x63);
	for (u32 i = 0; i < 16; i++)
		assert_int_equal(in(RBR), 'a' + i);
	assert_int_equal(in(LSR), 0x60);
}

static void test_modem_status(void **state)
{
	(void)state;
	out(IER, 0x08);
	assert_false(world.line);
	/* All inputs fall: three changed; RI counts only when it falls. */
	out(MCR, 0x10);
	assert_true(world.line);
	assert_int_equal(in(IIR), 0x00);
	assert_int_equal(in(MSR), 0x0b);
	assert_false(world.line);
	assert_int_equal(in(MSR), 0x00);
	out(MCR, 0x14);
	assert_false(world.line);
	assert_int_equal(in(MSR), 0x40);
	out(MCR, 0x10);
	assert_true(world.line);
	assert_int_equal(in(MSR), 0x04);
}

static void test_priorities(void **state)
{
	(void)state;
	/* All four at once, taken away one by one. */
	out(MCR, 0x10);
	out(THR, '1');
	out(THR, '2');
	out(IER, 0x0f);
	assert_int_equal(in(IIR), 0x06);
	in(LSR);
	assert_int_equal(in(IIR), 0x04);
	/* Reading IIR takes the transmitter's back only when it shows that. */
	assert_int_equal(in(IIR), 0x04);
	in(RBR);
	assert_int_equal(in(IIR), 0x02);
	assert_int_equal(in(IIR), 0x00);
	assert_true(world.line);
	in(MSR);
	assert_int_equal(in(IIR), 0x01);
	assert_false(world.line);
}

static void test_reset(void **state)
{
	(void)state;
	out(FCR, 0x01);
	out(IER, 0x0f);
	out(SCR, 0x77);
	type("abc");
	assert_true(world.line);
	uart16550_ops.reset(world.dev);
	assert_false(world.line);
	test_power_on(state);
}

static void test_fdt_node(void **state)
{
	u8 blob[1024];
	struct fdt fdt;
	u64 base, size;
	u32 cell;
	int node;

	(void)state;
	world_fdt(&fdt, blob, sizeof(blob));
	node = fdt_path(&fdt, "/soc/serial@10000000");
	assert_true(node >= 0);
	assert_true(fdt_is_compatible(&fdt, node, "ns16550a"));
	assert_true(fdt_reg(&fdt, node, 0, &base, &size));
	assert_int_equal(base, 0x10000000);
	assert_int_equal(size, uart16550_ops.size);
	assert_true(fdt_cell(&fdt, node, "interrupts", 0, &cell));
	assert_int_equal(cell, 10);
	assert_true(fdt_cell(&fdt, node, "clock-frequency", 0, &cell));
	assert_int_equal(cell, 3686400);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_power_on),
		TEST(test_scratch_and_divisor),
		TEST(test_sizes),
		TEST(test_window),
		TEST(test_send),
		TEST(test_thre_interrupt),
		TEST(test_receive_plain),
		TEST(test_receive_fifo),
		TEST(test_fifo_wraps),
		TEST(test_fifo_control),
		TEST(test_loopback),
		TEST(test_overrun),
		TEST(test_modem_status),
		TEST(test_priorities),
		TEST(test_reset),
		TEST(test_fdt_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
