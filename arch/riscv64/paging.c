// SPDX-License-Identifier: Apache-2.0
// Our own address space (mm/hostmap.c) on RISC-V: Sv39 (Privileged ISA, "Supervisor-Level ISA").
#include <hv/arch.h>
#include <hv/hostmap.h>
#include <arch/csr.h>

#include "boot.h"
#include "pt_format.h"

u64 host_satp; /* for hart_entry in boot.S */

const struct pt_format *arch_host_format(void)
{
	return &pt_sv39;
}

void arch_paging_on(void)
{
	host_satp = field_put(SATP_MODE, SATP_SV39) |
		field_put(SATP_PPN, hostmap_root().raw >> PAGE_SHIFT);
	csr_write(satp, host_satp);
	asm volatile("sfence.vma" ::: "memory");
}

void arch_map_added(void)
{
	/* A hart may have cached that the entry was invalid ("sfence.vma"). */
	asm volatile("sfence.vma" ::: "memory");
}
