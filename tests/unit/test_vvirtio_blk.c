// SPDX-License-Identifier: Apache-2.0
// vdev/virtio*.c: a virtio disk through its registers, with a disk below that finishes what it
// is asked for when a test says so.
#include "vring.h"

#include <hv/fdt.h>

#include "vdev/models.h"

#define BASE      0x10001000UL
#define LINE      7
#define SECTORS   64
#define STATUS_AT (DATA_AT - 0x100)
#define HEADER_AT (DATA_AT - 0x200)

enum { /* 4.2.2 */
	MAGIC = 0x00,
	VERSION = 0x04,
	DEVICE_ID = 0x08,
	DEVICE_FEATURES = 0x10,
	DEVICE_FEATURES_SEL = 0x14,
	DRIVER_FEATURES = 0x20,
	DRIVER_FEATURES_SEL = 0x24,
	QUEUE_SEL = 0x30,
	QUEUE_NUM_MAX = 0x34,
	QUEUE_NUM = 0x38,
	QUEUE_READY = 0x44,
	QUEUE_NOTIFY = 0x50,
	INTERRUPT_STATUS = 0x60,
	INTERRUPT_ACK = 0x64,
	STATUS = 0x70,
	QUEUE_DESC = 0x80,
	QUEUE_DRIVER = 0x90,
	QUEUE_DEVICE = 0xa0,
	CONFIG = 0x100,
};
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 64 };
enum { F_SEG_MAX = 4, F_RO = 32, F_BLK_SIZE = 64, F_FLUSH = 512 };
enum { IN = 0, OUT = 1, FLUSH = 4, GET_ID = 8 };
enum { OK = 0, IOERR = 1, UNSUPP = 2, UNTOUCHED = 0xee };

/* ---- The disk below ---- */

#define REQUESTS_MAX 64

static struct {
	struct vm_disk disk;
	u8 data[SECTORS * SECTOR_SIZE];
	struct vm_disk_request *requests[REQUESTS_MAX]; /* in flight */
	u32 count, flushes, closed, submitted;
	char path[CONFIG_PATH_MAX];
	int open_error;
} disk;

int vm_disk_open(struct vm *of, const char *path, bool read_only, struct vm_disk **opened)
{
	assert_ptr_equal(of, vm);
	if (disk.open_error)
		return disk.open_error;
	str_copy(disk.path, sizeof(disk.path), path);
	disk.disk.read_only = read_only;
	*opened = &disk.disk;
	return 0;
}

void vm_disk_submit(struct vm_disk *d, struct vm_disk_request *req)
{
	assert_ptr_equal(d, &disk.disk);
	assert_true(req->write || req->sectors > 0);
	assert_false(req->write && d->read_only);
	assert_true(range_inside(req->sector, req->sectors, 0, d->sectors));
	assert_true(IS_ALIGNED(req->sector * SECTOR_SIZE, d->block_size));
	assert_true(IS_ALIGNED(req->sectors * SECTOR_SIZE, d->block_size));
	assert_in_range(disk.count, 0, REQUESTS_MAX - 1);
	disk.requests[disk.count++] = req;
	disk.submitted++;
}

/* Carries out the one at `index`. */
static void finish_one(u32 index, int error)
{
	struct vm_disk_request *req = disk.requests[index];
	u8 *at = disk.data + req->sector * SECTOR_SIZE;

	disk.requests[index] = disk.requests[--disk.count];
	disk.flushes += req->sectors == 0;
	if (error)
		;
	else if (req->write && req->sectors)
		memcpy(at, req->data, req->sectors * SECTOR_SIZE);
	else if (req->sectors)
		memcpy(req->data, at, req->sectors * SECTOR_SIZE);
	req->done(req, error);
}

static void finish_all(void)
{
	while (disk.count > 0)
		finish_one(disk.count / 2, 0);
}

void vm_disk_close(struct vm_disk *d)
{
	assert_ptr_equal(d, &disk.disk);
	finish_all();
	disk.closed++;
}

/* ---- The driver ---- */

static struct vintc intc;
static bool line;

static void intc_set(struct vintc *chip, u32 irq, bool level)
{
	assert_ptr_equal(chip, &intc);
	assert_int_equal(irq, LINE);
	line = level;
}

static const struct vintc_ops intc_ops = {.set = intc_set};

