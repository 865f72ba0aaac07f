// SPDX-License-Identifier: Apache-2.0
// Files of a VM's boot volume as disks for its devices (<hv/vdev.h>). Where a file lies is
// looked up once, when it is opened; from then on a request goes straight between guest RAM
// and the host's disk, piece by piece where the file is in pieces.
//
// Locks: requests are submitted with vm->lock held, and under it the driver's own. They end
// without any, in the driver's interrupt handler, on any cpu; vm->lock is taken there.
#include <hv/assert.h>
#include <hv/fail.h>
#include <hv/fat32.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/vm.h>

/* A run of sectors that lie together; it ends where the next one begins. */
struct run {
	u64 first;  /* of the file */
	u64 sector; /* where that is on the host's disk */
};

#define RUNS_MIN 16
#define RUNS_MAX (KiB(64) / sizeof(struct run)) /* what mem_alloc() can give */

struct open_disk {
	struct vm_disk disk;
	struct vm *vm;
	struct blockdev *dev;
	struct fat_file file;
	u32 run_count;
	u32 runs_size; /* of runs[] */
	struct run *runs;
	u32 in_flight;    /* requests (vm->lock) */
	struct list node; /* open_disks */
};

/* Only the boot cpu opens and closes. */
static struct list open_disks = LIST_INIT(open_disks);

static struct open_disk *to_open(struct vm_disk *disk)
{
	return container_of(disk, struct open_disk, disk);
}

/* ---- Opening ---- */

/* Makes room for one more run. */
static int runs_grow(struct open_disk *d)
{
	u32 size = d->runs_size ? 2 * d->runs_size : RUNS_MIN;
	struct run *runs;

	if (d->run_count < d->runs_size)
		return 0;
	if (size > RUNS_MAX) {
		error("%s: %s lies on the disk in more than %lu pieces: copy it to a fresh one",
			d->vm->name, d->file.path, RUNS_MAX);
		return fail(-ENOSPC);
	}
	runs = mem_alloc(size * sizeof(*runs));
	if (!runs) {
		error("%s: no host memory to keep where %s lies", d->vm->name,
			d->file.path);
		return fail(-ENOMEM);
	}
	if (d->run_count)
		memcpy(runs, d->runs, d->run_count * sizeof(*runs));
	mem_free(d->runs);
	d->runs = runs;
	d->runs_size = size;
	return 0;
}

/* Walks the file's chain once, to its end. */
static int find_runs(struct open_disk *d)
{
	u64 sectors;
	int err = 0;

	for (u64 at = 0; !err && at * SECTOR_SIZE < d->file.size; at += sectors) {
		struct run *run;

		err = runs_grow(d);
		if (err)
			break;
		run = &d->runs[d->run_count++];
		run->first = at;
		err = fat_map(&d->file, at * SECTOR_SIZE, &run->sector, &sectors);
	}
	return err;
}

/* Its size in whole blocks. */
static int find_size(struct open_disk *d, bool read_only)
{
	u32 block = d->dev->block_size, tail = d->file.size % block;

	d->disk.read_only = read_only || d->dev->read_only;
	d->disk.block_size = block;
	d->disk.sectors = (d->file.size - tail) / SECTOR_SIZE;
	if (d->disk.sectors == 0) {
		error("%s: expected a disk of at least %u bytes at %s, found %u",
			d->vm->name, block, d->file.path, d->file.size);
		return fail(-EINVAL);
	}
	if (tail)
		warn("%s: the guest does not see the last %u bytes of %s: its size is no "
		     "multiple of %u",
			d->vm->name, tail, d->file.path, block);
	return 0;
}

