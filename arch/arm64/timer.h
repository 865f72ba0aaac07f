// SPDX-License-Identifier: Apache-2.0
// The timer behind arch_timer_set(): the hypervisor's own at EL2, the physical one at EL1.
#pragma once

#include <hv/types.h>

/* This cpu's timers are off, and ours can interrupt. */
void timer_cpu_init(void);
/* The INTID of its interrupt. */
u32 timer_ppi(void);