static struct vdev *dev(void)
{
	return list_first(&vm->devices, struct vdev, node);
}

static u32 get(u32 offset)
{
	return (u32)dev()->ops->read(dev(), offset, 4);
}

static void set(u32 offset, u32 value)
{
	dev()->ops->write(dev(), offset, 4, value);
}

static void driver_features(u64 features)
{
	set(DRIVER_FEATURES_SEL, 0);
	set(DRIVER_FEATURES, (u32)features);
	set(DRIVER_FEATURES_SEL, 1);
	set(DRIVER_FEATURES, (u32)(features >> 32));
}

static void driver_queue(void)
{
	set(QUEUE_SEL, 0);
	set(QUEUE_NUM, RING_SIZE);
	set(QUEUE_DESC, DESC_AT);
	set(QUEUE_DESC + 4, 0);
	set(QUEUE_DRIVER, AVAIL_AT);
	set(QUEUE_DEVICE, USED_AT);
	set(QUEUE_READY, 1);
}

static void driver_start(u64 features)
{
	memset(ram(RAM_BASE), 0, DATA_AT - RAM_BASE);
	set(STATUS, 0);
	assert_int_equal(get(STATUS), 0);
	set(STATUS, ACKNOWLEDGE);
	set(STATUS, ACKNOWLEDGE | DRIVER);
	driver_features(features | BIT(32));
	set(STATUS, get(STATUS) | FEATURES_OK);
	assert_true(get(STATUS) & FEATURES_OK);
	driver_queue();
	assert_int_equal(get(QUEUE_READY), 1);
	set(STATUS, get(STATUS) | DRIVER_OK);
}

static int create(const char *args)
{
	const struct vdev_place place = {BASE, {&intc, LINE}, false};

	return vdev_create(vm, &virtio_blk_ops, &place, args);
}

static void setup_disk(u32 block_size, const char *args)
{
	fake_reset();
	fake_ram(MiB(16));
	vm = fake_vm(RAM_BASE, RAM_SIZE);
	intc.ops = &intc_ops;
	line = false;
	memset(&disk, 0, sizeof(disk));
	disk.disk.sectors = SECTORS;
	disk.disk.block_size = block_size;
	for (u32 i = 0; i < sizeof(disk.data); i++)
		disk.data[i] = (u8)(i / SECTOR_SIZE * 7 + i);
	assert_int_equal(create(args), 0);
	driver_start(F_FLUSH);
}

static int setup(void **state)
{
	(void)state;
	setup_disk(SECTOR_SIZE, "/boot/some.img");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vdev_destroy_all(vm);
	assert_int_equal(disk.closed, 1);
	assert_int_equal(disk.count, 0);
	fake_vm_free(vm);
	return 0;
}

static void header(u32 slot, u32 type, u64 sector)
{
	struct {
		u32 type, reserved;
		u64 sector;
	} h = {type, 0, sector};

	memcpy(ram(HEADER_AT + slot * 16), &h, sizeof(h));
}

static u8 *status(u32 slot)
{
	return ram(STATUS_AT + slot);
}

/* A request of three descriptors from 3 * slot on; no data if len is 0. */
static void request(u32 slot, u32 type, u64 sector, u64 data, u32 len)
{
	u32 at = 3 * slot;

	header(slot, type, sector);
	*status(slot) = UNTOUCHED;
	ring_put(at, HEADER_AT + slot * 16, 16, DESC_NEXT);
	if (len)
		ring_put(++at, data, len, DESC_NEXT | (type == OUT ? 0 : DESC_WRITE));
	ring_put(at + 1, STATUS_AT + slot, 1, DESC_WRITE);
	ring_offer(3 * slot);
}

static void kick(void)
{
	set(QUEUE_NOTIFY, 0);
}

/* One request to its end: its status. */
static u8 request_do(u32 type, u64 sector, u64 data, u32 len)
{
	u16 before = ring_used()->idx;

	request(0, type, sector, data, len);
	kick();
	finish_all();
	assert_int_equal(ring_used()->idx, (u16)(before + 1));
	assert_int_equal(ring_used()->ring[before % RING_SIZE].id, 0);
	return *status(0);
}

static u32 used_len(void)
{
	return ring_used()->ring[(ring_used()->idx - 1) % RING_SIZE].len;
}

/* ---- Registers ---- */

