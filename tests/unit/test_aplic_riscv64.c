// SPDX-License-Identifier: Apache-2.0
// arch/riscv64/aplic.c on registers in plain memory: what it writes where (AIA 1.0, chapter 4).
#include "unit.h"

#include <hv/cpu.h>
#include <hv/irq.h>
#include <hv/mm.h>

#include "arch/riscv64/aplic.h"

#include <string.h>

#define SOURCES 96
#define WORDS   (0x8000 / 4)
#define NONE    (~0U)

static u32 regs[WORDS];
static u32 idcs[CPU_MAX];
static u32 handled;

static u32 *reg(u32 offset)
{
	return &regs[offset / 4];
}

static int init(u32 sources)
{
	return aplic_init(ptr_hpa(regs), sizeof(regs), sources, idcs);
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	cpus[0] = cpu_this();
	cpu_count = 1;
	idcs[0] = 3;
	handled = 0;
	/* As firmware may leave it. */
	memset(regs, 0xff, sizeof(regs));
	assert_int_equal(init(SOURCES), 0);
	return 0;
}

static void test_init(void **state)
{
	(void)state;
	assert_int_equal(*reg(0), 1U << 8); /* direct delivery, on */
	for (u32 n = 1; n <= SOURCES; n++)
		assert_int_equal(*reg(4 * n), 0);
	assert_int_equal(*reg(0x4060), 1);
	assert_int_equal(*reg(0x4064), 0);
	assert_int_equal(*reg(0x4068), 0);
	/* Nobody else's. */
	assert_int_equal(*reg(4 * (SOURCES + 1)), ~0U);
	assert_int_equal(*reg(0x4040), ~0U);
}

static void test_bad(void **state)
{
	(void)state;
	assert_int_equal(init(1024), -EINVAL);
	idcs[0] = (0x8000 - 0x4000) / 0x20;
	assert_int_equal(init(SOURCES), -EINVAL);
	idcs[0] = ~0U - 1;
	assert_int_equal(init(SOURCES), -EINVAL);
	idcs[0] = 0;
	fake_record.map_device_fails = true;
	assert_int_equal(init(SOURCES), -ENOMEM);
}

/* A cpu without interrupts is none of its business. */
static void test_no_idc(void **state)
{
	(void)state;
	memset(regs, 0xff, sizeof(regs));
	idcs[0] = NONE;
	assert_int_equal(init(SOURCES), 0);
	irq_dispatch();
	assert_int_equal(*reg(0x4000), ~0U);
}

static void test_wire(void **state)
{
	static const struct {
		enum aplic_trigger trigger;
		u32 mode;
	} cases[] = {{APLIC_RISING_EDGE, 4}, {APLIC_FALLING_EDGE, 5},
		{APLIC_LEVEL_HIGH, 6}, {APLIC_LEVEL_LOW, 7}};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(aplic_wire(SOURCES, cases[i].trigger));
		assert_int_equal(*reg(4 * SOURCES), cases[i].mode);
	}
	assert_false(aplic_wire(0, APLIC_LEVEL_HIGH));
	assert_false(aplic_wire(SOURCES + 1, APLIC_LEVEL_HIGH));
	assert_int_equal(*reg(0), 1U << 8);
	assert_int_equal(*reg(4 * (SOURCES + 1)), ~0U);
}

/* The device is silent when it has been handled. */
static void handler(void *arg)
{
	assert_ptr_equal(arg, regs);
	handled++;
	*reg(0x407c) = 0;
}

static void test_interrupt(void **state)
{
	(void)state;
	assert_int_equal(irq_attach(10, handler, regs), 0);
	assert_int_equal(*reg(0x3000 + 40), 3U << 18 | 1);
	assert_int_equal(*reg(0x1edc), 10);
	*reg(0x407c) = 10 << 16 | 1;
	irq_dispatch();
	assert_int_equal(handled, 1);
	irq_dispatch();
	assert_int_equal(handled, 1);
}

/* Nobody's interrupt is disabled; it is not there any more when that has been done. */
static void test_unexpected(void **state)
{
	(void)state;
	irq_run(11);
	assert_int_equal(*reg(0x1fdc), 11);
	assert_non_null(strstr(fake_output,
		"unexpected interrupt 11 on cpu 0: disabled"));
	/* What the domain does not have. */
	assert_int_equal(irq_attach(SOURCES + 1, handler, regs), 0);
	assert_int_equal(*reg(0x1edc), ~0U);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_init, setup),
		cmocka_unit_test_setup(test_bad, setup),
		cmocka_unit_test_setup(test_wire, setup),
		cmocka_unit_test_setup(test_no_idc, setup),
		cmocka_unit_test_setup(test_interrupt, setup),
		cmocka_unit_test_setup(test_unexpected, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
