// SPDX-License-Identifier: Apache-2.0
// Our own address space (mm/hostmap.c) on RISC-V: Sv39 (Privileged ISA, "Supervisor-Level ISA").
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/hostmap.h>
#include <arch/csr.h>

#include "boot.h"
#include "pt_format.h"
#include "sbi.h"

u64 host_satp; /* for hart_entry in boot.S */

int arch_paging_init(const struct boot_info *boot)
{
	int error = hostmap_init(boot, &pt_sv39);

	if (error)
		return error;
	host_satp = field_put(SATP_MODE, SATP_SV39) |
		field_put(SATP_PPN, hostmap_root().raw >> PAGE_SHIFT);
	csr_write(satp, host_satp);
	asm volatile("sfence.vma" ::: "memory");
	return 0;
}

void arch_map_removed(u64 at)
{
	asm volatile("sfence.vma %0, zero" ::"r"(at) : "memory");
	for (u32 i = 0; i < cpu_count; i++)
		if (cpus[i] != cpu_this() && cpus[i]->online)
			sbi_remote_fence(cpus[i]->arch.id, SBI_RFENCE_SFENCE_VMA, at,
				PAGE_SIZE, 0);
}

void arch_map_added(void)
{
	/* A hart may have cached that the entry was invalid ("sfence.vma"). */
	asm volatile("sfence.vma" ::: "memory");
}
