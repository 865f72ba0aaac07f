// SPDX-License-Identifier: Apache-2.0
// core/vmdisk.c: files of a FAT volume as disks of VMs, on a disk in memory that finishes
// requests when it is polled.
#include "fat_disk.h"

#include <hv/vm.h>

#define RAM_BASE    0x80000000UL
#define RAM_SIZE    MiB(1)
#define HOLES       24
#define BIG_SECTORS 200
#define IN_FLIGHT   50

static struct fat_image image;
static struct vm *vm;
static struct fat fat;

/* ---- The host's disk ---- */

static struct {
	struct blockdev dev;
	struct list queue;
	u32 submitted, flushes;
	bool fails;
} host;

static void host_submit(struct blockdev *dev, struct block_request *req)
{
	assert_true(range_inside(req->sector, req->sectors, 0, dev->sectors));
	assert_true(req->sectors > 0 || req->write);
	list_append(&host.queue, &req->node);
	host.submitted++;
}

static void host_poll(struct blockdev *dev)
{
	struct block_request *req = list_first(&host.queue, struct block_request, node);
	u8 *at = image.data + req->sector * SECTOR_SIZE;
	u64 len = req->sectors * SECTOR_SIZE;

	(void)dev;
	if (list_empty(&host.queue))
		return;
	list_remove(&req->node);
	if (req->sectors == 0)
		host.flushes++;
	else if (!host.fails)
		memcpy(req->write ? at : req->data, req->write ? req->data : at, len);
	req->done(req, host.fails ? -EIO : 0);
}

static const struct blockdev_ops host_ops = {host_submit, host_poll};

/* ---- The volume: "big" in one piece, "frag" in as many as there are holes ---- */

static int make_image(void **state)
{
	(void)state;
	image_begin(&image);
	for (u32 i = 0; i < 2 * HOLES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "holes/%02u", i);
		image_file(&image, name, SECTOR_SIZE);
	}
	image_file(&image, "frag", 2 * HOLES * SECTOR_SIZE);
	image_file(&image, "big", BIG_SECTORS * SECTOR_SIZE + 77);
	image_file(&image, "tiny", SECTOR_SIZE - 1);
	image_run(&image, "truncate -s 1M img; mkfs.fat -F 12 -s 1 img");
	image_run(&image, "mmd -i img ::/holes; mcopy -i img tree/holes/* ::/holes");
	image_run(&image, "mdel -i img $(seq -f ::/holes/%%02.0f 0 2 %u)", 2 * HOLES - 1);
	image_run(&image,
		"mcopy -i img tree/frag ::; mcopy -i img tree/big tree/tiny ::");
	image_end(&image);
	return 0;
}

static int free_image(void **state)
{
	(void)state;
	image_free(&image);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_ram(MiB(16));
	memset(&host, 0, sizeof(host));
	list_init(&host.queue);
	host.dev = (struct blockdev){
		&host_ops, "disk0", image.size / SECTOR_SIZE, SECTOR_SIZE, false};
	assert_int_equal(fat_mount(&fat, &host.dev), 0);
	vm = fake_vm(RAM_BASE, RAM_SIZE);
	vm->fat = &fat;
	host.submitted = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_true(list_empty(&host.queue));
	assert_false(spin_held(&vm->lock));
	fake_vm_free(vm);
	return 0;
}

/* ---- Requests ---- */

static struct {
	struct vm_disk_request req;
	u32 done;
	int error;
	u8 data[2 * HOLES * SECTOR_SIZE];
} tests[IN_FLIGHT];

static void test_done(struct vm_disk_request *req, int error)
{
	u32 n = (u32)((u8 *)req - (u8 *)tests) / sizeof(tests[0]);

	assert_true(spin_held(&vm->lock));
	tests[n].done++;
	tests[n].error = error;
}

static void submit(struct vm_disk *disk, u32 n, u64 sector, u64 sectors, bool write)
{
	tests[n].done = 0;
	tests[n].req = (struct vm_disk_request){
		.sector = sector,
		.sectors = sectors,
		.write = write,
		.data = tests[n].data,
		.done = test_done,
	};
	vm_lock(vm);
	vm_disk_submit(disk, &tests[n].req);
	assert_int_equal(tests[n].done, 0);
	vm_unlock(vm);
}

static int request(struct vm_disk *disk, u64 sector, u64 sectors, bool write)
{
	submit(disk, 0, sector, sectors, write);
	while (!tests[0].done)
		host_poll(&host.dev);
	assert_true(list_empty(&host.queue));
	assert_int_equal(tests[0].done, 1);
	return tests[0].error;
}

static struct vm_disk *open_good(const char *path, bool read_only)
{
	struct vm_disk *disk;

	if (vm_disk_open(vm, path, read_only, &disk))
		fail_msg("cannot open: %s", fake_output);
	return disk;
}

static void expect_content(const char *path, u64 sector, u64 sectors)
{
	u32 seed = content_seed(path);

	for (u64 i = 0; i < sectors * SECTOR_SIZE; i++)
		assert_int_equal(tests[0].data[i],
			content_byte(seed, sector * SECTOR_SIZE + i));
}

/* ---- Tests ---- */

static void test_read(void **state)
{
	struct vm_disk *disk = open_good("/big", false);

	(void)state;
	assert_int_equal(disk->sectors, BIG_SECTORS);
	assert_int_equal(disk->block_size, SECTOR_SIZE);
	assert_false(disk->read_only);
	assert_non_null(strstr(fake_output,
		"warning: fake: the guest does not see the last 77"));
	host.submitted = 0;
	assert_int_equal(request(disk, 3, 17, false), 0);
	expect_content("big", 3, 17);
	assert_int_equal(request(disk, BIG_SECTORS - 1, 1, false), 0);
	expect_content("big", BIG_SECTORS - 1, 1);
	/* In one piece, so one request each. */
	assert_int_equal(host.submitted, 2);
	vm_disk_close(disk);
}

