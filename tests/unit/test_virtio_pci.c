// SPDX-License-Identifier: Apache-2.0
// drivers/pci.c, pci_msix.c and virtio_pci.c: buses behind bridges, capabilities and interrupts,
// on configuration space and BARs played by the test, good and hostile.
#include "unit.h"

#include <hv/bits.h>
#include <hv/irq.h>
#include <hv/mm.h>

#include <stdlib.h>

#include "drivers/pci.h"
#include "drivers/virtio.h"
#include "drivers/virtqueue.h"

#define BUSES    4
#define WORDS    64
#define BAR_SIZE KiB(16)

#define BLOCK_ID  0x10421af4
#define OLD_ID    0x10011af4
#define BRIDGE_ID 0x00011b36

enum {
	ID = 0,
	COMMAND = 1,
	HEADER = 3,
	BAR0 = 4,
	BUS_NUMBERS = 6,
	BAR4 = 8,
	POINTER = 13,
	LINE = 15
};
#define STATUS_CAPABILITIES BIT(20)
#define MASTER              BIT(2)
#define LAYOUT_BRIDGE       BIT(16)

static u32 space[BUSES << 8][WORDS];
static u32 accesses, probes;
static u8 bar[2][BAR_SIZE] __attribute__((aligned(16384)));
static struct virtio *found;
static int msi_number;

/* ---- The test's machine ---- */

static u32 config_read(const struct pci_bridge *bridge, u32 function, u32 offset)
{
	(void)bridge;
	assert_true(offset < 256 && IS_ALIGNED(offset, 4));
	accesses++;
	return function < ARRAY_LEN(space) ? space[function][offset / 4] : ~0U;
}

/* BARs have BAR_SIZE bytes; a one clears a bit of the status. */
static void config_write(const struct pci_bridge *bridge, u32 function, u32 offset,
	u32 value)
{
	(void)bridge;
	assert_true(function < ARRAY_LEN(space) && offset < 256 && IS_ALIGNED(offset, 4));
	if (offset / 4 >= BAR0 && offset / 4 < BAR0 + 6)
		value = (value & (u32) ~(BAR_SIZE - 1)) |
			(space[function][offset / 4] & 0xf);
	if (offset / 4 == COMMAND)
		value = (value & 0xffff) |
			(space[function][COMMAND] & ~value & 0xffff0000);
	space[function][offset / 4] = value;
}

static const struct pci_config config = {config_read, config_write};

static u32 wire(u8 line)
{
	return line == 11 ? 20 : 0;
}

static const struct pci_driver *const list[] = {
	&virtio_blk_pci_driver, &virtio_blk_transitional_driver, NULL};

/* Addresses are offsets from the first BAR's page; 0 is none, so they begin at one page. */
#define PCI_BASE 0x10000UL

static void scan(void)
{
	struct pci_bridge bridge = {
		.config = &config,
		.drivers = list,
		.bus_count = BUSES,
		.window = {PCI_BASE, (u64)bar, sizeof(bar)},
		.wire = wire,
	};

	accesses = probes = 0;
	found = NULL;
	pci_scan(&bridge);
}

void *mmio_map(hpa_t base, u64 size)
{
	assert_true(range_inside(base.raw, size, (u64)bar, sizeof(bar)));
	return hpa_ptr(base);
}

bool mmio_is_ours(hpa_t base, u64 size)
{
	(void)base;
	(void)size;
	return false;
}

static int chip_msi(u64 *address, u32 *data)
{
	*address = 0x1fee00000;
	*data = 0x42;
	return msi_number;
}

static const struct irqchip chip = {.msi = chip_msi};

int virtio_blk_probe(struct virtio *dev)
{
	probes++;
	found = dev;
	return 0;
}

/* ---- A disk ---- */

static void put_capability(u32 *regs, u32 at, u32 next, u32 id_and_rest)
{
	regs[at / 4] = id_and_rest | next << 8;
}

static void put_part(u32 *regs, u32 at, u32 next, u32 type, u32 offset, u32 length)
{
	put_capability(regs, at, next, type << 24 | 20 << 16 | 0x09);
	regs[at / 4 + 1] = 4;
	regs[at / 4 + 2] = offset;
	regs[at / 4 + 3] = length;
	regs[at / 4 + 4] = 4; /* notify's multiplier */
}

enum { COMMON = 0x40, ISR = 0x54, DEVICE = 0x68, NOTIFY = 0x7c, MSIX = 0x90 };

