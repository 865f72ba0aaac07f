// SPDX-License-Identifier: Apache-2.0
// drivers/pl011.c on registers in plain memory: probing, and what goes through the console.
#include "unit.h"

#include <hv/console.h>
#include <hv/driver.h>
#include <hv/irq.h>
#include <hv/mm.h>

#include "drivers/drivers.h"

/* In words of 32 bits. */
enum { DR = 0, FR = 6, CR = 12, IMSC = 14, MIS = 16, ICR = 17 };

#define FR_TXFF 0x20
#define FR_RXFE 0x10
#define FR_BUSY 0x08

static u32 regs[1024], generic[1024];
static struct device uart = {.compatible = "arm,pl011", .size = sizeof(regs)};

/* What the driver gives to the console and to the interrupt table. */
static const struct console_ops *ops;
static irq_handler *handler;
static int attach_error;
static u32 interrupts;

int console_attach(const struct console_ops *new_ops)
{
	ops = new_ops;
	return 0;
}

void console_interrupt(void)
{
	/* It has been cleared before anything is served. */
	assert_int_equal(regs[ICR], regs[MIS]);
	if (++interrupts == 2)
		regs[MIS] = 0;
}

int irq_attach(u32 irq, irq_handler *new_handler, void *arg)
{
	assert_int_equal(irq, 33);
	assert_null(arg);
	if (!attach_error)
		handler = new_handler;
	return attach_error;
}

void *mmio_map(hpa_t base, u64 size)
{
	assert_int_equal(size, sizeof(regs));
	return hpa_ptr(base);
}

static void test_probe(void **state)
{
	(void)state;
	uart.base = ptr_hpa(regs);
	uart.size = 0x40;
	assert_int_equal(pl011_driver.probe(&uart), -EINVAL);
	assert_null(ops);
	uart.size = sizeof(regs);
	regs[IMSC] = 0x7ff;
	regs[CR] = 0x4000;
	assert_int_equal(pl011_driver.probe(&uart), 0);
	assert_non_null(ops);
	/* Enabled, both ways; the rest as the firmware made it; no interrupts yet. */
	assert_int_equal(regs[CR], 0x4301);
	assert_int_equal(regs[IMSC], 0);
}

static void test_send(void **state)
{
	(void)state;
	regs[FR] = FR_RXFE | FR_TXFF;
	assert_int_equal(ops->send((const u8 *)"ab", 2), 0);
	assert_int_equal(regs[DR], 0);
	regs[FR] = FR_RXFE;
	assert_int_equal(ops->send((const u8 *)"ab", 2), 2);
	assert_int_equal(regs[DR], 'b');
	assert_true(ops->sent());
	regs[FR] = FR_BUSY;
	assert_false(ops->sent());
}

static void test_receive(void **state)
{
	u8 data[3] = {0};

	(void)state;
	regs[FR] = FR_RXFE;
	assert_int_equal(ops->receive(data, 2), 0);
	/* Without end, but not more than there is room for; errors are above the byte. */
	regs[FR] = 0;
	regs[DR] = 0x800 | 'x';
	assert_int_equal(ops->receive(data, 2), 2);
	assert_string_equal((char *)data, "xx");
}

static void test_interrupts(void **state)
{
	(void)state;
	/* Room before there is a controller, then a controller that refuses, then one. */
	ops->want_room(true);
	assert_int_equal(regs[IMSC], 0x20);
	uart.irq = 33;
	attach_error = -ENODEV;
	assert_int_equal(pl011_driver.probe(&uart), 0);
	assert_int_equal(regs[IMSC], 0x20);
	attach_error = 0;
	assert_int_equal(pl011_driver.probe(&uart), 0);
	assert_int_equal(regs[IMSC], 0x70);
	ops->want_room(false);
	assert_int_equal(regs[IMSC], 0x50);

	regs[MIS] = 0x40;
	handler(NULL);
	assert_int_equal(interrupts, 2);
	/* One that stays pending for ever does not hold the cpu. */
	regs[MIS] = 0x40;
	handler(NULL);
	assert_in_range(interrupts, 3, 100);
}

static void test_second(void **state)
{
	struct device other = {.base = ptr_hpa(generic), .size = sizeof(generic)};

	(void)state;
	assert_int_equal(pl011_driver.probe(&other), -EBUSY);
	assert_int_equal(sbsa_uart_driver.probe(&other), -EBUSY);
	assert_int_equal(generic[CR], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_receive),
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
