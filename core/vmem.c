// SPDX-License-Identifier: Apache-2.0
// A VM's memory: regions, each contiguous in the host as well, and the guest-physical map.
// RAM is mapped and cleared when the VM is built, or page by page when it is first used; what
// is still to be cleared then, idle cpus clear ahead.
#include <hv/arch.h>
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/vcpu.h>
#include <hv/vm.h>

#define RAM_FLAGS (PT_READ | PT_WRITE | PT_EXEC)

/* Guards the walk over vms[] by idle cpus against VMs going away. */
static struct spinlock ahead_lock;
static u64
	ahead_left; /* bytes of all VMs that are neither cleared nor passed over (atomic) */

bool vm_has_ram(const struct vm *vm, gpa_t gpa, u64 len)
{
	const struct region *ram = &vm->mem.regions[0];

	return range_inside(gpa.raw, len, ram->base, ram->size);
}

const struct region *vmem_find(const struct vm *vm, gpa_t gpa)
{
	/* The list ends with an empty region, which holds nothing. */
	for (const struct region *region = vm->mem.regions; region->size; region++)
		if (gpa.raw - region->base < region->size)
			return region;
	return NULL;
}

/* ---- Building ---- */

static int add_region(struct vm *vm, const struct region *region)
{
	u64 limit = pgtable_limit(vm->mem.pt.format);

	if (!region->size || !range_inside(region->base, region->size, 0, limit)) {
		error("%s: memory at 0x%lx, size 0x%lx, is empty or beyond the guest's 0x%lx",
			vm->name, region->base, region->size, limit);
		return fail(-EINVAL);
	}
	for (u32 i = 0; i < vm->mem.count; i++) {
		const struct region *other = &vm->mem.regions[i];

		if (region->base - other->base < other->size ||
			other->base - region->base < region->size) {
			error("%s: memory at 0x%lx, size 0x%lx, overlaps with 0x%lx, size 0x%lx",
				vm->name, region->base, region->size, other->base,
				other->size);
			return fail(-EEXIST);
		}
	}
	if (vm->mem.count == REGIONS_MAX) {
		error("%s: more than %u memory regions", vm->name, REGIONS_MAX);
		return fail(-ENOSPC);
	}
	vm->mem.regions[vm->mem.count++] = *region;
	return 0;
}

/* The biggest blocks need the host's address aligned like the guest's. */
static bool alloc_ram(u64 size, hpa_t *hpa)
{
	if (size >= GiB(1) && page_alloc(size, GiB(1), hpa))
		return true;
	if (size >= MiB(2) && page_alloc(size, MiB(2), hpa))
		return true;
	return page_alloc(size, PAGE_SIZE, hpa);
}

static int no_host_memory(const struct vm *vm, u64 size)
{
	struct page_stats stats;

	page_get_stats(&stats);
	error("%s: expected %lu KiB of contiguous host memory for its RAM, found %lu KiB free, "
	      "%lu KiB in one piece",
		vm->name, size >> 10, stats.free >> 10, stats.largest >> 10);
	return fail(-ENOMEM);
}

int vmem_add_ram(struct vm *vm, u64 base, u64 size, enum populate populate)
{
	struct region region = {
		.kind = REGION_RAM,
		.base = base,
		.size = size,
		.flags = RAM_FLAGS,
		.on_touch = populate == POPULATE_TOUCH,
	};
	int err;

	if (!alloc_ram(size, &region.hpa))
		return no_host_memory(vm, size);
	err = add_region(vm, &region);
	if (err) {
		page_free(region.hpa, size);
		return err;
	}
	if (region.on_touch) {
		__atomic_fetch_add(&ahead_left, size, __ATOMIC_RELAXED);
		return 0;
	}
	arch_guest_clear(hpa_ptr(region.hpa), size);
	err = pgtable_map(&vm->mem.pt, base, region.hpa, size, RAM_FLAGS, GiB(1));
	return err ? no_host_memory(vm, size) : 0;
}

/* RAM of the host is never passed through: it is ours, the firmware's or another VM's. */
static const struct boot_info *host;

void vmem_init(const struct boot_info *boot)
{
	host = boot;
}

static bool is_host_memory(hpa_t hpa, u64 size)
{
	const struct mem_range *lists[] = {host->ram, host->reserved};
	const u32 counts[] = {host->ram_count, host->reserved_count};

	for (u32 l = 0; l < ARRAY_LEN(lists); l++)
		for (u32 i = 0; i < counts[l]; i++)
			if (hpa.raw - lists[l][i].base < lists[l][i].size ||
				lists[l][i].base - hpa.raw < size)
				return true;
	return false;
}

int vmem_add_pass(struct vm *vm, u64 base, u64 size, hpa_t hpa, bool read_only)
{
	const struct region region = {
		.kind = REGION_PASS,
		.base = base,
		.size = size,
		.hpa = hpa,
		.flags = PT_READ | PT_EXEC | PT_DEVICE | (read_only ? 0 : PT_WRITE),
		.on_touch = true,
	};

	if (hpa.raw + size < hpa.raw || is_host_memory(hpa, size) ||
		mmio_is_ours(hpa, size)) {
		error("%s: expected pass-through of host memory that nobody uses, found 0x%lx, "
		      "size 0x%lx: RAM, or a device of the hypervisor",
			vm->name, hpa.raw, size);
		return fail(-EINVAL);
	}
	return add_region(vm, &region);
}

int vmem_add_device(struct vm *vm, u64 base, u64 size, hpa_t hpa)
{
	const struct region region = {
		.kind = REGION_PASS,
		.base = base,
		.size = size,
		.hpa = hpa,
		.flags = PT_READ | PT_WRITE | PT_DEVICE,
		.on_touch = true,
	};

	return add_region(vm, &region);
}