static u32 *add_disk(u32 function, u32 id)
{
	u32 *regs = space[function];

	memset(regs, 0, sizeof(space[0]));
	regs[ID] = id;
	regs[COMMAND] = STATUS_CAPABILITIES;
	regs[BAR0] = PCI_BASE;
	regs[BAR4] = PCI_BASE + BAR_SIZE;
	regs[POINTER] = COMMON;
	regs[LINE] = 11 | 1 << 8; /* and pin A */
	put_part(regs, COMMON, ISR, 1, 0x0000, 0x38);
	put_part(regs, ISR, DEVICE, 3, 0x1000, 1);
	put_part(regs, DEVICE, NOTIFY, 4, 0x2000, 0x20);
	put_part(regs, NOTIFY, MSIX, 2, 0x3000, 8);
	put_capability(regs, MSIX, 0, 0x11 | 1 << 16); /* two entries */
	regs[MSIX / 4 + 1] = 0x100;                    /* in BAR 0 */
	return regs;
}

static u32 *table(void)
{
	return (u32 *)(bar[0] + 0x100);
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_ram(MiB(16));
	memset(space, 0xff, sizeof(space));
	memset(bar, 0, sizeof(bar));
	msi_number = 130;
	irq_set_chip(&chip);
	return 0;
}

/* ---- Good ones ---- */

static void test_msix(void **state)
{
	u32 *regs = add_disk(8, BLOCK_ID);

	(void)state;
	scan();
	assert_int_equal(probes, 1);
	assert_int_equal(found->irq, 130);
	assert_false(found->legacy);
	/* On, not masked, the first entry ours, the other masked. */
	assert_int_equal(regs[MSIX / 4] >> 30, 2);
	assert_int_equal(table()[0], 0xfee00000);
	assert_int_equal(table()[1], 1);
	assert_int_equal(table()[2], 0x42);
	assert_int_equal(table()[3], 0);
	assert_int_equal(table()[7], 1);
	assert_true(regs[COMMAND] & MASTER);
	/* A message does not say why. */
	assert_int_equal(found->ops->irq_ack(found),
		VIRTIO_IRQ_QUEUE | VIRTIO_IRQ_CONFIG);
}

static void test_wire(void **state)
{
	u32 *regs = add_disk(8, OLD_ID);

	(void)state;
	msi_number = -ENODEV;
	scan();
	assert_int_equal(found->irq, 20);
	assert_int_equal(regs[MSIX / 4] >> 30, 0);
	bar[1][0x1000] = VIRTIO_IRQ_QUEUE;
	assert_int_equal(found->ops->irq_ack(found), VIRTIO_IRQ_QUEUE);
	/* Nor that: only polled. */
	regs[LINE] = 0xff;
	regs[MSIX / 4] = 0x05;
	msi_number = 130;
	scan();
	assert_int_equal(found->irq, 0);
}

static void test_queue(void **state)
{
	struct virtqueue vq;
	const u8 *common = bar[1];

	(void)state;
	add_disk(8, BLOCK_ID);
	*(u16 *)(bar[1] + 0x18) = 256;
	*(u16 *)(bar[1] + 0x1e) = 1;
	scan();
	assert_int_equal(found->ops->queue_max(found, 0), 256);
	assert_int_equal(virtio_queue_start(found, 0, &vq), 0);
	assert_int_equal(*(const u16 *)(common + 0x18), 128);
	assert_int_equal(*(const u16 *)(common + 0x1c), 1);
	assert_ptr_equal(*(void *const *)(common + 0x20), vq.desc);
	assert_ptr_equal(*(void *const *)(common + 0x28), vq.avail);
	assert_ptr_equal(*(void *const *)(common + 0x30), vq.used);
	memset(bar[1] + 0x3000, 0xee, 8);
	found->ops->notify(found, 0);
	assert_int_equal(*(u32 *)(bar[1] + 0x3000), 0xeeeeeeee);
	assert_int_equal(*(u32 *)(bar[1] + 0x3004), 0xeeee0000);
	/* It was never reset. */
	assert_int_equal(found->ops->queue_max(found, 0), 0);
	/* The register would be outside of its part, or at an odd address. */
	*(u16 *)(bar[1] + 0x1c) = 0;
	*(u16 *)(bar[1] + 0x1e) = 2;
	assert_int_equal(found->ops->queue_set(found, 0, &vq), -EINVAL);
	*(u16 *)(bar[1] + 0x1e) = 0xffff;
	assert_int_equal(found->ops->queue_set(found, 0, &vq), -EINVAL);
	assert_int_equal(*(const u16 *)(common + 0x1c), 0);
	virtqueue_fini(&vq);
}

static void test_config(void **state)
{
	(void)state;
	add_disk(8, BLOCK_ID);
	*(u32 *)(bar[1] + 0x201c) = 0x12345678;
	*(u32 *)(bar[1] + 0x2020) = 0x11111111;
	scan();
	assert_int_equal(found->ops->config(found, 0x1c), 0x12345678);
	assert_int_equal(found->ops->config(found, 0x20), 0);
	assert_int_equal(found->ops->config(found, 0xfffffffe), 0);
}

/* ---- Buses ---- */

static void add_bridge(u32 function, u32 secondary)
{
	memset(space[function], 0, sizeof(space[0]));
	space[function][ID] = BRIDGE_ID;
	space[function][HEADER] = (u32)LAYOUT_BRIDGE;
	space[function][BUS_NUMBERS] = secondary << 8;
}

