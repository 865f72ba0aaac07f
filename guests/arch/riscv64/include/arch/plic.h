// SPDX-License-Identifier: Apache-2.0
// Registers of the PLIC as offsets. RISC-V PLIC specification 1.0.0, chapter 3.
#pragma once

#include <hv/types.h>
#include <arch/board.h>

#define PLIC_PRIORITY(source)      (4UL * (source))
#define PLIC_ENABLE(context, word) (0x2000 + 0x80UL * (context) + 4UL * (word))
#define PLIC_THRESHOLD(context)    (0x200000 + 0x1000UL * (context))
#define PLIC_CLAIM(context)        (0x200004 + 0x1000UL * (context))

static inline volatile u32 *plic_reg(u64 offset)
{
	return (volatile u32 *)(INTC_BASE + offset);
}
