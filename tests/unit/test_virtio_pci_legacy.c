// SPDX-License-Identifier: Apache-2.0
// drivers/virtio_pci_legacy.c, and what of drivers/pci.c is about ports: a disk whose registers
// the test plays, with messages and with a wire, good and hostile.
#include "unit.h"

#include <hv/bits.h>
#include <hv/blockdev.h>
#include <hv/irq.h>
#include <hv/mm.h>

#include <sys/mman.h>

#include "drivers/pci.h"
#include "drivers/virtqueue.h"

#define DISK_ID    0x10011af4U
#define NUMBER     (4U << 3)
#define PORT       0xc080U
#define PORTS      128U
#define SECTORS    2048U
#define QUEUE_SIZE 256
#define NO_VECTOR  0xffff
#define MSI_IRQ    130
#define WIRE_IRQ   20

enum {
	ID = 0,
	COMMAND = 1,
	BAR0 = 4,
	BAR1 = 5,
	POINTER = 13,
	LINE = 15,
	MSIX = 0x98 / 4
};

#define STATUS_CAPABILITIES BIT(20)
#define QUIET               BIT(10)
#define MASTER              BIT(2)
#define IO                  BIT(0)

static u32 regs[64];
static u32 bar_mask[2];
static u8 table[PAGE_SIZE] __attribute__((aligned(4096)));
static bool sized_while_on;

/* ---- Configuration space ---- */

static u32 config_read(const struct pci_bridge *bridge, u32 function, u32 offset)
{
	(void)bridge;
	return function == NUMBER ? regs[offset / 4] : ~0U;
}

static void config_write(const struct pci_bridge *bridge, u32 function, u32 offset,
	u32 value)
{
	u32 n = offset / 4 - BAR0;

	(void)bridge;
	assert_int_equal(function, NUMBER);
	if (n < ARRAY_LEN(bar_mask)) {
		if (value == ~0U && n == 0 && regs[COMMAND] & IO)
			sized_while_on = true;
		value = (value & bar_mask[n]) | (regs[offset / 4] & ~bar_mask[n]);
	}
	if (offset / 4 == COMMAND)
		value = (value & 0xffff) | (regs[COMMAND] & 0xffff0000);
	regs[offset / 4] = value;
}

static const struct pci_config config = {config_read, config_write};

/* ---- Registers ---- */

static struct {
	u32 features, page, size, select, notified, vectors[2], status, isr;
	bool no_vectors;
	u32 odd; /* accesses that there are none of */
} device;

static bool has_msix(void)
{
	return regs[MSIX] >> 31;
}

static u32 port_read(u16 port, u32 size)
{
	u32 at = port - PORT, base = has_msix() ? 24 : 20, isr = device.isr;

	assert_true(range_inside(port, size, PORT, PORTS));
	if (at >= base)
		return size == 4 && at == base ? SECTORS : 0;
	switch (at << 4 | size) {
	case 0 << 4 | 4: return device.features;
	case 8 << 4 | 4: return device.page;
	case 12 << 4 | 2: return device.select == 0 ? device.size : 0;
	case 18 << 4 | 1: return device.status;
	case 19 << 4 | 1: device.isr = 0; return isr;
	case 20 << 4 | 2: return device.vectors[0];
	case 22 << 4 | 2: return device.vectors[1];
	}
	device.odd++;
	return ~0U;
}

static void port_write(u16 port, u32 size, u32 value)
{
	u32 at = port - PORT;

	assert_true(range_inside(port, size, PORT, PORTS));
	switch (at << 4 | size) {
	case 4 << 4 | 4: break;
	case 8 << 4 | 4: device.page = value; break;
	case 14 << 4 | 2: device.select = value; break;
	case 16 << 4 | 2: device.notified++; break;
	case 18 << 4 | 1:
		device.status = value;
		if (value == 0)
			device.page = 0,
			device.vectors[0] = device.vectors[1] = NO_VECTOR;
		break;
	case 20 << 4 | 2:
	case 22 << 4 | 2:
		device.odd += !has_msix();
		device.vectors[(at - 20) / 2] = device.no_vectors ? NO_VECTOR : value;
		break;
	default: device.odd++;
	}
}

