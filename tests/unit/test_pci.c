// SPDX-License-Identifier: Apache-2.0
// drivers/pci_ecam.c and drivers/pvpanic.c, on configuration space and a window in plain
// memory. A base address register in plain memory looks like one of 16 bytes.
#include "unit.h"

#include <hv/bits.h>
#include <hv/driver.h>
#include <hv/mm.h>

#include <signal.h>
#include <unistd.h>

#include "drivers/drivers.h"
#include "drivers/pci.h"

#define ECAM_SIZE   MiB(1)
#define WINDOW_SIZE KiB(16)
#define WINDOW_PCI  0x10000000UL

#define PVPANIC_ID 0x00111b36
#define OTHER_ID   0x00081b36

enum { ID = 0, COMMAND = 1, HEADER = 3, BAR0 = 4, BAR1 = 5, BAR5 = 9 };

#define MULTIFUNCTION BIT(23)
#define LAYOUT_BRIDGE BIT(16)
#define MEMORY        BIT(1)

static u8 ecam[ECAM_SIZE] __attribute__((aligned(4096)));
static u8 window[WINDOW_SIZE] __attribute__((aligned(4096)));

static u32 *config(u32 slot, u32 function)
{
	return (u32 *)(ecam + (slot * 8 + function) * KiB(4));
}

static struct device bridge_device(void)
{
	return (struct device){
		.compatible = "pci-host-ecam-generic",
		.base = ptr_hpa(ecam),
		.size = 256 * ECAM_SIZE,
		.window = {WINDOW_PCI, (u64)window, WINDOW_SIZE},
	};
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	memset(ecam, 0xff, sizeof(ecam)); /* nobody there */
	memset(window, 0, sizeof(window));
	return 0;
}

static u32 *add(u32 slot, u32 function, u32 id)
{
	u32 *regs = config(slot, function);

	memset(regs, 0, KiB(4));
	regs[ID] = id;
	return regs;
}

/* ---- pci_map() ---- */

/* A function in slot 1, as its driver gets it. pci_map() needs a bridge: probing gives one. */
static void *mapped[3];
static u64 sizes[3];
static u32 bars[3];
static u32 probed;

static int probe_spy(const struct pci_function *function)
{
	mapped[probed] = pci_map(function, bars[probed], &sizes[probed]);
	probed++;
	return 0;
}

static const struct pci_driver spy = {
	.vendor = 0x1b36, .device = 0x0008, .probe = probe_spy};

/* Instead of drivers.c. */
const struct pci_driver *const pci_drivers[] = {&spy, &pvpanic_driver, NULL};

static void (*poweroff)(bool ok);

void driver_set_poweroff(void (*off)(bool ok))
{
	poweroff = off;
}

u64 driver_clock(void)
{
	return 0;
}

static int probe(void)
{
	struct device device = bridge_device();

	probed = 0;
	memset(mapped, 0, sizeof(mapped));
	return pci_ecam_driver.probe(&device);
}

static void test_assigns(void **state)
{
	u32 *first = add(1, 0, OTHER_ID), *second = add(2, 0, OTHER_ID);

	(void)state;
	first[COMMAND] = 0xffff0004;
	bars[0] = 0;
	bars[1] = 1;
	assert_int_equal(probe(), 0);
	assert_int_equal(probed, 2);
	assert_ptr_equal(mapped[0], window);
	assert_int_equal(sizes[0], 16);
	assert_int_equal(first[BAR0], WINDOW_PCI);
	/* What else was enabled stays; no status bit is cleared. */
	assert_int_equal(first[COMMAND], 4 | MEMORY);
	/* Pages of its own. */
	assert_ptr_equal(mapped[1], window + PAGE_SIZE);
	assert_int_equal(second[BAR1], WINDOW_PCI + PAGE_SIZE);
	assert_int_equal(second[BAR0], 0);
}

static void test_keeps_what_firmware_assigned(void **state)
{
	u32 *regs = add(31, 0, OTHER_ID);

	(void)state;
	regs[BAR5] = WINDOW_PCI + 0x2340;
	bars[0] = 5;
	assert_int_equal(probe(), 0);
	assert_ptr_equal(mapped[0], window + 0x2340);
	assert_int_equal(regs[BAR5], WINDOW_PCI + 0x2340);
	assert_int_equal(regs[COMMAND], MEMORY);
}

static void test_wide(void **state)
{
	u32 *regs = add(1, 0, OTHER_ID), *high = add(2, 0, OTHER_ID);
	u32 *last = add(3, 0, OTHER_ID);

	(void)state;
	regs[BAR0] = 4;
	bars[0] = 0;
	/* Above the window: not ours to reach. */
	high[BAR0] = 4 | (u32)WINDOW_PCI;
	high[BAR1] = 1;
	bars[1] = 0;
	/* No room for an upper half. */
	last[BAR5] = 4;
	bars[2] = 5;
	assert_int_equal(probe(), 0);
	assert_int_equal(probed, 3);
	assert_ptr_equal(mapped[0], window);
	assert_int_equal(regs[BAR0] & ~0xfU, WINDOW_PCI);
	assert_int_equal(regs[BAR1], 0);
	assert_null(mapped[1]);
	assert_int_equal(high[BAR1], 1);
	assert_null(mapped[2]);
}