static void test_registers(void **state)
{
	(void)state;
	assert_int_equal(get(MAGIC), 0x74726976);
	assert_int_equal(get(VERSION), 2);
	assert_int_equal(get(DEVICE_ID), 2);
	set(DEVICE_FEATURES_SEL, 0);
	assert_int_equal(get(DEVICE_FEATURES), F_FLUSH | F_BLK_SIZE | F_SEG_MAX);
	set(DEVICE_FEATURES_SEL, 1);
	assert_int_equal(get(DEVICE_FEATURES), 1);
	set(DEVICE_FEATURES_SEL, 2);
	assert_int_equal(get(DEVICE_FEATURES), 0);
	assert_int_equal(get(QUEUE_NUM_MAX), 128);
	set(QUEUE_SEL, 1);
	assert_int_equal(get(QUEUE_NUM_MAX), 0);
	assert_int_equal(get(QUEUE_READY), 0);
	assert_int_equal(get(0xb0), ~0U);
	assert_int_equal(get(CONFIG), SECTORS);
	assert_int_equal(get(CONFIG + 4), 0);
	assert_int_equal(get(CONFIG + 0x0c), 126);
	assert_int_equal(get(CONFIG + 0x14), SECTOR_SIZE);
	assert_int_equal(dev()->ops->read(dev(), CONFIG + 0x15, 1), SECTOR_SIZE >> 8);
	assert_int_equal(dev()->ops->read(dev(), CONFIG + 0x14, 2), SECTOR_SIZE);
}

static void expect_refused(u32 offset)
{
	const struct trace_record *r = trace_newest(TRACE_DEVICE);

	assert_non_null(r);
	assert_int_equal(r->code & ~(u32)TRACE_WRITE, offset);
}

static void test_unknown_registers(void **state)
{
	(void)state;
	assert_int_equal(get(0x0c0), 0);
	expect_refused(0x0c0);
	assert_int_equal(get(CONFIG + 0x18), 0);
	expect_refused(CONFIG + 0x18);
	assert_int_equal(dev()->ops->read(dev(), MAGIC, 1), 0);
	expect_refused(MAGIC);
	dev()->ops->write(dev(), STATUS, 1, 0);
	expect_refused(STATUS);
	assert_int_equal(get(STATUS) & DRIVER_OK, DRIVER_OK);
	set(CONFIG, 1);
	expect_refused(CONFIG);
	/* A queue that is ready keeps its place. */
	set(QUEUE_DESC, 0);
	expect_refused(QUEUE_DESC);
	set(QUEUE_NUM, 1);
	expect_refused(QUEUE_NUM);
	assert_int_equal(request_do(IN, 0, DATA_AT, 512), OK);
}

static void test_features(void **state)
{
	(void)state;
	set(STATUS, 0);
	set(STATUS, ACKNOWLEDGE | DRIVER);
	driver_features(BIT(32) | F_RO);
	set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	assert_int_equal(get(STATUS), ACKNOWLEDGE | DRIVER);
	set(STATUS, 0);
	driver_features(F_FLUSH);
	set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	assert_int_equal(get(STATUS), ACKNOWLEDGE | DRIVER);
	set(STATUS, 0);
	driver_features(BIT(32));
	set(STATUS, FEATURES_OK);
	assert_int_equal(get(STATUS), FEATURES_OK);
	/* Settled. */
	driver_features(BIT(32) | F_FLUSH);
	expect_refused(DRIVER_FEATURES);
	set(STATUS, 0);
	set(STATUS, DRIVER_OK);
	assert_int_equal(get(STATUS), DRIVER_OK | NEEDS_RESET);
}

static void test_device_tree(void **state)
{
	u8 blob[1024];
	struct fdt fdt;
	struct fdt_writer w;
	const char *why;
	u64 address, size;
	u32 irq;
	int node;

	(void)state;
	fdt_start(&w, blob, sizeof(blob));
	fdt_node(&w, "");
	fdt_put_cell(&w, "#address-cells", 2);
	fdt_put_cell(&w, "#size-cells", 2);
	dev()->ops->fdt(dev(), &w);
	fdt_end_node(&w);
	assert_true(fdt_finish(&w) > 0);
	assert_int_equal(fdt_open(&fdt, blob, sizeof(blob), &why), 0);
	node = fdt_path(&fdt, "/virtio_mmio@10001000");
	assert_true(fdt_is_compatible(&fdt, node, "virtio,mmio"));
	assert_true(fdt_reg(&fdt, node, 0, &address, &size));
	assert_int_equal(address, BASE);
	assert_int_equal(size, 0x200);
	assert_true(fdt_cell(&fdt, node, "interrupts", 0, &irq));
	assert_int_equal(irq, LINE);
}