/* One who writes is alone; those who only read may be many. */
static int check_sharing(const struct open_disk *d)
{
	list_for_each(it, &open_disks) {
		const struct open_disk *other = list_entry(it, struct open_disk, node);

		if (other->dev != d->dev || other->file.first != d->file.first ||
			(other->disk.read_only && d->disk.read_only))
			continue;
		error("%s: %s is open as a disk of %s already, and one of them may write: "
		      "\"ro\" on both lets them share it",
			d->vm->name, d->file.path, other->vm->name);
		return fail(-EBUSY);
	}
	return 0;
}

static void disk_free(struct open_disk *d)
{
	mem_free(d->runs);
	mem_free(d);
}

int vm_disk_open(struct vm *vm, const char *path, bool read_only, struct vm_disk **disk)
{
	struct open_disk *d = mem_alloc(sizeof(*d));
	int err;

	if (!d) {
		error("%s: no host memory for a disk", vm->name);
		return fail(-ENOMEM);
	}
	d->vm = vm;
	d->dev = vm->fat->dev;
	err = vm_open(vm->fat, vm, "disk", path, &d->file);
	if (!err)
		err = find_size(d, read_only);
	if (!err)
		err = check_sharing(d);
	if (!err)
		err = find_runs(d);
	if (err) {
		disk_free(d);
		return err;
	}
	list_append(&open_disks, &d->node);
	*disk = &d->disk;
	return 0;
}

/* ---- Requests ---- */

/* The run that holds a sector of the file. */
static const struct run *run_find(const struct open_disk *d, u64 sector)
{
	u32 low = 0, high = d->run_count;

	while (high - low > 1) {
		u32 middle = low + (high - low) / 2;

		if (d->runs[middle].first <= sector)
			low = middle;
		else
			high = middle;
	}
	return &d->runs[low];
}

/* The next piece of a request goes to the host's disk. vm->lock held. */
static void part_submit(struct open_disk *d, struct vm_disk_request *req)
{
	u64 at = req->sector + req->issued, end = d->disk.sectors;
	const struct run *run = run_find(d, at);

	if (run + 1 < &d->runs[d->run_count])
		end = run[1].first;
	req->part.sector = run->sector + (at - run->first);
	req->part.sectors = MIN(req->sectors - req->issued, end - at);
	req->part.data = (u8 *)req->data + req->issued * SECTOR_SIZE;
	req->issued += req->part.sectors;
	d->dev->ops->submit(d->dev, &req->part);
}

static void part_done(struct block_request *part, int error)
{
	struct vm_disk_request *req = container_of(part, struct vm_disk_request, part);
	struct open_disk *d = to_open(req->disk);
	struct vm *vm = d->vm;

	vm_lock(vm);
	if (!error && req->issued < req->sectors) {
		part_submit(d, req);
	} else {
		d->in_flight--;
		req->done(req, error);
	}
	/* The lock is the last thing touched: whoever sees in_flight 0 may free the VM then. */
	vm_unlock(vm);
}

void vm_disk_submit(struct vm_disk *disk, struct vm_disk_request *req)
{
	struct open_disk *d = to_open(disk);

	assert(!(req->write && disk->read_only));
	assert(req->sectors || req->write);
	assert(range_inside(req->sector, req->sectors, 0, disk->sectors));
	req->disk = disk;
	req->issued = 0;
	req->part = (struct block_request){.write = req->write, .done = part_done};
	d->in_flight++;
	part_submit(d, req);
}

/* ---- Closing ---- */

static bool is_busy(struct open_disk *d)
{
	bool busy;

	vm_lock(d->vm);
	busy = d->in_flight > 0;
	vm_unlock(d->vm);
	return busy;
}

void vm_disk_close(struct vm_disk *disk)
{
	struct open_disk *d = to_open(disk);

	/* The driver gives up a host disk that does not answer, so this ends. */
	while (is_busy(d))
		d->dev->ops->poll(d->dev);
	/* What the reader has kept of the volume may have been written since. */
	if (!disk->read_only)
		d->file.fat->cached = ~0UL;
	list_remove(&d->node);
	disk_free(d);
}