static void test_refuses(void **state)
{
	u32 *io = add(1, 0, OTHER_ID), *outside = add(2, 0, OTHER_ID);

	(void)state;
	io[BAR0] = 1;
	outside[BAR0] = (u32)(WINDOW_PCI + WINDOW_SIZE);
	bars[0] = bars[1] = 0;
	assert_int_equal(probe(), 0);
	assert_int_equal(probed, 2);
	assert_null(mapped[0]);
	assert_null(mapped[1]);
	/* What is not used does not answer. */
	assert_int_equal(io[COMMAND] & MEMORY, 0);
	assert_int_equal(outside[COMMAND] & MEMORY, 0);
}

static void test_window_full(void **state)
{
	struct device device = bridge_device();
	u32 *regs = add(1, 0, OTHER_ID);

	(void)state;
	probed = 0;
	bars[0] = 0;
	device.window.size = PAGE_SIZE - 1;
	assert_int_equal(pci_ecam_driver.probe(&device), 0);
	assert_int_equal(probed, 1);
	assert_null(mapped[0]);
	assert_int_equal(regs[BAR0], 0);
}

/* 0 is no address, so a window that begins there is used from its second page. */
static void test_window_at_zero(void **state)
{
	struct device device = bridge_device();
	u32 *regs = add(1, 0, OTHER_ID);

	(void)state;
	probed = 0;
	bars[0] = 0;
	device.window.pci = 0;
	assert_int_equal(pci_ecam_driver.probe(&device), 0);
	assert_ptr_equal(mapped[0], window + PAGE_SIZE);
	assert_int_equal(regs[BAR0], PAGE_SIZE);
}

/* ---- Scanning ---- */

static void test_functions(void **state)
{
	(void)state;
	bars[0] = bars[1] = bars[2] = 0;
	/* Function 3 of one that has several; of one that answers as all eight only the first. */
	add(1, 0, 0x12345678)[HEADER] = MULTIFUNCTION;
	add(1, 3, OTHER_ID);
	add(2, 0, OTHER_ID);
	add(2, 1, OTHER_ID);
	/* A bridge has other registers there. */
	add(3, 0, OTHER_ID)[HEADER] = LAYOUT_BRIDGE;
	/* Nothing at function 0: nothing at all. */
	add(4, 5, OTHER_ID);
	/* The very last one. */
	add(31, 0, 0x12345678)[HEADER] = MULTIFUNCTION;
	add(31, 7, OTHER_ID);
	assert_int_equal(probe(), 0);
	assert_int_equal(probed, 3);
	assert_int_equal(config(1, 3)[COMMAND], MEMORY);
	assert_int_equal(config(2, 0)[COMMAND], MEMORY);
	assert_int_equal(config(31, 7)[COMMAND], MEMORY);
}

static void test_bridge(void **state)
{
	struct device device = bridge_device();

	(void)state;
	device.size = ECAM_SIZE - 1;
	assert_int_equal(pci_ecam_driver.probe(&device), -EINVAL);
	device.size = ECAM_SIZE;
	device.window.size = 0;
	assert_int_equal(pci_ecam_driver.probe(&device), -ENODEV);
	assert_int_equal(fake_record.devices_mapped, 0);
	device.window.size = WINDOW_SIZE;
	assert_int_equal(pci_ecam_driver.probe(&device), 0);
	/* Bus 0, and no more. */
	assert_int_equal(fake_record.devices_mapped, 1);
	assert_int_equal(fake_record.device_size, ECAM_SIZE);
	fake_record.map_device_fails = true;
	assert_int_equal(pci_ecam_driver.probe(&device), -ENOMEM);
}

/* ---- The driver ---- */

static void time_passes(int signal)
{
	(void)signal;
	fake_now += 100000000;
}

static void test_pvpanic(void **state)
{
	(void)state;
	add(1, 0, PVPANIC_ID);
	/* One that knows no event is of no use. */
	assert_int_equal(probe(), 0);
	assert_null(poweroff);
	window[0] = 3;
	assert_int_equal(probe(), 0);
	assert_non_null(poweroff);
	/* A normal end is not its affair. */
	poweroff(true);
	assert_int_equal(window[0], 3);
	fake_patience = UINT32_MAX;
	signal(SIGALRM, time_passes);
	ualarm(1000, 1000);
	poweroff(false);
	ualarm(0, 0);
	assert_int_equal(window[0], 1);
	/* Nothing else may come before QEMU has seen it. */
	assert_true(fake_now >= 1000000000);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_assigns),
		TEST(test_keeps_what_firmware_assigned),
		TEST(test_wide),
		TEST(test_refuses),
		TEST(test_window_full),
		TEST(test_window_at_zero),
		TEST(test_functions),
		TEST(test_bridge),
		TEST(test_pvpanic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