static void test_arguments(void **state)
{
	static const char *const bad[] = {"", "ro", "some.img", " ro", "some.img ro"};

	(void)state;
	assert_string_equal(disk.path, "/boot/some.img");
	for (u32 i = 0; i < ARRAY_LEN(bad); i++) {
		fake_output_clear();
		assert_int_equal(create(bad[i]), -EINVAL);
		assert_non_null(strstr(fake_output, "error: fake: virtio-blk: expected"));
	}
	disk.open_error = -ENOENT;
	assert_int_equal(create("/x"), -ENOENT);
	disk.open_error = 0;
}

/* ---- Requests ---- */

static void test_read(void **state)
{
	(void)state;
	assert_int_equal(request_do(IN, 3, DATA_AT, 1024), OK);
	assert_memory_equal(ram(DATA_AT), disk.data + 3 * 512, 1024);
	assert_int_equal(used_len(), 1025);
	assert_true(line);
	assert_int_equal(get(INTERRUPT_STATUS), 1);
	set(INTERRUPT_ACK, 1);
	assert_false(line);
	assert_int_equal(get(INTERRUPT_STATUS), 0);
}

static void test_write(void **state)
{
	(void)state;
	memset(ram(DATA_AT), 0x77, 512);
	assert_int_equal(request_do(OUT, SECTORS - 1, DATA_AT, 512), OK);
	assert_int_equal(disk.data[sizeof(disk.data) - 1], 0x77);
	assert_int_not_equal(disk.data[sizeof(disk.data) - 513], 0x77);
	assert_int_equal(used_len(), 1);
	assert_int_equal(disk.flushes, 0);
	assert_int_equal(request_do(FLUSH, 0, 0, 0), OK);
	assert_int_equal(disk.flushes, 1);
}

/* 5.2.6.2: without FLUSH what is done must last. */
static void test_write_through(void **state)
{
	(void)state;
	driver_start(0);
	request(0, OUT, 0, DATA_AT, 512);
	kick();
	finish_one(0, 0);
	assert_int_equal(ring_used()->idx, 0);
	assert_int_equal(*status(0), UNTOUCHED);
	finish_one(0, 0);
	assert_int_equal(disk.flushes, 1);
	assert_int_equal(ring_used()->idx, 1);
	assert_int_equal(*status(0), OK);
	assert_int_equal(request_do(IN, 0, DATA_AT, 512), OK);
	assert_int_equal(disk.flushes, 1);
}

static void test_refused_requests(void **state)
{
	(void)state;
	assert_int_equal(request_do(IN, SECTORS, DATA_AT, 512), IOERR);
	assert_int_equal(used_len(), 0);
	assert_int_equal(request_do(IN, SECTORS - 1, DATA_AT, 1024), IOERR);
	assert_int_equal(request_do(IN, ~0UL, DATA_AT, 512), IOERR);
	assert_int_equal(request_do(OUT, BIT(55), DATA_AT, 512), IOERR);
	assert_int_equal(request_do(IN, 0, DATA_AT, 511), IOERR);
	assert_int_equal(request_do(IN, 0, DATA_AT, 513), IOERR);
	assert_int_equal(request_do(2, 0, DATA_AT, 512), UNSUPP);
	assert_int_equal(request_do(~0U, 0, DATA_AT, 512), UNSUPP);
	assert_int_equal(disk.submitted, 0);
	assert_int_equal(request_do(IN, 0, 0, 0), OK);
	assert_int_equal(get(STATUS) & NEEDS_RESET, 0);
}

/* Data for the other direction: the status says so, nothing is touched. */
static void test_wrong_direction(void **state)
{
	(void)state;
	for (u32 type = IN; type <= OUT; type++) {
		request(0, type, 0, DATA_AT, 512);
		ring_desc(1)->flags ^= DESC_WRITE;
		kick();
		assert_int_equal(disk.submitted, 0);
		assert_int_equal(*status(0), IOERR);
	}
}