static void test_bridges(void **state)
{
	(void)state;
	add_bridge(0x008, 2);
	add_bridge(0x2f8, 3);
	add_disk(0x300, BLOCK_ID);
	add_disk(0x100, BLOCK_ID); /* nobody leads there */
	scan();
	assert_int_equal(probes, 1);
	/* Twice to the same, back, to itself, and out of reach. */
	add_bridge(0x010, 2);
	add_bridge(0x308, 2);
	add_bridge(0x310, 3);
	add_bridge(0x318, 0);
	add_bridge(0x320, 255);
	scan();
	assert_int_equal(probes, 1);
	assert_true(accesses < 1000);
	add_bridge(0x018, 1);
	scan();
	assert_int_equal(probes, 2);
}

/* ---- Hostile ones ---- */

static void test_capability_loops(void **state)
{
	u32 *regs = add_disk(8, BLOCK_ID);

	(void)state;
	put_capability(regs, MSIX, COMMON, 0x11 | 1 << 16);
	scan();
	assert_int_equal(probes, 1);
	assert_true(accesses < 50000);
	/* A ring of one, of a kind that is looked for, without the parts. */
	put_capability(regs, COMMON, COMMON, 0x09);
	scan();
	assert_int_equal(probes, 0);
	assert_true(accesses < 50000);
	/* Into the header, to the very end, and none at all though there is a pointer. */
	add_disk(8, BLOCK_ID)[POINTER] = 0x3c;
	scan();
	assert_int_equal(probes, 0);
	regs = add_disk(8, BLOCK_ID);
	regs[POINTER] = 0xfc;
	regs[0xfc / 4] = 2 << 24 | 20 << 16 | COMMON << 8 | 0x09;
	scan();
	assert_int_equal(probes, 1);
	put_capability(add_disk(8, BLOCK_ID), NOTIFY, 0xff, 20 << 16 | 2 << 24 | 0x09);
	scan();
	assert_int_equal(probes, 1);
	add_disk(8, BLOCK_ID)[COMMAND] = 0;
	scan();
	assert_int_equal(probes, 0);
}

static void test_parts(void **state)
{
	static const struct {
		u32 at, word, value;
	} cases[] = {
		{COMMON, 1, 5}, /* a BAR that is not there */
		{COMMON, 1, 6}, /* no BAR at all */
		{COMMON, 1, 0xff},
		{COMMON, 2, 0x3ff0}, /* over the BAR's end */
		{COMMON, 2, 0xfffffff0},
		{COMMON, 2, 2},    /* not aligned */
		{COMMON, 3, 0x37}, /* too short */
		{COMMON, 3, 0xffffffff},
		{COMMON, 0, 0x010f5409}, /* the capability itself is too short */
		{COMMON, 0, 0x09145409}, /* of no kind that is known */
		{COMMON, 0, 0x00145409},
		{NOTIFY, 3, 1},
		{ISR, 3, 0},
		{DEVICE, 3, 0},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		add_disk(8, BLOCK_ID)[cases[i].at / 4 + cases[i].word] = cases[i].value;
		scan();
		assert_int_equal(probes, 0);
	}
	/* A second one of a kind is used if the first cannot be. */
	put_part(add_disk(8, BLOCK_ID), COMMON, MSIX + 8, 1, 0x3ff0, 0x38);
	put_part(space[8], MSIX + 8, ISR, 1, 0, 0x38);
	scan();
	assert_int_equal(probes, 1);
}

static void test_msix_table(void **state)
{
	static const u32 wheres[] = {0x3ff0 | 0, 0xfffffff8, 5, 6, 7};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(wheres); i++) {
		u32 *regs = add_disk(8, BLOCK_ID);

		regs[MSIX / 4 + 1] = wheres[i];
		scan();
		assert_int_equal(found->irq, 20);
		assert_int_equal(regs[MSIX / 4] >> 30, 0);
	}
	/* As many entries as there can be: more than the BAR has room for. */
	add_disk(8, BLOCK_ID)[MSIX / 4] = 0x07ff0011;
	scan();
	assert_int_equal(found->irq, 20);
}

/* Bits that flip anywhere: whatever it reads, it ends, and looks nowhere else. */
static void test_random(void **state)
{
	(void)state;
	srand(1);
	for (u32 round = 0; round < 5000; round++) {
		u32 *regs = add_disk(8, BLOCK_ID);

		for (u32 n = 0; n < 4; n++)
			regs[COMMAND + (u32)rand() % (WORDS - 1)] ^= 1U
				<< (u32)rand() % 32;
		fake_ram(MiB(4));
		scan();
		assert_true(probes <= 1);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_msix),
		TEST(test_wire),
		TEST(test_queue),
		TEST(test_config),
		TEST(test_bridges),
		TEST(test_capability_loops),
		TEST(test_parts),
		TEST(test_msix_table),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
