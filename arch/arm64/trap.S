/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exception vectors of a cpu (Arm ARM, D1.3.4 "Exception vectors"), one table for each level
 * we may run at. Those from a lower level lead back into the call of guest_enter() that entered
 * the guest (el/enter.S): SP is its struct vcpu then. Our own are bugs, and go to C on a stack
 * that still works.
 */
#include <arch/regs.h>

.macro vector_own
	.balign	128
	b	trap_own
.endm

.macro vector_guest el, left
	.balign	128
	stp	x0, x1, [sp, #REGS_X(0)]
	mov	x1, #\left
	b	guest_leave_\el
.endm

.macro vectors el
	.balign	2048
	.globl	vectors_\el
vectors_\el:
	.rept	8			/* this level, with SP_EL0 and with its own */
	vector_own
	.endr
	.rept	2			/* a lower level, AArch64 and AArch32 */
	vector_guest \el, LEFT_SYNC
	vector_guest \el, LEFT_IRQ	/* IRQ */
	vector_guest \el, LEFT_IRQ	/* FIQ */
	vector_guest \el, LEFT_SERROR
	.endr
.endm

.text
	vectors	el1
	vectors	el2

/* x18 is the struct cpu, or 0 before there is one. The guest's registers are lost: so are we. */
trap_own:
	msr	tpidr_el0, x0
	mov	x0, sp
	msr	tpidrro_el0, x0
	cbz	x18, 1f
	ldr	x0, [x18, #CPU_TRAP_SP]
	mov	sp, x0
1:	sub	sp, sp, #HOST_TRAP_SIZE
	pairs	stp, sp, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28
	mrs	x0, tpidr_el0
	stp	x0, x1, [sp, #REGS_X(0)]
	mrs	x0, tpidrro_el0
	stp	x30, x0, [sp, #REGS_X(30)]
	/* _Noreturn void trap_host(const struct host_trap *trap) */
	mov	x0, sp
	bl	trap_host