static void test_id(void **state)
{
	char id[64];

	(void)state;
	memset(ram(DATA_AT), 0x11, 64);
	assert_int_equal(request_do(GET_ID, 0, DATA_AT, 20), OK);
	memcpy(id, ram(DATA_AT), sizeof(id));
	assert_string_equal(id, "some.img");
	assert_int_equal(id[19], 0);
	assert_int_equal(id[20], 0x11);
	assert_int_equal(used_len(), 21);
	assert_int_equal(request_do(GET_ID, 0, DATA_AT, 3), OK);
}

static void test_disk_error(void **state)
{
	(void)state;
	request(0, IN, 0, DATA_AT, 512);
	kick();
	finish_one(0, -EIO);
	assert_int_equal(*status(0), IOERR);
	assert_int_equal(used_len(), 0);
	assert_int_equal(request_do(IN, 0, DATA_AT, 512), OK);
}

/* One of several pieces fails: so does the request, but not before all have ended. */
static void test_piece_error(void **state)
{
	(void)state;
	header(0, IN, 0);
	*status(0) = UNTOUCHED;
	ring_put(0, HEADER_AT, 16, DESC_NEXT);
	ring_put(1, DATA_AT, 512, DESC_NEXT | DESC_WRITE);
	ring_put(2, DATA_AT + 4096, 1024, DESC_NEXT | DESC_WRITE);
	ring_put(3, STATUS_AT, 1, DESC_WRITE);
	ring_offer(0);
	kick();
	assert_int_equal(disk.count, 2);
	finish_one(1, -EIO);
	assert_int_equal(ring_used()->idx, 0);
	finish_one(0, 0);
	assert_int_equal(ring_used()->idx, 1);
	assert_int_equal(*status(0), IOERR);
}

/* Finished in another order than they were begun in. */
static void test_many(void **state)
{
	(void)state;
	for (u32 i = 0; i < 5; i++)
		request(i, i % 2 ? OUT : IN, i, DATA_AT + i * 512, 512);
	kick();
	assert_int_equal(disk.count, 5);
	assert_int_equal(ring_used()->idx, 0);
	finish_one(3, 0);
	assert_int_equal(ring_used()->idx, 1);
	assert_int_equal(ring_used()->ring[0].id, 9);
	finish_all();
	assert_int_equal(ring_used()->idx, 5);
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(*status(i), OK);
}

/* All ways to cut it into descriptors give the same. */
static void odd_pieces(u32 type, u32 cut_header, u32 cut_data, bool join_status)
{
	u32 flags = DESC_NEXT | (type == IN ? DESC_WRITE : 0), at = 0;

	header(0, type, 1);
	memset(ram(DATA_AT), 0x33, 1025);
	ring_put(at++, HEADER_AT, cut_header, DESC_NEXT);
	ring_put(at++, HEADER_AT + cut_header, 16 - cut_header, DESC_NEXT);
	ring_put(at++, DATA_AT, cut_data, flags);
	if (join_status) {
		ring_put(at++, DATA_AT + cut_data, 1025 - cut_data, DESC_WRITE);
	} else {
		ring_put(at++, DATA_AT + cut_data, 1024 - cut_data, flags);
		ring_put(at++, DATA_AT + 1024, 1, DESC_WRITE);
	}
	ring_offer(0);
	kick();
	finish_all();
	assert_int_equal(*(u8 *)ram(DATA_AT + 1024), OK);
	assert_memory_equal(ram(DATA_AT), disk.data + 512, 1024);
	assert_int_equal(used_len(), type == IN ? 1025 : 1);
}

static void test_odd_pieces(void **state)
{
	static const u32 cuts[] = {1, 511, 512, 513, 1023};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cuts); i++) {
		odd_pieces(IN, 1 + 2 * i, cuts[i], false);
		odd_pieces(IN, 15 - i, cuts[i], true);
		odd_pieces(OUT, 8, cuts[i], false);
	}
}

