// SPDX-License-Identifier: Apache-2.0
// One timer a hart, by stimecmp (Sstc) or by the firmware.
#include <hv/arch.h>
#include <hv/time.h>
#include <arch/csr.h>

#include "boot.h"
#include "sbi.h"

void arch_timer_set(u64 deadline)
{
	u64 ticks = deadline == ~0UL ? ~0UL : time_to_ticks(deadline);

	if (machine.sstc)
		csr_write(stimecmp, ticks);
	else
		sbi_call(SBI_TIME, 0, ticks, 0, 0, 0, 0);
}
