// SPDX-License-Identifier: Apache-2.0
// Our own address space: Sv39, everything where it is, text executable and not writable, all
// else writable and not executable, firmware and guard pages absent.
#include <hv/arch.h>
#include <hv/assert.h>
#include <hv/cpu.h>
#include <hv/lock.h>
#include <hv/pgtable.h>
#include <arch/csr.h>

#include "boot.h"
#include "pt_format.h"
#include "sbi.h"

static struct pgtable host_pt;
static struct spinlock host_pt_lock;
u64 host_satp; /* for hart_entry in boot.S */

static void flush_host(u64 at)
{
	asm volatile("sfence.vma %0, zero" ::"r"(at) : "memory");
	for (u32 i = 0; i < cpu_count; i++)
		if (cpus[i] != cpu_this() && cpus[i]->online)
			sbi_remote_fence(cpus[i]->arch.id, SBI_RFENCE_SFENCE_VMA, at,
				PAGE_SIZE, 0);
}

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

/* It may lie outside of RAM, or in the firmware's. */
static int map_device_tree(void)
{
	u64 at = ALIGN_DOWN((u64)machine.fdt.blob, PAGE_SIZE);
	u64 end = (u64)machine.fdt.blob + machine.fdt.size;
	int error = 0;

	for (; !error && at < end; at += PAGE_SIZE)
		if (!pgtable_find(&host_pt, at, NULL, NULL, NULL))
			error = pgtable_map(&host_pt, at, HPA(at), PAGE_SIZE,
				PT_READ | PT_GLOBAL, PAGE_SIZE);
	return error;
}

int arch_paging_init(const struct boot_info *boot)
{
	int error = pgtable_init(&host_pt, &pt_sv39);

	if (!error)
		error = map_ram(boot);
	if (!error)
		error = protect_image();
	for (u32 i = 0; !error && i < boot_firmware_count; i++)
		error = pgtable_unmap(&host_pt, boot_firmware[i].base,
			boot_firmware[i].size);
	if (!error)
		error = map_device_tree();
	if (error)
		return error;

	host_satp = field_put(SATP_MODE, SATP_SV39) |
		field_put(SATP_PPN, host_pt.root.raw >> PAGE_SHIFT);
	csr_write(satp, host_satp);
	asm volatile("sfence.vma" ::: "memory");
	return 0;
}

void arch_guard_page(void *page)
{
	spin_lock(&host_pt_lock);
	if (pgtable_unmap(&host_pt, (u64)page, PAGE_SIZE))
		panic("no memory for the page table of a guard page");
	spin_unlock(&host_pt_lock);
	flush_host((u64)page);
}

int arch_map_device(hpa_t base, u64 size)
{
	u64 start = ALIGN_DOWN(base.raw, PAGE_SIZE);
	u64 end = ALIGN_UP(base.raw + size, PAGE_SIZE);
	int error = 0;

	spin_lock(&host_pt_lock);
	/* Two devices may share a page: only map what is not there. */
	for (u64 at = start; !error && at < end; at += PAGE_SIZE)
		if (!pgtable_find(&host_pt, at, NULL, NULL, NULL))
			error = pgtable_map(&host_pt, at, HPA(at), PAGE_SIZE,
				PT_READ | PT_WRITE | PT_DEVICE | PT_GLOBAL, PAGE_SIZE);
	spin_unlock(&host_pt_lock);
	/* A hart may have cached that the entry was invalid ("sfence.vma"). */
	asm volatile("sfence.vma" ::: "memory");
	return error;
}
