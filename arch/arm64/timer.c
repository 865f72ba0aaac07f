// SPDX-License-Identifier: Apache-2.0
// One timer a cpu, of those of the Generic Timer (Arm ARM, D12): at EL2 the one that belongs to
// that level, at EL1 the physical one. Both compare with the physical counter.
#include "timer.h"

#include <hv/arch.h>
#include <hv/time.h>
#include <arch/sysreg.h>

#include "boot.h"

u32 timer_ppi(void)
{
	return machine.el2 ? PPI_HYP_TIMER : PPI_PHYSICAL_TIMER;
}

void timer_cpu_init(void)
{
	/* As if never set, since firmware may have left anything. */
	arch_timer_set(~0UL);
	sysreg_write(cntv_ctl_el0, 0);
}

void arch_timer_set(u64 deadline)
{
	u64 ticks = deadline == ~0UL ? ~0UL : time_to_ticks(deadline);
	u64 ctl = deadline == ~0UL ? 0 : CNT_CTL_ENABLE;

	if (machine.el2) {
		sysreg_write(cnthp_cval_el2, ticks);
		sysreg_write(cnthp_ctl_el2, ctl);
	} else {
		sysreg_write(cntp_cval_el0, ticks);
		sysreg_write(cntp_ctl_el0, ctl);
	}
	/* So that an interrupt of the deadline before is gone when we look next. */
	isb();
}
