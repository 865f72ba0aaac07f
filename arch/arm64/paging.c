// SPDX-License-Identifier: Apache-2.0
// Our own address space (mm/hostmap.c) on AArch64: VMSAv8-64, 48 bits. At EL1 the same tables
// serve TTBR0, where everything is where it is, and TTBR1, where a copy of it stays while a
// guest's map is in TTBR0 (el/enter.S).
#include <hv/arch.h>
#include <hv/hostmap.h>
#include <arch/sysreg.h>

#include "boot.h"
#include "pt_format.h"

struct boot_regs boot_regs;

#define TCR_SIZE_48 16UL /* T0SZ, T1SZ: 64 - 48 */
#define TCR_WALKS                                                      \
	(field_put(TCR_SH0, SH_INNER) | field_put(TCR_ORGN0, RGN_WB) | \
		field_put(TCR_IRGN0, RGN_WB) | field_put(TCR_T0SZ, TCR_SIZE_48))
#define TCR_EL1_WALKS                                                                 \
	(field_put(TCR_EL1_TG1, TG1_4K) | field_put(TCR_EL1_SH1, SH_INNER) |          \
		field_put(TCR_EL1_ORGN1, RGN_WB) | field_put(TCR_EL1_IRGN1, RGN_WB) | \
		field_put(TCR_EL1_T1SZ, TCR_SIZE_48))

#define SCTLR_ON (SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA)
/* At EL1 not WXN: what guests at EL0 may write they may execute. */
#define SCTLR_EL1_ON \
	(SCTLR_EL1_RES1 | SCTLR_ON | SCTLR_SA0 | SCTLR_UCI | SCTLR_UCT | SCTLR_DZE)

const struct pt_format *arch_host_format(void)
{
	return machine.el2 ? &pt_host_el2 : &pt_host_el1;
}

void arch_paging_on(void)
{
	boot_regs.mair = pt_mair;
	boot_regs.ttbr = hostmap_root().raw;
	if (machine.el2) {
		boot_regs.tcr = TCR_EL2_RES1 | TCR_WALKS |
			field_put(TCR_EL2_PS, machine.pa_range);
		boot_regs.sctlr = SCTLR_EL2_RES1 | SCTLR_ON | SCTLR_WXN;
	} else {
		boot_regs.tcr = TCR_WALKS | TCR_EL1_WALKS |
			field_put(TCR_EL1_IPS, machine.pa_range);
		boot_regs.sctlr = SCTLR_EL1_ON;
	}
	mmu_on(&boot_regs);
}

void arch_map_added(void)
{
	/* Invalid entries are never cached. */
	dsb(ishst);
	isb();
}