/* More than the buffer holds. */
static void test_long_odd_pieces(void **state)
{
	u32 len = SECTORS * SECTOR_SIZE;

	(void)state;
	header(0, IN, 0);
	ring_put(0, HEADER_AT, 16, DESC_NEXT);
	ring_put(1, DATA_AT, 1, DESC_NEXT | DESC_WRITE);
	ring_put(2, DATA_AT + 1, len - 1, DESC_NEXT | DESC_WRITE);
	ring_put(3, STATUS_AT, 1, DESC_WRITE);
	ring_offer(0);
	kick();
	assert_int_equal(disk.count, 1);
	finish_all();
	assert_true(disk.submitted > 1);
	assert_int_equal(ring_used()->idx, 1);
	assert_int_equal(*status(0), OK);
	assert_memory_equal(ram(DATA_AT), disk.data, len);
}

static void test_big_blocks(void **state)
{
	(void)state;
	teardown(state);
	setup_disk(4096, "/x");
	assert_int_equal(get(CONFIG + 0x14), 4096);
	assert_int_equal(request_do(IN, 8, DATA_AT, 4096), OK);
	assert_int_equal(request_do(IN, 1, DATA_AT, 4096), IOERR);
	assert_int_equal(request_do(IN, 8, DATA_AT, 512), IOERR);
	header(0, IN, 0);
	ring_put(0, HEADER_AT, 16, DESC_NEXT);
	ring_put(1, DATA_AT, 512, DESC_NEXT | DESC_WRITE);
	ring_put(2, DATA_AT + 512, 3584, DESC_NEXT | DESC_WRITE);
	ring_put(3, STATUS_AT, 1, DESC_WRITE);
	ring_offer(0);
	kick();
	finish_all();
	assert_int_equal(*status(0), OK);
	assert_memory_equal(ram(DATA_AT), disk.data, 4096);
}

static void test_read_only(void **state)
{
	(void)state;
	teardown(state);
	setup_disk(SECTOR_SIZE, "/x   ro");
	assert_string_equal(disk.path, "/x");
	set(DEVICE_FEATURES_SEL, 0);
	assert_true(get(DEVICE_FEATURES) & F_RO);
	driver_start(F_RO);
	assert_int_equal(request_do(OUT, 0, DATA_AT, 512), IOERR);
	assert_int_equal(request_do(FLUSH, 0, 0, 0), OK);
	assert_int_equal(disk.submitted, 0);
	assert_int_equal(request_do(IN, 0, DATA_AT, 512), OK);
}

/* ---- Mistakes of the driver ---- */

static void expect_broken(const char *why)
{
	const struct trace_record *r;

	kick();
	assert_int_equal(disk.submitted, 0);
	assert_int_equal(ring_used()->idx, 0);
	assert_true(get(STATUS) & NEEDS_RESET);
	assert_true(line);
	assert_int_equal(get(INTERRUPT_STATUS), 2);
	r = trace_newest(TRACE_BROKEN);
	assert_non_null(r);
	assert_non_null(strstr((const char *)r->value, why));
	/* It stays like that. */
	request(1, IN, 0, DATA_AT, 512);
	kick();
	assert_int_equal(disk.submitted, 0);
	driver_start(F_FLUSH);
	assert_false(line);
	assert_int_equal(request_do(IN, 0, DATA_AT, 512), OK);
	driver_start(F_FLUSH);
	disk.submitted = 0;
}

static void test_broken(void **state)
{
	(void)state;
	fake_output_clear();
	request(0, IN, 0, RAM_END - 511, 512);
	expect_broken("not in RAM");
	request(0, IN, 0, DATA_AT, 512);
	ring_desc(2)->flags |= DESC_NEXT;
	ring_desc(2)->next = 1;
	expect_broken("loop");
	request(0, IN, 0, DATA_AT, 512);
	ring_desc(0)->len = 15;
	expect_broken("without a header");
	ring_put(0, HEADER_AT, 16, DESC_WRITE);
	ring_offer(0);
	expect_broken("without a header");
	ring_put(0, HEADER_AT, 16, 0);
	ring_offer(0);
	expect_broken("room for its status");
	ring_avail()->idx = RING_SIZE + 1;
	expect_broken("jumped");
	/* Said once on the console. */
	assert_non_null(strstr(fake_output,
		"warning: fake: the driver of virtio-blk at 0x10001000"));
	assert_null(strstr(strstr(fake_output, "warning: ") + 1, "warning: "));
}

/* The good ones before a bad one are carried out, but not reported any more. */
static void test_broken_in_flight(void **state)
{
	(void)state;
	request(0, IN, 0, DATA_AT, 512);
	request(1, IN, 0, 0, 512);
	kick();
	assert_int_equal(disk.count, 1);
	finish_all();
	assert_int_equal(ring_used()->idx, 0);
	driver_start(0);
	assert_int_equal(request_do(IN, 0, DATA_AT, 512), OK);
}

