// SPDX-License-Identifier: Apache-2.0
// core/vdev.c and vdev/models.c: how devices come to a VM's bus and go, on the real core.
#include "unit.h"

#include "vdev/models.h"

#include <hv/trace.h>
#include <hv/vm.h>

#define RAM_BASE 0x80000000UL
#define RAM_SIZE MiB(2)

static struct vm *vm;

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_ram(MiB(16));
	vm = fake_vm(RAM_BASE, RAM_SIZE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vdev_destroy_all(vm);
	assert_true(list_empty(&vm->devices));
	assert_int_equal(vm->mmio.count, 0);
	fake_vm_free(vm);
	return 0;
}

static int create(const char *model, u64 base, const char *args)
{
	struct vdev_place place = {.base = base};

	return vdev_create(vm, vdev_model(model), &place, args);
}

static void test_models(void **state)
{
	(void)state;
	assert_null(vdev_model("uart16551"));
	assert_null(vdev_model(""));
	for (const struct vdev_ops *const *ops = vdev_models; *ops; ops++) {
		assert_ptr_equal(vdev_model((*ops)->name), *ops);
		assert_true((*ops)->min_size >= 1 &&
			(*ops)->min_size <= (*ops)->max_size);
		assert_int_equal((*ops)->size % (*ops)->max_size, 0);
	}
}

static int draw(u64 *bits)
{
	static u64 next;

	*bits = next++;
	return 0;
}

/* Each model lives, resets and dies, alone and with all the others. */
static void test_all(void **state)
{
	u64 base = 0x10000000;

	(void)state;
	fake_random = draw;
	/* A disk wants to know its file. */
	for (const struct vdev_ops *const *ops = vdev_models; *ops; ops++)
		assert_int_equal(create((*ops)->name, base += MiB(16), ""),
			strcmp((*ops)->name, "virtio-blk") == 0 ? -EINVAL : 0);
}

static u64 port_in(u64 port, u8 size)
{
	struct access access = {.addr = port, .size = size};
	int err = bus_access(&vm->pio, &access);

	return err ? (u64)err : access.value;
}

/* What a PC has built in: each at its own ports, and together. */
static void test_pc(void **state)
{
	static const struct vdev_ops *const models[] = {&pit_8254_ops, &rtc_cmos_ops,
		&kbc_8042_ops, &pci_host_ops, &pc_power_ops, &uart16550_ops};
	const struct vdev_place ports = {.base = 0x3f8, .pio = true};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(models); i++)
		assert_int_equal(vdev_create(vm, models[i], &ports, ""), 0);
	assert_int_equal(vdev_create(vm, &hpet_ops,
				 &(struct vdev_place){.base = 0xfed00000}, ""),
		0);
	assert_int_equal(vm->mmio.count, 1);
	assert_int_equal(vm->pio.count, 10);
	assert_int_equal(port_in(0x61, 1) & 0xf, 0);
	assert_int_equal(port_in(0x64, 1), 0x10);
	assert_int_equal(port_in(0x71, 1) & 0x80, 0);
	assert_int_equal(port_in(0x92, 1), 2);
	assert_int_equal(port_in(0x3fd, 1), 0x60);
	assert_int_equal(port_in(0x604, 2), 1);
	assert_int_equal(port_in(0x620, 1), 0);
	assert_int_equal(port_in(0xcfc, 4), 0xffffffff);
	/* Nobody, or not so. */
	assert_int_equal(port_in(0x44, 1), (u64)-ENOENT);
	assert_int_equal(port_in(0x63, 1), (u64)-ENOENT);
	assert_int_equal(port_in(0x3f7, 1), (u64)-ENOENT);
	assert_int_equal(port_in(0x400, 1), (u64)-ENOENT);
	assert_int_equal(port_in(0x60c, 4), (u64)-ENOENT);
	assert_int_equal(port_in(0xd00, 4), (u64)-ENOENT);
	assert_int_equal(port_in(0x40, 2), (u64)-EINVAL);
	assert_int_equal(port_in(0xcfd, 4), (u64)-EINVAL);
	vdev_destroy_all(vm);
	assert_int_equal(vm->pio.count, 0);
}

static void test_access(void **state)
{
	struct access access = {
		.addr = 0x10000007, .value = 0xa5, .size = 1, .write = true};

	(void)state;
	assert_int_equal(create("uart16550", 0x10000000, "console"), 0);
	assert_int_equal(bus_access(&vm->mmio, &access), 0);
	access.write = false;
	access.value = 0;
	assert_int_equal(bus_access(&vm->mmio, &access), 0);
	assert_int_equal(access.value, 0xa5);
	/* It knows its place, and was reset: the modem's lines are up. */
	assert_int_equal(list_first(&vm->devices, struct vdev, node)->place.base,
		0x10000000);
	access.addr = 0x10000006;
	assert_int_equal(bus_access(&vm->mmio, &access), 0);
	assert_int_equal(access.value, 0xb0);
	access.addr = 0x10000100;
	assert_int_equal(bus_access(&vm->mmio, &access), -ENOENT);
}

