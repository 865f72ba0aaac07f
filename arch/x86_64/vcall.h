// SPDX-License-Identifier: Apache-2.0
// Hypercalls of x86-64 guests, by VMMCALL or VMCALL, in any mode, from privilege level 0: rax is
// the function, and brings the answer, ~0 for what there is not. The numbers are those of PSCI
// (Arm DEN 0022), as other boards have them, but for the console's.
#pragma once

/* rax bits 7:0: 1 is putchar of bits 15:8 */
#define VCALL_FUNCTION BITS(7, 0)
#define VCALL_PUTCHAR  1UL
#define VCALL_CHAR     BITS(15, 8)

#define VCALL_VERSION       0x84000000UL /* 1.1 */
#define VCALL_SYSTEM_OFF    0x84000008UL
#define VCALL_SYSTEM_RESET  0x84000009UL
#define VCALL_SYSTEM_RESET2 0xc4000012UL /* rbx: how */
#define VCALL_RESET2_FAILED 0x80000001UL /* the guest ends, and has failed */

#define VCALL_VERSION_1_1 0x10001UL
#define VCALL_UNKNOWN     (~0UL)
