// SPDX-License-Identifier: Apache-2.0
// All of the guest runtime. What is declared in clock.h, console.h (putc and getc),
// cpu.h, machine.h, paging.h and trap.h is what an ISA implements in guests/arch/<isa>/. What
// comes from a device tree, where the board has one, is in guests/lib/fdt/.
#pragma once

#include <guest/clock.h>
#include <guest/console.h>
#include <guest/cpu.h>
#include <guest/lock.h>
#include <guest/machine.h>
#include <guest/memory.h>
#include <guest/paging.h>
#include <guest/string.h>
#include <guest/trap.h>
#include <hv/bits.h>
#include <hv/list.h>
