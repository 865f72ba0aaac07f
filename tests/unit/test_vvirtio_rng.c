// SPDX-License-Identifier: Apache-2.0
// vdev/virtio_rng.c and core/random.c: random numbers of the machine reach a guest, each once,
// and a request waits while there are none.
#include "vvirtio_driver.h"

#include <hv/random.h>
#include <hv/timer.h>

static struct guest g;

/* ---- The machine's source ---- */

static struct {
	u32 draws, left;
	bool stuck, none;
} cpu;

static int cpu_draw(u64 *bits)
{
	if (cpu.none)
		return -ENODEV;
	if (cpu.left == 0)
		return -EAGAIN;
	cpu.left--;
	*bits = 0x0101010101010101UL * (u8)(cpu.stuck ? 0x77 : ++cpu.draws);
	return 0;
}

static void setup_source(u32 left)
{
	fake_reset();
	fake_ram(MiB(16));
	memset(&cpu, 0, sizeof(cpu));
	cpu.left = left;
	fake_random = cpu_draw;
}

static int setup(void **state)
{
	(void)state;
	setup_source(1000);
	assert_int_equal(guest_create(&g, &virtio_rng_ops, ""), 0);
	driver_start(&g, 0, 1);
	/* One was drawn to see whether there are any. */
	assert_int_equal(cpu.draws, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	guest_free(&g);
	assert_true(list_empty(&fake_cpu->timers));
	return 0;
}

static void ask(u32 slot, u32 len)
{
	memset(guest_ram(&g, DATA_AT + slot * 256), 0, 256);
	desc_put(&g, 0, slot, DATA_AT + slot * 256, len, DESC_WRITE);
	chain_offer(&g, 0, slot);
}

static u8 byte_at(u32 slot, u32 at)
{
	return ((u8 *)guest_ram(&g, DATA_AT + slot * 256))[at];
}

/* The clock goes on, and what is due happens. */
static void time_passes(u64 ns)
{
	fake_now += ns;
	timer_interrupt();
}

/* ---- Tests ---- */

static void test_registers(void **state)
{
	(void)state;
	assert_int_equal(get(&g, REG_DEVICE_ID), 4);
	set(&g, REG_DEVICE_FEATURES_SEL, 1);
	assert_int_equal(get(&g, REG_DEVICE_FEATURES) & 1, 1);
	set(&g, REG_QUEUE_SEL, 1);
	assert_int_equal(get(&g, REG_QUEUE_NUM_MAX), 0);
	assert_int_equal(get(&g, REG_CONFIG), 0);
}

static void test_bytes(void **state)
{
	(void)state;
	ask(0, 20);
	ask(1, 8);
	queue_kick(&g, 0);
	assert_int_equal(used_idx(&g, 0), 2);
	assert_int_equal(used_len(&g, 0, 0), 20);
	assert_int_equal(used_len(&g, 0, 1), 8);
	assert_true(g.line);
	/* Eight of each number, in order; not one number for both. */
	assert_int_equal(byte_at(0, 0), 2);
	assert_int_equal(byte_at(0, 7), 2);
	assert_int_equal(byte_at(0, 8), 3);
	assert_int_equal(byte_at(0, 19), 4);
	assert_int_equal(byte_at(0, 20), 0);
	assert_true(byte_at(1, 0) > 4);
}

static void test_big_request(void **state)
{
	u32 len;

	(void)state;
	desc_put(&g, 0, 0, DATA_AT, KiB(64), DESC_WRITE);
	chain_offer(&g, 0, 0);
	queue_kick(&g, 0);
	assert_int_equal(used_idx(&g, 0), 1);
	len = used_len(&g, 0, 0);
	assert_in_range(len, 1, 256);
	assert_int_equal(cpu.draws, 1 + len / 8);
}

static void test_waits(void **state)
{
	(void)state;
	cpu.left = 0;
	ask(0, 16);
	queue_kick(&g, 0);
	assert_int_equal(used_idx(&g, 0), 0);
	time_passes(1000000000);
	assert_int_equal(used_idx(&g, 0), 0);
	cpu.left = 1;
	time_passes(1000000000);
	assert_int_equal(used_idx(&g, 0), 1);
	assert_int_equal(used_len(&g, 0, 0), 8);
	assert_int_equal(byte_at(0, 8), 0);
}

/* While it waits the guest may reset the device, or end. */
static void test_reset_while_waiting(void **state)
{
	(void)state;
	cpu.left = 0;
	ask(0, 16);
	queue_kick(&g, 0);
	set(&g, REG_STATUS, 0);
	assert_int_equal(get(&g, REG_STATUS), 0);
	cpu.left = 100;
	time_passes(1000000000);
	assert_int_equal(byte_at(0, 0), 0);
	driver_start(&g, 0, 1);
	cpu.left = 0;
	ask(0, 16);
	queue_kick(&g, 0);
}

static void test_stuck_source(void **state)
{
	(void)state;
	cpu.stuck = true;
	ask(0, 64);
	queue_kick(&g, 0);
	assert_int_equal(used_len(&g, 0, 0), 8);
	ask(1, 64);
	queue_kick(&g, 0);
	assert_int_equal(used_idx(&g, 0), 1);
}

static void test_hostile(void **state)
{
	(void)state;
	desc_put(&g, 0, 0, DATA_AT, 16, 0);
	chain_offer(&g, 0, 0);
	queue_kick(&g, 0);
	assert_true(needs_reset(&g));
	driver_start(&g, 0, 1);
	desc_put(&g, 0, 0, DATA_AT, 4, DESC_NEXT);
	desc_put(&g, 0, 1, DATA_AT + 64, 16, DESC_WRITE);
	chain_offer(&g, 0, 0);
	queue_kick(&g, 0);
	assert_true(needs_reset(&g));
	driver_start(&g, 0, 1);
	desc_put(&g, 0, 0, RAM_BASE + RAM_SIZE - 8, 16, DESC_WRITE);
	chain_offer(&g, 0, 0);
	queue_kick(&g, 0);
	assert_true(needs_reset(&g));
	/* Nothing there for other queues. */
	driver_start(&g, 0, 1);
	queue_kick(&g, 1);
	queue_kick(&g, ~0U);
	assert_false(needs_reset(&g));
}

/* ---- No source, another source ---- */

static void test_no_source(void **state)
{
	(void)state;
	setup_source(0);
	cpu.none = true;
	fake_output_clear();
	assert_int_equal(guest_create(&g, &virtio_rng_ops, ""), -ENODEV);
	assert_non_null(strstr(fake_output,
		"error: fake: expected a source of random numbers for its virtio-rng"));
	fake_vm_free(g.vm);
}

static void test_no_words(void **state)
{
	(void)state;
	setup_source(1000);
	assert_int_equal(guest_create(&g, &virtio_rng_ops, "/dev/random"), -EINVAL);
	fake_vm_free(g.vm);
}

static int draw_5(u64 *bits)
{
	static u64 next = 5;

	*bits = next++;
	return 0;
}

static int draw_never(u64 *bits)
{
	(void)bits;
	return -EAGAIN;
}

static void test_driver(void **state)
{
	u64 bits;

	(void)state;
	setup_source(0);
	cpu.none = true;
	assert_int_equal(random_draw(&bits), -ENODEV);
	random_source_set(draw_5);
	random_source_set(draw_never);
	assert_int_equal(random_draw(&bits), 0);
	assert_int_equal(bits, 5);
	/* The CPU's own comes first, even if it is slow. */
	cpu.none = false;
	assert_int_equal(random_draw(&bits), -EAGAIN);
	cpu.left = 1;
	assert_int_equal(random_draw(&bits), 0);
	assert_int_equal(bits, 0x0101010101010101UL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_registers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_big_request, setup, teardown),
		cmocka_unit_test_setup_teardown(test_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset_while_waiting, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_stuck_source, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
		cmocka_unit_test(test_no_source),
		cmocka_unit_test(test_no_words),
		cmocka_unit_test(test_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
