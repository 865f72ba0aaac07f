// SPDX-License-Identifier: Apache-2.0
// The hypervisor's own map (<hv/hostmap.h>): built once by the boot cpu before it is turned on,
// used by all, and after that only added to.
#include <hv/hostmap.h>

#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/fail.h>
#include <hv/lock.h>
#include <hv/mm.h>

#define DEVICE_FLAGS (PT_READ | PT_WRITE | PT_DEVICE)

static struct pgtable host_pt;
static struct spinlock host_pt_lock;

/* Devices from before there was a map: the console's. */
#define EARLY_MAX 2
static struct mem_range early[EARLY_MAX];
static u32 early_count;

static int map_ram(const struct boot_info *boot)
{
	for (u32 i = 0; i < boot->ram_count; i++) {
		u64 base = ALIGN_UP(boot->ram[i].base, PAGE_SIZE);
		u64 end = ALIGN_DOWN(boot->ram[i].base + boot->ram[i].size, PAGE_SIZE);
		int error = 0;

		if (base < end)
			error = pgtable_map(&host_pt, base, HPA(base), end - base,
				PT_READ | PT_WRITE | PT_GLOBAL, GiB(1));
		if (error)
			return error;
	}
	return 0;
}

static int protect_image(void)
{
	u64 text = (u64)image_start, rodata = (u64)text_end, data = (u64)rodata_end;
	int error = pgtable_protect(&host_pt, text, rodata - text,
		PT_READ | PT_EXEC | PT_GLOBAL);

	return error
		? error
		: pgtable_protect(&host_pt, rodata, data - rodata, PT_READ | PT_GLOBAL);
}

static int hide_firmware(const struct boot_info *boot)
{
	int error = 0;

	for (u32 i = 0; !error && i < boot->hidden_count; i++)
		error = pgtable_unmap(&host_pt, boot->hidden[i].base,
			boot->hidden[i].size);
	return error;
}

/* Maps [base, base + size): in one piece, or those of its pages that are not there yet. */
static int map_missing(u64 base, u64 size, u32 flags)
{
	u64 start = ALIGN_DOWN(base, PAGE_SIZE), end = ALIGN_UP(base + size, PAGE_SIZE);
	int error = pgtable_map(&host_pt, start, HPA(start), end - start,
		flags | PT_GLOBAL, MiB(2));

	if (error != -EEXIST)
		return error;
	error = 0;
	for (u64 at = start; !error && at < end; at += PAGE_SIZE)
		if (!pgtable_find(&host_pt, at, NULL, NULL, NULL))
			error = pgtable_map(&host_pt, at, HPA(at), PAGE_SIZE,
				flags | PT_GLOBAL, PAGE_SIZE);
	return error;
}

int hostmap_init(const struct boot_info *boot)
{
	int error = pgtable_init(&host_pt, arch_host_format());

	if (!error)
		error = map_ram(boot);
	if (!error)
		error = protect_image();
	if (!error)
		error = hide_firmware(boot);
	/* They may lie outside of RAM, or in the firmware's. */
	if (!error)
		error = map_missing(boot->tables.base, boot->tables.size, PT_READ);
	for (u32 i = 0; !error && i < early_count; i++)
		error = map_missing(early[i].base, early[i].size, DEVICE_FLAGS);
	return error;
}

hpa_t hostmap_root(void)
{
	return host_pt.root;
}

void hostmap_guard(void *page)
{
	if (pgtable_unmap(&host_pt, (u64)page, PAGE_SIZE))
		panic("no memory for the page table of a guard page");
}

int hostmap_add_device(hpa_t base, u64 size)
{
	int error;

	if (!host_pt.format) {
		if (early_count == EARLY_MAX)
			return fail(-ENOMEM);
		early[early_count++] = (struct mem_range){base.raw, size};
		return 0;
	}
	spin_lock(&host_pt_lock);
	/* Two devices may share a page. */
	error = map_missing(base.raw, size, DEVICE_FLAGS);
	spin_unlock(&host_pt_lock);
	arch_map_added();
	return error;
}
