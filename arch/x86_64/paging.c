// SPDX-License-Identifier: Apache-2.0
// Our own address space (mm/hostmap.c) on x86-64: 4-level paging (SDM volume 3A, 4.5).
#include <hv/arch.h>
#include <hv/hostmap.h>
#include <arch/msr.h>

#include "boot.h"
#include "paging.h"
#include "pt_format.h"

u64 host_cr3; /* for processors that start */

const struct pt_format *arch_host_format(void)
{
	return machine.page_1g ? &pt_x86_64 : &pt_x86_64_2m;
}

void paging_on(void)
{
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_NXE);
	cr_write(cr0,
		(cr_read(cr0) | CR0_WP | CR0_NE) & ~(CR0_CD | CR0_NW | CR0_EM | CR0_TS));
	cr_write(cr3, host_cr3);
	cr_write(cr4,
		cr_read(cr4) | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT |
			(machine.xsave ? CR4_OSXSAVE : 0));
}

void arch_paging_on(void)
{
	host_cr3 = hostmap_root().raw;
	paging_on();
}

/* Not-present entries are not cached (SDM 4.10.2.3). */
void arch_map_added(void)
{
}