static void test_console(void **state)
{
	struct access access = {
		.addr = 0x10000000, .value = 'A', .size = 1, .write = true};

	(void)state;
	assert_int_equal(create("uart16550", 0x10000000, ""), 0);
	fake_output_clear();
	assert_int_equal(bus_access(&vm->mmio, &access), 0);
	assert_non_null(strchr(fake_output, 'A'));
	fake_input("q");
	access.write = false;
	assert_int_equal(bus_access(&vm->mmio, &access), 0);
	assert_int_equal(access.value, 'q');
}

static void test_errors(void **state)
{
	(void)state;
	assert_int_equal(create("uart16550", 0x10000000, ""), 0);
	fake_output_clear();
	assert_int_equal(create("sifive-test", 0x10000000, ""), -EEXIST);
	assert_non_null(strstr(fake_output, "overlaps with uart16550 at 0x10000000"));
	assert_int_equal(create("sifive-test", 0xffff800, ""), -EEXIST);
	fake_output_clear();
	assert_int_equal(create("sifive-test", ~0UL - 15, ""), -EINVAL);
	assert_non_null(strstr(fake_output, "no room for sifive-test"));
	assert_int_equal(create("sifive-test", 0x100002, ""), -EINVAL);
	assert_int_equal(create("rtc-goldfish", 0x101000, "now"), -EINVAL);
	assert_non_null(strstr(fake_output, "expected nothing, found \"now\""));
	assert_int_equal(create("pl011", 0x101000, "consoel"), -EINVAL);
	assert_non_null(strstr(fake_output, "expected \"console\" or nothing, found"));
	/* Nothing half-created stays. */
	assert_int_equal(vm->mmio.count, 1);
}

/* What the model had begun is ended when there is no room on the bus. */
static void test_undone(void **state)
{
	(void)state;
	assert_int_equal(create("sifive-test", 0x10000000, ""), 0);
	assert_int_equal(create("uart16550", 0x10000000, ""), -EEXIST);
	assert_null(vm->console);
	assert_int_equal(create("uart16550", 0x10001000, ""), 0);
	assert_non_null(vm->console);
}

static void test_refused(void **state)
{
	struct access access = {
		.addr = 0x100ff8, .value = 0x77, .size = 4, .write = true};
	const struct trace_ring *ring = cpu_this()->trace;
	u64 before = ring->next;

	(void)state;
	assert_int_equal(create("sifive-test", 0x100000, ""), 0);
	assert_int_equal(bus_access(&vm->mmio, &access), 0);
	assert_int_equal(ring->next, before + 1);
	assert_int_equal(ring->records[before].kind, TRACE_DEVICE);
	assert_int_equal(ring->records[before].vm, vm->id);
	assert_int_equal(ring->records[before].code, 0x80000ff8);
	assert_int_equal(ring->records[before].value, 0x77);
}

/* A device whose alarm is armed takes its timer along. */
static void test_destroy_armed(void **state)
{
	struct access access = {
		.addr = 0x10100c, .value = 0x7fffffff, .size = 4, .write = true};

	(void)state;
	assert_int_equal(create("rtc-goldfish", 0x101000, ""), 0);
	assert_int_equal(bus_access(&vm->mmio, &access), 0);
	access.addr = 0x101008;
	assert_int_equal(bus_access(&vm->mmio, &access), 0);
	assert_false(list_empty(&cpu_this()->timers));
	vdev_destroy_all(vm);
	assert_true(list_empty(&cpu_this()->timers));
}

static void test_broken(void **state)
{
	const struct trace_ring *ring = cpu_this()->trace;
	u64 before = ring->next;

	(void)state;
	assert_int_equal(create("sifive-test", 0x100000, ""), 0);
	vdev_broken(list_first(&vm->devices, struct vdev, node), "why it is");
	assert_int_equal(ring->next, before + 1);
	assert_int_equal(ring->records[before].kind, TRACE_BROKEN);
	assert_int_equal(ring->records[before].code, 0x100000);
	assert_string_equal((const char *)ring->records[before].value, "why it is");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_models),
		TEST(test_all),
		TEST(test_pc),
		TEST(test_access),
		TEST(test_console),
		TEST(test_errors),
		TEST(test_undone),
		TEST(test_refused),
		TEST(test_broken),
		TEST(test_destroy_armed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