static const struct pci_ports ports = {port_read, port_write};

/* ---- The machine ---- */

static int msi_number;
static u32 enabled;
static bool pending;

static int chip_msi(u64 *address, u32 *data)
{
	*address = 0xfee00000;
	*data = 0x42;
	return msi_number;
}

static void chip_enable(u32 irq, u32 cpu_index, bool on)
{
	(void)cpu_index;
	enabled = on ? irq : 0;
}

static int chip_claim(void)
{
	bool was = pending;

	pending = false;
	return was ? (int)enabled : -ENOENT;
}

static void chip_end(u32 irq)
{
	(void)irq;
}

static const struct irqchip chip = {
	.enable = chip_enable, .claim = chip_claim, .end = chip_end, .msi = chip_msi};

static u32 wire(u8 line)
{
	return line == 11 ? WIRE_IRQ : 0;
}

/* Queues are told by page numbers of 32 bits. */
static void low_ram(void)
{
	static void *ram;
	struct mem_range range = {.size = MiB(8)};

	if (!ram)
		ram = mmap(NULL, range.size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	assert_true(ram != MAP_FAILED);
	range.base = (u64)ram;
	assert_int_equal(page_init(&range, 1, NULL, 0), 0);
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	low_ram();
	irq_set_chip(&chip);
	memset(regs, 0, sizeof(regs));
	memset(&device, 0, sizeof(device));
	sized_while_on = pending = false;
	enabled = 0;
	msi_number = MSI_IRQ;
	regs[ID] = DISK_ID;
	regs[COMMAND] = (u32)(STATUS_CAPABILITIES | IO);
	regs[BAR0] = PORT | 1;
	bar_mask[0] = ~(PORTS - 1);
	/* Addresses of memory are offsets into the table's page. */
	regs[BAR1] = (u32)PAGE_SIZE;
	bar_mask[1] = (u32) ~(PAGE_SIZE - 1);
	regs[POINTER] = MSIX * 4;
	regs[MSIX] = 0x11;
	regs[MSIX + 1] = 1;
	regs[LINE] = 11 | 1 << 8;
	device.size = QUEUE_SIZE;
	return 0;
}

/* Instead of mm/mmio.c, whose table of devices only grows. */
void *mmio_map(hpa_t base, u64 size)
{
	assert_true(range_inside(base.raw, size, (u64)table, sizeof(table)));
	return hpa_ptr(base);
}

bool mmio_is_ours(hpa_t base, u64 size)
{
	(void)base;
	(void)size;
	return false;
}

static const struct pci_driver *const list[] = {&virtio_blk_transitional_driver, NULL};

/* The disk that comes of it, or NULL. */
static struct blockdev *probe_with(const struct pci_ports *reached)
{
	static u32 count;
	struct pci_bridge bridge = {
		.config = &config,
		.drivers = list,
		.bus_count = 1,
		.window = {PAGE_SIZE, (u64)table, sizeof(table)},
		.ports = reached,
		.wire = wire,
	};
	struct blockdev *dev;

	pci_scan(&bridge);
	dev = blockdev_get(count);
	count += dev != NULL;
	assert_int_equal(device.odd, 0);
	assert_false(sized_while_on);
	return dev;
}

static struct blockdev *probe(void)
{
	return probe_with(&ports);
}

static u32 ended;

static void done(struct block_request *req, int error)
{
	(void)req;
	assert_int_equal(error, 0);
	ended++;
}

/* A request goes through the queue and ends by the interrupt. */
static void transfer(struct blockdev *dev)
{
	static u8 data[SECTOR_SIZE];
	struct block_request req = {.sectors = 1, .data = data, .done = done};
	struct virtq_desc *desc = (void *)((u64)device.page << PAGE_SHIFT);
	struct virtq_avail *avail = (void *)(desc + QUEUE_SIZE);
	struct virtq_used *used =
		(void *)ALIGN_UP((u64)avail + 4 + QUEUE_SIZE * 2 + 2, PAGE_SIZE);
	u32 head;

	ended = 0;
	dev->ops->submit(dev, &req);
	assert_int_equal(device.notified, 1);
	assert_int_equal(avail->idx, 1);
	head = avail->ring[0];
	*(u8 *)desc[desc[desc[head].next].next].addr = 0;
	used->ring[0].id = head;
	used->idx = 1;
	device.isr = 1;
	pending = true;
	irq_dispatch();
	assert_int_equal(ended, 1);
	assert_int_equal(device.odd, 0);
}

/* ---- Tests ---- */

static void test_message(void **state)
{
	struct blockdev *dev = probe();

	(void)state;
	assert_non_null(dev);
	assert_int_equal(dev->sectors, SECTORS);
	assert_int_equal(device.status, 7);
	assert_int_equal(device.vectors[0], 0);
	assert_int_equal(device.vectors[1], 0);
	assert_int_equal(enabled, MSI_IRQ);
	assert_int_equal(regs[COMMAND] & (IO | MASTER), IO | MASTER);
	assert_int_equal(regs[BAR0], PORT | 1);
	transfer(dev);
}

static void test_wire(void **state)
{
	struct blockdev *dev;

	(void)state;
	msi_number = -ENOSPC;
	regs[COMMAND] |= (u32)QUIET;
	dev = probe();
	assert_non_null(dev);
	assert_int_equal(dev->sectors, SECTORS);
	assert_int_equal(enabled, WIRE_IRQ);
	assert_false(regs[COMMAND] & QUIET);
	transfer(dev);
	assert_int_equal(device.isr, 0);
}

/* Without an interrupt of ours it must not pull a wire that may be others', too. */
static void test_quiet(void **state)
{
	/* No pin; a line that leads nowhere. */
	static const u32 lines[] = {11, 12 | 1 << 8};

	for (u32 i = 0; i < ARRAY_LEN(lines); i++) {
		setup(state);
		msi_number = -ENOSPC;
		regs[LINE] = lines[i];
		assert_non_null(probe());
		assert_int_equal(enabled, 0);
		assert_true(regs[COMMAND] & QUIET);
	}
}

static void test_sizes(void **state)
{
	static const u16 sizes[] = {0, 2, 100, 2048, 0x8000, 0xffff};

	for (u32 i = 0; i < ARRAY_LEN(sizes); i++) {
		setup(state);
		device.size = sizes[i];
		assert_null(probe());
		assert_int_equal(enabled, 0);
		assert_int_equal(device.page, 0);
	}
	setup(state);
	device.size = 1024;
	assert_non_null(probe());
	/* No vector to be had. */
	setup(state);
	device.no_vectors = true;
	assert_null(probe());
}

static void test_ports(void **state)
{
	static const struct {
		u32 bar, mask;
	} bad[] = {
		{0, 0},                     /* none */
		{1, ~(PORTS - 1)},          /* without an address */
		{PORT | 1, ~15U},           /* fewer than there are registers */
		{0x1c081, ~(PORTS - 1)},    /* not a port */
		{0xffffff81, ~(PORTS - 1)}, /* likewise */
		{PORT, ~(PORTS - 1)},       /* memory */
	};

	for (u32 i = 0; i < ARRAY_LEN(bad); i++) {
		setup(state);
		regs[BAR0] = bad[i].bar;
		bar_mask[0] = bad[i].mask;
		assert_null(probe());
		assert_int_equal(enabled, 0);
	}
	/* A machine that does not reach ports. */
	setup(state);
	assert_null(probe_with(NULL));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_message),
		TEST(test_wire),
		TEST(test_quiet),
		TEST(test_sizes),
		TEST(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
