// SPDX-License-Identifier: Apache-2.0
// Where the ISA's boot code enters the hypervisor.
#pragma once

/* On the boot cpu, in C, on any stack of 8 KiB, image relocated, bss zero. */
_Noreturn void hv_main(void);
