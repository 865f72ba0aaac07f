// SPDX-License-Identifier: Apache-2.0
// The board's interrupt controller: which device is behind an IRQ_EXTERNAL. Each ISA
// implements it in intc.c. Lines are numbered as the
// controller numbers them.
#pragma once

#include <hv/types.h>

/* Lets interrupts of any priority through to this cpu. */
void intc_init(void);

/* Sends `line` to this cpu, or no more. */
void intc_enable(u32 line, bool on);

/* Takes the line that interrupts this cpu, 0 if none does; it is shut until intc_done(). */
u32 intc_claim(void);
void intc_done(u32 line);