/* Every place and length of a file in many pieces. */
static void test_fragments(void **state)
{
	struct vm_disk *disk = open_good("/frag", true);
	u64 all = 2 * HOLES;

	(void)state;
	assert_string_equal(fake_output, "");
	assert_true(disk->read_only);
	host.submitted = 0;
	assert_int_equal(request(disk, 0, all, false), 0);
	assert_true(host.submitted > HOLES);
	for (u64 at = 0; at < all; at++) {
		for (u64 n = 1; n <= all - at; n++) {
			assert_int_equal(request(disk, at, n, false), 0);
			expect_content("frag", at, n);
		}
	}
	vm_disk_close(disk);
}

/* Only these sectors of the whole volume change, and the reader's cache does not stay. */
static void test_write(void **state)
{
	struct vm_disk *disk = open_good("/frag", false);
	u8 *before = malloc(image.size);
	u64 first = 5, count = 30, changed = 0;

	(void)state;
	memcpy(before, image.data, image.size);
	memset(tests[0].data, 0xa5, sizeof(tests[0].data));
	assert_int_equal(request(disk, first, count, true), 0);
	for (u64 at = 0; at < image.size; at += SECTOR_SIZE) {
		if (memcmp(before + at, image.data + at, SECTOR_SIZE) == 0)
			continue;
		changed++;
		for (u64 i = 0; i < SECTOR_SIZE; i++)
			assert_int_equal(image.data[at + i], 0xa5);
	}
	assert_int_equal(changed, count);
	assert_int_equal(request(disk, first - 1, 1, false), 0);
	expect_content("frag", first - 1, 1);
	assert_int_equal(request(disk, first + count, 1, false), 0);
	expect_content("frag", first + count, 1);
	assert_int_equal(request(disk, 0, 0, true), 0);
	assert_int_equal(host.flushes, 1);
	fat.cached = 1;
	vm_disk_close(disk);
	assert_int_equal(fat.cached, ~0UL);
	memcpy(image.data, before, image.size);
	free(before);
}

static void test_many(void **state)
{
	struct vm_disk *disk = open_good("/frag", false);

	(void)state;
	for (u32 i = 0; i < IN_FLIGHT; i++)
		submit(disk, i, i % HOLES, HOLES, i % 2);
	/* Waits for all. */
	vm_disk_close(disk);
	for (u32 i = 0; i < IN_FLIGHT; i++)
		assert_int_equal(tests[i].done, 1);
}

/* The first piece fails, so the others are not asked for. */
static void test_host_error(void **state)
{
	struct vm_disk *disk = open_good("/frag", false);

	(void)state;
	host.fails = true;
	host.submitted = 0;
	assert_int_equal(request(disk, 0, 2 * HOLES, false), -EIO);
	assert_int_equal(host.submitted, 1);
	host.fails = false;
	vm_disk_close(disk);
}

static void expect_error(const char *path, bool read_only, int error, const char *words)
{
	struct vm_disk *disk;

	fake_output_clear();
	assert_int_equal(vm_disk_open(vm, path, read_only, &disk), error);
	if (strncmp(fake_output, "error: ", 7) != 0 || !strstr(fake_output, words))
		fail_msg("expected \"%s\", found: %s", words, fake_output);
	assert_null(strchr(strchr(fake_output, '\n') + 1, '\n'));
}

static void test_errors(void **state)
{
	(void)state;
	expect_error("/none", false, -ENOENT, "expected its disk at /none");
	expect_error("/holes", false, -ENOENT, "expected its disk at /holes");
	expect_error("/tiny", false, -EINVAL, "at least 512 bytes at /tiny, found 511");
}

static void test_sharing(void **state)
{
	struct vm_disk *one = open_good("/frag", false), *two, *other;

	(void)state;
	expect_error("/FRAG", false, -EBUSY, "/FRAG is open as a disk of fake already");
	expect_error("/frag", true, -EBUSY, "already");
	other = open_good("/big", false);
	vm_disk_close(one);
	one = open_good("/frag", true);
	two = open_good("/frag", true);
	expect_error("/frag", false, -EBUSY, "already");
	vm_disk_close(one);
	expect_error("/frag", false, -EBUSY, "already");
	vm_disk_close(two);
	vm_disk_close(other);
	vm_disk_close(open_good("/frag", false));
}

static void test_read_only_host(void **state)
{
	struct vm_disk *disk;

	(void)state;
	host.dev.read_only = true;
	disk = open_good("/frag", false);
	assert_true(disk->read_only);
	assert_true(fake_expect_panic(request(disk, 0, 1, true)));
	spin_unlock(&vm->lock);
	vm_disk_close(disk);
}

/* What no device may ask for. */
static void test_outside(void **state)
{
	struct vm_disk *disk = open_good("/frag", false);

	(void)state;
	assert_true(fake_expect_panic(request(disk, 2 * HOLES, 1, true)));
	spin_unlock(&vm->lock);
	assert_true(fake_expect_panic(request(disk, 1, ~0UL, false)));
	spin_unlock(&vm->lock);
	vm_disk_close(disk);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest all[] = {
		TEST(test_read),
		TEST(test_fragments),
		TEST(test_write),
		TEST(test_many),
		TEST(test_host_error),
		TEST(test_errors),
		TEST(test_sharing),
		TEST(test_read_only_host),
		TEST(test_outside),
	};

	return cmocka_run_group_tests(all, make_image, free_image);
}
