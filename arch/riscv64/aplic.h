// SPDX-License-Identifier: Apache-2.0
// The machine's advanced platform-level interrupt controller, a supervisor domain in direct
// delivery mode: RISC-V Advanced Interrupt Architecture 1.0, chapter 4. Registers are 32 bits wide.
//
//   0x0000  domaincfg; behind it sourcecfg of source n, at 4 * n
//   0x1e00  sources to enable, 0x1f00 to disable: bit n % 32 of word n / 32, or by number
//   0x3000  target of source n, at 4 * n
//   0x4000  the interrupt delivery control (IDC) of hart index h, at 32 * h
#pragma once

#include <hv/types.h>

/* Sources that a domain can have, and where the registers end that it has for them. */
#define APLIC_SOURCES_MAX 1023
#define APLIC_SIZE(harts) (0x4000 + 0x20 * (u64)(harts))

/* How a device tree says that a wire interrupts: its second interrupt cell. */
enum aplic_trigger {
	APLIC_RISING_EDGE = 1,
	APLIC_FALLING_EDGE = 2,
	APLIC_LEVEL_HIGH = 4,
	APLIC_LEVEL_LOW = 8,
};

/*
 * Takes the domain into use: none of its sources 1 to `sources` interrupts until irq_attach().
 * `idc_of_cpu` has cpu_count entries by cpu index: the cpu's hart index in the domain, ~0 if it has
 * none (such a cpu gets no interrupts). Boot cpu, once. 0, -EINVAL (registers are not within
 * `size`, or too many sources), -ENODEV (it delivers by messages only) or -ENOMEM.
 */
int aplic_init(hpa_t base, u64 size, u32 sources, const u32 *idc_of_cpu);

/* What the wire of source `irq` is like; false if there is no such source. Before irq_attach(). */
bool aplic_wire(u32 irq, enum aplic_trigger trigger);
