// SPDX-License-Identifier: Apache-2.0
// The table of host interrupts, with a controller played by the test.
#include "unit.h"

#include <hv/irq.h>

static u64 pending, enabled; /* one bit per interrupt; above them it just pretends */
static u32 ended, handled;
static int beyond; /* a number no table has, pending once */

static void chip_enable(u32 irq, u32 cpu_index, bool on)
{
	assert_int_equal(cpu_index, 0);
	if (irq < 64)
		enabled = on ? enabled | 1UL << irq : enabled & ~(1UL << irq);
}

static int chip_claim(void)
{
	int irq = beyond;

	beyond = 0;
	if (irq)
		return irq;
	if (!(pending & enabled))
		return -ENOENT;
	irq = __builtin_ctzl(pending & enabled);
	pending &= ~(1UL << irq);
	return irq;
}

static void chip_end(u32 irq)
{
	/* Only what is still enabled is ended by a real controller. */
	assert_true(irq >= 64 || enabled & 1UL << irq);
	ended++;
}

static int msi_answer;

static int chip_msi(u64 *address, u32 *data)
{
	*address = 0xfee00000;
	*data = 0x31;
	return msi_answer;
}

static const struct irqchip wires = {
	.name = "wires",
	.enable = chip_enable,
	.claim = chip_claim,
	.end = chip_end,
};

static const struct irqchip chip = {
	.name = "test",
	.enable = chip_enable,
	.claim = chip_claim,
	.end = chip_end,
	.msi = chip_msi,
};

static void handler(void *arg)
{
	(*(u32 *)arg)++;
}

static void test_no_chip(void **state)
{
	u64 address;
	u32 data;

	(void)state;
	assert_int_equal(irq_attach(3, handler, &handled), -ENODEV);
	assert_int_equal(irq_msi(&address, &data), -ENODEV);
	irq_dispatch();
	irq_set_chip(&wires);
	assert_int_equal(irq_msi(&address, &data), -ENODEV);
	irq_set_chip(&chip);
}

static void test_attach(void **state)
{
	(void)state;
	assert_int_equal(irq_attach(0, handler, &handled), -EINVAL);
	assert_int_equal(irq_attach(IRQ_MAX, handler, &handled), -EINVAL);
	assert_int_equal(irq_attach(3, handler, &handled), 0);
	assert_int_equal(irq_attach(63, handler, &handled), 0);
	assert_int_equal(enabled, 1UL << 3 | 1UL << 63);
}

static void test_msi(void **state)
{
	u64 address = 0;
	u32 data = 0;

	(void)state;
	msi_answer = 130;
	assert_int_equal(irq_msi(&address, &data), 130);
	assert_int_equal(address, 0xfee00000);
	assert_int_equal(data, 0x31);
	msi_answer = -ENOSPC;
	assert_int_equal(irq_msi(&address, &data), -ENOSPC);
}

static void test_dispatch(void **state)
{
	(void)state;
	ended = handled = 0;
	pending = 1UL << 3 | 1UL << 63;
	irq_dispatch();
	assert_int_equal(handled, 2);
	assert_int_equal(ended, 2);
}

/* Each of several on one wire is called; it is ended once. */
static void test_shared(void **state)
{
	static u32 others[2];

	(void)state;
	fake_ram(MiB(4));
	ended = handled = 0;
	assert_int_equal(irq_attach(63, handler, &others[0]), 0);
	assert_int_equal(irq_attach(63, handler, &others[1]), 0);
	pending = 1UL << 63;
	irq_dispatch();
	assert_int_equal(handled, 1);
	assert_int_equal(others[0], 1);
	assert_int_equal(others[1], 1);
	assert_int_equal(ended, 1);
}

static void test_unexpected(void **state)
{
	(void)state;
	fake_output_clear();
	ended = handled = 0;
	enabled |= 1UL << 7;
	pending = 1UL << 7 | 1UL << 3;
	irq_dispatch();
	assert_int_equal(handled, 1);
	assert_int_equal(ended, 2);
	assert_int_equal(enabled, 1UL << 3 | 1UL << 63);
	assert_string_equal(fake_output,
		"warning: unexpected interrupt 7 on cpu 0: disabled\n");
	beyond = IRQ_MAX;
	irq_dispatch();
	assert_int_equal(ended, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_chip),
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_msi),
		cmocka_unit_test(test_dispatch),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_unexpected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