static void test_bad_queue(void **state)
{
	(void)state;
	set(STATUS, 0);
	driver_features(BIT(32));
	set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	set(QUEUE_NUM, 3);
	set(QUEUE_READY, 1);
	assert_int_equal(get(QUEUE_READY), 0);
	assert_int_equal(get(STATUS), ACKNOWLEDGE | DRIVER | FEATURES_OK | NEEDS_RESET);
	/* There is nobody to be told before DRIVER_OK. */
	assert_false(line);
}

/* ---- Reset ---- */

static void test_not_before_driver_ok(void **state)
{
	(void)state;
	memset(ram(RAM_BASE), 0, DATA_AT - RAM_BASE);
	set(STATUS, 0);
	driver_features(BIT(32));
	set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	driver_queue();
	request(0, IN, 0, DATA_AT, 512);
	kick();
	assert_int_equal(disk.submitted, 0);
	set(STATUS, get(STATUS) | DRIVER_OK);
	assert_int_equal(disk.submitted, 1);
	finish_all();
	assert_int_equal(*status(0), OK);
}

/* The status is 0 when the device writes no more, and not before. */
static void test_reset_in_flight(void **state)
{
	(void)state;
	request(0, IN, 0, DATA_AT, 512);
	request(1, IN, 0, DATA_AT, 512);
	kick();
	set(STATUS, 0);
	assert_int_not_equal(get(STATUS), 0);
	/* Nothing that is set up now would last. */
	set(STATUS, ACKNOWLEDGE);
	expect_refused(STATUS);
	finish_one(0, 0);
	assert_int_not_equal(get(STATUS), 0);
	finish_one(0, 0);
	assert_int_equal(get(STATUS), 0);
	assert_int_equal(ring_used()->idx, 0);
	assert_false(line);
	driver_start(0);
	assert_int_equal(request_do(IN, 0, DATA_AT, 512), OK);
}

static void test_queue_stopped_in_flight(void **state)
{
	(void)state;
	request(0, IN, 0, DATA_AT, 512);
	kick();
	set(QUEUE_READY, 0);
	assert_int_equal(get(QUEUE_READY), 1);
	finish_all();
	assert_int_equal(get(QUEUE_READY), 0);
	assert_int_equal(ring_used()->idx, 0);
	memset(ram(RAM_BASE), 0, DATA_AT - RAM_BASE);
	driver_queue();
	assert_int_equal(request_do(IN, 0, DATA_AT, 512), OK);
}

static void test_no_memory(void **state)
{
	void *all[2048];
	u32 count = 0;

	(void)state;
	for (size_t size = KiB(64); size >= 16; size /= 2)
		while (count < ARRAY_LEN(all) && (all[count] = mem_alloc(size)))
			count++;
	request(0, IN, 0, DATA_AT, 512);
	kick();
	assert_int_equal(*status(0), IOERR);
	while (count > 0)
		mem_free(all[--count]);
	assert_int_equal(request_do(IN, 0, DATA_AT, 512), OK);
}

/* teardown() finds requests in flight. */
static void test_destroy_in_flight(void **state)
{
	(void)state;
	for (u32 i = 0; i < 5; i++)
		request(i, IN, 0, DATA_AT, 512);
	kick();
	assert_int_equal(disk.count, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registers),
		TEST(test_unknown_registers),
		TEST(test_features),
		TEST(test_device_tree),
		TEST(test_arguments),
		TEST(test_read),
		TEST(test_write),
		TEST(test_write_through),
		TEST(test_refused_requests),
		TEST(test_wrong_direction),
		TEST(test_id),
		TEST(test_disk_error),
		TEST(test_piece_error),
		TEST(test_many),
		TEST(test_odd_pieces),
		TEST(test_long_odd_pieces),
		TEST(test_big_blocks),
		TEST(test_read_only),
		TEST(test_broken),
		TEST(test_broken_in_flight),
		TEST(test_bad_queue),
		TEST(test_not_before_driver_ok),
		TEST(test_reset_in_flight),
		TEST(test_queue_stopped_in_flight),
		TEST(test_no_memory),
		TEST(test_destroy_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