int vmem_add_rom(struct vm *vm, u64 base, u64 size, hpa_t hpa)
{
	const struct region region = {
		.kind = REGION_PASS,
		.base = base,
		.size = size,
		.hpa = hpa,
		.flags = PT_READ | PT_EXEC,
		.on_touch = true,
	};

	return add_region(vm, &region);
}

void vmem_for_each_mapped(struct vm *vm, void (*fn)(const void *p, u64 size))
{
	const struct region *ram = &vm->mem.regions[0];
	u64 block;

	for (u64 at = 0; at < ram->size; at += block)
		if (pgtable_find(&vm->mem.pt, ram->base + at, NULL, NULL, &block))
			fn(hpa_ptr(hpa_add(ram->hpa, at)), MIN(block, ram->size - at));
		else
			block = PAGE_SIZE;
}

void vmem_forget(struct vm *vm)
{
	spin_lock(&ahead_lock); /* no idle cpu is in it now, and none will find it */
	vms[vm->id] = NULL;
	spin_unlock(&ahead_lock);
}

void vmem_fini(struct vm *vm)
{
	const struct region *ram = &vm->mem.regions[0];

	if (vm->mem.count && ram->on_touch)
		__atomic_fetch_sub(&ahead_left, ram->size - ram->clear, __ATOMIC_RELAXED);
	if (vm->mem.pt.format)
		pgtable_fini(&vm->mem.pt);
	if (vm->mem.count)
		page_free(ram->hpa, ram->size);
}

/* ---- On first use ---- */

/*
 * The page's place in the map, the biggest block that fits for pass-through regions.
 * vm->lock held.
 */
static int map_page(struct vm *vm, const struct region *region, u64 gpa)
{
	u64 at = ALIGN_DOWN(gpa, FRAME_SIZE), size = FRAME_SIZE;
	u64 offset = at - region->base;

	if (region->kind == REGION_RAM ||
		!range_inside(at, size, region->base, region->size) ||
		!IS_ALIGNED(region->hpa.raw + offset, FRAME_SIZE)) {
		at = gpa;
		size = PAGE_SIZE;
		offset = at - region->base;
	}
	if (region->kind == REGION_RAM && offset >= region->clear) {
		/* Only a page that nobody has used yet may be cleared. */
		int err = pgtable_prepare(&vm->mem.pt, at);

		if (err)
			return err;
		arch_guest_clear(hpa_ptr(hpa_add(region->hpa, offset)), PAGE_SIZE);
	}
	return pgtable_map(&vm->mem.pt, at, hpa_add(region->hpa, offset), size,
		region->flags, size);
}

int vmem_touch(struct vcpu *vcpu, gpa_t gpa, enum access_kind kind)
{
	static const u32 needs[] = {[ACCESS_READ] = PT_READ,
		[ACCESS_WRITE] = PT_WRITE,
		[ACCESS_FETCH] = PT_EXEC};
	struct vm *vm = vcpu->vm;
	const struct region *region = vmem_find(vm, gpa);
	int err;

	if (!region || !(region->flags & needs[kind]))
		return -EINVAL;
	spin_lock(&vm->lock);
	err = map_page(vm, region, ALIGN_DOWN(gpa.raw, PAGE_SIZE));
	if (err == -EEXIST) {
		/* Another vCPU was faster, or this hart remembers that nothing was there. */
		vm->backend->flush(vm, GPA(ALIGN_DOWN(gpa.raw, PAGE_SIZE)), PAGE_SIZE);
		err = 0;
	}
	spin_unlock(&vm->lock);
	return err;
}

void *vm_ram(struct vm *vm, gpa_t gpa, u64 len)
{
	struct region *ram = &vm->mem.regions[0];

	if (!range_inside(gpa.raw, len, ram->base, ram->size))
		return NULL;
	/* What we write must not be cleared later, so it counts as used now. */
	for (u64 at = ALIGN_DOWN(gpa.raw, PAGE_SIZE); ram->on_touch && at < gpa.raw + len;
		at += PAGE_SIZE) {
		int err = map_page(vm, ram, at);

		if (err && err != -EEXIST)
			return NULL;
	}
	return hpa_ptr(hpa_add(ram->hpa, gpa.raw - ram->base));
}

/* ---- Clearing ahead ---- */

bool vmem_can_clear_ahead(void)
{
	return __atomic_load_n(&ahead_left, __ATOMIC_RELAXED) != 0;
}

static void clear_next(struct vm *vm, struct region *ram)
{
	u64 at = ram->base + ram->clear;

	/* What is mapped was cleared when it was, and is in use. */
	if (!pgtable_find(&vm->mem.pt, at, NULL, NULL, NULL))
		arch_guest_clear(hpa_ptr(hpa_add(ram->hpa, ram->clear)), PAGE_SIZE);
	ram->clear += PAGE_SIZE;
	__atomic_fetch_sub(&ahead_left, PAGE_SIZE, __ATOMIC_RELAXED);
}

bool vmem_clear_ahead(void)
{
	bool done = false;

	if (!vmem_can_clear_ahead())
		return false;
	spin_lock(&ahead_lock);
	for (u32 i = 0; i < VM_MAX && !done; i++) {
		struct vm *vm = vms[i];

		if (!vm)
			continue;
		spin_lock(&vm->lock);
		struct region *ram = &vm->mem.regions[0];

		if (vm->mem.count && ram->on_touch && ram->clear < ram->size) {
			clear_next(vm, ram);
			done = true;
		}
		spin_unlock(&vm->lock);
	}
	spin_unlock(&ahead_lock);
	return done;
}
