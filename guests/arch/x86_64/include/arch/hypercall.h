/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to whoever is below: VMMCALL (AMD) or VMCALL (Intel), RAX = which, RBX = argument; the
 * result is in RAX, all else is kept. Numbers above 0x80000000 are those of PSCI (DEN 0022).
 */
#pragma once

#define CALL_PUTCHAR 1 /* RAX bits 7:0; the character is in bits 15:8 */
#define CALL_VERSION 0x84000000
#define CALL_OFF     0x84000008
#define CALL_RESET   0x84000009
#define CALL_RESET2  0xc4000012 /* RBX says what kind */

#define RESET2_FAILED 0x80000001 /* a vendor's: the guest has failed */

#define CALL_VERSION_1_1 0x00010001
#define CALL_NO_SUCH     (~0UL)

#ifndef __ASSEMBLER__
#include <hv/types.h>

static inline u64 vmmcall(u64 rax, u64 rbx)
{
	__asm__ volatile("vmmcall" : "+a"(rax) : "b"(rbx) : "memory");
	return rax;
}

static inline u64 vmcall(u64 rax, u64 rbx)
{
	__asm__ volatile("vmcall" : "+a"(rax) : "b"(rbx) : "memory");
	return rax;
}

/* Which instruction this cpu has. power.c */
bool hypercall_is_vmcall(void);
/* By that one. */
u64 hypercall(u64 rax, u64 rbx);
/* Whether there is somebody who understands it. */
bool hypercall_works(void);
/* The highest CPUID leaf of whoever is below, 0 if there is nobody. */
u32 hypervisor_leaf_max(void);
#endif
