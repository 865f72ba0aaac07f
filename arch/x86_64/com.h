// SPDX-License-Identifier: Apache-2.0
// A PC's serial port as our console.
#pragma once

#include <hv/types.h>

/*
 * Makes COM1 the console if there is one; again with the number of its interrupt, as soon as
 * there is a controller for it. Boot cpu.
 */
void com_attach(u32 irq);
